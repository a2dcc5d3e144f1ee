#include "file_tree.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "../temporary_folder.h"

namespace {

using symphony::explorer::EntryKind;
using symphony::explorer::FileTree;
using symphony::testing::TemporaryFolder;

std::vector<FileTree::Row> rows_of(const FileTree& tree) {
  std::vector<FileTree::Row> rows;
  tree.visit(0, tree.row_count(), [&](std::size_t, const FileTree::Row& row) {
    rows.push_back(row);
    return true;
  });
  return rows;
}

std::vector<std::string> paths_of(const FileTree& tree) {
  std::vector<std::string> paths;
  for (const FileTree::Row& row : rows_of(tree))
    paths.push_back(row.path);
  return paths;
}

using Paths = std::vector<std::string>;

TEST(FileTree, FoldersFirstThenNaturalOrderWithoutGit) {
  TemporaryFolder folder;
  for (const char* path : {"b.txt", "A.txt", "file10", "file9", "zoo/x", "src/y", ".git/config"})
    folder.file(path);
  FileTree tree(folder.text(), {});
  ASSERT_EQ(tree.open(), 0);
  EXPECT_EQ(paths_of(tree), (Paths{"src", "zoo", "A.txt", "b.txt", "file9", "file10"}));
}

TEST(FileTree, ExpandAndCollapse) {
  TemporaryFolder folder;
  for (const char* path : {"a/b/c", "a/d", "e/f", "g"})
    folder.file(path);
  FileTree tree(folder.text(), {});
  ASSERT_EQ(tree.open(), 0);
  EXPECT_TRUE(tree.expand("a"));
  EXPECT_TRUE(tree.expand("a/b"));
  EXPECT_TRUE(tree.expand("e"));
  EXPECT_FALSE(tree.expand("g")) << "a file";
  EXPECT_FALSE(tree.expand("nothing"));
  EXPECT_EQ(paths_of(tree), (Paths{"a", "a/b", "a/b/c", "a/d", "e", "e/f", "g"}));
  const auto rows = rows_of(tree);
  EXPECT_EQ(rows[2].level, 3U);
  EXPECT_EQ(rows[2].parent, 1);
  EXPECT_EQ(rows[3].parent, 0);
  EXPECT_EQ(rows[3].position, 2U);
  EXPECT_EQ(rows[3].siblings, 2U);
  EXPECT_EQ(rows[6].parent, -1);
  EXPECT_EQ(tree.index_of("a/b/c"), 2U);
  EXPECT_EQ(tree.index_of("e/f"), 5U);
  EXPECT_EQ(tree.index_of("e/none"), std::nullopt);
  tree.collapse("a");
  EXPECT_EQ(paths_of(tree), (Paths{"a", "e", "e/f", "g"}));
  EXPECT_EQ(tree.index_of("a/b/c"), std::nullopt);
  tree.expand("a");
  EXPECT_EQ(paths_of(tree), (Paths{"a", "a/b", "a/b/c", "a/d", "e", "e/f", "g"}))
      << "what was expanded inside is so again";
}

TEST(FileTree, AnEmptyDirectoryCanBeExpanded) {
  TemporaryFolder folder;
  folder.directory("empty");
  folder.file("z");
  FileTree tree(folder.text(), {});
  ASSERT_EQ(tree.open(), 0);
  EXPECT_TRUE(tree.expand("empty"));
  EXPECT_EQ(paths_of(tree), (Paths{"empty", "z"}));
  EXPECT_TRUE(rows_of(tree)[0].expanded);
}

/// The same rows, found the simplest way: a recursion over all that is expanded.
void naive_rows(const TemporaryFolder& folder, const FileTree& tree, const std::string& path, Paths& out) {
  const symphony::explorer::ReadDirectory read = symphony::explorer::read_directory((folder.path() / path).string());
  for (std::size_t i = 0; i < read.listing.size(); ++i) {
    const std::string inner =
        path.empty() ? std::string(read.listing.name(i)) : path + "/" + std::string(read.listing.name(i));
    out.push_back(inner);
    if (tree.is_loaded(inner)) naive_rows(folder, tree, inner, out);
  }
}

TEST(FileTree, RandomWorkAgreesWithANaiveWalk) {
  for (unsigned seed = 0; seed < 12 && !HasFailure(); ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](std::size_t limit) { return random() % limit; };
    TemporaryFolder folder;
    const auto some_directory = [&] {
      std::string path = "d" + std::to_string(below(4));
      for (std::size_t i = 0, n = below(3); i < n; ++i)
        path += "/d" + std::to_string(below(4));
      return path;
    };
    for (int i = 0; i < 30; ++i)
      folder.file(some_directory() + "/f" + std::to_string(below(20)));
    FileTree tree(folder.text(), {});
    ASSERT_EQ(tree.open(), 0);
    for (int step = 0; step < 80; ++step) {
      const std::string path = some_directory();
      switch (below(5)) {
        case 0:
          tree.collapse(path);
          break;
        case 1:
          folder.remove(path);
          for (const std::string& loaded : tree.loaded())
            EXPECT_EQ(tree.refresh(loaded), 0);
          break;
        case 2:
          folder.file(path + "/n" + std::to_string(below(20)));
          for (const std::string& loaded : tree.loaded())
            EXPECT_EQ(tree.refresh(loaded), 0);
          break;
        default:
          tree.expand(path);
      }
      Paths expected;
      naive_rows(folder, tree, "", expected);
      ASSERT_EQ(paths_of(tree), expected) << "seed " << seed << " step " << step;
      for (std::size_t i = 0; i < expected.size(); ++i) {
        ASSERT_EQ(tree.index_of(expected[i]), i);
        // From any row on, as a window does it.
        tree.visit(i, i + 2, [&](std::size_t index, const FileTree::Row& row) {
          EXPECT_EQ(row.path, expected[index]);
          const std::size_t slash = row.path.rfind('/');
          const auto parent = slash == std::string::npos ? std::nullopt : tree.index_of(row.path.substr(0, slash));
          EXPECT_EQ(row.parent, parent ? static_cast<std::int64_t>(*parent) : -1);
          return true;
        });
      }
    }
  }
}

