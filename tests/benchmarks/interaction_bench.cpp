// What a user waits for in the running window: a key until its results are painted, a killed explorer until it is
// usable, and the frames the page loses while a folder is indexed. Part of `./dev bench spine`, which runs it and
// judges.
//
// interaction_bench EXECUTABLE WORKSPACE QUERY...   prints one JSON object a line: {"name", "values": [µs or frames …]}

#include <QElapsedTimer>
#include <QEventLoop>
#include <QTest>
#include <QTimer>
#include <algorithm>
#include <csignal>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include <symphony/ipc/trace.h>
#include "workbench_driver.h"

namespace {

using nlohmann::json;
using symphony::ipc::monotonic_us;
using symphony::testing::WorkbenchDriver;

constexpr int rounds_of_typing = 4;
constexpr std::chrono::seconds patience{120};

void print(const std::string& name, const json& values) {
  std::cout << json{{"name", name}, {"values", values}}.dump() << std::endl;
}

/// Runs the event loop until `condition` holds, looking whenever something changed; the time it was seen, or 0.
std::int64_t when(WorkbenchDriver& bench, const std::function<bool()>& condition) {
  QEventLoop loop;
  std::int64_t seen = 0;
  bench.application().on_change([&] {
    if (seen != 0 || !condition()) return;
    seen = monotonic_us();
    loop.quit();
  });
  QTimer::singleShot(patience, &loop, &QEventLoop::quit);
  loop.exec();
  bench.application().on_change(nullptr);
  return seen;
}

/// The text edit that the painted picture answers: the explorer echoes the number of the edit whose results it shows.
std::uint64_t painted_edit(WorkbenchDriver& bench) {
  if (!bench.application().is_painted("explorer")) return 0;
  std::uint64_t edit = 0;
  bench.application().relay().read("explorer", [&](const symphony::virtual_dom::VirtualTree& tree, std::uint64_t) {
    if (const auto* field = tree.find("search"); field != nullptr) edit = field->props.value("edit", std::uint64_t{0});
  });
  return edit;
}

void measure_frames(WorkbenchDriver& bench) {
  bench.evaluate(
      "window.frames = []; (() => { let last = performance.now(); const tick = now => { window.frames.push(now - "
      "last); last = now;"
      "if (!window.framesDone) requestAnimationFrame(tick); }; requestAnimationFrame(tick); })(); true");
  const std::int64_t begin = monotonic_us();
  json status;
  const bool done = bench.until(
      [&] {
        status = bench.ask("artifact_store", "index.status");
        return status.is_object() && status.value("state", "") != "building" && status.value("files", 0) > 0;
      },
      std::chrono::minutes(5));
  const std::int64_t waited = monotonic_us() - begin;
  bench.evaluate("window.framesDone = true");
  json intervals = json::array();
  for (const QVariant& interval : bench.evaluate("window.frames").toList())
    intervals.push_back(interval.toDouble() * 1000.0);
  print("frame_interval_us", intervals);
  print("index_waited_us", json::array({done ? waited : -1}));
  print("index_build_us", json::array({status.value("build_ms", 0.0) * 1000.0}));
  print("index_files", json::array({status.value("files", 0)}));
}

void measure_keys(WorkbenchDriver& bench, const std::vector<QString>& queries) {
  bench.press(Qt::Key_F, Qt::ControlModifier | Qt::ShiftModifier);
  if (!bench.until("document.activeElement.id === 'explorer:search'")) return;
  json times = json::array();
  // A person's keys fall anywhere within a frame; keys sent as soon as the last picture is painted would always wait
  // for a whole one.
  std::minstd_rand phase(1);
  std::uint64_t last_painted = 0;
  const auto key = [&](const std::function<void()>& press) {
    QTest::qWait(std::uniform_int_distribution<int>(20, 53)(phase));
    // A picture that is not painted yet says nothing of what was painted last.
    last_painted = std::max(last_painted, painted_edit(bench));
    const std::uint64_t before = last_painted;
    const std::int64_t pressed = monotonic_us();
    press();
    const std::int64_t painted = when(bench, [&] { return painted_edit(bench) > before; });
    if (painted == 0) std::cerr << "a key was never answered\n";
    return painted == 0 ? patience.count() * 1'000'000 : painted - pressed;
  };
  std::vector<QString> typed;
  // Often enough that the 99th percentile is not the one slowest key.
  for (int round = 0; round < rounds_of_typing; ++round)
    typed.insert(typed.end(), queries.begin(), queries.end());
  for (const QString& query : typed) {
    for (const QChar letter : query)
      times.push_back(key([&] { bench.type(QString(letter)); }));
    // Backspaces are typing, too; the last one brings the tree back and is not a search.
    for (qsizetype left = query.size(); left > 1; --left)
      times.push_back(key([&] { bench.press(Qt::Key_Backspace); }));
    key([&] { bench.press(Qt::Key_Backspace); });
  }
  print("keystroke_us", times);
}

/// How long each kind of hop took, from the spans of the searches just made.
void print_hops(WorkbenchDriver& bench) {
  std::map<std::string, json> hops;
  bench.application().bus().with([&](symphony::ipc::Bus& bus) {
    for (const auto& span : bus.spans().spans()) {
      json& values = hops[span.process + ": " + span.name];
      if (!values.is_array()) values = json::array();
      values.push_back(span.end_us - span.start_us);
    }
  });
  for (const auto& [name, values] : hops)
    print("hop " + name, values);
}

void measure_recovery(WorkbenchDriver& bench) {
  json times = json::array();
  // Three in five minutes is what an extension may have; a fourth would measure quarantine.
  for (int round = 0; round < 3; ++round) {
    // As it is between two crashes that are not one fault.
    if (!bench.until([&] { return bench.has_spare("file_explorer"); })) return;
    const pid_t explorer = bench.leader("file_explorer");
    const std::uint64_t before = bench.application().relay().statistics()["explorer"].batches;
    const std::int64_t killed = monotonic_us();
    ::kill(explorer, SIGKILL);
    const std::int64_t usable = when(bench, [&] {
      const pid_t now = bench.leader("file_explorer");
      const auto picture = bench.application().relay().statistics()["explorer"];
      return now > 0 && now != explorer && picture.batches > before && picture.unacknowledged == 0;
    });
    times.push_back(usable == 0 ? patience.count() * 1'000'000 : usable - killed);
  }
  print("recovery_us", times);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  const symphony::testing::WorkbenchEnvironment environment;
  const std::string executable = argv[1];
  const std::string workspace = argv[2];
  std::vector<QString> queries(argv + 3, argv + argc);
  int one = 1;
  QApplication application(one, argv);
  WorkbenchDriver bench(executable, workspace);
  if (!bench.until_explorer_is_ready()) return 1;
  measure_frames(bench);
  measure_keys(bench, queries);
  print_hops(bench);
  measure_recovery(bench);
  return 0;
}
