#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <fcntl.h>

#include <symphony/descriptor/descriptor.h>

#include "artifact_store_fixture.h"

namespace symphony::pit::tests {
namespace {

class Search : public ArtifactStoreTest {
 protected:
  /// Asks index and disk; they must agree.
  nlohmann::json both(const std::string& query, int limit = 500) {
    nlohmann::json indexed = search(query, limit);
    nlohmann::json scanned = ask("index.scan", {{"query", query}, {"limit", limit}});
    EXPECT_TRUE(indexed["fresh"].get<bool>());
    for (const char* key : {"hits", "files", "truncated"})
      EXPECT_EQ(indexed[key], scanned[key]) << query << " " << key;
    return indexed;
  }
};

TEST_F(Search, SaysPathLineColumnLengthAndText) {
  folder_.write("b/deep.txt", "first\r\n  The Needle and the NEEDLE\r\n");
  folder_.write("a.txt", "ä needle");
  open();
  const auto hits = both("needle")["hits"];
  ASSERT_EQ(hits.size(), 3U);
  EXPECT_EQ(hits[0],
            (nlohmann::json{{"path", "a.txt"}, {"line", 1}, {"column", 4}, {"length", 6}, {"text", "ä needle"}}));
  EXPECT_EQ(
      hits[1],
      (nlohmann::json{
          {"path", "b/deep.txt"}, {"line", 2}, {"column", 7}, {"length", 6}, {"text", "  The Needle and the NEEDLE"}}));
  EXPECT_EQ(hits[2]["column"], 22);
}

TEST_F(Search, OrdersByTheBytesOfWholePaths) {
  for (const char* name : {"a-b/x", "a/x", "a.x", "a0", "B", "é"})
    folder_.write(name, "needle");
  open();
  std::vector<std::string> order;
  const nlohmann::json result = both("needle");
  for (const auto& hit : result["hits"])
    order.push_back(hit["path"]);
  EXPECT_EQ(order, (std::vector<std::string>{"B", "a-b/x", "a.x", "a/x", "a0", "é"}));
}

TEST_F(Search, StopsAtTheLimitAndSaysWhetherThereIsMore) {
  folder_.write("a.txt", "x\nx\nx\n");
  folder_.write("b.txt", "x\n");
  open();
  EXPECT_EQ(both("x", 4)["truncated"], false);
  const auto cut = both("x", 3);
  EXPECT_EQ(cut["hits"].size(), 3U);
  EXPECT_EQ(cut["truncated"], true);
}

TEST_F(Search, IsLiteralWhateverTheQueryHolds) {
  const std::vector<std::string> queries = {
      "\"",     "a\"b", "'; DROP TABLE file; --", "AND", "NEAR(a b)", "a*",  "col:x", "^x", "%_", "\\", "(",
      "[a-z]+", "\t",   "\xE2\x80\xAE\xD7\x90",   "漢",  "🎼x",        "-- ", "a b"};
  std::string all;
  for (const std::string& query : queries)
    all += "<" + query + ">\n";
  folder_.write("all.txt", all);
  folder_.write("none.txt", "nothing of the kind here");
  open();
  for (const std::string& query : queries) {
    const auto result = both(query);
    ASSERT_GE(result["hits"].size(), 1U) << query;
    bool found = false;
    for (const auto& hit : result["hits"])
      found = found || hit["text"] == "<" + query + ">";
    EXPECT_TRUE(found) << query;
  }
}

TEST_F(Search, MayReachOverALineEndAndHoldANul) {
  folder_.write("a.txt", "one\ntwo\nthree");
  folder_.write("b.txt", std::string(9000, 'x') + std::string("\0needle", 7));
  open();
  const auto hits = both("ONE\ntw")["hits"];
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0]["length"], 6);
  EXPECT_EQ(hits[0]["text"], "one");
  EXPECT_EQ(both(std::string("\0needle", 7))["hits"].size(), 1U);
  EXPECT_EQ(both("\n")["hits"].size(), 2U);
}

TEST_F(Search, RefusesBadQueriesAndNamesTheField) {
  open();
  for (const char* method : {"index.search", "index.scan"}) {
    EXPECT_EQ(refused(method, nlohmann::json::object()).data["path"], "/query");
    EXPECT_EQ(refused(method, {{"query", ""}}).data["path"], "/query");
    EXPECT_EQ(refused(method, {{"query", 5}}).data["path"], "/query");
    EXPECT_EQ(refused(method, {{"query", "x"}, {"limit", 0}}).data["path"], "/limit");
    EXPECT_EQ(refused(method, {{"query", "x"}, {"limit", 5001}}).data["path"], "/limit");
    EXPECT_EQ(refused(method, {{"query", "x"}, {"limit", "9"}}).data["path"], "/limit");
    const Error long_query = refused(method, {{"query", std::string(1 << 20, 'q')}});
    EXPECT_EQ(long_query.code, ErrorCode::payload_too_large);
    EXPECT_EQ(long_query.data["limit"], 4096);
  }
}

TEST_F(Search, WithoutAFolderSaysSo) {
  EXPECT_EQ(refused("index.search", {{"query", "x"}}).code, ErrorCode::not_found);
  EXPECT_EQ(refused("index.scan", {{"query", "x"}}).code, ErrorCode::not_found);
  EXPECT_EQ(status()["state"], "closed");
}

