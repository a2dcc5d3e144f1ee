#include "supervision/rotating_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace symphony::ipc {
namespace {

class RotatingFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "symphony-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root = pattern;
    log = root / "log";
  }
  void TearDown() override { std::filesystem::remove_all(root); }
  static std::string text_of(const std::filesystem::path& path) {
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }

  std::filesystem::path root;
  std::filesystem::path log;
};

TEST_F(RotatingFileTest, KeepsTheNewestInTwoFiles) {
  RotatingFile file(log, 10);
  file.append("aaaa\n");
  file.append("bbbb\n");
  EXPECT_EQ(text_of(log), "aaaa\nbbbb\n");
  file.append("cccc\n");
  EXPECT_EQ(text_of(log), "cccc\n");
  EXPECT_EQ(text_of(root / "log.1"), "aaaa\nbbbb\n");
  file.append("dddd\n");
  file.append("eeee\n");
  EXPECT_EQ(text_of(log), "eeee\n");
  EXPECT_EQ(text_of(root / "log.1"), "cccc\ndddd\n");
}

TEST_F(RotatingFileTest, GoesOnWhereAnEarlierOneEnded) {
  std::ofstream(log) << "12345678";
  RotatingFile file(log, 10);
  file.append("9");
  EXPECT_EQ(text_of(log), "123456789");
  file.append("abc");
  EXPECT_EQ(text_of(log), "abc");
}

TEST_F(RotatingFileTest, WritesThroughNoLinkAndSurvivesAMissingFolder) {
  std::filesystem::create_symlink(root / "elsewhere", log);
  RotatingFile linked(log, 10);
  linked.append("x");
  EXPECT_FALSE(std::filesystem::exists(root / "elsewhere"));
  RotatingFile nowhere(root / "no" / "log", 10);
  nowhere.append("lost");
  std::filesystem::create_directory(root / "no");
  nowhere.append("kept");
  EXPECT_EQ(text_of(root / "no" / "log"), "kept");
}

}  // namespace
}  // namespace symphony::ipc
