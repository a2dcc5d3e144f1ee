#include <symphony/virtual_dom/virtual_tree.h>

#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <string>

#include <symphony/virtual_dom/limits.h>

namespace symphony::virtual_dom {
namespace {

using nlohmann::json;

json column(std::string id, json children = json::array()) {
  return {{"id", std::move(id)}, {"type", "Column"}, {"children", std::move(children)}};
}
json text(std::string id, std::string words = "x") {
  return {{"id", std::move(id)}, {"type", "Text"}, {"props", {{"text", std::move(words)}}}};
}

VirtualTree example() {
  VirtualTree tree;
  json search = {{"id", "search"},
                 {"type", "TextField"},
                 {"props", {{"label", "Search"}, {"value", "abc"}}},
                 {"events", {"change"}}};
  EXPECT_TRUE(
      tree.render(column("root", {search, column("left", {text("a"), text("b")}), column("right", {text("c")})})));
  return tree;
}

std::string refused_path(const ipc::Result<void>& result) {
  return result ? "accepted" : result.error().data.at("path").get<std::string>();
}

TEST(VirtualTree, KeepsWhatWasRendered) {
  const VirtualTree tree = example();
  EXPECT_EQ(tree.size(), 7U);
  ASSERT_NE(tree.find("search"), nullptr);
  EXPECT_TRUE(tree.find("search")->raises("change"));
  EXPECT_FALSE(tree.find("search")->raises("submit"));
  VirtualTree copy;
  ASSERT_TRUE(copy.render(tree.to_json()));
  EXPECT_EQ(copy.to_json(), tree.to_json());
}

TEST(VirtualTree, AppliesEachOperation) {
  VirtualTree tree = example();
  ASSERT_TRUE(
      tree.patch(json::array({{{"op", "insert"}, {"parent", "left"}, {"index", 1}, {"node", text("new")}},
                              {{"op", "remove"}, {"id", "a"}},
                              {{"op", "move"}, {"id", "c"}, {"parent", "left"}, {"index", 0}},
                              {{"op", "set"}, {"id", "search"}, {"props", {{"value", nullptr}, {"busy", true}}}}})));
  const Node* left = tree.find("left");
  ASSERT_EQ(left->children.size(), 3U);
  EXPECT_EQ(left->children[0]->id, "c");
  EXPECT_EQ(left->children[1]->id, "new");
  EXPECT_EQ(left->children[2]->id, "b");
  EXPECT_EQ(tree.find("a"), nullptr);
  EXPECT_TRUE(tree.find("right")->children.empty());
  EXPECT_EQ(tree.find("search")->props, json({{"label", "Search"}, {"busy", true}}));
}

TEST(VirtualTree, MovesWithinOneParentCountingWithoutTheMovedNode) {
  VirtualTree tree = example();
  ASSERT_TRUE(tree.patch(json::array({{{"op", "move"}, {"id", "a"}, {"parent", "left"}, {"index", 1}}})));
  EXPECT_EQ(tree.find("left")->children[1]->id, "a");
  EXPECT_EQ(refused_path(tree.patch(json::array({{{"op", "move"}, {"id", "a"}, {"parent", "left"}, {"index", 2}}}))),
            "/ops/0/index");
}

TEST(VirtualTree, RefusesTheWholeBatchWhenOneOperationFails) {
  VirtualTree tree = example();
  const json before = tree.to_json();
  const json good =
      json::array({{{"op", "set"}, {"id", "search"}, {"props", {{"value", "changed"}, {"placeholder", "p"}}}},
                   {{"op", "remove"}, {"id", "left"}},
                   {{"op", "insert"}, {"parent", "right"}, {"index", 0}, {"node", column("a", {text("b")})}},
                   {{"op", "move"}, {"id", "b"}, {"parent", "root"}, {"index", 0}},
                   {{"op", "remove"}, {"id", "right"}}});
  for (std::size_t length = 1; length <= good.size(); ++length) {
    json batch = json::array();
    for (std::size_t index = 0; index < length; ++index)
      batch.push_back(good[index]);
    batch.push_back({{"op", "remove"}, {"id", "nobody"}});
    EXPECT_EQ(refused_path(tree.patch(batch)), "/ops/" + std::to_string(length) + "/id");
    EXPECT_EQ(tree.to_json(), before) << length;
    EXPECT_EQ(tree.size(), 7U);
  }
  EXPECT_TRUE(tree.patch(good));
}

TEST(VirtualTree, RefusesWhatCannotBeApplied) {
  VirtualTree tree = example();
  const auto refused = [&](const json& operation) { return refused_path(tree.patch(json::array({operation}))); };
  EXPECT_EQ(refused({{"op", "insert"}, {"parent", "nobody"}, {"index", 0}, {"node", text("n")}}), "/ops/0/parent");
  EXPECT_EQ(refused({{"op", "insert"}, {"parent", "a"}, {"index", 0}, {"node", text("n")}}), "/ops/0/parent");
  EXPECT_EQ(refused({{"op", "insert"}, {"parent", "left"}, {"index", 3}, {"node", text("n")}}), "/ops/0/index");
  EXPECT_EQ(refused({{"op", "insert"}, {"parent", "left"}, {"index", -1}, {"node", text("n")}}), "/ops/0/index");
  EXPECT_EQ(refused({{"op", "insert"}, {"parent", "left"}, {"index", 0}}), "/ops/0/node");
  EXPECT_EQ(refused({{"op", "insert"}, {"parent", "left"}, {"index", 0}, {"node", text("c")}}), "/root/left/c");
  EXPECT_EQ(refused({{"op", "remove"}, {"id", "root"}}), "/ops/0/id");
  EXPECT_EQ(refused({{"op", "move"}, {"id", "root"}, {"parent", "left"}, {"index", 0}}), "/ops/0/id");
  EXPECT_EQ(refused({{"op", "move"}, {"id", "left"}, {"parent", "left"}, {"index", 0}}), "/ops/0/parent");
  EXPECT_EQ(refused({{"op", "set"}, {"id", "search"}, {"props", {{"value", 1}}}}), "/root/search/props/value");
  EXPECT_EQ(refused({{"op", "set"}, {"id", "search"}}), "/ops/0/props");
  EXPECT_EQ(refused({{"op", "explode"}}), "/ops/0/op");
  EXPECT_EQ(refused("nonsense"), "/ops/0/op");
  EXPECT_EQ(refused_path(tree.patch("nonsense")), "/ops");
  EXPECT_EQ(refused_path(VirtualTree().patch(json::array())), "/ops");
}

TEST(VirtualTree, RefusesMalformedTrees) {
  VirtualTree tree;
  const auto refused = [&](const json& document) { return refused_path(tree.render(document)); };
  EXPECT_NE(refused(nullptr), "accepted");
  EXPECT_NE(refused({{"type", "Column"}}), "accepted");
  EXPECT_NE(refused({{"id", "a b"}, {"type", "Column"}}), "accepted");
  EXPECT_NE(refused({{"id", "__proto__"}, {"type", "Column"}}), "accepted");
  EXPECT_EQ(refused({{"id", "r"}}), "/r/type");
  EXPECT_EQ(refused({{"id", "r"}, {"type", "constructor"}}), "/r/type");
  EXPECT_EQ(refused({{"id", "r"}, {"type", "Column"}, {"onclick", "x"}}), "/r/onclick");
  EXPECT_EQ(refused({{"id", "r"}, {"type", "Column"}, {"children", {{"id", "x"}}}}), "/r/children");
  EXPECT_EQ(refused({{"id", "r"}, {"type", "Text"}, {"props", {{"text", "t"}}}, {"children", {text("x")}}}),
            "/r/children");
  EXPECT_EQ(refused({{"id", "r"}, {"type", "Text"}, {"props", {{"text", "t"}}}, {"events", {"press"}}}), "/r/events/0");
  EXPECT_EQ(refused(column("r", {text("same"), text("same")})), "/r/same");
  EXPECT_EQ(refused(column("a/b", {{{"id", "c"}, {"type", "Text"}}})), "/a~1b/c/props/text");
  EXPECT_EQ(tree.root(), nullptr);
}

TEST(VirtualTree, ShowsAnUnknownComponentInItsPlace) {
  VirtualTree tree;
  ASSERT_TRUE(tree.render(
      column("root", {{{"id", "m"}, {"type", "Marquee"}, {"props", {{"speed", 9}}}, {"events", {"loop"}}}})));
  EXPECT_EQ(tree.find("m")->type, "Marquee");
}

TEST(VirtualTree, BoundsDepthAlsoForMoves) {
  json deep = column("n64");
  for (std::size_t level = limits::node_depth - 1; level >= 1; --level)
    deep = column("n" + std::to_string(level), {deep});
  VirtualTree tree;
  ASSERT_TRUE(tree.render(deep));
  EXPECT_FALSE(tree.patch(json::array({{{"op", "insert"}, {"parent", "n64"}, {"index", 0}, {"node", text("x")}}})));
  ASSERT_TRUE(tree.patch(json::array({{{"op", "insert"}, {"parent", "n1"}, {"index", 0}, {"node", text("x")}}})));
  EXPECT_EQ(refused_path(tree.patch(json::array({{{"op", "move"}, {"id", "x"}, {"parent", "n64"}, {"index", 0}}}))),
            "/n1/x");
  EXPECT_FALSE(VirtualTree().render(column("n0", {deep})));
}

TEST(VirtualTree, RefusesAMillionNodesQuickly) {
  json children = json::array();
  for (int index = 0; index < 1'000'000; ++index)
    children.push_back({{"id", std::to_string(index)}, {"type", "Separator"}});
  const json huge = column("root", std::move(children));
  json within = json::array();
  for (std::size_t index = 0; index < limits::nodes_per_view; ++index)
    within.push_back({{"id", std::to_string(index)}, {"type", "Separator"}});
  VirtualTree tree;
  const auto start = std::chrono::steady_clock::now();
  const auto result = tree.render(huge);
  const auto taken = std::chrono::steady_clock::now() - start;
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ipc::ErrorCode::payload_too_large);
  EXPECT_LT(taken, std::chrono::milliseconds(50));
  EXPECT_FALSE(tree.render(column("root", within)));  // the root makes one too many
  within.erase(within.begin());
  EXPECT_TRUE(tree.render(column("root", within)));
  EXPECT_EQ(tree.size(), limits::nodes_per_view);
  EXPECT_FALSE(tree.patch(json::array(
      {{{"op", "insert"}, {"parent", "root"}, {"index", 0}, {"node", {{"id", "more"}, {"type", "Separator"}}}}})));
}

TEST(VirtualTree, BoundsOperationsInABatch) {
  VirtualTree tree = example();
  json batch = json::array();
  for (std::size_t index = 0; index < limits::operations_per_batch + 1; ++index)
    batch.push_back({{"op", "set"}, {"id", "a"}, {"props", {{"text", "y"}}}});
  EXPECT_FALSE(tree.patch(batch));
  batch.erase(0);
  EXPECT_TRUE(tree.patch(batch));
}

json separators(std::size_t count) {
  json children = json::array();
  for (std::size_t index = 0; index < count; ++index)
    children.push_back({{"id", "s" + std::to_string(index)}, {"type", "Separator"}});
  return children;
}

TEST(VirtualTree, BoundsWhatABatchCosts) {
  VirtualTree tree;
  ASSERT_TRUE(tree.render(
      column("root", {column("big", separators(limits::nodes_per_view - 4)), column("left"), column("right")})));
  const json before = tree.to_json();
  json batch = json::array();
  for (std::size_t index = 0; index < limits::operations_per_batch; ++index) {
    batch.push_back({{"op", "move"}, {"id", "big"}, {"parent", index % 2 == 0 ? "left" : "right"}, {"index", 0}});
  }
  const auto refused = tree.patch(batch);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ipc::ErrorCode::overloaded);
  EXPECT_EQ(refused.error().data.at("limit"), limits::work_per_batch);
  EXPECT_LE(tree.work(), limits::work_per_batch);
  EXPECT_EQ(tree.to_json(), before);
  // The same number of moves of what is small costs what it says, and a batch begins with nothing spent.
  ASSERT_TRUE(tree.patch(json::array({{{"op", "move"}, {"id", "left"}, {"parent", "right"}, {"index", 0}}})));
  EXPECT_LT(tree.work(), 10U);
}