TEST(FileTree, LinksAreFollowedOnceAndLoopsAreSeen) {
  TemporaryFolder folder;
  folder.file("real/inside");
  folder.link("link", "real");
  folder.link("real/up", "..");
  folder.link("broken", "nowhere");
  folder.link("self", "self");
  FileTree tree(folder.text(), {});
  ASSERT_EQ(tree.open(), 0);
  EXPECT_TRUE(tree.expand("link"));
  EXPECT_TRUE(tree.expand("real"));
  EXPECT_FALSE(tree.expand("real/up"));
  EXPECT_FALSE(tree.expand("link/up"));
  std::map<std::string, FileTree::Row> rows;
  for (const auto& row : rows_of(tree))
    rows[row.path] = row;
  EXPECT_EQ(rows.at("link").kind, EntryKind::link_to_directory);
  EXPECT_EQ(rows.at("broken").kind, EntryKind::link);
  EXPECT_EQ(rows.at("self").kind, EntryKind::link);
  EXPECT_TRUE(rows.contains("link/inside"));
  EXPECT_EQ(rows.at("real/up").problem, FileTree::loop);
  EXPECT_EQ(rows.at("link/up").problem, FileTree::loop);
}

TEST(FileTree, IgnoredEntriesAreMarked) {
  TemporaryFolder folder;
  folder.file(".gitignore", "*.log\nbuild/\n!keep.log\n");
  folder.file("src/.gitignore", "generated\n!debug.log\n");
  folder.file(".git/info/exclude", "private\n");
  for (const char* path :
       {"a.log", "keep.log", "private", "build/x/y", "src/generated", "src/debug.log", "src/other.log"})
    folder.file(path);
  FileTree tree(folder.text(), {});
  ASSERT_EQ(tree.open(), 0);
  for (const char* path : {"build", "build/x", "src"})
    tree.expand(path);
  std::map<std::string, bool> ignored;
  for (const auto& row : rows_of(tree))
    ignored[row.path] = row.ignored;
  EXPECT_TRUE(ignored.at("a.log"));
  EXPECT_FALSE(ignored.at("keep.log"));
  EXPECT_TRUE(ignored.at("private"));
  EXPECT_TRUE(ignored.at("build"));
  EXPECT_TRUE(ignored.at("build/x/y")) << "all in an ignored directory is";
  EXPECT_TRUE(ignored.at("src/generated"));
  EXPECT_FALSE(ignored.at("src/debug.log"));
  EXPECT_TRUE(ignored.at("src/other.log"));
  folder.file(".gitignore", "src\n");
  tree.refresh("");
  for (const auto& row : rows_of(tree))
    ignored[row.path] = row.ignored;
  EXPECT_FALSE(ignored.at("a.log"));
  EXPECT_TRUE(ignored.at("src/debug.log"));
}

