// The Stale Manager over a real store: what an item costs, what is saved, and how long a put waits meanwhile. Each line
// is
// {"name","value","unit"}.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

#include "artifact_store/artifact_store.h"
#include "stale_manager/stale_manager.h"

using namespace symphony::pit;
using SteadyClock = std::chrono::steady_clock;
using nlohmann::json;

namespace {

double ms_since(SteadyClock::time_point begun) {
  return std::chrono::duration<double, std::milli>(SteadyClock::now() - begun).count();
}

void print(const std::string& name, double value, const char* unit) {
  std::cout << json{{"name", name}, {"value", value}, {"unit", unit}}.dump() << std::endl;
}

double quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

/// A day on from when everything was put.
class LaterClock final : public Clock {
 public:
  std::int64_t monotonic_us() const noexcept override { return system_clock().monotonic_us(); }
  std::int64_t wall_ms() const noexcept override { return system_clock().wall_ms() + later_ms; }
  std::atomic<std::int64_t> later_ms{0};
};

/// Words at random, as compressible as prose.
std::string text(std::mt19937& random, std::size_t size) {
  static const std::vector<std::string> words = [] {
    std::mt19937 letters(1);
    std::vector<std::string> made(2000);
    for (std::string& word : made) {
      for (std::size_t left = 2 + letters() % 9; left > 0; --left)
        word += static_cast<char>('a' + letters() % 26);
    }
    return made;
  }();
  std::string made;
  while (made.size() < size)
    made += words[random() % words.size()] + ' ';
  return made;
}

json ask(Module& module, const char* method, const json& params) {
  auto answer = module.handle_message({method, params});
  if (answer.has_error()) throw std::runtime_error(answer.error().message);
  return *std::move(answer);
}

}  // namespace

int main() try {
  constexpr int items = 400;
  constexpr std::size_t item_bytes = 64 * 1024;
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("symphony-stale-bench-" + std::to_string(::getpid()));
  LaterClock clock;
  ArtifactStore store({}, clock);
  if (store.init({{"data_directory", folder.string()}}).has_error()) return 1;
  StaleManager manager(
      [&](std::string_view method, const json& params) {
        return store.handle_message({method, params});
      },
      clock);
  std::mt19937 random(11);
  for (int item = 0; item < items; ++item)
    ask(store, "artifact.put", {{"name", "item " + std::to_string(item)}, {"content", text(random, item_bytes)}});
  clock.later_ms = 86'400'000;
  std::vector<double> puts;
  const auto put_during = [&](const auto& body) {
    std::atomic<bool> over{false};
    std::jthread other([&] {
      for (int number = 0; !over; ++number) {
        const auto begun = SteadyClock::now();
        ask(store, "artifact.put", {{"name", "other"}, {"content", std::to_string(number)}});
        puts.push_back(ms_since(begun));
        // As somebody who works, not as a load: who writes without a pause leaves nobody else a turn.
        std::this_thread::sleep_until(begun + std::chrono::milliseconds(20));
      }
    });
    body();
    over = true;
  };
  put_during([] {
    const auto end = SteadyClock::now() + std::chrono::milliseconds(300);
    while (SteadyClock::now() < end)
      std::this_thread::yield();
  });
  print("stale_put_alone_p99", quantile(puts, 0.99), "ms");
  for (const char* goal : {"compressed", "archived"}) {
    ask(manager, "stale.set_policy", {{"policy", {{"id", "all"}, {"goal", goal}, {"larger_than", item_bytes - 1}}}});
    const json plan = {{"plan", goal}, {"slice_ms", 20}, {"items", 10000}};
    const auto begun = SteadyClock::now();
    while (ask(manager, "stale.plan", plan)["state"] != "planned") {
    }
    print(std::string("stale_plan_") + goal, ms_since(begun) / items, "ms");
    puts.clear();
    std::vector<double> pieces;
    json done;
    double spent = 0;
    put_during([&] {
      while (done.value("state", "") != "done") {
        const auto piece = SteadyClock::now();
        done = ask(manager, "stale.execute", plan);
        pieces.push_back(ms_since(piece));
        spent += pieces.back();
      }
    });
    if (done["done"] != items) throw std::runtime_error("not everything was moved: " + done.dump());
    print(std::string("stale_item_") + goal, spent / items, "ms");
    print(std::string("stale_piece_") + goal + "_p99", quantile(pieces, 0.99), "ms");
    print(std::string("stale_put_meanwhile_") + goal + "_p99", quantile(puts, 0.99), "ms");
    print(std::string("stale_saved_") + goal,
          (done["used_before"].get<double>() - done["used_after"].get<double>()) / 1e6, "MB");
  }
  const auto begun = SteadyClock::now();
  while (ask(manager, "stale.undo", {{"plan", "archived"}, {"slice_ms", 20}, {"items", 10000}})["state"] != "undone") {
  }
  print("stale_undo_item", ms_since(begun) / items, "ms");
  std::filesystem::remove_all(folder);
  return 0;
} catch (const std::exception& error) {
  std::cerr << "stale_bench: " << error.what() << '\n';
  return 1;
}
