#include "explorer_state.h"

#include <gtest/gtest.h>

namespace {

using nlohmann::json;
using symphony::explorer::ExplorerState;

TEST(ExplorerState, ComesBackWhole) {
  ExplorerState state;
  state.workspace = "/home/me/a%25b";
  state.expanded = {"src", "src/bad\xFF", "two\nlines"};
  state.query = "needle";
  state.edit = 7;
  state.active = "src/bad\xFF";
  state.active_edit = 3;
  state.tree = {10, 110};
  state.results = {0, 40};
  const ExplorerState back = ExplorerState::from_json(json::parse(state.to_json().dump()));
  EXPECT_EQ(back.workspace, state.workspace);
  EXPECT_EQ(back.expanded, state.expanded);
  EXPECT_EQ(back.query, state.query);
  EXPECT_EQ(back.edit, 7U);
  EXPECT_EQ(back.active, state.active);
  EXPECT_EQ(back.active_edit, 3U);
  EXPECT_EQ(back.tree.start, 10U);
  EXPECT_EQ(back.results.end, 40U);
}

TEST(ExplorerState, ADocumentOfAnotherShapeGivesDefaults) {
  for (const char* text : {"null", "[]", "7", "{}", R"({"version":2,"query":"x"})", R"({"version":"1"})"}) {
    EXPECT_EQ(ExplorerState::from_json(json::parse(text)).query, "") << text;
  }
  const ExplorerState state = ExplorerState::from_json(
      json::parse(R"({"version":1,"expanded":[1,"%ZZ","ok"],"query":5,"edit":-1,"tree":[1,2],"active":"%"})"));
  EXPECT_EQ(state.expanded, (std::set<std::string, std::less<>>{"ok"}));
  EXPECT_EQ(state.query, "");
  EXPECT_EQ(state.edit, 0U);
  EXPECT_EQ(state.active, "");
}

TEST(ExplorerState, StaysWithinWhatTheSupervisorKeeps) {
  ExplorerState state;
  for (int i = 0; i < 10'000; ++i)
    state.expanded.insert("a/long/path/to/some/directory/number/" + std::to_string(i));
  EXPECT_LT(state.to_json().dump().size(), 256U * 1024U);
}

}  // namespace
