// The real file_explorer process with a host played by the test.

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "../naive_tree.h"
#include "../temporary_folder.h"
#include "scripted_host.h"

namespace {

using nlohmann::json;
using symphony::ipc::TraceContext;
using symphony::testing::ScriptedHost;
using symphony::testing::TemporaryFolder;
using Labels = std::vector<std::string>;

json init(const std::string& workspace, int generation = 1) {
  return {{"workspace", workspace}, {"config", json::object()}, {"generation", generation}};
}

json hit(const std::string& path, int line, int column, const std::string& text) {
  return {{"path", path}, {"line", line}, {"column", column}, {"length", 6}, {"text", text}};
}

json found(const std::string& query, const json& hits) {
  return {{"query", query},     {"hits", hits},      {"files", json::array()},
          {"truncated", false}, {"elapsed_us", 700}, {"decision", {{"id", 1}, {"chosen", "index"}}}};
}

/// An explorer that shows `folder`.
class Explorer : public ScriptedHost {
 public:
  explicit Explorer(const TemporaryFolder& folder) : ScriptedHost(FILE_EXPLORER) {
    EXPECT_EQ(ask("contract.init", init(folder.text())), json::object());
    wait("the first picture", [&] { return !tree().is_null(); });
  }
  void type(const std::string& text, int edit, const std::optional<TraceContext>& trace = {}) {
    event("explorer", "search", "change", {{"value", text}, {"edit", edit}}, trace);
  }
  void toggle(std::size_t index, const std::string& key, bool expanded) {
    event("explorer", "tree", "toggle", {{"index", index}, {"key", key}, {"expanded", expanded}});
  }
  void wait_for_labels(const std::string& node, const Labels& expected) {
    wait("the rows of " + node, [&] { return labels(node) == expected; });
  }
};

TEST(FileExplorer, ShowsTheFolderAndExpands) {
  TemporaryFolder folder;
  for (const char* path : {"src/main.cpp", "src/deep/x", "README.md"})
    folder.file(path);
  Explorer explorer(folder);
  EXPECT_EQ(explorer.labels("tree"), (Labels{"src", "README.md"}));
  EXPECT_EQ(explorer.prop("summary", "text"), "2 items");
  explorer.toggle(0, "src", true);
  explorer.wait_for_labels("tree", {"src", "deep", "main.cpp", "README.md"});
  EXPECT_EQ(explorer.prop("tree", "count"), 4);
  EXPECT_EQ(explorer.prop("tree", "rows")["items"][2]["parent"], 0);
  explorer.toggle(0, "src", false);
  explorer.wait_for_labels("tree", {"src", "README.md"});
  EXPECT_EQ(explorer.renders(), 1U) << "everything after the first picture is a patch";
}

TEST(FileExplorer, TypingAsksAndTakesTheOlderQuestionBack) {
  TemporaryFolder folder;
  folder.file("a.txt");
  Explorer explorer(folder);
  const TraceContext trace = TraceContext::start();
  explorer.type("nee", 1, trace);
  const auto first = explorer.next_request("search.query");
  EXPECT_EQ(first.target, "conductor");
  EXPECT_EQ(first.params, (json{{"query", "nee"}, {"limit", 100}}));
  ASSERT_TRUE(first.trace);
  EXPECT_EQ(first.trace->trace_id, trace.trace_id);
  EXPECT_NE(first.trace->span_id, trace.span_id);
  explorer.type("needle", 2, trace);
  const auto second = explorer.next_request("search.query");
  EXPECT_EQ(explorer.cancelled(), std::vector<std::uint64_t>{first.id});
  explorer.answer(first, found("nee", json::array({hit("late.txt", 1, 1, "late")})));
  EXPECT_EQ(explorer.labels("tree"), Labels{"a.txt"}) << "the tree stays until there is something newer";
  explorer.answer(second,
                  found("needle", json::array({hit("a.txt", 3, 3, "  needle"), hit("b.txt", 1, 1, "needles")})));
  explorer.wait_for_labels("results", {"needle", "needles"});
  EXPECT_EQ(explorer.prop("summary", "text"), "2 results in 2 files · index · 0.7 ms");
  EXPECT_EQ(explorer.prop("results", "rows")["items"][0]["matches"], json::parse("[[0,6]]"));
  explorer.wait("the spans of the trace", [&] {
    for (const auto& note : explorer.notifications()) {
      if (note.method == "telemetry.spans") return true;
    }
    return false;
  });
  for (const auto& note : explorer.notifications()) {
    if (note.method != "telemetry.spans") continue;
    EXPECT_EQ(note.target, "supervisor");
    EXPECT_EQ(note.params["spans"][0]["trace"], trace.traceparent().substr(3, 32));
  }
  explorer.event("explorer", "results", "activate",
                 {{"index", 0}, {"key", explorer.prop("results", "rows")["items"][0]["key"]}});
  const auto open = explorer.next_request("workbench.open");
  EXPECT_EQ(open.target, "workbench");
  EXPECT_EQ(open.params, (json{{"path", "a.txt"}, {"line", 3}, {"column", 3}, {"length", 6}}));
  explorer.refuse(open, -32012, "a.txt is gone");
  explorer.wait_for_node("open_problem");
  explorer.type("", 3);
  explorer.wait_for_node("tree");
}

TEST(FileExplorer, EnterBeforeTheResultsOpensTheFirstWhenItComes) {
  TemporaryFolder folder;
  folder.file("a.txt");
  Explorer explorer(folder);
  explorer.type("needle", 1);
  explorer.event("explorer", "search", "submit", {{"value", "needle"}, {"edit", 1}});
  explorer.answer(explorer.next_request("search.query"), found("needle", json::array({hit("a.txt", 2, 1, "needle")})));
  EXPECT_EQ(explorer.next_request("workbench.open").params["line"], 2);
}

TEST(FileExplorer, SaysThatTheConductorIsNotThereAndTriesAgain) {
  TemporaryFolder folder;
  folder.file("a.txt");
  Explorer explorer(folder);
  explorer.type("needle", 1);
  explorer.refuse(explorer.next_request("search.query"), -32001, "no such target");
  explorer.wait_for_node("search_problem");
  explorer.answer(explorer.next_request("search.query"), found("needle", json::array()));
  explorer.wait_for_node("no_results");
  EXPECT_EQ(explorer.prop("search_problem", "title"), nullptr);
}

TEST(FileExplorer, SlowSearchesAreShownAsBusy) {
  TemporaryFolder folder;
  folder.file("a.txt");
  Explorer explorer(folder);
  explorer.type("needle", 1);
  const auto question = explorer.next_request("search.query");
  explorer.wait("the busy mark", [&] { return explorer.prop("search", "busy") == true; });
  explorer.answer(question, found("needle", json::array({hit("a.txt", 1, 1, "needle")})));
  explorer.wait("the end of it", [&] { return explorer.prop("search", "busy") == nullptr; });
}

TEST(FileExplorer, KilledAndRestoredShowsTheSamePicture) {
  TemporaryFolder folder;
  for (const char* path : {"src/deep/x.cpp", "src/y.cpp", "z"})
    folder.file(path);
  json saved;
  json before;
  const auto answer_search = [](ScriptedHost& host) {
    host.answer(host.next_request("search.query"), found("needle", json::array({hit("z", 1, 1, "needle")})));
  };
  {
    Explorer explorer(folder);
    explorer.toggle(0, "src", true);
    explorer.wait_for_labels("tree", {"src", "deep", "y.cpp", "z"});
    explorer.toggle(1, "src/deep", true);
    explorer.wait_for_labels("tree", {"src", "deep", "x.cpp", "y.cpp", "z"});
    explorer.event("explorer", "tree", "focus", {{"index", 3}, {"key", "src/y.cpp"}, {"edit", 4}});
    explorer.type("needle", 9);
    answer_search(explorer);
    explorer.wait_for_node("results");
    explorer.wait("the state", [&] {
      return explorer.saved().is_object() && explorer.saved()["query"] == "needle" &&
             explorer.saved()["active"] == "src/y.cpp";
    });
    saved = explorer.saved();
    before = explorer.tree();
    explorer.kill_process();
    EXPECT_EQ(explorer.wait_for_end(), -9);
  }
  ScriptedHost again(FILE_EXPLORER);
  again.ask("contract.init", init(folder.text(), 2));
  EXPECT_TRUE(again.tree().is_null()) << "nothing is shown before the state is there";
  again.ask("contract.restore", {{"state", saved}});
  answer_search(again);
  again.wait_for_node("results");
  EXPECT_EQ(again.renders(), 1U);
  EXPECT_EQ(symphony::testing::normalised(again.tree()), symphony::testing::normalised(before));
  again.event("explorer", "search", "change", {{"value", ""}, {"edit", 10}});
  again.wait("the tree", [&] { return again.labels("tree") == Labels{"src", "deep", "x.cpp", "y.cpp", "z"}; });
  EXPECT_EQ(again.prop("tree", "active"), (json{{"index", 3}, {"edit", 4}}));
  EXPECT_EQ(again.ask("contract.snapshot", json::object())["state"]["expanded"], json({"src", "src/deep"}));
  EXPECT_EQ(again.ask("contract.shutdown", json::object()), json::object());
  EXPECT_EQ(again.wait_for_end(), 0);
}

TEST(FileExplorer, ARestartWithoutAStateShowsTheFolderAllTheSame) {
  TemporaryFolder folder;
  folder.file("a");
  ScriptedHost host(FILE_EXPLORER);
  host.ask("contract.init", init(folder.text(), 5));
  host.wait_for_node("tree");
}

TEST(FileExplorer, FoldersThatCannotBeShown) {
  TemporaryFolder folder;
  folder.file("file");
  ScriptedHost host(FILE_EXPLORER);
  host.ask("contract.init", {{"workspace", nullptr}, {"config", json::object()}, {"generation", 1}});
  host.wait_for_node("no_folder");
  host.ask("workspace.changed", {{"workspace", folder.text() + "/none"}});
  host.wait_for_node("folder_problem");
  EXPECT_EQ(host.prop("folder_problem", "title"), "The folder is not there");
  host.ask("workspace.changed", {{"workspace", folder.text() + "/file"}});
  host.wait("the other message", [&] { return host.prop("folder_problem", "title") == "This is not a folder"; });
  host.ask("workspace.changed", {{"workspace", "/bad%ZZescape"}});
  host.wait_for_node("no_folder");
  folder.directory("empty");
  host.ask("workspace.changed", {{"workspace", folder.text() + "/empty"}});
  host.wait_for_node("empty_folder");
  host.ask("workspace.changed", {{"workspace", nullptr}});
  host.wait_for_node("no_folder");
}

TEST(FileExplorer, AFolderDeletedWhileOpenAndThereAgain) {
  TemporaryFolder outer;
  outer.file("open/a");
  outer.file("open/b/c");
  ScriptedHost host(FILE_EXPLORER);
  host.ask("contract.init", init(outer.text() + "/open"));
  host.wait_for_node("tree");
  host.event("explorer", "tree", "toggle", {{"index", 0}, {"key", "b"}, {"expanded", true}});
  host.wait("its row", [&] { return host.labels("tree").size() == 3; });
  std::filesystem::rename(outer.path() / "open", outer.path() / "away");
  std::filesystem::remove_all(outer.path() / "away");
  host.wait_for_node("folder_problem");
  EXPECT_EQ(host.prop("tree", "count"), nullptr);
  outer.file("open/b/c");
  host.event("explorer", "folder_again", "press", json::object());
  host.wait("the tree", [&] { return host.labels("tree") == Labels{"b", "c"}; });
}

TEST(FileExplorer, AFolderUnmountedWhileOpenAndThereAgain) {
  TemporaryFolder outer;
  outer.directory("disk");
  const std::string disk = outer.text() + "/disk";
  // Mounts of our own, so that nobody else sees them.
  if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("tmpfs", disk.c_str(), "tmpfs", 0, nullptr) != 0)
    GTEST_SKIP() << "this user may not mount";
  outer.file("disk/a");
  ScriptedHost host(FILE_EXPLORER);
  host.ask("contract.init", init(disk));
  host.wait("its tree", [&] { return host.labels("tree") == Labels{"a"}; });
  ASSERT_EQ(::umount2(disk.c_str(), MNT_DETACH), 0);
  host.wait_for_node("empty_folder");
  ASSERT_EQ(::mount("tmpfs", disk.c_str(), "tmpfs", 0, nullptr), 0);
  outer.file("disk/b");
  // Nobody tells of a mount; asked again, it is there.
  host.ask("workspace.changed", {{"workspace", disk}});
  host.wait("the other tree", [&] { return host.labels("tree") == Labels{"b"}; });
  ::umount2(disk.c_str(), MNT_DETACH);
}

