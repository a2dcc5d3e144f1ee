#include "stale_manager/policy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace symphony::pit::stale::tests {
namespace {

constexpr std::uint64_t day = 86'400'000;
constexpr std::int64_t now = 1'000 * static_cast<std::int64_t>(day);

VersionFacts version(std::string name, std::uint64_t days_old) {
  VersionFacts facts;
  facts.name = std::move(name);
  facts.version = 1;
  facts.created_ms = static_cast<std::uint64_t>(now) - days_old * day;
  facts.newer = 1;
  return facts;
}

ContentFacts content(std::vector<VersionFacts> versions, std::uint64_t days_unused, std::string tier = "hot") {
  ContentFacts facts;
  facts.hash = std::string(64, 'a');
  facts.size = 1000;
  facts.stored_size = 1000;
  facts.tier = std::move(tier);
  facts.accessed_ms = static_cast<std::uint64_t>(now) - days_unused * day;
  facts.versions = std::move(versions);
  return facts;
}

Policy policy(std::string goal) {
  Policy made;
  made.id = goal;
  made.goal = std::move(goal);
  made.unused_ms = 30 * day;
  return made;
}

std::string goal(const std::vector<Policy>& policies, const ContentFacts& facts, std::int64_t at = now) {
  const auto decision = judge(policies, facts, at);
  return decision ? std::string(name_of(decision->goal)) : "";
}

TEST(StalePolicy, EveryConditionCounts) {
  const ContentFacts old = content({version("a", 100)}, 50);
  EXPECT_EQ(goal({policy("compressed")}, old), "compressed");
  EXPECT_EQ(goal({policy("compressed")}, content({version("a", 100)}, 30)), "") << "not longer ago than that";
  EXPECT_EQ(goal({policy("compressed")}, content({version("a", 10)}, 50)), "") << "putting it was a use";
  Policy one = policy("compressed");
  one.older_than_ms = 99 * day;
  EXPECT_EQ(goal({one}, old), "compressed");
  one.older_than_ms = 100 * day;
  EXPECT_EQ(goal({one}, old), "");
  one = policy("compressed");
  one.larger_than = 999;
  EXPECT_EQ(goal({one}, old), "compressed");
  one.larger_than = 1000;
  EXPECT_EQ(goal({one}, old), "");
  one = policy("compressed");
  one.quality_below = 0.5;
  EXPECT_EQ(goal({one}, old), "") << "it has no quality";
  VersionFacts poor = version("a", 100);
  poor.quality = 0.4;
  EXPECT_EQ(goal({one}, content({poor}, 50)), "compressed");
  one = policy("compressed");
  one.only_tags = std::vector<std::string>{"draft", "log"};
  EXPECT_EQ(goal({one}, old), "");
  VersionFacts tagged = version("a", 100);
  tagged.tags = {"log"};
  EXPECT_EQ(goal({one}, content({tagged}, 50)), "compressed");
}

TEST(StalePolicy, TheFurthestGoalCountsAndNothingGoesBack) {
  const std::vector<Policy> all = {policy("archived"), policy("compressed"), policy("deleted")};
  EXPECT_EQ(goal(all, content({version("a", 100)}, 50)), "deleted");
  const std::vector<Policy> tiers = {policy("compressed"), policy("archived")};
  EXPECT_EQ(goal(tiers, content({version("a", 100)}, 50)), "archived");
  EXPECT_EQ(goal(tiers, content({version("a", 100)}, 50, "compressed")), "archived");
  EXPECT_EQ(goal(tiers, content({version("a", 100)}, 50, "archived")), "");
  EXPECT_EQ(goal(tiers, content({version("a", 100)}, 50, "lost")), "");
}

TEST(StalePolicy, OneVersionThatMustStayKeepsTheContent) {
  for (const char* kind : {"pinned", "kept tag", "newest", "child", "training", "young"}) {
    VersionFacts held = version("b", 100);
    Policy one = policy("deleted");
    one.older_than_ms = 50 * day;
    one.keep_tags = std::vector<std::string>{"keep"};
    const std::string what = kind;
    if (what == "pinned") held.pins = 1;
    if (what == "kept tag") held.tags = {"keep"};
    if (what == "newest") held.newer = 0;
    if (what == "child") held.children = 1;
    if (what == "training") held.tags = {"training"};
    if (what == "young") held.created_ms = static_cast<std::uint64_t>(now) - 31 * day;
    EXPECT_EQ(goal({one}, content({version("a", 100), held}, 50)), "") << kind;
    EXPECT_EQ(goal({one}, content({version("a", 100)}, 50)), "deleted");
    // What only must not be deleted may be moved.
    one.goal = "archived";
    const bool may_move = what == "newest" || what == "child" || what == "training";
    EXPECT_EQ(goal({one}, content({version("a", 100), held}, 50)), may_move ? "archived" : "") << kind;
  }
}

TEST(StalePolicy, AClockThatWentBackMakesNothingOld) {
  const ContentFacts old = content({version("a", 100)}, 50);
  EXPECT_EQ(goal({policy("deleted")}, old, now - 900 * static_cast<std::int64_t>(day)), "");
  EXPECT_EQ(goal({policy("deleted")}, old, 0), "");
  EXPECT_EQ(goal({policy("deleted")}, old, -5), "");
  ContentFacts future = content({version("a", 0)}, 0);
  future.accessed_ms = UINT64_MAX;
  EXPECT_EQ(goal({policy("deleted")}, future), "");
}

TEST(StalePolicy, WhatMakesNoSenseIsRefused) {
  const auto path = [](const Policy& one) {
    const auto checked = check(one);
    return checked.has_error() ? checked.error().data.value("path", "") : "fine";
  };
  EXPECT_EQ(path(policy("deleted")), "fine");
  EXPECT_EQ(path(policy("hot")), "/policy/goal");
  Policy one = policy("deleted");
  one.unused_ms.reset();
  EXPECT_EQ(path(one), "/policy");
  one.only_tags.emplace();
  EXPECT_EQ(path(one), "/policy/only_tags");
  one = policy("deleted");
  one.id.clear();
  EXPECT_EQ(path(one), "/policy/id");
  for (const double quality : {-0.1, 1.1, std::nan("")}) {
    one = policy("deleted");
    one.quality_below = quality;
    EXPECT_EQ(path(one), "/policy/quality_below");
  }
}

TEST(StalePolicy, WhateverTheFactsNothingProtectedIsDeleted) {
  std::mt19937 random(3);
  const auto below = [&](unsigned limit) { return static_cast<unsigned>(random() % limit); };
  std::size_t deleted = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::vector<Policy> policies;
    for (unsigned number = 0; number <= below(3); ++number) {
      Policy one = policy(std::vector<std::string>{"compressed", "archived", "deleted"}[below(3)]);
      one.unused_ms = below(100) * day;
      if (below(2) == 0) one.keep_newest = below(3);
      if (below(3) == 0) one.keep_tags = std::vector<std::string>{"keep"};
      policies.push_back(one);
    }
    std::vector<VersionFacts> versions;
    for (unsigned number = 0; number <= below(3); ++number) {
      VersionFacts one = version(std::to_string(number), below(200));
      one.newer = below(3);
      one.pins = below(4) == 0 ? 1 : 0;
      one.children = below(4) == 0 ? 1 : 0;
      if (below(4) == 0) one.tags.push_back("training");
      if (below(4) == 0) one.tags.push_back("keep");
      versions.push_back(one);
    }
    const ContentFacts facts = content(versions, below(200));
    const auto decision = judge(policies, facts, now);
    if (!decision) continue;
    for (const VersionFacts& one : facts.versions) {
      EXPECT_EQ(one.pins, 0U);
      if (decision->goal != Goal::deleted) continue;
      ++deleted;
      EXPECT_EQ(one.children, 0U);
      EXPECT_EQ(std::count(one.tags.begin(), one.tags.end(), "training"), 0);
      EXPECT_GE(one.newer, policies[decision->policy].keep_newest.value_or(1));
    }
  }
  EXPECT_GT(deleted, 100U);
}

}  // namespace
}  // namespace symphony::pit::stale::tests