TEST(FileTree, AReplacedDirectoryIsReadAgain) {
  TemporaryFolder folder;
  folder.file("d/old");
  FileTree tree(folder.text(), {});
  ASSERT_EQ(tree.open(), 0);
  tree.expand("d");
  std::filesystem::rename(folder.path() / "d", folder.path() / "moved");
  folder.file("d/new");
  tree.refresh("");
  EXPECT_EQ(paths_of(tree), (Paths{"d", "d/new", "moved"}));
}

TEST(FileTree, WhatIsGoneComesBackCollapsed) {
  TemporaryFolder folder;
  folder.file("d/x");
  FileTree tree(folder.text(), {});
  ASSERT_EQ(tree.open(), 0);
  tree.expand("d");
  folder.remove("d");
  tree.refresh("");
  EXPECT_EQ(tree.row_count(), 0U);
  folder.file("d/x");
  tree.refresh("");
  EXPECT_EQ(paths_of(tree), (Paths{"d"}));
}

TEST(FileTree, NamesOfAnyBytes) {
  TemporaryFolder folder;
  const Paths names{"two\nlines", "bad\xFF bytes", std::string(255, 'n'), "a\"quote'", "\xE2\x80\xAEltr"};
  for (const std::string& name : names)
    folder.file(name);
  FileTree tree(folder.text(), {});
  ASSERT_EQ(tree.open(), 0);
  for (const std::string& name : names)
    EXPECT_TRUE(tree.index_of(name)) << name;
  EXPECT_EQ(tree.row_count(), names.size());
}

TEST(FileTree, AFolderThatCannotBeOpenedSaysWhy) {
  TemporaryFolder folder;
  folder.file("file");
  EXPECT_EQ(FileTree(folder.text() + "/none", {}).open(), ENOENT);
  EXPECT_EQ(FileTree(folder.text() + "/file", {}).open(), ENOTDIR);
  FileTree tree(folder.text(), {});
  ASSERT_EQ(tree.open(), 0);
  std::filesystem::remove_all(folder.path());
  EXPECT_EQ(tree.refresh(""), ENOENT);
}

/// Nobody's rights for a while: root may read everything.
class AsNobody {
 public:
  AsNobody() { dropped_ = geteuid() == 0 && seteuid(65534) == 0; }
  ~AsNobody() {
    if (dropped_ && seteuid(0) != 0) std::abort();
  }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;

 private:
  bool dropped_ = false;
};

TEST(FileTree, AnUnreadableDirectorySaysSoInItsRow) {
  TemporaryFolder folder;
  folder.file("secret/x");
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
  std::filesystem::permissions(folder.path() / "secret", std::filesystem::perms(0));
  {
    const AsNobody nobody;
    FileTree tree(folder.text(), {});
    ASSERT_EQ(tree.open(), 0);
    EXPECT_FALSE(tree.expand("secret"));
    EXPECT_EQ(rows_of(tree)[0].problem, EACCES);
  }
  std::filesystem::permissions(folder.path() / "secret", std::filesystem::perms(0700));
}

TEST(FileTree, ExpandedDirectoriesAreRestored) {
  TemporaryFolder folder;
  for (const char* path : {"a/b/c", "a/d", "e/f"})
    folder.file(path);
  FileTree tree(folder.text(), {});
  tree.expand_when_met({"a", "a/b", "gone", "e/none"});
  ASSERT_EQ(tree.open(), 0);
  EXPECT_EQ(paths_of(tree), (Paths{"a", "a/b", "a/b/c", "a/d", "e"}));
}

}  // namespace