TEST(FileExplorer, ChangesOnTheDiskKeepTheActiveRow) {
  TemporaryFolder folder;
  for (const char* path : {"d/x", "m"})
    folder.file(path);
  Explorer explorer(folder);
  explorer.toggle(0, "d", true);
  explorer.wait_for_labels("tree", {"d", "x", "m"});
  explorer.event("explorer", "tree", "focus", {{"index", 2}, {"key", "m"}, {"edit", 6}});
  folder.file("d/new");
  folder.file("a");
  explorer.wait_for_labels("tree", {"d", "new", "x", "a", "m"});
  EXPECT_EQ(explorer.prop("tree", "active"), (json{{"index", 4}, {"edit", 6}}));
  folder.remove("m");
  explorer.wait_for_labels("tree", {"d", "new", "x", "a"});
  EXPECT_EQ(explorer.prop("tree", "active")["index"], 3);
}

TEST(FileExplorer, HostileNamesAndLoops) {
  TemporaryFolder folder;
  folder.file("two\nlines");
  folder.file("bad\xFF");
  folder.file(
      "\xE2\x80\xAE"
      "fdp.exe");
  folder.file(std::string(255, 'n'));
  folder.directory("dir");
  folder.link("dir/loop", "..");
  Explorer explorer(folder);
  EXPECT_EQ(explorer.labels("tree"),
            (Labels{"dir", "bad\xEF\xBF\xBD", std::string(255, 'n'), "two⏎lines", "[U+202E]fdp.exe"}));
  explorer.event("explorer", "tree", "activate", {{"index", 1}, {"key", "bad%FF"}});
  EXPECT_EQ(explorer.next_request("workbench.open").params, (json{{"path", "bad%FF"}}));
  explorer.toggle(0, "dir", true);
  explorer.wait("the loop's row", [&] { return explorer.labels("tree").size() == 6; });
  explorer.toggle(1, "dir/loop", true);
  explorer.wait("the reason", [&] {
    return explorer.prop("tree", "rows")["items"][1].value("detail", "") == "leads back to a folder above it";
  });
  explorer.event("explorer", "tree", "typeahead", {{"text", "tw"}, {"index", 0}});
  explorer.wait("the active row", [&] { return explorer.prop("tree", "active")["index"] == 4; });
}

