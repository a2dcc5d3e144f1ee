#include "artifact_store_fixture.h"

namespace symphony::pit::tests {
namespace {

using Artifacts = ArtifactStoreTest;

TEST_F(Artifacts, AreVersionedAndStoredOnce) {
  const auto first = ask("artifact.put", {{"name", "notes/a"}, {"content", "hello"}, {"metadata", {{"by", "me"}}}});
  EXPECT_EQ(first["version"], 1);
  EXPECT_EQ(first["size"], 5);
  EXPECT_EQ(first["stored"], true);
  EXPECT_EQ(first["hash"], "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
  const auto second = ask("artifact.put", {{"name", "notes/a"}, {"content", "hello"}});
  EXPECT_EQ(second["version"], 2);
  EXPECT_EQ(second["stored"], false);
  ask("artifact.put", {{"name", "notes/a"}, {"content", "changed"}});

  const auto newest = ask("artifact.get", {{"name", "notes/a"}});
  EXPECT_EQ(newest["content"], "changed");
  EXPECT_EQ(newest["version"], 3);
  const auto oldest = ask("artifact.get", {{"name", "notes/a"}, {"version", 1}});
  EXPECT_EQ(oldest["content"], "hello");
  EXPECT_EQ(oldest["metadata"], (nlohmann::json{{"by", "me"}}));
  EXPECT_EQ(ask("artifact.get", {{"hash", first["hash"]}})["version"], 2);

  const auto versions = ask("artifact.versions", {{"name", "notes/a"}})["versions"];
  ASSERT_EQ(versions.size(), 3U);
  EXPECT_TRUE(versions[0]["parent"].is_null());
  EXPECT_EQ(versions[2]["parent"], 2);
}

TEST_F(Artifacts, BytesThatAreNotTextComeBackAsBase64) {
  const auto put = ask("artifact.put", {{"name", "bytes"}, {"content", "AP/+"}, {"encoding", "base64"}});
  EXPECT_EQ(put["size"], 3);
  const auto got = ask("artifact.get", {{"name", "bytes"}});
  EXPECT_EQ(got["encoding"], "base64");
  EXPECT_EQ(got["content"], "AP/+");
}

TEST_F(Artifacts, TextWithNulAndEveryScriptComesBackUnchanged) {
  const std::string text = std::string("a\0b", 3) + "\u202E 漢字 🎼\r\n";
  ask("artifact.put", {{"name", "odd 'name' \"\n"}, {"content", text}});
  EXPECT_EQ(ask("artifact.get", {{"name", "odd 'name' \"\n"}})["content"], text);
  ask("artifact.put", {{"name", "empty"}, {"content", ""}});
  EXPECT_EQ(ask("artifact.get", {{"name", "empty"}})["size"], 0);
}

TEST_F(Artifacts, AreListedByPrefixWithoutMeaningForWildcards) {
  for (const char* name : {"a%b", "a%c", "axb", "b", "é1"})
    ask("artifact.put", {{"name", name}, {"content", name}});
  EXPECT_EQ(ask("artifact.list", {{"prefix", "a%"}})["names"], (nlohmann::json{"a%b", "a%c"}));
  EXPECT_EQ(ask("artifact.list", {{"prefix", "é"}})["names"], nlohmann::json::array({"é1"}));
  const auto cut = ask("artifact.list", {{"limit", 2}});
  EXPECT_EQ(cut["names"].size(), 2U);
  EXPECT_EQ(cut["truncated"], true);
  EXPECT_EQ(ask("artifact.list")["truncated"], false);
}

TEST_F(Artifacts, RefuseWhatIsWrongAndNameTheField) {
  EXPECT_EQ(refused("artifact.put", {{"content", "x"}}).data["path"], "/name");
  EXPECT_EQ(refused("artifact.put", {{"name", ""}, {"content", "x"}}).data["path"], "/name");
  EXPECT_EQ(refused("artifact.put", {{"name", std::string("a\0b", 3)}, {"content", "x"}}).data["path"], "/name");
  EXPECT_EQ(refused("artifact.put", {{"name", std::string(2000, 'n')}, {"content", "x"}}).code,
            ErrorCode::payload_too_large);
  EXPECT_EQ(refused("artifact.put", {{"name", "a"}}).data["path"], "/content");
  EXPECT_EQ(refused("artifact.put", {{"name", "a"}, {"content", nullptr}}).data["path"], "/content");
  EXPECT_EQ(refused("artifact.put", {{"name", "a"}, {"content", "!"}, {"encoding", "base64"}}).data["path"],
            "/content");
  EXPECT_EQ(refused("artifact.put", {{"name", "a"}, {"content", "x"}, {"encoding", "rot13"}}).data["path"],
            "/encoding");
  EXPECT_EQ(refused("artifact.put", {{"name", "a"}, {"content", "x"}, {"metadata", 5}}).data["path"], "/metadata");
  EXPECT_EQ(refused("artifact.get", {{"name", "nothing"}}).code, ErrorCode::not_found);
  EXPECT_EQ(refused("artifact.get", {{"name", "nothing"}, {"version", 0}}).data["path"], "/version");
  EXPECT_EQ(refused("artifact.get", {{"hash", "xyz"}}).data["path"], "/hash");
  EXPECT_EQ(refused("artifact.versions", {{"name", "nothing"}}).code, ErrorCode::not_found);
  EXPECT_EQ(refused("artifact.list", {{"limit", 0}}).data["path"], "/limit");
  EXPECT_EQ(refused("artifact.burn", nlohmann::json::object()).code, ErrorCode::method_not_found);
  EXPECT_EQ(refused("artifact.put", nlohmann::json::array()).code, ErrorCode::invalid_params);
  EXPECT_EQ(ask("artifact.list")["names"].size(), 0U);
}

TEST_F(Artifacts, BelongToTheOpenWorkspace) {
  ask("artifact.put", {{"name", "mine"}, {"content", "user"}});
  open();
  EXPECT_EQ(refused("artifact.get", {{"name", "mine"}}).code, ErrorCode::not_found);
  ask("artifact.put", {{"name", "mine"}, {"content", "workspace"}});
  ask("index.close");
  EXPECT_EQ(ask("artifact.get", {{"name", "mine"}})["content"], "user");
  open();
  EXPECT_EQ(ask("artifact.get", {{"name", "mine"}})["content"], "workspace");
}

TEST_F(Artifacts, ACancelledReadSaysSo) {
  std::stop_source stop;
  stop.request_stop();
  folder_.write("a.txt", "needle");
  open();
  const nlohmann::json query = {{"query", "needle"}};
  EXPECT_EQ(call("index.search", query, stop.get_token()).error().code, ErrorCode::cancelled);
  EXPECT_EQ(call("index.scan", query, stop.get_token()).error().code, ErrorCode::cancelled);
}

}  // namespace
}  // namespace symphony::pit::tests
