#include "tree_rows.h"

#include <gtest/gtest.h>

#include <string>

#include "../temporary_folder.h"
#include "bounded_text.h"

namespace {

using namespace symphony::explorer;  // NOLINT(google-build-using-namespace)
using symphony::sdk::Icon;
using symphony::sdk::Tone;
using symphony::testing::TemporaryFolder;

TEST(TreeRows, SayWhatAnEntryIs) {
  TemporaryFolder folder;
  folder.file(".gitignore", "skipped\n");
  folder.file("skipped");
  folder.file("photo.PNG");
  folder.file("main.cpp");
  folder.file("two\nlines \xFF");
  folder.directory("open");
  folder.link("way", "main.cpp");
  FileTree tree(folder.text(), {});
  ASSERT_EQ(tree.open(), 0);
  tree.expand("open");
  const auto rows = tree_rows(tree, 0, 100);
  ASSERT_EQ(rows.items.size(), 7U);
  EXPECT_EQ(rows.items[0].icon, Icon::folder_open);
  EXPECT_EQ(rows.items[0].expanded, true);
  EXPECT_EQ(rows.items[1].label, ".gitignore");
  EXPECT_EQ(rows.items[1].expanded, std::nullopt);
  EXPECT_EQ(rows.items[2].icon, Icon::file_code);
  EXPECT_EQ(rows.items[3].icon, Icon::binary);
  EXPECT_EQ(rows.items[4].tone, Tone::muted);
  EXPECT_EQ(rows.items[5].label, "two⏎lines \xEF\xBF\xBD");
  EXPECT_EQ(rows.items[5].key, "two\nlines %FF");
  EXPECT_EQ(rows.items[6].icon, Icon::symlink);
  EXPECT_EQ(rows.items[6].detail, "→ main.cpp");
  EXPECT_EQ(rows.items[6].position, 7U);
}

TEST(TreeRows, TypeaheadGoesRound) {
  TemporaryFolder folder;
  for (const char* name : {"alpha", "beta", "Bravo", "gamma"})
    folder.file(name);
  FileTree tree(folder.text(), {});
  ASSERT_EQ(tree.open(), 0);
  EXPECT_EQ(row_beginning_with(tree, "b", 0), 1U);
  EXPECT_EQ(row_beginning_with(tree, "B", 2), 2U);
  EXPECT_EQ(row_beginning_with(tree, "b", 3), 1U);
  EXPECT_EQ(row_beginning_with(tree, "br", 1), 2U);
  EXPECT_EQ(row_beginning_with(tree, "a", 99), 0U);
  EXPECT_EQ(row_beginning_with(tree, "zz", 0), std::nullopt);
  EXPECT_EQ(row_beginning_with(tree, "", 0), std::nullopt);
}

TEST(BoundedText, LongKeysStayDifferent) {
  std::string long_path(9000, 'a');
  const std::string one = bounded_key(long_path + "1");
  const std::string two = bounded_key(long_path + "2");
  EXPECT_LE(one.size(), 8192U);
  EXPECT_NE(one, two);
  EXPECT_EQ(bounded_key("short"), "short");
  EXPECT_EQ(bounded_text("ääää", 7), "ää…");
}

}  // namespace
