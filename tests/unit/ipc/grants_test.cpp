#include "grants.h"

#include <gtest/gtest.h>

namespace symphony::ipc {
namespace {

TEST(Grants, AllowOnlyWhatTheyList) {
  const Grants grants({"conductor:search.query", "ui:ui.*", "log:*"});
  EXPECT_TRUE(grants.allow("conductor", "search.query"));
  EXPECT_FALSE(grants.allow("conductor", "search.query2"));
  EXPECT_FALSE(grants.allow("conductor", "workspace.open"));
  EXPECT_TRUE(grants.allow("ui", "ui.render"));
  EXPECT_FALSE(grants.allow("ui", "uix"));
  EXPECT_FALSE(grants.allow("ui", "other.render"));
  EXPECT_TRUE(grants.allow("log", "anything"));
  EXPECT_FALSE(grants.allow("supervisor", "process.restart"));
}

TEST(Grants, MalformedOnesGrantNothing) {
  const Grants grants({"", ":", "a", "a:", ":b", "*:*"});
  EXPECT_FALSE(grants.allow("a", "b"));
  EXPECT_FALSE(grants.allow("a", ""));
}

}  // namespace
}  // namespace symphony::ipc
