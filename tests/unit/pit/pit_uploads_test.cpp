// Artifacts that are put piece by piece and read in ranges.

#include <sys/mount.h>
#include <unistd.h>

#include <fstream>
#include <limits>

#include "artifact_store/artifacts.h"
#include "artifact_store/uploads.h"
#include "upload_fixture.h"

namespace symphony::pit::tests {
namespace {

using nlohmann::json;

class UploadsTest : public UploadTest {};

TEST_F(UploadsTest, WhatCameInPiecesIsTheWhole) {
  int number = 0;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, mebibyte - 1, mebibyte, mebibyte + 1, 3 * mebibyte, 3 * mebibyte + 17}) {
    for (const std::size_t piece_bytes : {mebibyte, std::size_t{300'001}}) {
      SCOPED_TRACE(std::to_string(size) + " in pieces of " + std::to_string(piece_bytes));
      const std::string bytes = noise(size, static_cast<unsigned>(++number));
      const std::string name = std::to_string(number);
      const json put = this->put(name, bytes, piece_bytes);
      EXPECT_EQ(put, (json{{"name", name},
                           {"version", 1},
                           {"hash", to_hex(view_of(sha256(bytes)))},
                           {"size", size},
                           {"stored", put["stored"]}}));
      EXPECT_EQ(read_all(put["hash"]), bytes);
      const json facts = ask("artifact.describe", {{"name", name}});
      EXPECT_EQ(facts["size"], size);
      EXPECT_EQ(facts["tier"], size > mebibyte ? "chunked" : "hot");
    }
  }
  EXPECT_EQ(ask("store.check")["damaged"], json::array());
}

TEST_F(UploadsTest, AnyRangeIsRead) {
  const std::string bytes = noise(2 * mebibyte + 5, 1);
  const std::string small = noise(1000, 2);
  for (const std::string& content : {bytes, small}) {
    const json hash = put("a", content)["hash"];
    std::mt19937 random(3);
    for (int round = 0; round < 50; ++round) {
      const std::size_t offset = random() % (content.size() + 1);
      const std::size_t length = 1 + random() % mebibyte;
      EXPECT_EQ(read(hash, offset, length), content.substr(offset, length)) << offset << ", " << length;
    }
    EXPECT_EQ(read(hash, content.size(), 1), "");
    EXPECT_EQ(read_all(hash, 777'777), content);
  }
  // As well from the other tiers.
  const std::string text(5000, 'x');
  const json hash = put("text", text)["hash"];
  for (const char* tier : {"compressed", "archived"}) {
    ask("store.move", {{"hash", hash}, {"tier", tier}});
    EXPECT_EQ(read(hash, 4990, 100), std::string(10, 'x')) << tier;
  }
}

TEST_F(UploadsTest, ATextStaysOneWhereverItIsCut) {
  std::string text;
  while (text.size() <= mebibyte)
    text += "\u00e9\u6f22\U0001F3BC.";
  put("text", text, 99'991);
  const json got = ask("artifact.get", {{"name", "text"}});
  EXPECT_EQ(got["encoding"], "utf-8");
  EXPECT_EQ(got["content"], text);
  put("bytes", text + "\xff");
  EXPECT_EQ(ask("artifact.get", {{"name", "bytes"}})["encoding"], "base64");
}

TEST_F(UploadsTest, WhatIsTooLargeForAMessageIsReadInRanges) {
  const std::string bytes = noise(static_cast<std::size_t>(most_inline_bytes) + 1, 4);
  const json hash = put("a", bytes)["hash"];
  expect_refused("artifact.get", {{"name", "a"}}, ErrorCode::payload_too_large, "/name");
  expect_refused("artifact.get", {{"hash", hash}}, ErrorCode::payload_too_large, "/hash");
  EXPECT_EQ(read_all(hash), bytes);
}

TEST_F(UploadsTest, NobodySeesItBeforeTheEnd) {
  const json upload = begin("a", {{"tags", {"t"}}, {"quality", 0.5}, {"metadata", {{"by", "me"}}}});
  send(upload, noise(2 * mebibyte, 5));
  EXPECT_EQ(ask("artifact.list")["names"], json::array());
  EXPECT_EQ(ask("store.usage")["contents"], 0);
  EXPECT_EQ(ask("artifact.put_commit", {{"upload", upload}})["stored"], true);
  const json facts = ask("artifact.describe", {{"name", "a"}});
  EXPECT_EQ(facts["tags"], json({"t"}));
  EXPECT_EQ(facts["quality"], 0.5);
  EXPECT_EQ(facts["metadata"], (json{{"by", "me"}}));
}

TEST_F(UploadsTest, TheSameContentIsKeptOnceHoweverItCame) {
  const std::string bytes = noise(2 * mebibyte + 1, 6);
  EXPECT_EQ(put("a", bytes)["stored"], true);
  const json usage = ask("store.usage");
  const json again = put("b", bytes, 500'000);
  EXPECT_EQ(again["stored"], false);
  EXPECT_EQ(ask("artifact.put", {{"name", "c"}, {"content", to_base64(bytes)}, {"encoding", "base64"}})["stored"],
            false);
  EXPECT_EQ(ask("store.usage")["chunk_bytes"], usage["chunk_bytes"]);
  EXPECT_EQ(packs().size(), 1U);
  EXPECT_EQ(read_all(again["hash"]), bytes);
}

TEST_F(UploadsTest, BadInputIsRefusedAndChangesNothing) {
  const auto params = ErrorCode::invalid_params;
  expect_refused("artifact.put_begin", json::object(), params, "/name");
  expect_refused("artifact.put_begin", {{"name", 5}}, params, "/name");
  expect_refused("artifact.put_begin", {{"name", std::string("a\0b", 3)}}, params, "/name");
  expect_refused("artifact.put_begin", {{"name", "a"}, {"quality", 2}}, params, "/quality");
  expect_refused("artifact.put_begin", {{"name", "a"}, {"tags", {"x", ""}}}, params, "/tags/1");
  expect_refused("artifact.put_begin", {{"name", "a"}, {"parents", "x"}}, params, "/parents");

  const std::string bytes = noise(2 * mebibyte, 7);
  const json upload = begin("a", {{"parents", {{{"name", "source"}, {"version", 1}}}}});
  send(upload, bytes);
  const auto sent = [&](const char* field, const json& value) {
    json message = piece(upload, bytes.size(), "x");
    message[field] = value;
    return message;
  };
  expect_refused("artifact.put_piece", sent("upload", 99), ErrorCode::not_found, "/upload");
  expect_refused("artifact.put_piece", sent("upload", "1"), params, "/upload");
  expect_refused("artifact.put_piece", sent("upload", -1), params, "/upload");
  expect_refused("artifact.put_piece", sent("offset", -1), params, "/offset");
  expect_refused("artifact.put_piece", sent("offset", 0), params, "/offset");
  expect_refused("artifact.put_piece", sent("offset", bytes.size() + 1), params, "/offset");
  expect_refused("artifact.put_piece", sent("offset", std::numeric_limits<std::uint64_t>::max()), params, "/offset");
  expect_refused("artifact.put_piece", sent("offset", 1.5), params, "/offset");
  expect_refused("artifact.put_piece", sent("content", "!"), params, "/content");
  expect_refused("artifact.put_piece", sent("content", 1), params, "/content");
  expect_refused("artifact.put_piece", sent("encoding", "rot13"), params, "/encoding");
  json large = sent("content", std::string(mebibyte + 1, 'x'));
  large["encoding"] = "utf-8";
  expect_refused("artifact.put_piece", large, ErrorCode::payload_too_large, "/content");
  large["content"] = std::string(1'398'105, 'x');
  expect_refused("artifact.put_piece", large, ErrorCode::payload_too_large, "/content");
  expect_refused("artifact.put_commit", {{"upload", 99}}, ErrorCode::not_found, "/upload");
  expect_refused("artifact.put_commit", {{"upload", upload}, {"hash", "xyz"}}, params, "/hash");
  expect_refused("artifact.put_commit", {{"upload", upload}, {"hash", std::string(64, 'z')}}, params, "/hash");
  expect_refused("artifact.put_commit", {{"upload", upload}, {"hash", std::string(64, '0')}}, params, "/hash");
  expect_refused("artifact.put_commit", {{"upload", upload}}, params, "/parents/0");
  expect_refused("artifact.put_abort", {{"upload", 99}}, ErrorCode::not_found, "/upload");
  // It is as it was, and goes on.
  ask("artifact.put", {{"name", "source"}, {"content", ""}});
  send(upload, "x", 1, bytes.size());
  const json put = ask("artifact.put_commit", {{"upload", upload}, {"hash", to_hex(view_of(sha256(bytes + "x")))}});
  EXPECT_EQ(read_all(put["hash"]), bytes + "x");
  expect_refused("artifact.put_commit", {{"upload", upload}}, ErrorCode::not_found, "/upload");

  const json hash = put["hash"];
  expect_refused("artifact.read", {{"hash", hash}, {"offset", bytes.size() + 2}}, params, "/offset");
  expect_refused("artifact.read", {{"hash", hash}, {"offset", -1}}, params, "/offset");
  expect_refused("artifact.read", {{"hash", hash}, {"offset", std::numeric_limits<std::uint64_t>::max()}}, params,
                 "/offset");
  expect_refused("artifact.read", {{"hash", hash}, {"length", 0}}, params, "/length");
  expect_refused("artifact.read", {{"hash", hash}, {"length", mebibyte + 1}}, params, "/length");
  expect_refused("artifact.read", {{"hash", std::string(64, '0')}}, ErrorCode::not_found, "/hash");
  expect_refused("artifact.read", {{"hash", std::string(64, 'z')}}, params, "/hash");
}

TEST_F(UploadsTest, AnUploadBelongsToItsSender) {
  sender_ = "extension:a";
  process_ = "1";
  const json upload = begin("a");
  const auto expect_another = [&] {
    for (const auto& [method, params] :
         std::vector<std::pair<std::string, json>>{{"artifact.put_piece", piece(upload, 0, "x")},
                                                   {"artifact.put_commit", {{"upload", upload}}},
                                                   {"artifact.put_abort", {{"upload", upload}}}}) {
      expect_refused(method, params, ErrorCode::permission_denied, "/upload");
    }
  };
  sender_ = "extension:b";
  expect_another();
  sender_ = "extension:a";
  process_ = "2";
  expect_another();
  process_ = "1";
  send(upload, "x");
  EXPECT_EQ(ask("artifact.put_commit", {{"upload", upload}})["size"], 1);
}

TEST_F(UploadsTest, WhatHasNoHolderAnyMoreIsDropped) {
  sender_ = "extension:a";
  process_ = "1";
  const json first = begin("a");
  send(first, noise(2 * mebibyte, 8));
  process_ = "2";
  const json second = begin("b");
  send(second, noise(2 * mebibyte, 9));
  EXPECT_EQ(packs().size(), 2U);
  EXPECT_EQ(store_->traits().holder_gone, "store.holder_gone");
  EXPECT_EQ(ask("store.holder_gone", {{"holder", "extension:b"}})["dropped"], 0);
  EXPECT_EQ(ask("store.holder_gone", {{"holder", "extension:a"}, {"instance", "1"}})["dropped"], 1);
  EXPECT_EQ(packs().size(), 1U);
  EXPECT_EQ(ask("store.holder_gone", {{"holder", "extension:a"}})["dropped"], 1);
  expect_refused("artifact.put_commit", {{"upload", second}}, ErrorCode::not_found, "/upload");
  begin("c");
  EXPECT_EQ(ask("store.holder_gone")["dropped"], 1);
  EXPECT_TRUE(packs().empty());
}

TEST_F(UploadsTest, WhatIsAbortedOrIdleLeavesNothing) {
  const json aborted = begin("a");
  send(aborted, noise(2 * mebibyte, 10));
  EXPECT_EQ(packs().size(), 1U);
  ask("artifact.put_abort", {{"upload", aborted}});
  EXPECT_TRUE(packs().empty());

  const json idle = begin("a");
  send(idle, noise(2 * mebibyte, 11));
  const json busy = begin("b");
  clock_.advance_ms(Uploads::idle_ms);
  send(busy, "x");
  EXPECT_EQ(packs().size(), 1U) << "not for longer than that yet";
  clock_.advance_ms(1);
  ask("artifact.list");
  EXPECT_TRUE(packs().empty());
  expect_refused("artifact.put_commit", {{"upload", idle}}, ErrorCode::not_found, "/upload");
  EXPECT_EQ(ask("artifact.put_commit", {{"upload", busy}})["size"], 1);
}

TEST_F(UploadsTest, ThereAreOnlySoMany) {
  for (std::size_t count = 0; count < Uploads::most_of_a_sender; ++count)
    begin("a");
  expect_refused("artifact.put_begin", {{"name", "a"}}, ErrorCode::resource_exhausted, "");
  sender_ = "extension:b";
  for (std::size_t count = Uploads::most_of_a_sender; count < Uploads::most; ++count)
    begin("b");
  sender_ = "extension:c";
  expect_refused("artifact.put_begin", {{"name", "c"}}, ErrorCode::resource_exhausted, "");
  ask("store.holder_gone", {{"holder", "conductor"}});
  begin("c");
}

TEST_F(UploadsTest, AContentHasAnEnd) {
  const auto version = NewVersion{"a", "{}", std::nullopt, std::nullopt, std::nullopt};
  Upload upload(store_->artifacts(), version);
  const std::string zeros(64 * mebibyte, '\0');
  for (std::int64_t sent = 0; sent < most_content_bytes; sent += static_cast<std::int64_t>(zeros.size()))
    upload.add(zeros);
  try {
    upload.add("x");
    ADD_FAILURE() << "not refused";
  } catch (const ParameterError& error) {
    EXPECT_EQ(error.error().code, ErrorCode::payload_too_large);
    EXPECT_EQ(error.error().data["path"], "/content");
  }
  EXPECT_EQ(upload.received(), most_content_bytes);
  const json put = upload.commit(std::nullopt, 1);
  EXPECT_EQ(put["size"], most_content_bytes);
  EXPECT_EQ(ask("store.usage")["chunk_bytes"], mebibyte) << "every part is the same";
  EXPECT_EQ(read(put["hash"], static_cast<std::size_t>(most_content_bytes) - 5, 10), std::string(5, '\0'));
}

TEST_F(UploadsTest, ItGoesToTheStoreItWasBegunIn) {
  const json upload = begin("a");
  const std::string bytes = noise(2 * mebibyte, 12);
  send(upload, bytes.substr(0, mebibyte));
  open();
  send(upload, bytes.substr(mebibyte), mebibyte, mebibyte);
  ask("artifact.put_commit", {{"upload", upload}});
  EXPECT_EQ(ask("artifact.list")["names"], json::array());
  ask("index.close");
  EXPECT_EQ(ask("artifact.describe", {{"name", "a"}})["size"], bytes.size());
}

TEST_F(UploadsTest, WhatAnEndedProcessLeftIsRemovedWhenTheStoreIsOpened) {
  const json hash = put("kept", noise(2 * mebibyte, 13))["hash"];
  data_.write("store.sqlite.packs/77.pack", "half an upload");
  data_.write("store.sqlite.packs/mine.txt", "none of ours");
  start();
  EXPECT_EQ(packs().size(), 2U);
  EXPECT_EQ(read_all(hash).size(), 2 * mebibyte);
}

TEST_F(UploadsTest, DamagedFilesAreFoundAndNamed) {
  const std::string bytes = noise(2 * mebibyte + 9, 14);
  const json hash = put("a", bytes)["hash"];
  ASSERT_EQ(packs().size(), 1U);
  const std::filesystem::path file = packs().front();
  const auto expect_damaged = [&](std::size_t offset) {
    const json at = {{"hash", hash}, {"offset", offset}};
    expect_refused("artifact.read", at, ErrorCode::data_corrupted, file.string());
    expect_refused("artifact.get", {{"name", "a"}}, ErrorCode::data_corrupted, file.string());
    const json damaged = ask("store.check")["damaged"];
    ASSERT_EQ(damaged.size(), 1U);
    EXPECT_EQ(damaged[0]["hash"], hash);
    EXPECT_EQ(damaged[0]["names"], json({"a"}));
  };
  {
    std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
    out.seekp(static_cast<std::streamoff>(mebibyte + 5)).put(static_cast<char>(bytes[mebibyte + 5] ^ 1));
  }
  expect_damaged(mebibyte + 5);
  EXPECT_EQ(read(hash, 0, 100), bytes.substr(0, 100)) << "the others are whole";
  std::filesystem::resize_file(file, 2 * mebibyte);
  expect_damaged(2 * mebibyte);
  std::filesystem::remove(file);
  expect_damaged(0);
}

TEST_F(UploadsTest, WhatIsRemovedGivesItsRoomBack) {
  const std::string shared = noise(2 * mebibyte, 15);
  put("a", shared + noise(mebibyte, 16));
  const json kept = put("b", shared + noise(mebibyte, 17));
  const std::int64_t both = ask("store.usage")["chunk_bytes"];
  EXPECT_LT(both, 6 * mebibyte) << "what they share is kept once";
  EXPECT_EQ(purge("a")["freed_bytes"], both - static_cast<std::int64_t>(3 * mebibyte));
  EXPECT_EQ(ask("store.usage")["chunk_bytes"], 3 * mebibyte);
  EXPECT_EQ(read_all(kept["hash"]), shared + noise(mebibyte, 17));
  EXPECT_EQ(packs().size(), 2U);
  EXPECT_EQ(purge("b")["freed_bytes"], 3 * mebibyte);
  EXPECT_EQ(ask("store.usage")["chunk_bytes"], 0);
  EXPECT_TRUE(packs().empty());
}

TEST_F(UploadsTest, WhatAnUploadMayReferToStaysUntilItsEnd) {
  const std::string bytes = noise(2 * mebibyte, 18);
  put("a", bytes);
  const json upload = begin("b");
  send(upload, bytes + "x");
  EXPECT_EQ(purge("a")["contents"], 1);
  EXPECT_EQ(ask("store.usage")["chunk_bytes"], 2 * mebibyte);
  const json put = ask("artifact.put_commit", {{"upload", upload}});
  EXPECT_EQ(read_all(put["hash"]), bytes + "x");
  const json other = begin("c");
  purge("b");
  EXPECT_GT(ask("store.usage")["chunk_bytes"], 0);
  ask("artifact.put_abort", {{"upload", other}});
  EXPECT_EQ(ask("store.usage")["chunk_bytes"], 0);
  EXPECT_TRUE(packs().empty());
}

TEST_F(UploadsTest, ChunksStayInTheirTier) {
  const json hash = put("a", noise(2 * mebibyte, 19))["hash"];
  for (const char* tier : {"hot", "compressed", "archived"})
    expect_refused("store.move", {{"hash", hash}, {"tier", tier}}, ErrorCode::invalid_request, "/hash");
  EXPECT_EQ(ask("store.usage")["by_tier"]["chunked"]["contents"], 1);
}

TEST_F(UploadsTest, InMemoryOnlySmallOnesAreKept) {
  data_.write("file", "");
  store_ = std::make_unique<ArtifactStore>(IndexOptions{}, clock_);
  ASSERT_TRUE(store_->init({{"data_directory", (data_ / "file").string()}}).has_value());
  const std::string bytes = noise(mebibyte, 20);
  EXPECT_EQ(read_all(put("a", bytes)["hash"]), bytes);
  const json upload = begin("b");
  send(upload, bytes);
  expect_refused("artifact.put_piece", piece(upload, mebibyte, "x"), ErrorCode::resource_exhausted, "/content");
  expect_refused("artifact.put_commit", {{"upload", upload}}, ErrorCode::not_found, "/upload");
}

class UploadsOnAFullDisk : public UploadTest {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(directory());
    if (::geteuid() != 0 || ::mount("tmpfs", directory().c_str(), "tmpfs", 0, "size=6m") != 0)
      GTEST_SKIP() << "needs the right to mount";
    mounted_ = true;
    store_ = std::make_unique<ArtifactStore>(IndexOptions{}, clock_);
    ASSERT_TRUE(store_->init({{"data_directory", directory().string()}}).has_value());
  }
  void TearDown() override {
    store_.reset();
    if (mounted_) ::umount2(directory().c_str(), MNT_DETACH);
  }
  std::filesystem::path directory() const override { return data_ / "disk"; }

  bool mounted_ = false;
};

TEST_F(UploadsOnAFullDisk, TheUploadIsDroppedAndNothingElse) {
  const std::string before = noise(2 * mebibyte, 21);
  const json kept = put("a", before)["hash"];
  const json upload = begin("b");
  std::optional<Error> full;
  for (std::size_t at = 0; at < 8 * mebibyte && !full; at += mebibyte) {
    const auto answer = call("artifact.put_piece", piece(upload, at, noise(mebibyte, static_cast<unsigned>(100 + at))));
    if (answer.has_error()) full = answer.error();
  }
  ASSERT_TRUE(full.has_value()) << "the disk was not full";
  EXPECT_EQ(full->code, ErrorCode::resource_exhausted);
  EXPECT_NE(full->data.value("path", "").find(".pack"), std::string::npos) << full->to_json().dump();
  expect_refused("artifact.put_commit", {{"upload", upload}}, ErrorCode::not_found, "/upload");
  EXPECT_EQ(packs().size(), 1U);
  EXPECT_EQ(ask("artifact.list")["names"], json({"a"}));
  EXPECT_EQ(read_all(kept), before);
  EXPECT_EQ(put("b", noise(2 * mebibyte, 22))["stored"], true) << "its room is free again";
}

}  // namespace
}  // namespace symphony::pit::tests