/// `count` hits, a row each; there are more unless it is the whole.
json many(std::size_t count, bool truncated) {
  json hits = json::array();
  for (std::size_t i = 0; i < count; ++i)
    hits.push_back(hit("f" + std::to_string(i), 1, 1, "needle " + std::to_string(i)));
  json answer = found("needle", hits);
  answer["truncated"] = truncated;
  return answer;
}

TEST(FileExplorer, TheEndOfTheResultsBringsMore) {
  TemporaryFolder folder;
  folder.file("a.txt");
  Explorer explorer(folder);
  explorer.type("needle", 1);
  explorer.answer(explorer.next_request("search.query"), many(100, true));
  explorer.wait_for_node("results");
  EXPECT_EQ(explorer.prop("results", "count"), 101) << "what fills the window";
  const auto usual = explorer.next_request("search.query");
  EXPECT_EQ(usual.params["limit"], 500) << "asked for once nothing is typed";
  explorer.answer(usual, many(500, true));
  explorer.wait("a row that is not there yet and stands for the rest",
                [&] { return explorer.prop("results", "count") == 501; });
  EXPECT_EQ(explorer.prop("summary", "text"), "First 500 results in 500 files, scroll on for more · index · 0.7 ms");
  const auto to_the_end = [&] {
    const std::size_t count = explorer.prop("results", "count");
    explorer.event("explorer", "results", "range", {{"start", count - 60}, {"end", count}});
  };
  to_the_end();
  const auto more = explorer.next_request("search.query");
  EXPECT_EQ(more.params["limit"], 5000);
  explorer.refuse(more, -32003, "too slow");
  explorer.wait("the row that says so",
                [&] { return explorer.labels("results").back() == "More results could not be loaded"; });
  EXPECT_EQ(explorer.labels("results")[explorer.labels("results").size() - 2], "needle 499") << "nothing was lost";
  explorer.event("explorer", "results", "activate", {{"index", 500}, {"key", "more"}});
  const auto again = explorer.next_request("search.query");
  EXPECT_EQ(again.params["limit"], 5000);
  explorer.answer(again, many(5000, true));
  explorer.wait("all of them", [&] { return explorer.prop("results", "count") == 5001; });
  EXPECT_EQ(explorer.prop("summary", "text"),
            "First 5000 results in 5000 files, refine the query for others · index · 0.7 ms");
  to_the_end();
  explorer.wait("the end",
                [&] { return explorer.labels("results").back() == "Only the first 5000 results are shown"; });
  explorer.event("explorer", "results", "activate", {{"index", 5000}, {"key", "end"}});
  explorer.type("needles", 2);
  const auto other = explorer.next_request("search.query");
  EXPECT_EQ(other.params, (json{{"query", "needles"}, {"limit", 100}})) << "another query begins anew";
  explorer.answer(other, many(3, false));
  explorer.wait("the other results", [&] { return explorer.prop("results", "count") == 3; });
}

