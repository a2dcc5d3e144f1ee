#include "directory_watcher.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <cerrno>
#include <filesystem>
#include <set>
#include <string>
#include <utility>

#include "../temporary_folder.h"

namespace {

using symphony::explorer::DirectoryWatcher;
using symphony::testing::TemporaryFolder;
using Change = DirectoryWatcher::Change;
using Reports = std::set<std::pair<std::string, Change>>;

/// inotify queues an event before the system call that caused it returns: nothing has to be waited for.
Reports read(DirectoryWatcher& watcher) {
  Reports reports;
  watcher.read([&](const std::string& path, Change change) { reports.emplace(path, change); });
  return reports;
}

TEST(DirectoryWatcher, ReportsWhatChangedInADirectory) {
  TemporaryFolder folder;
  folder.file("d/.gitignore");
  DirectoryWatcher watcher;
  ASSERT_EQ(watcher.watch("", folder.text()), 0);
  ASSERT_EQ(watcher.watch("d", folder.text() + "/d"), 0);
  EXPECT_EQ(read(watcher), Reports{});
  folder.file("new");
  EXPECT_EQ(read(watcher), (Reports{{"", Change::entries}}));
  folder.file("new", "only its contents");
  EXPECT_EQ(read(watcher), Reports{}) << "the tree does not show contents";
  folder.file("d/.gitignore", "*.o");
  EXPECT_EQ(read(watcher), (Reports{{"d", Change::entries}}));
  folder.remove("d");
  EXPECT_EQ(read(watcher), (Reports{{"", Change::entries}, {"d", Change::entries}, {"d", Change::gone}}));
}

TEST(DirectoryWatcher, TwoPathsToOneDirectoryAreBothReported) {
  TemporaryFolder folder;
  folder.directory("real");
  folder.link("link", "real");
  DirectoryWatcher watcher;
  ASSERT_EQ(watcher.watch("real", folder.text() + "/real"), 0);
  ASSERT_EQ(watcher.watch("link", folder.text() + "/link"), 0);
  folder.file("real/x");
  EXPECT_EQ(read(watcher), (Reports{{"real", Change::entries}, {"link", Change::entries}}));
  watcher.unwatch("real");
  folder.file("real/y");
  EXPECT_EQ(read(watcher), (Reports{{"link", Change::entries}}));
  watcher.unwatch("link");
  folder.file("real/z");
  EXPECT_EQ(read(watcher), Reports{});
}

TEST(DirectoryWatcher, SaysWhyItCannotWatch) {
  TemporaryFolder folder;
  DirectoryWatcher watcher;
  EXPECT_EQ(watcher.watch("none", folder.text() + "/none"), ENOENT);
}

}  // namespace
