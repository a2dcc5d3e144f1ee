// What happens to a database that cannot be used as it is.

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include "artifact_store/artifacts.h"
#include "artifact_store/schema.h"
#include "artifact_store/store.h"
#include "temporary_folder.h"

namespace symphony::pit::tests {
namespace {

class StoreTest : public ::testing::Test {
 protected:
  std::filesystem::path file() const { return folder_ / "deep/er/store.sqlite"; }
  std::vector<std::string> set_aside() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(file().parent_path())) {
      const std::string name = entry.path().filename();
      if (name.find(".corrupted-") != std::string::npos && !name.ends_with("-wal") && !name.ends_with("-shm"))
        found.push_back(name);
    }
    return found;
  }
  static void put(Store& store, const std::string& name, const std::string& content) {
    messages::ArtifactPutParams asked;
    asked.name = name;
    asked.content = content;
    put_artifact(store, asked);
  }
  static std::string get(Store& store, const std::string& name) {
    messages::ArtifactGetParams asked;
    asked.name = name;
    return get_artifact(store, asked, {})["content"];
  }

  TemporaryFolder folder_;
};

TEST_F(StoreTest, KeepsWhatWasPutAcrossOpenings) {
  put(*Store::open(file()), "a", "first");
  const auto store = Store::open(file());
  EXPECT_TRUE(store->health().persistent);
  EXPECT_FALSE(store->health().error);
  EXPECT_EQ(get(*store, "a"), "first");
}

TEST_F(StoreTest, AFileThatIsNoDatabaseIsSetAsideUnchanged) {
  folder_.write("deep/er/store.sqlite", std::string(8192, 'x'));
  const auto store = Store::open(file());
  EXPECT_TRUE(store->health().persistent);
  ASSERT_TRUE(store->health().error);
  EXPECT_EQ(store->health().error->code, ipc::ErrorCode::data_corrupted);
  ASSERT_EQ(set_aside().size(), 1U);
  EXPECT_EQ(folder_.read("deep/er/" + set_aside().front()), std::string(8192, 'x'));
  put(*store, "a", "works");
  EXPECT_EQ(get(*store, "a"), "works");
}

TEST_F(StoreTest, DamageFoundLaterIsSetAsideToo) {
  const auto store = Store::open(file());
  put(*store, "a", "lost");
  store->replace_corrupted();
  EXPECT_EQ(set_aside().size(), 1U);
  EXPECT_EQ(store->health().error->code, ipc::ErrorCode::data_corrupted);
  EXPECT_THROW(get(*store, "a"), ParameterError);
  put(*store, "a", "again");
  EXPECT_EQ(get(*store, "a"), "again");
}

TEST_F(StoreTest, ANewerDatabaseIsNotTouched) {
  {
    const auto store = Store::open(file());
    put(*store, "a", "from the future");
    (*store->write()).execute("PRAGMA user_version=" + std::to_string(schema_version + 1));
  }
  const std::string before = folder_.read("deep/er/store.sqlite");
  {
    const auto store = Store::open(file());
    EXPECT_FALSE(store->health().persistent);
    ASSERT_TRUE(store->health().error);
    EXPECT_EQ(store->health().error->code, ipc::ErrorCode::version_mismatch);
    put(*store, "b", "in memory");
    EXPECT_EQ(get(*store, "b"), "in memory");
    EXPECT_THROW(get(*store, "a"), ParameterError);
  }
  EXPECT_EQ(folder_.read("deep/er/store.sqlite"), before);
  EXPECT_TRUE(set_aside().empty());
}

TEST_F(StoreTest, APlaceThatCannotBeWrittenMeansMemory) {
  folder_.write("deep", "a file where a directory is wanted");
  const auto store = Store::open(file());
  EXPECT_FALSE(store->health().persistent);
  ASSERT_TRUE(store->health().error);
  EXPECT_NE(store->health().error->message.find("make that directory writable"), std::string::npos)
      << store->health().error->message;
  put(*store, "a", "kept while it runs");
  EXPECT_EQ(get(*store, "a"), "kept while it runs");
}

TEST_F(StoreTest, ASecondProcessWorksInMemoryInsteadOfFightingOverTheFile) {
  const auto first = Store::open(file());
  const auto second = Store::open(file());
  EXPECT_TRUE(first->health().persistent);
  EXPECT_FALSE(second->health().persistent);
  EXPECT_EQ(second->health().error->code, ipc::ErrorCode::overloaded);
}

class FullDiskTest : public StoreTest {
 protected:
  void mount(const char* options) {
    std::filesystem::create_directories(file().parent_path());
    if (::geteuid() != 0 || ::mount("tmpfs", file().parent_path().c_str(), "tmpfs", 0, options) != 0) {
      GTEST_SKIP() << "needs the right to mount a small file system";
    }
    mounted_ = true;
  }
  void TearDown() override {
    if (mounted_) ::umount2(file().parent_path().c_str(), MNT_DETACH);
  }
  bool mounted_ = false;
};

TEST_F(FullDiskTest, FullFromTheStartMeansMemoryAndSaysWhatToDo) {
  mount("size=8k");
  if (!mounted_) return;
  const auto store = Store::open(file());
  EXPECT_FALSE(store->health().persistent);
  ASSERT_TRUE(store->health().error);
  EXPECT_EQ(store->health().error->code, ipc::ErrorCode::resource_exhausted);
  EXPECT_NE(store->health().error->message.find("free some space"), std::string::npos)
      << store->health().error->message;
  put(*store, "a", "kept while it runs");
  EXPECT_EQ(get(*store, "a"), "kept while it runs");
}

TEST_F(FullDiskTest, FullLaterRefusesThePutAndLosesNothing) {
  mount("size=1m");
  if (!mounted_) return;
  const auto store = Store::open(file());
  ASSERT_TRUE(store->health().persistent);
  put(*store, "small", "safe");
  try {
    put(*store, "huge", std::string(4 << 20, 'x'));
    ADD_FAILURE() << "a full disk took 4 MiB";
  } catch (const DatabaseError& error) {
    EXPECT_EQ(error.to_error().code, ipc::ErrorCode::resource_exhausted) << error.what();
  }
  EXPECT_EQ(get(*store, "small"), "safe");
  EXPECT_THROW(get(*store, "huge"), ParameterError);
  put(*store, "small", "still writable");
  EXPECT_EQ(get(*store, "small"), "still writable");
}

}  // namespace
}  // namespace symphony::pit::tests