TEST(FileExplorer, ARestartKeepsWhatWasScrolledTo) {
  TemporaryFolder folder;
  folder.file("a.txt");
  json saved;
  {
    Explorer explorer(folder);
    explorer.type("needle", 1);
    explorer.answer(explorer.next_request("search.query"), many(500, true));
    explorer.wait_for_node("results");
    explorer.event("explorer", "results", "range", {{"start", 450}, {"end", 501}});
    explorer.answer(explorer.next_request("search.query"), many(700, false));
    explorer.wait("all of them", [&] { return explorer.prop("results", "count") == 700; });
    explorer.event("explorer", "results", "range", {{"start", 650}, {"end", 700}});
    explorer.wait("the state",
                  [&] { return explorer.saved().is_object() && explorer.saved()["results"]["end"] == 700; });
    saved = explorer.saved();
  }
  ScriptedHost again(FILE_EXPLORER);
  again.ask("contract.init", init(folder.text(), 2));
  again.ask("contract.restore", {{"state", saved}});
  const auto question = again.next_request("search.query");
  EXPECT_EQ(question.params["limit"], 5000);
  again.answer(question, many(700, false));
  again.wait("the last rows",
             [&] { return !again.labels("results").empty() && again.labels("results").back() == "needle 699"; });
}

TEST(FileExplorer, EventsOfAnyShapeAreSurvived) {
  TemporaryFolder folder;
  folder.file("a");
  Explorer explorer(folder);
  for (const json& data : {json(nullptr), json::array(), json{{"index", -1}, {"key", 5}}, json{{"start", "x"}},
                           json{{"value", 1}, {"edit", "y"}}}) {
    for (const char* event : {"toggle", "activate", "range", "focus", "typeahead", "nothing"})
      explorer.event("explorer", "tree", event, data);
    for (const char* event : {"change", "submit", "clear"})
      explorer.event("explorer", "search", event, data);
  }
  explorer.event("explorer", "tree", "toggle", {{"index", 99999}, {"key", "../.."}, {"expanded", true}});
  explorer.event("explorer", "tree", "range", {{"start", 5}, {"end", 18446744073709551615ULL}});
  explorer.event("elsewhere", "x", "press", json::object());
  explorer.notify("ui.ack", {{"view", "explorer"}, {"revision", "x"}});
  explorer.notify("ui.ack", 7);
  EXPECT_EQ(explorer.ask("nonsense", json::object())["error"]["code"], -32601);
  EXPECT_EQ(explorer.ask("contract.restore", json::object())["error"]["code"], -32602);
  EXPECT_EQ(explorer.ask("contract.restore", {{"state", 7}}), json::object());
  EXPECT_EQ(explorer.labels("tree"), Labels{"a"});
}

