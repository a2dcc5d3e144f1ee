// Where large contents are cut, what they share, and how their chunks are checked and repaired.

#include <algorithm>
#include <fstream>
#include <set>

#include "artifact_store/cutter.h"
#include "upload_fixture.h"

namespace symphony::pit::tests {
namespace {

using nlohmann::json;

std::vector<std::string_view> cut(std::string_view bytes) {
  std::vector<std::string_view> chunks;
  while (!bytes.empty()) {
    chunks.push_back(bytes.substr(0, first_chunk(bytes)));
    bytes.remove_prefix(chunks.back().size());
  }
  return chunks;
}

std::size_t shared(const std::string& one, const std::string& other) {
  const auto chunks = cut(one);
  const std::set<std::string_view> known(chunks.begin(), chunks.end());
  std::size_t count = 0;
  for (const std::string_view chunk : cut(other))
    count += known.contains(chunk) ? 1U : 0U;
  return count;
}

TEST(Cutter, EveryChunkHasASizeBetweenTheLimits) {
  const std::string bytes = noise(32 * mebibyte, 1);
  const auto chunks = cut(bytes);
  std::size_t whole = 0;
  for (std::size_t number = 0; number < chunks.size(); ++number) {
    EXPECT_LE(chunks[number].size(), most_chunk_bytes);
    if (number + 1 < chunks.size()) {
      EXPECT_GT(chunks[number].size(), least_chunk_bytes);
    }
    whole += chunks[number].size();
  }
  EXPECT_EQ(whole, bytes.size());
  const std::size_t mean = whole / chunks.size();
  EXPECT_GT(mean, middle_chunk_bytes / 2);
  EXPECT_LT(mean, middle_chunk_bytes * 2);
}

TEST(Cutter, AChangeStaysWhereItIs) {
  const std::string bytes = noise(16 * mebibyte, 2);
  const std::size_t count = cut(bytes).size();
  ASSERT_GT(count, 20U);
  EXPECT_EQ(shared(bytes, bytes), count);
  EXPECT_GE(shared(bytes, "x" + bytes), count - 4) << "a byte more at the beginning";
  std::string changed = bytes;
  changed.erase(bytes.size() / 2, 100);
  EXPECT_GE(shared(bytes, changed), count - 4) << "some bytes fewer in the middle";
  EXPECT_GE(shared(bytes, bytes + "more"), count - 1) << "some more at the end";
  EXPECT_EQ(shared(bytes, noise(16 * mebibyte, 3)), 0U);
}

TEST(Cutter, WhatSaysNothingIsCutAtTheLimit) {
  EXPECT_EQ(first_chunk(""), 0U);
  EXPECT_EQ(first_chunk("x"), 1U);
  EXPECT_EQ(first_chunk(std::string(least_chunk_bytes, 'x')), least_chunk_bytes);
  EXPECT_EQ(first_chunk(std::string(2 * most_chunk_bytes, '\0')), most_chunk_bytes);
}

TEST(Cutter, WhatFollowsTheLargestChunkDoesNotMatter) {
  const std::string bytes = noise(3 * mebibyte, 4);
  EXPECT_EQ(first_chunk(bytes), first_chunk(std::string_view(bytes).substr(0, most_chunk_bytes)));
}

class ChunksTest : public UploadTest {
 protected:
  std::int64_t chunk_bytes() { return ask("store.usage")["chunk_bytes"]; }
  /// Changes a byte of the content in its pack, which must be the only one.
  void damage(std::size_t at) {
    ASSERT_EQ(packs().size(), 1U);
    std::fstream file(packs().front(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    const int was = file.get();
    file.seekp(static_cast<std::streamoff>(at)).put(static_cast<char>(was ^ 1));
    ASSERT_TRUE(file.flush().good());
  }
  json damaged(bool repair) { return ask("store.check", {{"repair", repair}})["damaged"]; }
};

TEST_F(ChunksTest, AChangedContentTakesWhatChanged) {
  const std::string bytes = noise(8 * mebibyte, 5);
  put("a", bytes);
  const std::int64_t before = chunk_bytes();
  EXPECT_EQ(before, static_cast<std::int64_t>(bytes.size()));
  std::string changed = bytes;
  changed.insert(4 * mebibyte, "a few bytes");
  const json second = put("a", changed);
  EXPECT_EQ(second["version"], 2);
  EXPECT_GT(chunk_bytes(), before);
  EXPECT_LT(chunk_bytes(), before + 3 * static_cast<std::int64_t>(most_chunk_bytes));
  // The first goes, the second stays whole.
  const json purged = purge("a", 1);
  EXPECT_EQ(purged["contents"], 1);
  EXPECT_LT(purged["freed_bytes"], 3 * most_chunk_bytes);
  EXPECT_EQ(read_all(second["hash"]), changed);
  EXPECT_EQ(chunk_bytes(), static_cast<std::int64_t>(changed.size()));
  EXPECT_EQ(damaged(true), json::array());
  EXPECT_EQ(read_all(second["hash"]), changed) << "also after the check has given back what is not needed";
}

TEST_F(ChunksTest, AContentThatRepeatsItselfIsKeptOnce) {
  const std::string part = noise(3 * mebibyte, 6);
  const json hash = put("a", part + part + part)["hash"];
  EXPECT_LT(chunk_bytes(), 6 * static_cast<std::int64_t>(mebibyte));
  EXPECT_EQ(read_all(hash), part + part + part);
  purge("a");
  EXPECT_EQ(chunk_bytes(), 0);
  EXPECT_TRUE(packs().empty());
}

TEST_F(ChunksTest, WhatIsDamagedComesBackInEveryContentWhenOneIsPutAgain) {
  const std::string common = noise(4 * mebibyte, 7);
  const json first = put("a", common)["hash"];
  damage(mebibyte);
  const json second = put("b", common + noise(2 * mebibyte, 8))["hash"];
  ASSERT_EQ(damaged(false).size(), 2U) << "both have the chunk";
  EXPECT_EQ(refused("artifact.get", {{"name", "a"}}).code, ErrorCode::data_corrupted);
  const json found = damaged(true);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0]["repaired"], false);
  EXPECT_NE(refused("artifact.get", {{"name", "b"}}).message.find("Put it again"), std::string::npos);
  EXPECT_LT(chunk_bytes(), static_cast<std::int64_t>(6 * mebibyte));
  EXPECT_EQ(put("c", common)["stored"], false);
  EXPECT_EQ(read_all(first), common);
  EXPECT_EQ(read_all(second), common + noise(2 * mebibyte, 8));
  EXPECT_EQ(damaged(false), json::array());
}

TEST_F(ChunksTest, APutOfTheWholeBringsItBackAsWell) {
  const std::string bytes = noise(2 * mebibyte, 9);
  const json hash = put("a", bytes)["hash"];
  damage(5);
  const json whole = {{"name", "a"}, {"content", to_base64(bytes)}, {"encoding", "base64"}};
  damaged(true);
  EXPECT_EQ(ask("artifact.put", whole)["hash"], hash);
  EXPECT_EQ(read_all(hash), bytes);
  EXPECT_EQ(damaged(true), json::array());
  EXPECT_EQ(ask("artifact.describe", {{"name", "a"}})["tier"], "hot");
}

TEST_F(ChunksTest, AChunkIsRepairedFromAContentThatIsTheSame) {
  const std::string bytes = noise(3 * mebibyte, 10);
  const json hash = put("a", bytes)["hash"];
  const std::string chunk(cut(bytes).front());
  ask("artifact.put", {{"name", "part"}, {"content", to_base64(chunk)}, {"encoding", "base64"}});
  damage(5);
  const json found = damaged(true);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0]["hash"], hash);
  EXPECT_EQ(found[0]["repaired"], true);
  EXPECT_EQ(read_all(hash), bytes);
  EXPECT_EQ(packs().size(), 2U);
  purge("a");
  EXPECT_TRUE(packs().empty());
}

