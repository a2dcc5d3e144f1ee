#include <symphony/app/workspace_files.h>

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

#include "temporary_directory.h"

namespace symphony::app {
namespace {

namespace fs = std::filesystem;

class WorkspaceFilesTest : public testing::Test {
 protected:
  WorkspaceFilesTest() {
    fs::create_directories(root() / "src");
    write(root() / "src" / "a.txt", "text");
    write(outside.path() / "secret", "secret");
    files.set_folder(root().string());
  }
  fs::path root() const { return inside.path(); }
  static void write(const fs::path& file, const std::string& content) {
    std::ofstream(file, std::ios::binary) << content;
  }
  std::string kind(const std::string& path) const { return files.describe(path).at("kind"); }
  bool opens(const std::string& path) const { return static_cast<bool>(files.open(path)); }

  TemporaryDirectory inside;
  TemporaryDirectory outside;
  WorkspaceFiles files;
};

TEST_F(WorkspaceFilesTest, OpensRegularFilesByEscapedPath) {
  const auto file = files.open("src/a.txt");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->size, 4);
  write(root() / "100%\xff\n.txt", "x");
  EXPECT_TRUE(opens("100%25%FF\n.txt"));
  EXPECT_FALSE(opens("100%zz"));
}

TEST_F(WorkspaceFilesTest, NothingLeadsOut) {
  fs::create_symlink(outside.path() / "secret", root() / "link");
  fs::create_directory_symlink(outside.path(), root() / "folder");
  fs::create_symlink("../" + outside.path().filename().string() + "/secret", root() / "relative");
  fs::create_symlink("loop", root() / "loop");
  fs::create_symlink("src/a.txt", root() / "good");
  for (const char* path : {"link", "folder/secret", "relative", "loop", "../secret", "src/../../secret", "/etc/passwd",
                           "", "..", "%2e%2e/secret"}) {
    EXPECT_FALSE(opens(path)) << path;
  }
  EXPECT_TRUE(opens("good"));
}

TEST_F(WorkspaceFilesTest, OnlyRegularFilesWithoutWaiting) {
  ASSERT_EQ(::mkfifo((root() / "pipe").c_str(), 0600), 0);
  EXPECT_FALSE(opens("pipe"));
  EXPECT_EQ(kind("pipe"), "unreadable");
  EXPECT_EQ(kind("src"), "directory");
}

TEST_F(WorkspaceFilesTest, SaysWhatAFileIs) {
  write(root() / "binary", std::string("a\0b", 3));
  write(root() / "empty", "");
  write(root() / "large", "");
  fs::resize_file(root() / "large", static_cast<std::uintmax_t>(WorkspaceFiles::file_bytes) + 1);
  EXPECT_EQ(kind("src/a.txt"), "text");
  EXPECT_EQ(kind("empty"), "text");
  EXPECT_EQ(kind("binary"), "binary");
  EXPECT_EQ(kind("nobody"), "missing");
  EXPECT_EQ(kind("large"), "large");
  EXPECT_EQ(files.describe("large").at("size"), WorkspaceFiles::file_bytes + 1);
}

TEST_F(WorkspaceFilesTest, WithoutAWorkspaceThereIsNothing) {
  files.set_folder("");
  EXPECT_FALSE(opens("src/a.txt"));
  files.set_folder("/nonexistent/folder");
  EXPECT_EQ(kind("src/a.txt"), "missing");
}

}  // namespace
}  // namespace symphony::app