TEST(FileExplorer, ARefusedBatchIsFollowedByTheWholeTree) {
  TemporaryFolder folder;
  folder.file("d/x");
  Explorer explorer(folder);
  explorer.refuse_next_batch();
  explorer.toggle(0, "d", true);
  explorer.wait("the whole tree", [&] { return explorer.renders() == 2; });
  EXPECT_EQ(explorer.labels("tree"), (Labels{"d", "x"}));
}

TEST(FileExplorer, ASlowHostGetsTheNewestPictureOnly) {
  TemporaryFolder folder;
  folder.file("d/x");
  Explorer explorer(folder);
  explorer.acknowledge_automatically(false);
  for (int i = 0; i < 41; ++i)
    explorer.toggle(0, "d", i % 2 == 0);
  explorer.ask("contract.snapshot", json::object());
  EXPECT_LE(explorer.batches(), 9U);
  explorer.acknowledge_automatically(true);
  explorer.acknowledge(explorer.revision());
  explorer.wait_for_labels("tree", {"d", "x"});
}

TEST(FileExplorer, ADirectoryOfFiftyThousandEntries) {
  constexpr int count = 50'000;
  TemporaryFolder folder;
  for (int i = 0; i < count; ++i)
    folder.file("big/entry" + std::to_string(i) + ".txt");
  Explorer explorer(folder);
  const auto begin = std::chrono::steady_clock::now();
  explorer.toggle(0, "big", true);
  explorer.wait("its rows", [&] { return explorer.prop("tree", "count") == count + 1; });
  const auto expanded = std::chrono::steady_clock::now();
  explorer.event("explorer", "tree", "range", {{"start", 40'000}, {"end", 40'050}});
  explorer.wait("rows far down", [&] { return explorer.prop("tree", "rows")["start"] > 30'000; });
  const auto scrolled = std::chrono::steady_clock::now();
  const json items = explorer.prop("tree", "rows")["items"];
  EXPECT_LE(items.size(), 1000U);
  const std::size_t start = explorer.prop("tree", "rows")["start"];
  EXPECT_EQ(items[40'000 - start]["label"], "entry39999.txt");
  const auto ms = [](auto duration) { return std::chrono::duration<double, std::milli>(duration).count(); };
  std::ifstream smaps("/proc/" + std::to_string(explorer.pid()) + "/smaps_rollup");
  std::string line;
  while (std::getline(smaps, line) && !line.starts_with("Pss:")) {
  }
  RecordProperty("expand_ms", std::to_string(ms(expanded - begin)));
  RecordProperty("scroll_ms", std::to_string(ms(scrolled - expanded)));
  std::cout << "expand " << ms(expanded - begin) << " ms, scroll " << ms(scrolled - expanded) << " ms, " << line
            << '\n';
}

TEST(FileExplorer, StartsFast) {
  TemporaryFolder folder;
  for (int i = 0; i < 100; ++i)
    folder.file("f" + std::to_string(i));
  const auto begin = std::chrono::steady_clock::now();
  Explorer explorer(folder);
  const auto shown = std::chrono::steady_clock::now();
  std::ifstream smaps("/proc/" + std::to_string(explorer.pid()) + "/smaps_rollup");
  std::string line;
  while (std::getline(smaps, line) && !line.starts_with("Pss:")) {
  }
  std::cout << "start to first picture " << std::chrono::duration<double, std::milli>(shown - begin).count() << " ms, "
            << line << '\n';
  EXPECT_EQ(explorer.labels("tree").size(), 100U);
}

}  // namespace
