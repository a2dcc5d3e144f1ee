// What can go wrong with the folder or the database while it is open.

#include <sys/mount.h>
#include <unistd.h>

#include "artifact_store_fixture.h"

namespace symphony::pit::tests {
namespace {

using Names = std::vector<std::string>;

class IndexFailures : public ArtifactStoreTest {
 protected:
  void wait_for(const std::string& state) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (status()["state"] != state && std::chrono::steady_clock::now() < end)
      std::this_thread::yield();
    ASSERT_EQ(status()["state"], state) << status().dump();
  }
};

TEST_F(IndexFailures, AFolderThatCannotBeOpenedIsRefusedWithTheReason) {
  const Error missing = refused("index.open", {{"folder", (folder_ / "missing").string()}});
  EXPECT_EQ(missing.code, ErrorCode::not_found);
  EXPECT_NE(missing.message.find("does not exist"), std::string::npos) << missing.message;
  folder_.write("file", "");
  EXPECT_NE(refused("index.open", {{"folder", (folder_ / "file").string()}}).message.find("not a folder"),
            std::string::npos);
  EXPECT_EQ(refused("index.open", {{"folder", "relative"}}).data["path"], "/folder");
  EXPECT_EQ(refused("index.open", {{"folder", ""}}).data["path"], "/folder");
  EXPECT_EQ(refused("index.open", {{"folder", "/%ZZ"}}).data["path"], "/folder");
  EXPECT_EQ(refused("index.open", {{"folder", 5}}).data["path"], "/folder");
  EXPECT_EQ(status()["state"], "closed");
}

TEST_F(IndexFailures, ADeletedFolderIsSaidAndComesBack) {
  const std::filesystem::path work = folder_ / "work";
  folder_.write("work/a.txt", "needle");
  ask("index.open", {{"folder", work.string()}});
  settle();
  std::filesystem::remove_all(work);
  wait_for("failed");
  EXPECT_EQ(status()["error"]["code"], static_cast<int>(ErrorCode::not_found));
  EXPECT_EQ(refused("index.search", {{"query", "needle"}}).code, ErrorCode::not_found);
  EXPECT_EQ(refused("index.scan", {{"query", "needle"}}).code, ErrorCode::not_found);
  EXPECT_EQ(refused("index.open", {{"folder", work.string()}}).code, ErrorCode::not_found);

  folder_.write("work/b.txt", "needle");
  ask("index.open", {{"folder", work.string()}});
  settle();
  EXPECT_EQ(paths("needle"), Names{"b.txt"});
}

TEST_F(IndexFailures, ARenamedFolderIsSaid) {
  const std::filesystem::path work = folder_ / "work";
  folder_.write("work/a.txt", "needle");
  ask("index.open", {{"folder", work.string()}});
  settle();
  std::filesystem::rename(work, folder_ / "elsewhere");
  wait_for("failed");
}

TEST_F(IndexFailures, AnUnmountedFolderIsSaidAndItsIndexIsKept) {
  const std::filesystem::path work = folder_ / "mount";
  std::filesystem::create_directory(work);
  if (::geteuid() != 0 || ::mount("tmpfs", work.c_str(), "tmpfs", 0, "size=1m") != 0)
    GTEST_SKIP() << "needs the right to mount";
  folder_.write("mount/a.txt", "needle");
  ask("index.open", {{"folder", work.string()}});
  settle();
  ASSERT_EQ(::umount2(work.c_str(), MNT_DETACH), 0);
  wait_for("failed");
}

TEST_F(IndexFailures, WithoutEnoughWatchesItLooksAgainAndAgain) {
  start({std::chrono::milliseconds(20), 2});
  folder_.write("a/b/c/deep.txt", "first");
  open();
  const auto now = status();
  EXPECT_EQ(now["state"], "degraded");
  EXPECT_EQ(now["watching"], false);
  EXPECT_NE(now["error"]["message"].get<std::string>().find("max_user_watches"), std::string::npos);
  EXPECT_EQ(search("first")["fresh"], false);
  folder_.write("a/b/c/deep.txt", "second version");
  const auto end = std::chrono::steady_clock::now() + patience;
  while (paths("second version").empty() && std::chrono::steady_clock::now() < end)
    std::this_thread::yield();
  EXPECT_EQ(paths("second version"), Names{"a/b/c/deep.txt"});
}

TEST_F(IndexFailures, ADirectoryThatMayNotBeReadIsCounted) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  folder_.write("closed/a.txt", "needle");
  folder_.write("shut.txt", "needle");
  std::filesystem::permissions(folder_ / "closed", std::filesystem::perms::none);
  std::filesystem::permissions(folder_ / "shut.txt", std::filesystem::perms::none);
  open();
  EXPECT_EQ(status()["skipped"]["unreadable"], 2);
  std::filesystem::permissions(folder_ / "closed", std::filesystem::perms::owner_all);
}

