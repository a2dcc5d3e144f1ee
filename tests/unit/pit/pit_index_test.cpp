// The index follows the folder.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "artifact_store_fixture.h"

namespace symphony::pit::tests {
namespace {

using Names = std::vector<std::string>;

class Index : public ArtifactStoreTest {
 protected:
  /// Waits for the index to have taken every change made so far.
  void settle_fresh() {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!store_->index()->fresh() && std::chrono::steady_clock::now() < end)
      store_->index()->wait_settled(patience);
    ASSERT_TRUE(store_->index()->fresh()) << status().dump();
  }
};

TEST_F(Index, ReportsWhatItHolds) {
  folder_.write("a.txt", "hello");
  folder_.write("sub/b.txt", "hello there");
  open();
  const auto now = status();
  EXPECT_EQ(now["state"], "ready");
  EXPECT_EQ(now["folder"], folder_.path().string());
  EXPECT_EQ(now["files"], 2);
  EXPECT_EQ(now["indexed"], 2);
  EXPECT_EQ(now["bytes"], 16);
  EXPECT_EQ(now["text_bytes"], 16);
  EXPECT_EQ(now["pending"], 0);
  EXPECT_EQ(now["watching"], true);
  EXPECT_EQ(now["persistent"], true);
  EXPECT_TRUE(now["error"].is_null());
}

TEST_F(Index, SeesEveryKindOfChange) {
  folder_.write("a.txt", "alpha");
  folder_.write("sub/b.txt", "beta");
  open();

  folder_.write("new.txt", "gamma");
  settle_fresh();
  EXPECT_EQ(paths("gamma"), Names{"new.txt"});

  folder_.write("a.txt", "delta");  // the same size
  settle_fresh();
  EXPECT_EQ(paths("delta"), Names{"a.txt"});
  EXPECT_EQ(paths("alpha"), Names{});

  std::filesystem::rename(folder_ / "a.txt", folder_ / "sub/moved.txt");
  settle_fresh();
  EXPECT_EQ(paths("delta"), Names{"sub/moved.txt"});

  std::filesystem::rename(folder_ / "sub", folder_ / "other");
  settle_fresh();
  EXPECT_EQ(paths("delta"), Names{"other/moved.txt"});
  folder_.write("other/b.txt", "epsilon");  // its directory's watch must have followed
  settle_fresh();
  EXPECT_EQ(paths("epsilon"), Names{"other/b.txt"});

  folder_.write("deep/er/and/deeper/c.txt", "zeta");
  settle_fresh();
  EXPECT_EQ(paths("zeta"), Names{"deep/er/and/deeper/c.txt"});
  folder_.write("deep/er/and/deeper/c.txt", "eta eta");
  settle_fresh();
  EXPECT_EQ(paths("zeta"), Names{});

  std::filesystem::remove_all(folder_ / "deep");
  std::filesystem::remove(folder_ / "new.txt");
  settle_fresh();
  EXPECT_EQ(paths("eta eta"), Names{});
  EXPECT_EQ(status()["files"], 2);

  std::filesystem::remove_all(folder_ / "other");
  folder_.write("other", "a file where a directory was");
  settle_fresh();
  EXPECT_EQ(paths("directory was"), Names{"other"});
  std::filesystem::remove(folder_ / "other");
  folder_.write("other/x", "and a directory again");
  settle_fresh();
  EXPECT_EQ(paths("directory again"), Names{"other/x"});
  EXPECT_EQ(status()["files"], 1);
}

TEST_F(Index, FollowsIgnoreRules) {
  folder_.write("a.log", "needle");
  folder_.write("sub/b.log", "needle");
  open();
  EXPECT_EQ(paths("needle"), (Names{"a.log", "sub/b.log"}));
  folder_.write(".gitignore", "/a.log\nsub/\n");
  settle_fresh();
  EXPECT_EQ(paths("needle"), Names{});
  folder_.write("sub/c.log", "needle");
  folder_.write(".gitignore", "*.txt\n");
  settle_fresh();
  EXPECT_EQ(paths("needle"), (Names{"a.log", "sub/b.log", "sub/c.log"}));
  std::filesystem::remove(folder_ / ".gitignore");
  folder_.write("d.txt", "needle");
  settle_fresh();
  EXPECT_EQ(paths("needle"), (Names{"a.log", "d.txt", "sub/b.log", "sub/c.log"}));
}

TEST_F(Index, CountsAChangeAsPendingBeforeItIsTold) {
  open();
  for (int i = 0; i < 200; ++i) {
    // Whatever the thread is doing: after a write the index either is not fresh or already holds it.
    const std::string text = "change number " + std::to_string(i) + ".";
    folder_.write("a.txt", text);
    const bool fresh = store_->index()->fresh();
    if (fresh) {
      ASSERT_EQ(paths(text), Names{"a.txt"});
    }
  }
}

TEST_F(Index, DoesNotReadUnchangedFilesAgain) {
  folder_.write("a.txt", "alpha");
  folder_.write("b.txt", "beta");
  const auto old = std::filesystem::file_time_type::clock::now() - std::chrono::hours(1);
  for (const char* name : {"a.txt", "b.txt"})
    std::filesystem::last_write_time(folder_ / name, old);
  open();
  EXPECT_EQ(status()["generation"], 2);
  ask("index.close");
  folder_.write("b.txt", "changed");
  std::filesystem::last_write_time(folder_ / "b.txt", old + std::chrono::minutes(1));
  std::filesystem::remove(folder_ / "a.txt");
  folder_.write("c.txt", "new");
  open();
  EXPECT_EQ(status()["generation"], 3);  // one changed, one gone, one new
  EXPECT_EQ(paths("alpha"), Names{});
  EXPECT_EQ(paths("changed"), Names{"b.txt"});
  ask("index.close");
  std::filesystem::last_write_time(folder_ / "c.txt", old);
  open();
  EXPECT_EQ(status()["generation"], 1);
  ask("index.close");
  open();
  EXPECT_EQ(status()["generation"], 0);
  EXPECT_EQ(paths("changed"), Names{"b.txt"});
}

TEST_F(Index, OpeningTheOpenFolderAgainChangesNothing) {
  open();
  const auto before = store_->index();
  open();
  EXPECT_EQ(store_->index(), before);
  TemporaryFolder other;
  ask("index.open", {{"folder", other.path().string()}});
  EXPECT_NE(store_->index(), before);
}

TEST_F(Index, SnapshotAndRestoreKeepTheFolder) {
  folder_.write("a.txt", "needle");
  open();
  const auto state = store_->snapshot();
  ASSERT_TRUE(state.has_value());
  EXPECT_EQ((*state)["workspace"], folder_.path().string());
  start();
  EXPECT_EQ(status()["state"], "closed");
  ASSERT_TRUE(store_->restore(*state).has_value());
  settle();
  EXPECT_EQ(paths("needle"), Names{"a.txt"});
  EXPECT_TRUE(store_->restore({{"workspace", nullptr}}).has_value());
  EXPECT_EQ(status()["state"], "closed");
  EXPECT_EQ(store_->restore({{"workspace", 5}}).error().code, ErrorCode::invalid_params);
  EXPECT_EQ(store_->restore(nullptr).error().code, ErrorCode::invalid_params);
}

TEST_F(Index, HoldsADirectoryWithFiftyThousandEntries) {
  for (int i = 0; i < 50'000; ++i) {
    const std::string name = folder_ / ("entry" + std::to_string(i));
    const int file = ::creat(name.c_str(), 0600);
    ASSERT_GE(file, 0);
    ::close(file);
  }
  folder_.write("last", "needle");
  open();
  EXPECT_EQ(status()["files"], 50'001);
  EXPECT_EQ(paths("needle"), Names{"last"});
  EXPECT_EQ(names("entry4999").size(), 11U);
  std::filesystem::remove(folder_ / "entry49990");
  settle_fresh();
  EXPECT_EQ(names("entry4999").size(), 10U);
}

TEST_F(Index, HoldsAHundredThousandFilesWithText) {
  constexpr int count = 100'000;
  for (int i = 0; i < count; ++i)
    folder_.write("d" + std::to_string(i % 997) + "/f" + std::to_string(i), "text " + std::to_string(i) + "\n");
  folder_.write("d996/deep/last", "needle");
  open();
  EXPECT_EQ(status()["files"], count + 1);
  EXPECT_EQ(paths("needle"), Names{"d996/deep/last"});
  EXPECT_EQ(paths("text 99999"), Names{"d" + std::to_string(99'999 % 997) + "/f99999"});
  folder_.write("d5/f5", "needle");
  settle_fresh();
  EXPECT_EQ(paths("needle"), (Names{"d5/f5", "d996/deep/last"}));
}

TEST_F(Index, ManyChangesAtOnceOverflowTheQueueAndAreSeen) {
  open();
  // The kernel's queue holds 16,384 events by default; each of these files makes three.
  for (int i = 0; i < 12'000; ++i)
    folder_.write("d" + std::to_string(i % 50) + "/f" + std::to_string(i), "text " + std::to_string(i));
  settle_fresh();
  EXPECT_EQ(status()["files"], 12'000);
  EXPECT_EQ(paths("text 11999"), Names{"d49/f11999"});
}

TEST_F(Index, SearchesFromManyThreadsWhileItChanges) {
  for (int i = 0; i < 200; ++i)
    folder_.write("f" + std::to_string(i), "steady needle " + std::to_string(i));
  open();
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 3; ++t) {
      threads.emplace_back([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
          const auto result = call("index.search", {{"query", "steady needle"}});
          if (result.has_error() || (*result)["hits"].size() != 200) ++wrong;
        }
      });
    }
    for (int i = 0; i < 100; ++i)
      folder_.write("changing" + std::to_string(i % 7), "version " + std::to_string(i));
    settle_fresh();
  }
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace symphony::pit::tests
