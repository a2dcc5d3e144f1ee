#include "search_results.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace {

using nlohmann::json;
using symphony::explorer::line_label;
using symphony::explorer::locate_hit;
using symphony::explorer::SearchResults;
using Ranges = std::vector<std::array<std::size_t, 2>>;

json hit(const std::string& path, int line, int column, const std::string& text, int length = 6) {
  return {{"path", path}, {"line", line}, {"column", column}, {"length", length}, {"text", text}};
}

TEST(SearchResults, NamesFirstThenALineARow) {
  const auto results =
      SearchResults::read("needle", {{"hits",
                                      {hit("src/a.cpp", 3, 5, "    Needle needle"),
                                       hit("src/a.cpp", 3, 12, "    Needle needle"), hit("b", 1, 1, "needle")}},
                                     {"files", {"docs/needle.md"}},
                                     {"truncated", false},
                                     {"elapsed_us", 1234},
                                     {"decision", {{"chosen", "index"}}}});
  ASSERT_TRUE(results);
  ASSERT_EQ(results->row_count(), 3U);
  EXPECT_EQ(results->row(0).label, "needle.md");
  EXPECT_EQ(results->row(0).description, "docs/needle.md");
  EXPECT_EQ(results->row(0).matches, (Ranges{{0, 6}}));
  EXPECT_EQ(results->row(1).label, "Needle needle");
  EXPECT_EQ(results->row(1).matches, (Ranges{{0, 6}, {7, 13}}));
  EXPECT_EQ(results->row(1).group, "src/a.cpp");
  EXPECT_EQ(results->row(1).description, "3");
  EXPECT_EQ(results->place(1).column, 5U);
  EXPECT_EQ(results->find(results->row(2).key), 2U);
  EXPECT_EQ(results->find("nothing"), std::nullopt);
  EXPECT_EQ(results->summary(), "4 results in 3 files · index · 1.2 ms");
}

TEST(SearchResults, SummariesInWords) {
  EXPECT_EQ(SearchResults::read("x", {{"hits", json::array()}})->summary(), "No results");
  const auto cut = SearchResults::read(
      "needle", {{"hits", {hit("a", 1, 1, "needle")}}, {"truncated", true}, {"elapsed_us", 2'500'000}});
  EXPECT_EQ(cut->summary(), "First 1 result in 1 file, refine the query for others · 2.5 s");
  EXPECT_EQ(cut->summary(true), "First 1 result in 1 file, scroll on for more · 2.5 s");
}

TEST(SearchResults, WhatIsShownKeepsItsPlaceWhenMoreComes) {
  const auto shown = SearchResults::read(
      "x", {{"hits", {hit("b", 1, 1, "x"), hit("gone", 1, 1, "x")}}, {"files", {"x1"}}, {"truncated", true}});
  auto more = SearchResults::read("x", {{"hits", {hit("a", 9, 1, "x"), hit("b", 1, 1, "x"), hit("c", 1, 1, "x")}},
                                        {"files", {"x1", "x2"}},
                                        {"truncated", false}});
  more->continue_after(*shown);
  std::vector<std::string> paths;
  for (std::size_t index = 0; index < more->row_count(); ++index)
    paths.push_back(more->place(index).path);
  EXPECT_EQ(paths, (std::vector<std::string>{"x1", "b", "x2", "a", "c"}));
}

TEST(SearchResults, AnAnswerOfAnotherShapeIsNoResult) {
  EXPECT_FALSE(SearchResults::read("x", nullptr));
  EXPECT_FALSE(SearchResults::read("x", json::object()));
  EXPECT_FALSE(SearchResults::read("x", {{"hits", 7}}));
  const auto partly = SearchResults::read(
      "x", {{"hits", {7, {{"path", "a"}}, hit("", 1, 1, ""), hit("a", 1, 1, "x")}}, {"files", {1, "b"}}});
  EXPECT_EQ(partly->row_count(), 2U);
}

TEST(LocateHit, InTheLineOrInAPartOfIt) {
  using Range = std::array<std::size_t, 2>;
  EXPECT_EQ(locate_hit("int Needle;", "needle", 5, 6), (Range{4, 10}));
  EXPECT_EQ(locate_hit("needle … here is the needle in the middle … needle", "needle", 9000, 6), (Range{23, 29}));
  EXPECT_EQ(locate_hit("ÄRGER", "ärger", 1, 6), (Range{0, 6}))
      << "letters the explorer cannot fold: the index's own numbers";
  EXPECT_EQ(locate_hit("short", "needle", 9000, 6), std::nullopt);
  EXPECT_EQ(locate_hit("", "needle", 0, 6), std::nullopt);
}

TEST(LineLabel, MatchesFollowTheTextThatIsShown) {
  EXPECT_EQ(line_label("\t  a\tb", {{5, 6}}).label, "a b");
  EXPECT_EQ(line_label("\t  a\tb", {{5, 6}}).matches, (Ranges{{2, 3}}));
  const auto odd = line_label(
      "\xFF\x01"
      "ä needle\r\n",
      {{5, 11}});
  EXPECT_EQ(odd.label,
            "\xEF\xBF\xBD"
            "␁ä needle");
  EXPECT_EQ(odd.label.substr(odd.matches[0][0], odd.matches[0][1] - odd.matches[0][0]), "needle");
  EXPECT_EQ(line_label("abc", {{1, 900}}).matches, (Ranges{{1, 3}}));
  EXPECT_EQ(line_label("abc", {{2, 1}}).matches, Ranges{});
  EXPECT_EQ(line_label("abcd", {{0, 2}, {1, 3}, {3, 4}}).matches, (Ranges{{0, 2}, {3, 4}}));
  EXPECT_EQ(line_label("   ", {{0, 1}}).label, "");
  Ranges many;
  for (std::size_t i = 0; i < 200; i += 2)
    many.push_back({i, i + 1});
  EXPECT_EQ(line_label(std::string(300, 'x'), many).matches.size(), 64U);
}

}  // namespace