TEST(VirtualTree, ShufflingManySiblingsHasItsPriceToo) {
  VirtualTree tree;
  const std::size_t count = limits::nodes_per_view - 1;
  ASSERT_TRUE(tree.render(column("root", separators(count))));
  const auto reversed = [&](std::size_t moves) {
    json batch = json::array();
    for (std::size_t index = 0; index < moves; ++index)
      batch.push_back(
          {{"op", "move"}, {"id", "s" + std::to_string(count - 1 - index)}, {"parent", "root"}, {"index", index}});
    return tree.patch(batch);
  };
  ASSERT_TRUE(reversed(100));
  EXPECT_EQ(tree.find("root")->children.front()->id, "s" + std::to_string(count - 1));
  const std::size_t each = tree.work() / 100;
  EXPECT_GE(each, 2 * count / limits::siblings_per_step);
  EXPECT_EQ(reversed(limits::operations_per_batch).error().code, ipc::ErrorCode::overloaded);
}

/// Random batches, good and bad: after each the tree equals one built anew from its own document, and a refused batch
/// left no trace.
TEST(VirtualTree, StaysConsistentUnderRandomBatches) {
  std::mt19937 random(20261120);
  const auto upto = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  VirtualTree tree = example();
  int applied = 0;
  int refused = 0;
  for (int round = 0; round < 3000; ++round) {
    json batch = json::array();
    for (std::size_t count = upto(5) + 1; count > 0; --count) {
      const std::string id = "n" + std::to_string(upto(12));
      const std::string parent = upto(3) == 0 ? "root" : "n" + std::to_string(upto(12));
      switch (upto(4)) {
        case 0:
          batch.push_back({{"op", "insert"}, {"parent", parent}, {"index", upto(3)}, {"node", column(id)}});
          break;
        case 1:
          batch.push_back({{"op", "remove"}, {"id", id}});
          break;
        case 2:
          batch.push_back({{"op", "move"}, {"id", id}, {"parent", parent}, {"index", upto(3)}});
          break;
        default:
          batch.push_back(
              {{"op", "set"}, {"id", id}, {"props", {{"gap", upto(2) == 0 ? json("small") : json(nullptr)}}}});
      }
    }
    const json before = tree.to_json();
    if (tree.patch(batch)) {
      ++applied;
    } else {
      ++refused;
      ASSERT_EQ(tree.to_json(), before);
    }
    VirtualTree copy;
    ASSERT_TRUE(copy.render(tree.to_json()));
    ASSERT_EQ(copy.size(), tree.size());
  }
  EXPECT_GT(applied, 100);
  EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace symphony::virtual_dom
