// What is known of artifacts beside their content, where their content is, and how they end.

#include <sqlite3.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "artifact_store/schema.h"
#include "artifact_store/tiers.h"
#include "artifact_store_fixture.h"

namespace symphony::pit::tests {
namespace {

using nlohmann::json;
using Names = std::vector<std::string>;

class Tiers : public ArtifactStoreTest {
 protected:
  std::string put(const std::string& name, const std::string& content, json more = json::object()) {
    more["name"] = name;
    more["content"] = content;
    return ask("artifact.put", more)["hash"];
  }
  std::string content(const std::string& name) { return ask("artifact.get", {{"name", name}})["content"]; }
  json describe(const std::string& name) { return ask("artifact.describe", {{"name", name}}); }
  void move(const std::string& hash, const std::string& tier, bool changes = true) {
    const json moved = ask("store.move", {{"hash", hash}, {"tier", tier}, {"batch", "b"}});
    EXPECT_EQ(moved["changed"], changes) << moved.dump();
  }
  void expect_refused(std::string_view method, const json& params, ErrorCode code, std::string_view path) {
    const Error error = refused(method, params);
    EXPECT_EQ(error.code, code) << method << params.dump() << error.message;
    EXPECT_EQ(error.data.value("path", ""), path) << method << params.dump() << error.message;
  }
  std::filesystem::path store_file() const { return data_ / "store.sqlite"; }
  std::vector<std::filesystem::path> archived() const {
    std::vector<std::filesystem::path> files;
    const std::filesystem::path folder = data_ / "store.sqlite.archive";
    if (!std::filesystem::exists(folder)) return files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
    return files;
  }
  void sql(const std::string& statement) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(store_file().c_str(), &database), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(database, statement.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
  }
};

const std::string long_text = [] {
  std::string text;
  for (int line = 0; line < 2000; ++line)
    text += "line " + std::to_string(line) + " of a text that compresses well\n";
  return text;
}();

TEST_F(Tiers, WhatIsPutWithAnArtifactIsKnownOfIt) {
  put("source", "one");
  put("made", "two",
      {{"parents", {{{"name", "source"}, {"version", 1}}}}, {"tags", {"b", "a", "a"}}, {"quality", 0.75}});
  const json made = describe("made");
  EXPECT_EQ(made["tags"], json({"a", "b"}));
  EXPECT_EQ(made["quality"], 0.75);
  EXPECT_EQ(made["parents"], json({{{"name", "source"}, {"version", 1}}}));
  EXPECT_EQ(made["tier"], "hot");
  EXPECT_EQ(describe("source")["children"], json({{{"name", "made"}, {"version", 1}}}));
  EXPECT_EQ(describe("source")["quality"], nullptr);
  EXPECT_EQ(ask("artifact.annotate", {{"name", "made"}, {"add_tags", {"c"}}, {"remove_tags", {"a"}}, {"quality", 1}}),
            (json{{"version", 1}, {"tags", {"b", "c"}}, {"quality", 1.0}}));
  EXPECT_EQ(ask("artifact.pin", {{"name", "made"}, {"holder", "me"}})["pins"], json({"me"}));
  ask("artifact.pin", {{"name", "made"}, {"holder", "me"}});
  EXPECT_EQ(describe("made")["pins"], json({"me"}));
  EXPECT_EQ(ask("artifact.unpin", {{"name", "made"}, {"holder", "me"}})["pins"], json::array());
}

TEST_F(Tiers, LineageIsFollowedBothWays) {
  put("a", "a");
  put("b", "b", {{"parents", {{{"name", "a"}, {"version", 1}}}}});
  put("c", "c", {{"parents", {{{"name", "a"}, {"version", 1}}, {{"name", "b"}, {"version", 1}}}}});
  put("d", "d", {{"parents", {{{"name", "c"}, {"version", 1}}}}});
  const json up = ask("artifact.lineage", {{"name", "d"}})["entries"];
  EXPECT_EQ(up, json({{{"name", "c"}, {"version", 1}, {"depth", 1}},
                      {{"name", "a"}, {"version", 1}, {"depth", 2}},
                      {{"name", "b"}, {"version", 1}, {"depth", 2}}}));
  EXPECT_EQ(ask("artifact.lineage", {{"name", "a"}, {"direction", "children"}})["entries"].size(), 3U);
  EXPECT_EQ(ask("artifact.lineage", {{"name", "d"}, {"depth", 1}})["entries"].size(), 1U);
  const json cut = ask("artifact.lineage", {{"name", "d"}, {"limit", 2}});
  EXPECT_EQ(cut["entries"].size(), 2U);
  EXPECT_EQ(cut["truncated"], true);
}

TEST_F(Tiers, BadInputIsRefusedAndChangesNothing) {
  const std::string hash = put("a", "a");
  const auto params = ErrorCode::invalid_params;
  expect_refused("artifact.put", {{"name", "b"}, {"content", ""}, {"quality", 2}}, params, "/quality");
  expect_refused("artifact.put", {{"name", "b"}, {"content", ""}, {"quality", std::nan("")}}, params, "/quality");
  expect_refused("artifact.put", {{"name", "b"}, {"content", ""}, {"tags", {"x", ""}}}, params, "/tags/1");
  expect_refused("artifact.put", {{"name", "b"}, {"content", ""}, {"parents", {{{"name", "x"}, {"version", 1}}}}},
                 params, "/parents/0");
  expect_refused("artifact.put", {{"name", "a"}, {"content", ""}, {"parents", {{{"name", "a"}, {"version", 2}}}}},
                 params, "/parents/0");
  expect_refused("artifact.put", {{"name", "a"}, {"content", ""}, {"parents", {{{"name", "a"}, {"version", -1}}}}},
                 params, "/parents/0/version");
  EXPECT_EQ(ask("artifact.versions", {{"name", "a"}})["versions"].size(), 1U);
  EXPECT_EQ(ask("artifact.list")["names"], json({"a"}));
  expect_refused("artifact.describe", {{"name", "x"}}, ErrorCode::not_found, "/name");
  expect_refused("artifact.describe", {{"name", "a"}, {"version", 9}}, ErrorCode::not_found, "/version");
  expect_refused("artifact.annotate", {{"name", "a"}, {"add_tags", {std::string(65, 't')}}}, params, "/add_tags/0");
  expect_refused("artifact.pin", {{"name", "a"}, {"holder", ""}}, params, "/holder");
  expect_refused("artifact.lineage", {{"name", "a"}, {"direction", "sideways"}}, params, "/direction");
  expect_refused("store.move", {{"hash", hash}, {"tier", "lost"}}, params, "/tier");
  expect_refused("store.move", {{"hash", std::string(64, 'z')}, {"tier", "hot"}}, params, "/hash");
  expect_refused("store.move", {{"hash", std::string(64, '0')}, {"tier", "hot"}}, ErrorCode::not_found, "/hash");
  expect_refused("store.delete", {{"name", "a"}, {"version", 7}}, ErrorCode::not_found, "/version");
  expect_refused("store.contents", {{"after", "abc"}}, params, "/after");
  for (int number = 0; number < 64; ++number)
    ask("artifact.pin", {{"name", "a"}, {"holder", std::to_string(number)}});
  expect_refused("artifact.pin", {{"name", "a"}, {"holder", "more"}}, ErrorCode::resource_exhausted, "/holder");
}

TEST_F(Tiers, AContentIsTheSameInEveryTier) {
  const std::string hash = put("text", long_text);
  std::string previous = "hot";
  for (const char* tier : {"compressed", "archived", "hot", "archived", "compressed", "hot"}) {
    move(hash, tier);
    move(hash, tier, false);
    EXPECT_EQ(content("text"), long_text) << tier;
    const json facts = describe("text");
    EXPECT_EQ(facts["tier"], tier);
    EXPECT_EQ(facts["size"], long_text.size());
    EXPECT_EQ(facts["stored_size"] == long_text.size(), facts["tier"] == "hot");
    EXPECT_EQ(archived().size(), std::string(tier) == "archived" ? 1U : 0U) << previous << " to " << tier;
    previous = tier;
  }
  EXPECT_EQ(ask("store.check")["damaged"], json::array());
  // Bytes that are no text, and none at all.
  ask("artifact.put", {{"name", "bytes"}, {"content", "AAEC/w=="}, {"encoding", "base64"}});
  const std::string empty = put("empty", "");
  for (const char* tier : {"archived", "hot"}) {
    move(ask("artifact.describe", {{"name", "bytes"}})["hash"], tier);
    move(empty, tier);
    EXPECT_EQ(content("bytes"), "AAEC/w==");
    EXPECT_EQ(content("empty"), "");
  }
}

TEST_F(Tiers, WhatDoesNotCompressStaysHot) {
  std::mt19937 random(1);
  std::string noise(5000, '\0');
  std::generate(noise.begin(), noise.end(), [&] { return static_cast<char>('0' + random() % 64); });
  EXPECT_EQ(ask("store.move", {{"hash", put("short", "x")}, {"tier", "compressed"}})["changed"], false);
  EXPECT_EQ(describe("short")["tier"], "hot");
  EXPECT_EQ(content("short"), "x");
}

TEST_F(Tiers, ContentsStandForEveryVersionThatIsThem) {
  const std::string hash = put("a", long_text);
  put("b", long_text, {{"tags", {"t", "training"}}});
  put("a", "newer");
  const json page = ask("store.contents", {{"limit", 1}});
  EXPECT_EQ(page["last"], false);
  const json rest = ask("store.contents", {{"after", page["contents"][0]["hash"]}});
  EXPECT_EQ(rest["last"], true);
  const json& facts = page["contents"][0]["hash"] == hash ? page["contents"][0] : rest["contents"][0];
  ASSERT_EQ(facts["versions"].size(), 2U);
  EXPECT_EQ(facts["versions"][0]["newer"], 1);
  EXPECT_EQ(facts["versions"][1]["tags"], json({"t", "training"}));
}

TEST_F(Tiers, WhatIsHeldOrNeededIsNotDeleted) {
  put("pinned", "1");
  ask("artifact.pin", {{"name", "pinned"}, {"holder", "me"}});
  put("data", "2", {{"tags", {"training"}}});
  put("source", "3");
  put("made", "4", {{"parents", {{{"name", "source"}, {"version", 1}}}}});
  for (const char* name : {"pinned", "data", "source"}) {
    expect_refused("store.delete", {{"name", name}, {"version", 1}}, ErrorCode::invalid_request, "/version");
    EXPECT_FALSE(content(name).empty());
  }
  expect_refused("store.move", {{"hash", describe("pinned")["hash"]}, {"tier", "archived"}}, ErrorCode::invalid_request,
                 "/hash");
  const auto used = describe("made")["accessed_ms"].get<std::uint64_t>();
  expect_refused("store.delete", {{"name", "made"}, {"version", 1}, {"unused_since", used - 1}},
                 ErrorCode::invalid_request, "/unused_since");
  EXPECT_EQ(ask("store.delete", {{"name", "made"}, {"version", 1}})["changed"], true);
  EXPECT_EQ(ask("store.delete", {{"name", "made"}, {"version", 1}})["changed"], false);
  EXPECT_EQ(refused("artifact.get", {{"name", "made"}}).code, ErrorCode::not_found);
  // Nothing is made from it any more.
  ask("store.delete", {{"name", "source"}, {"version", 1}});
}

TEST_F(Tiers, DeletedComesBackUntilItIsPurged) {
  const std::string hash = put("a", long_text);
  put("b", "other");
  move(hash, "archived");
  ask("store.delete", {{"name", "a"}, {"version", 1}, {"batch", "b"}});
  ask("store.delete", {{"name", "b"}, {"version", 1}, {"batch", "b"}});
  EXPECT_EQ(ask("artifact.list")["names"], json::array());
  EXPECT_EQ(refused("artifact.get", {{"hash", hash}}).code, ErrorCode::not_found);
  const json undone = ask("store.undo", {{"batch", "b"}});
  EXPECT_EQ(undone, (json{{"undone", 3}, {"gone", 0}, {"left", 0}}));
  EXPECT_EQ(content("a"), long_text);
  EXPECT_EQ(describe("a")["tier"], "hot");
  EXPECT_TRUE(archived().empty());

  ask("store.delete", {{"name", "a"}, {"version", 1}, {"batch", "b"}});
  EXPECT_EQ(ask("store.purge", {{"deleted_before_ms", 1}})["versions"], 0) << "not deleted before that";
  const json purged = ask("store.purge", {{"deleted_before_ms", 1ULL << 50U}});
  EXPECT_EQ(purged["versions"], 1);
  EXPECT_EQ(purged["contents"], 1);
  EXPECT_EQ(purged["freed_bytes"], long_text.size());
  EXPECT_EQ(purged["last"], true);
  EXPECT_EQ(ask("store.undo", {{"batch", "b"}})["undone"], 0);
  EXPECT_EQ(ask("store.usage")["contents"], 1);
  // The content can be put again; the number of a version is not used twice.
  EXPECT_EQ(put("a", long_text), hash);
  EXPECT_EQ(describe("a")["version"], 2);
  EXPECT_EQ(content("a"), long_text);
}

TEST_F(Tiers, AVersionThatSharesItsContentDoesNotTakeItAlong) {
  const std::string hash = put("a", long_text);
  put("b", long_text);
  move(hash, "archived");
  ask("store.delete", {{"name", "a"}, {"version", 1}});
  EXPECT_EQ(ask("store.purge", {{"deleted_before_ms", 1ULL << 50U}})["contents"], 0);
  EXPECT_EQ(content("b"), long_text);
}

TEST_F(Tiers, DamageIsFoundAndSaidAndHealsWhenTheContentComesAgain) {
  const std::string hot = put("hot", "bytes that are as they were");
  const std::string packed = put("packed", long_text);
  const std::string filed = put("filed", long_text + "!");
  const std::string missing = put("missing", long_text + "?");
  move(packed, "compressed");
  move(filed, "archived");
  for (const auto& file : archived())
    std::ofstream(file, std::ios::in | std::ios::out) << "damaged";
  move(missing, "archived");
  for (const auto& file : archived()) {
    if (file.filename().string().starts_with(missing)) std::filesystem::remove(file);
  }
  store_.reset();
  sql("UPDATE content SET data='bytes that are NOT so any more' WHERE size=27");
  sql("UPDATE content SET data=substr(data,1,length(data)-9) WHERE hash IN (SELECT hash FROM content_state WHERE "
      "tier=1)");
  start();
  EXPECT_EQ(refused("artifact.get", {{"name", "packed"}}).code, ErrorCode::data_corrupted);
  EXPECT_EQ(refused("artifact.get", {{"name", "filed"}}).code, ErrorCode::data_corrupted);
  EXPECT_EQ(refused("artifact.get", {{"name", "missing"}}).code, ErrorCode::data_corrupted);
  EXPECT_EQ(refused("store.move", {{"hash", packed}, {"tier", "hot"}}).code, ErrorCode::data_corrupted);
  json found = ask("store.check", {{"limit", 1}});
  EXPECT_EQ(found["checked"], 1);
  EXPECT_EQ(found["last"], false);
  found = ask("store.check");
  EXPECT_EQ(found["checked"], 4);
  ASSERT_EQ(found["damaged"].size(), 4U);
  EXPECT_EQ(found["damaged"][0]["repaired"], false);
  EXPECT_EQ(found["damaged"][0]["names"].size(), 1U);
  EXPECT_EQ(ask("store.check", {{"repair", true}})["damaged"].size(), 4U);
  EXPECT_EQ(describe("packed")["tier"], "lost");
  EXPECT_NE(refused("artifact.get", {{"name", "hot"}}).message.find("Put it again"), std::string::npos);
  EXPECT_EQ(put("packed", long_text), packed);
  EXPECT_EQ(content("packed"), long_text);
  EXPECT_EQ(describe("packed")["tier"], "hot");
}

TEST_F(Tiers, TheIndexOfTheWorkspaceRepairsWhatItHasToo) {
  folder_.write("a.txt", long_text);
  open();
  const std::string hash = put("copy", long_text);
  {
    const Store::Lease lease = store_->index()->store()->write();
    (*lease).execute("UPDATE content SET data=substr(data,2)");
  }
  EXPECT_EQ(refused("artifact.get", {{"name", "copy"}}).code, ErrorCode::data_corrupted);
  const json found = ask("store.check", {{"repair", true}});
  ASSERT_EQ(found["damaged"].size(), 1U);
  EXPECT_EQ(found["damaged"][0]["repaired"], true);
  EXPECT_EQ(content("copy"), long_text);
  EXPECT_EQ(hash, describe("copy")["hash"]);
}

TEST_F(Tiers, InMemoryNothingIsArchived) {
  data_.write("file", "");
  store_ = std::make_unique<ArtifactStore>();
  ASSERT_TRUE(store_->init({{"data_directory", (data_ / "file").string()}}).has_value());
  const std::string hash = put("a", long_text);
  move(hash, "compressed");
  EXPECT_EQ(content("a"), long_text);
  expect_refused("store.move", {{"hash", hash}, {"tier", "archived"}}, ErrorCode::invalid_request, "/tier");
}

TEST_F(Tiers, AFullDiskRefusesTheMoveAndLosesNothing) {
  const std::filesystem::path disk = data_ / "disk";
  std::filesystem::create_directory(disk);
  if (::geteuid() != 0 || ::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=2m") != 0)
    GTEST_SKIP() << "needs the right to mount";
  store_ = std::make_unique<ArtifactStore>();
  ASSERT_TRUE(store_->init({{"data_directory", disk.string()}}).has_value());
  std::mt19937 random(5);
  std::string noise(300'000, '\0');
  std::generate(noise.begin(), noise.end(), [&] { return static_cast<char>('0' + random() % 64); });
  const std::string hash = put("a", noise);
  // Fills what is left.
  {
    std::ofstream filler(disk / "filler", std::ios::binary);
    const std::string block(4096, 'x');
    while (filler.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
  }
  EXPECT_EQ(refused("store.move", {{"hash", hash}, {"tier", "archived"}}).code, ErrorCode::resource_exhausted);
  EXPECT_EQ(content("a"), noise);
  EXPECT_EQ(describe("a")["tier"], "hot");
  std::filesystem::remove(disk / "filler");
  move(hash, "archived");
  EXPECT_EQ(content("a"), noise);
  store_.reset();
  ::umount2(disk.c_str(), MNT_DETACH);
}

TEST_F(Tiers, AStoreOfTheFirstSchemaIsTakenOver) {
  const std::string hash = put("old", long_text);
  put("old", "second");
  store_.reset();
  // As the first version of the schema had it.
  sql("DROP TABLE content_state; DROP TABLE artifact_last; DROP TABLE artifact_tag; DROP TABLE artifact_pin; DROP "
      "TABLE artifact_parent; DROP TABLE "
      "stale_change; DROP TABLE pack; DROP TABLE chunk; DROP TABLE content_chunk; DROP INDEX artifact_deleted; ALTER "
      "TABLE artifact DROP COLUMN quality; ALTER TABLE artifact DROP "
      "COLUMN deleted_ms; PRAGMA user_version=1");
  start();
  EXPECT_EQ(status()["error"], nullptr);
  EXPECT_EQ(ask("artifact.get", {{"hash", hash}})["content"], long_text);
  const json facts = ask("artifact.describe", {{"name", "old"}, {"version", 1}});
  EXPECT_EQ(facts["stored_size"], long_text.size());
  EXPECT_EQ(facts["accessed_ms"], facts["created_ms"]);
  move(hash, "compressed");
}

}  // namespace
}  // namespace symphony::pit::tests
