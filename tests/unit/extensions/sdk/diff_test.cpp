#include <symphony/sdk/diff.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "../naive_tree.h"

namespace {

using nlohmann::json;
using symphony::sdk::diff;
using symphony::sdk::Node;
namespace testing_trees = symphony::testing;

Node leaf(const std::string& id) { return {id, "Text", {{"text", id}}}; }

Node column(const std::string& id, std::vector<Node> children) {
  return {id, "Column", json::object(), std::move(children)};
}

Node row_of(const std::vector<std::string>& ids) {
  std::vector<Node> children;
  for (const std::string& id : ids)
    children.push_back(leaf(id));
  return column("root", std::move(children));
}

std::size_t count_of(const json& operations, const std::string& op) {
  return static_cast<std::size_t>(
      std::count_if(operations.begin(), operations.end(), [&](const json& o) { return o["op"] == op; }));
}

void expect_leads_to(const Node& from, const Node& to, const json& operations) {
  json tree = from.to_json();
  ASSERT_NO_THROW(testing_trees::apply_operations(tree, operations)) << operations.dump(1);
  EXPECT_EQ(testing_trees::normalised(tree), testing_trees::normalised(to.to_json())) << operations.dump(1);
}

TEST(Diff, EqualTreesNeedNothing) { EXPECT_EQ(*diff(row_of({"a", "b"}), row_of({"a", "b"})), json::array()); }

TEST(Diff, OnlyChangedPropsAreSet) {
  const Node from{"root", "Text", {{"text", "a"}, {"tone", "muted"}, {"size", "small"}}};
  const Node to{"root", "Text", {{"text", "b"}, {"size", "small"}, {"live", "polite"}}};
  EXPECT_EQ(*diff(from, to),
            json::parse(R"([{"op":"set","id":"root","props":{"text":"b","live":"polite","tone":null}}])"));
}

TEST(Diff, AnotherRootNeedsTheWholeTree) {
  EXPECT_FALSE(diff(column("a", {}), column("b", {})));
  EXPECT_FALSE(diff(Node("a", "Column", {}), Node("a", "Row", {})));
}

TEST(Diff, AnEventMoreOrLessReplacesTheNode) {
  const Node quiet = column("root", {Node("b", "Button", {{"text", "x"}})});
  const Node loud = column("root", {Node("b", "Button", {{"text", "x"}}, {}, {{"press", [](const json&) {}}})});
  const auto operations = diff(quiet, loud);
  EXPECT_EQ(count_of(*operations, "remove"), 1U);
  EXPECT_EQ(count_of(*operations, "insert"), 1U);
  expect_leads_to(quiet, loud, *operations);
}

TEST(Diff, ANodeMovesAcrossParentsAndKeepsWhatIsInIt) {
  const Node from = column("root", {column("a", {column("x", {leaf("y")})}), column("b", {})});
  const Node to = column("root", {column("a", {}), column("b", {column("x", {leaf("y")})})});
  const auto operations = diff(from, to);
  EXPECT_EQ(*operations, json::parse(R"([{"op":"move","id":"x","parent":"b","index":0}])"));
  expect_leads_to(from, to, *operations);
}

TEST(Diff, ParentAndChildChangePlaces) {
  const Node from = column("root", {column("a", {column("b", {leaf("c")})})});
  const Node to = column("root", {column("b", {column("a", {leaf("c")})})});
  expect_leads_to(from, to, *diff(from, to));
}

TEST(Diff, WhatSurvivesIsTakenOutOfWhatIsRemoved) {
  const Node from = column("root", {column("gone", {leaf("kept"), column("too", {leaf("deep")})})});
  const Node to = column("root", {leaf("kept"), leaf("new"), leaf("deep")});
  const auto operations = diff(from, to);
  expect_leads_to(from, to, *operations);
  EXPECT_EQ(count_of(*operations, "insert"), 1U);
}

TEST(Diff, TheFewestMoves) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::vector<std::string> ids;
    for (std::size_t i = 0, n = 1 + random() % 9; i < n; ++i)
      ids.push_back("n" + std::to_string(i));
    const Node from = row_of(ids);
    std::vector<std::string> shuffled = ids;
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    const auto operations = diff(from, row_of(shuffled));
    expect_leads_to(from, row_of(shuffled), *operations);
    // The longest run in order, by trying all subsets: everything outside it has to move.
    std::size_t longest = 0;
    for (std::uint32_t subset = 0; subset < (1U << ids.size()); ++subset) {
      std::string last;
      std::size_t size = 0;
      bool increasing = true;
      for (std::size_t i = 0; i < shuffled.size() && increasing; ++i) {
        if ((subset >> i & 1U) == 0) continue;
        increasing = last.empty() || last < shuffled[i];  // one digit each: text order is number order
        last = shuffled[i];
        ++size;
      }
      if (increasing) longest = std::max(longest, size);
    }
    EXPECT_EQ(operations->size(), ids.size() - longest);
    EXPECT_EQ(count_of(*operations, "move"), operations->size());
  }
}

TEST(Diff, TooManyOperationsAskForTheWholeTree) {
  std::vector<std::string> ids;
  for (std::size_t i = 0; i <= symphony::sdk::most_patch_operations; ++i)
    ids.push_back("n" + std::to_string(i));
  EXPECT_FALSE(diff(row_of({}), row_of(ids)));
  ids.pop_back();
  EXPECT_TRUE(diff(row_of({}), row_of(ids)));
}

/// Random trees over a small set of ids, so that nodes are kept, moved, replaced, inserted and removed all at once.
class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  Node tree() {
    used_.clear();
    used_["root"] = true;
    return node("root", "Column", 0);
  }

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }

  Node node(const std::string& id, const std::string& type, int depth) {
    json props = json::object();
    for (const char* name : {"a", "b", "c"}) {
      if (below(2) == 0) props[name] = below(3);
    }
    Node::Handlers handlers;
    if (id != "root" && below(6) == 0) handlers.emplace_back("press", [](const json&) {});
    std::vector<Node> children;
    for (std::size_t i = 0, n = depth < 4 ? below(5) : 0; i < n; ++i) {
      const std::string child = "n" + std::to_string(below(25));
      if (used_.exchange(child)) continue;
      children.push_back(node(child, below(8) == 0 ? "Row" : "Column", depth + 1));
    }
    return {id, type, std::move(props), std::move(children), std::move(handlers)};
  }

  struct Used : std::map<std::string, bool> {
    bool exchange(const std::string& id) { return std::exchange((*this)[id], true); }
  };
  std::mt19937 random_;
  Used used_;
};

TEST(Diff, RandomTreesLeadToTheTarget) {
  std::size_t operations_seen = 0;
  for (unsigned seed = 0; seed < 4000 && !HasFailure(); ++seed) {
    Generator generator(seed);
    const Node from = generator.tree();
    const Node to = generator.tree();
    const auto operations = diff(from, to);
    ASSERT_TRUE(operations) << "seed " << seed;
    operations_seen += operations->size();
    expect_leads_to(from, to, *operations);
  }
  EXPECT_GT(operations_seen, 10000U);
}

}  // namespace
