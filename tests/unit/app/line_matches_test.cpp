#include <symphony/app/line_matches.h>

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include <fcntl.h>

#include <symphony/app/workspace_files.h>
#include <symphony/ipc/path_text.h>

#include "temporary_directory.h"

namespace symphony::app {
namespace {

TEST(LineMatches, FindsOccurrencesWithoutCaseAndOverlap) {
  EXPECT_EQ(occurrences("Needle in needle", "NEEDLE"), (std::vector<std::size_t>{0, 10}));
  EXPECT_EQ(occurrences("aaaa", "aa"), (std::vector<std::size_t>{0, 2}));
  EXPECT_EQ(occurrences("äneedle", "needle"), (std::vector<std::size_t>{2}));
  EXPECT_TRUE(occurrences("short", "longer than it").empty());
  EXPECT_TRUE(occurrences("anything", "").empty());
}

TEST(LineMatches, CutsAroundTheHitAtCharacters) {
  std::string line;
  for (int i = 0; i < 500; ++i)
    line += "ä";
  line += "needle";
  for (int i = 0; i < 500; ++i)
    line += "ö";
  const std::string cut = around(line, 1000, 6);
  EXPECT_LE(cut.size(), 400U);
  EXPECT_NE(cut.find("needle"), std::string::npos);
  EXPECT_TRUE(ipc::is_valid_utf8(cut));
  EXPECT_EQ(around("short", 0, 5), "short");
}

TEST(LineMatches, ReadsOnlyTheWantedLines) {
  const TemporaryDirectory place;
  const auto path = place.path() / "file";
  const std::string long_line(100'000, 'x');
  std::ofstream(path, std::ios::binary) << "one\r\n" << long_line << "\nthree\n\nlast";
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const auto lines = read_lines(file.get(), {1, 2, 4, 5, 9});
  EXPECT_EQ(lines.at(1), "one");
  EXPECT_EQ(lines.at(2), long_line);
  EXPECT_EQ(lines.at(4), "");
  EXPECT_EQ(lines.at(5), "last");
  EXPECT_FALSE(lines.contains(3));
  EXPECT_FALSE(lines.contains(9));
}

}  // namespace
}  // namespace symphony::app