TEST_F(IndexFailures, ADamagedDatabaseIsSetAsideAndTheFolderReadAgain) {
  for (int i = 0; i < 300; ++i)
    folder_.write("f" + std::to_string(i), "needle " + std::string(3000, static_cast<char>('a' + i % 26)));
  open();
  ask("index.close");
  const std::filesystem::path file = database();
  {
    std::fstream damage(file, std::ios::in | std::ios::out | std::ios::binary);
    const auto size = static_cast<std::streamoff>(std::filesystem::file_size(file));
    for (std::streamoff at = 4096; at + 4096 <= size; at += 4096) {
      damage.seekp(at);
      damage << std::string(4096, '\xA5');
    }
  }
  open();
  EXPECT_EQ(paths("needle").size(), 300U);
  const auto now = status();
  EXPECT_EQ(now["error"]["code"], static_cast<int>(ErrorCode::data_corrupted));
  EXPECT_EQ(now["persistent"], true);
  EXPECT_TRUE(std::filesystem::exists(now["error"]["data"]["set_aside"].get<std::string>()));
}

TEST_F(IndexFailures, DamageMetByASearchIsRepaired) {
  for (int i = 0; i < 50; ++i)
    folder_.write("f" + std::to_string(i), "needle " + std::to_string(i));
  open();
  store_->index()->report_corruption();
  settle();
  EXPECT_EQ(paths("needle").size(), 50U);
  EXPECT_EQ(status()["error"]["code"], static_cast<int>(ErrorCode::data_corrupted));
}

TEST_F(IndexFailures, WithoutAWritablePlaceItWorksInMemory) {
  data_.write("file", "");
  store_ = std::make_unique<ArtifactStore>();
  ASSERT_TRUE(store_->init({{"data_directory", (data_ / "file").string()}}).has_value());
  EXPECT_EQ(status()["persistent"], false);
  folder_.write("a.txt", "needle");
  open();
  EXPECT_EQ(paths("needle"), Names{"a.txt"});
  const auto now = status();
  EXPECT_EQ(now["persistent"], false);
  EXPECT_FALSE(now["error"].is_null());
  EXPECT_EQ(search("needle")["fresh"], true);
}

TEST_F(IndexFailures, AFullDiskLeavesTheOldIndexUsableAndRecovers) {
  const std::filesystem::path disk = data_ / "disk";
  std::filesystem::create_directory(disk);
  if (::geteuid() != 0 || ::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=2m") != 0)
    GTEST_SKIP() << "needs the right to mount";
  store_ = std::make_unique<ArtifactStore>(IndexOptions{std::chrono::milliseconds(20)});
  ASSERT_TRUE(store_->init({{"data_directory", disk.string()}}).has_value());
  folder_.write("a.txt", "needle");
  open();
  folder_.write("big.txt", "haystack\n" + std::string(3 << 20, 'x'));
  wait_for("degraded");
  EXPECT_EQ(status()["error"]["code"], static_cast<int>(ErrorCode::resource_exhausted)) << status().dump();
  EXPECT_EQ(paths("needle"), Names{"a.txt"});
  EXPECT_EQ(search("needle")["fresh"], false);
  std::filesystem::remove(folder_ / "big.txt");
  wait_for("ready");
  store_.reset();
  ::umount2(disk.c_str(), MNT_DETACH);
}

}  // namespace
}  // namespace symphony::pit::tests