TEST_F(ChunksTest, AChunkIsRepairedFromTheIndexOfTheWorkspace) {
  std::string text;
  for (int line = 0; text.size() < 2 * mebibyte; ++line)
    text += "line " + std::to_string(line) + " of a long text\n";
  folder_.write("long.txt", text);
  open();
  const json hash = put("copy", text)["hash"];
  const std::filesystem::path directory = database().string() + ".packs";
  std::filesystem::resize_file(std::filesystem::directory_iterator(directory)->path(), 100);
  EXPECT_EQ(refused("artifact.get", {{"name", "copy"}}).code, ErrorCode::data_corrupted);
  const json found = damaged(true);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0]["repaired"], true);
  EXPECT_EQ(ask("artifact.get", {{"name", "copy"}})["content"], text);
  EXPECT_EQ(read_all(hash), text);
}

TEST_F(ChunksTest, ACheckOfALargeContentCanBeCancelled) {
  put("a", noise(2 * mebibyte, 11));
  std::stop_source stop;
  const json all = json::object();
  EXPECT_EQ((*call("store.check", all, stop.get_token()))["checked"], 1);
  stop.request_stop();
  EXPECT_EQ((*call("store.check", all, stop.get_token()))["checked"], 0);
}

}  // namespace
}  // namespace symphony::pit::tests
