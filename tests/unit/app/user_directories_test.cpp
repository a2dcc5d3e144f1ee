#include <symphony/app/user_directories.h>

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>

#include <sys/stat.h>

#include "temporary_directory.h"

namespace symphony::app {
namespace {

namespace fs = std::filesystem;

Environment given(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional<std::string>(found->second);
  };
}

unsigned mode_of(const fs::path& path) {
  struct stat status {};
  ::stat(path.c_str(), &status);
  return status.st_mode & 0777U;
}

TEST(UserDirectories, FollowTheSpecification) {
  const TemporaryDirectory place;
  const std::string root = place.path().string();
  const auto directories =
      UserDirectories::prepare(given({{"XDG_DATA_HOME", root + "/data"}, {"XDG_RUNTIME_DIR", root}})).value();
  EXPECT_EQ(directories.data, root + "/data/symphony");
  EXPECT_EQ(directories.runtime, root + "/symphony");
  EXPECT_EQ(mode_of(directories.data), 0700U);
  EXPECT_EQ(mode_of(directories.runtime), 0700U);
  EXPECT_FALSE(directories.data_is_temporary);
  EXPECT_TRUE(directories.warnings.empty());
  const auto home =
      UserDirectories::prepare(given({{"HOME", root}, {"XDG_DATA_HOME", "relative"}, {"XDG_RUNTIME_DIR", root}}))
          .value();
  EXPECT_EQ(home.data, root + "/.local/share/symphony");
}

TEST(UserDirectories, AHomeThatCannotBeWrittenLeadsToATemporaryOneAndAWarning) {
  const TemporaryDirectory place;
  const std::string root = place.path().string();
  std::ofstream(place.path() / "file") << "not a directory";
  const auto directories =
      UserDirectories::prepare(given({{"XDG_DATA_HOME", root + "/file"}, {"XDG_RUNTIME_DIR", root}, {"TMPDIR", root}}))
          .value();
  EXPECT_TRUE(directories.data_is_temporary);
  EXPECT_EQ(directories.data.parent_path(), root);
  ASSERT_EQ(directories.warnings.size(), 1U);
  EXPECT_NE(directories.warnings[0].find("cannot be written"), std::string::npos);
}

TEST(UserDirectories, TheRuntimeDirectoryIsNobodyElses) {
  const TemporaryDirectory place;
  const std::string root = place.path().string();
  fs::create_directory(root + "/symphony");
  fs::permissions(root + "/symphony", fs::perms::all);
  EXPECT_EQ(mode_of(UserDirectories::prepare(given({{"HOME", root}, {"XDG_RUNTIME_DIR", root}})).value().runtime),
            0700U);

  const TemporaryDirectory trapped;
  fs::create_directory_symlink(root, trapped.path() / "symphony");
  const auto directories =
      UserDirectories::prepare(given({{"HOME", root}, {"XDG_RUNTIME_DIR", trapped.path().string()}, {"TMPDIR", root}}))
          .value();
  EXPECT_EQ(directories.runtime.parent_path(), root);
  EXPECT_EQ(directories.warnings.size(), 1U);
}

}  // namespace
}  // namespace symphony::app
