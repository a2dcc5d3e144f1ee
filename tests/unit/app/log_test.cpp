#include <symphony/app/log.h>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "temporary_directory.h"

namespace symphony::app {
namespace {

constexpr std::uintmax_t one_mib = 1U << 20U;

TEST(LogTest, BeginsTheFileAnewPastOneMebibyteWhileItIsOpen) {
  const TemporaryDirectory directory;
  const std::filesystem::path file = directory.path() / "log";
  Log log;
  log.open(file);
  const std::string line(4096, 'x');
  std::uintmax_t longest = 0;
  std::uintmax_t written = 0;
  while (written < 3 * one_mib) {
    log.note(line);
    written += line.size();
    longest = std::max(longest, std::filesystem::file_size(file));
  }
  EXPECT_GT(longest, one_mib);
  EXPECT_LT(longest, one_mib + 8192);
}

TEST(LogTest, CountsWhatTheFileHeldBefore) {
  const TemporaryDirectory directory;
  const std::filesystem::path file = directory.path() / "log";
  std::ofstream(file) << std::string(one_mib - 10, 'x');
  Log log;
  log.open(file);
  log.note("past the limit");
  EXPECT_GT(std::filesystem::file_size(file), one_mib);
  log.note("anew");
  EXPECT_LT(std::filesystem::file_size(file), 100U);
}

}  // namespace
}  // namespace symphony::app