TEST_F(Search, CutsALongLineAroundTheHitAtCharacters) {
  std::string line;
  for (int i = 0; i < 500; ++i)
    line += "ä";
  folder_.write("long.txt", line + "needle" + line);
  folder_.write("start.txt", "needle" + line);
  folder_.write("end.txt", line + "needle");
  open();
  const nlohmann::json result = both("needle");
  for (const auto& hit : result["hits"]) {
    const std::string text = hit["text"];
    EXPECT_LE(text.size(), 400U);
    EXPECT_GE(text.size(), 390U);
    EXPECT_NE(text.find("needle"), std::string::npos);
    EXPECT_EQ(text.find("\xEF\xBF\xBD"), std::string::npos) << "cut through a character";
  }
}

TEST_F(Search, ShowsInvalidTextAsReplacementCharacters) {
  folder_.write("latin1.txt", "caf\xE9 needle 50%");
  open();
  EXPECT_EQ(both("needle")["hits"][0]["text"], "caf\xEF\xBF\xBD needle 50%");
}

TEST_F(Search, FindsFilesByNameAndByPathWhenThereIsASlash) {
  folder_.write("source/Main.cpp", "");
  folder_.write("main/other.cpp", "");
  open();
  EXPECT_EQ(both("main")["files"], nlohmann::json::array({"source/Main.cpp"}));
  EXPECT_EQ(both("ce/ma")["files"], nlohmann::json::array({"source/Main.cpp"}));
}

TEST_F(Search, NamesMayBeAnyBytes) {
  const std::vector<std::pair<std::string, std::string>> names = {{"new\nline", "new\nline"},
                                                                  {"quo'te\"s", "quo'te\"s"},
                                                                  {"bad\xFF\xC3", "bad%FF%C3"},
                                                                  {"rtl\xE2\x80\xAEtxt", "rtl\xE2\x80\xAEtxt"},
                                                                  {"per%cent", "per%25cent"},
                                                                  {std::string(255, 'n'), std::string(255, 'n')},
                                                                  {" ", " "},
                                                                  {"-rf", "-rf"}};
  for (const auto& [name, escaped] : names)
    folder_.write(name, "needle");
  open();
  std::set<std::string> found;
  const nlohmann::json result = both("needle");
  for (const auto& hit : result["hits"])
    found.insert(hit["path"]);
  for (const auto& [name, escaped] : names)
    EXPECT_TRUE(found.contains(escaped)) << escaped;
  EXPECT_EQ(found.size(), names.size());
}

TEST_F(Search, ListsButDoesNotReadWhatIsNotText) {
  folder_.write("binary.bin", std::string("needle\0", 7));
  folder_.write("large.txt", "needle");
  std::filesystem::resize_file(folder_ / "large.txt", std::uintmax_t{1} << 30);  // sparse
  folder_.write("exact.txt", "needle" + std::string((4 << 20) - 6, ' '));
  std::filesystem::create_symlink("exact.txt", folder_ / "link.txt");
  std::filesystem::create_directory_symlink(".", folder_ / "loop");
  std::filesystem::create_directory_symlink("/nonexistent", folder_ / "dangling");
  ASSERT_EQ(::mkfifo((folder_ / "pipe.txt").c_str(), 0600), 0);
  folder_.write("empty.txt", "");
  open();
  const auto hits = both("needle")["hits"];
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0]["path"], "exact.txt");
  EXPECT_EQ(both("txt")["files"], (nlohmann::json{"empty.txt", "exact.txt", "large.txt", "link.txt", "pipe.txt"}));
  EXPECT_EQ(both("loop")["files"], nlohmann::json::array({"loop"}));
  const auto now = status();
  EXPECT_EQ(now["skipped"]["binary"], 1);
  EXPECT_EQ(now["skipped"]["large"], 1);
  EXPECT_EQ(now["files"], 8);
  EXPECT_EQ(now["indexed"], 2);
}

TEST_F(Search, IgnoredFilesAreNotThere) {
  folder_.write(".gitignore", "*.log\n/build/\n!keep.log\n");
  folder_.write("sub/.gitignore", "local*\n");
  folder_.write(".git/config", "needle");
  folder_.write(".git/info/exclude", "secret\n");
  for (const char* name :
       {"a.log", "keep.log", "build/x", "sub/build/x", "sub/local.txt", "sub/a.log", "secret", "plain"}) {
    folder_.write(name, "needle");
  }
  open();
  std::vector<std::string> found;
  const nlohmann::json result = both("needle");
  for (const auto& hit : result["hits"])
    found.push_back(hit["path"]);
  EXPECT_EQ(found, (std::vector<std::string>{"keep.log", "plain", "sub/build/x"}));
}

TEST_F(Search, TheSameTextIsStoredOnce) {
  const std::string text(100'000, 'q');
  for (int i = 0; i < 50; ++i)
    folder_.write("copy" + std::to_string(i), text);
  open();
  EXPECT_EQ(paths("qqq").size(), 500U);
  ask("index.close");
  EXPECT_LT(std::filesystem::file_size(database()), 2'000'000U);
}

}  // namespace
}  // namespace symphony::pit::tests
