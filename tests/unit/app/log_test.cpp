#include <symphony/app/log.h>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "temporary_directory.h"

namespace symphony::app {
namespace {

std::vector<nlohmann::json> lines_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::vector<nlohmann::json> lines;
  for (std::string line; std::getline(in, line);)
    lines.push_back(nlohmann::json::parse(line));
  return lines;
}

TEST(LogTest, KeepsTheFileAndOneOlderOneWithinTheirLimit) {
  const TemporaryDirectory directory;
  const std::filesystem::path file = directory.path() / "below" / "application.log";
  Log log;
  log.open(file);
  const std::string line(4096, 'x');
  for (std::uintmax_t written = 0; written < 3 * ipc::limits::log_file_bytes; written += line.size())
    log.note(line);
  EXPECT_LE(std::filesystem::file_size(file), ipc::limits::log_file_bytes);
  EXPECT_LE(std::filesystem::file_size(file.string() + ".1"), ipc::limits::log_file_bytes);
}

TEST(LogTest, WritesOneObjectALine) {
  const TemporaryDirectory directory;
  const std::filesystem::path file = directory.path() / "application.log";
  Log log;
  log.open(file);
  log.note("two\nlines");
  const auto lines = lines_of(file);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0]["component"], "application");
  EXPECT_EQ(lines[0]["level"], "info");
  EXPECT_EQ(lines[0]["message"], "two lines");
}

TEST(LogTest, ItsLevelChangesWhileItRuns) {
  const TemporaryDirectory directory;
  const std::filesystem::path file = directory.path() / "application.log";
  Log log;
  log.open(file);
  log.set_level(ipc::LogLevel::error);
  log.note("not kept");
  log.set_level(ipc::LogLevel::debug);
  log.note("kept");
  ASSERT_EQ(lines_of(file).size(), 1U);
  EXPECT_EQ(lines_of(file)[0]["message"], "kept");
}

}  // namespace
}  // namespace symphony::app
