#include "dag_tracker/checkpoint.h"

#include <gtest/gtest.h>

#include "graphs.h"

namespace symphony::pit::dag::tests {
namespace {

using ipc::ErrorCode;

TaskGraph half_way() {
  NodeDefinition maker = node("maker");
  maker.gives = std::vector<std::string>{"thing"};
  maker.needs = std::vector<std::string>{"outside"};
  const std::vector<NodeDefinition> nodes = {maker, node("a"), node("b", {"a"}), node("c", {"b"})};
  const std::vector<std::string> given = {"outside"};
  auto graph = TaskGraph::create(nodes, given).value();
  Effect effect;
  EXPECT_TRUE(graph.start(1000, effect).has_value());
  EXPECT_TRUE(graph.report_all(whole_way(1), 2000, effect).has_value());
  EXPECT_TRUE(graph.report({2, NodeState::allocated, {}}, 3000, effect).has_value());
  EXPECT_TRUE(graph.report({2, NodeState::executing, {}}, 4000, effect).has_value());
  return graph;
}

TEST(Checkpoint, KeepsEverythingThatCounts) {
  const TaskGraph graph = half_way();
  const auto saved = decode(encode(graph.save(10'000)));
  ASSERT_TRUE(saved.has_value()) << saved.error().message;
  // In another process the clock begins anywhere.
  auto restored = TaskGraph::from(*saved, 500).value();
  EXPECT_EQ(restored.revision(), graph.revision());
  EXPECT_EQ(restored.age(500), 9000);
  Effect effect;
  ASSERT_TRUE(restored.report({2, NodeState::completed, {}}, 1500, effect).has_value());
  EXPECT_EQ(restored.times().duration(2), 7000) << "6,000 before and 1,000 after";
  EXPECT_EQ(names(restored, effect.ready), std::vector<std::string>{"c"});
  // What was given and is given by nodes is known to nodes that come later.
  NodeDefinition user = node("user");
  user.needs = std::vector<std::string>{"thing", "outside"};
  const std::vector<NodeDefinition> more = {user};
  EXPECT_TRUE(restored.extend(more, effect).has_value());
  EXPECT_EQ(encode(half_way().save(10'000)), encode(graph.save(10'000)));
}

TEST(Checkpoint, OfANewerProgramIsNotRead) {
  std::string bytes = encode(half_way().save(0));
  bytes[4] = 2;
  EXPECT_EQ(decode(bytes).error().code, ErrorCode::version_mismatch);
}

TEST(Checkpoint, HalfWrittenOrDamagedIsRefused) {
  const std::string bytes = encode(half_way().save(0));
  for (std::size_t length = 0; length < bytes.size(); ++length)
    EXPECT_EQ(decode(bytes.substr(0, length)).error().code, ErrorCode::data_corrupted) << length;
  EXPECT_EQ(decode(bytes + "x").error().code, ErrorCode::data_corrupted);
  std::size_t accepted = 0;
  for (std::size_t place = 0; place < bytes.size(); ++place) {
    for (const unsigned flip : {1U, 0x80U, 0xFFU}) {
      std::string damaged = bytes;
      damaged[place] = static_cast<char>(static_cast<unsigned char>(damaged[place]) ^ flip);
      const auto saved = decode(damaged);
      if (saved.has_error()) continue;
      auto graph = TaskGraph::from(*saved, 0);
      if (graph.has_error()) {
        EXPECT_EQ(graph.error().code, ErrorCode::data_corrupted);
        continue;
      }
      // A name or a number changed; the file around it has a sum for that. The graph is a possible one.
      ++accepted;
      graph->times();
      EXPECT_EQ(encode(graph->save(0)), damaged);
    }
  }
  EXPECT_GT(accepted, 0U);
}

TEST(Checkpoint, WhatNoRunCanHaveLedToIsRefused) {
  const TaskGraph graph = half_way();
  const auto changed = [&](auto change) {
    TaskGraph::Saved saved = graph.save(0);
    change(saved);
    return TaskGraph::from(saved, 0).has_error();
  };
  EXPECT_FALSE(changed([](TaskGraph::Saved&) {}));
  EXPECT_TRUE(changed([](TaskGraph::Saved& saved) { saved.nodes[3].state = NodeState::ready; }));
  EXPECT_TRUE(changed([](TaskGraph::Saved& saved) { saved.nodes[3].state = NodeState::completed; }));
  EXPECT_TRUE(changed([](TaskGraph::Saved& saved) { saved.nodes[0].state = NodeState::pending; }));
  EXPECT_TRUE(changed([](TaskGraph::Saved& saved) { saved.nodes[1].state = NodeState::failed; }));
  EXPECT_TRUE(changed([](TaskGraph::Saved& saved) { saved.state = GraphState::finished; }));
  EXPECT_TRUE(changed([](TaskGraph::Saved& saved) { saved.state = GraphState::created; }));
  EXPECT_TRUE(changed([](TaskGraph::Saved& saved) { saved.nodes.pop_back(); }));
  EXPECT_TRUE(changed([](TaskGraph::Saved& saved) { saved.nodes[0].duration = -1; }));
  EXPECT_TRUE(changed([](TaskGraph::Saved& saved) { saved.nodes[0].duration = INT64_MAX; }));
  EXPECT_TRUE(changed([](TaskGraph::Saved& saved) { saved.age = -1; }));
  EXPECT_TRUE(changed([](TaskGraph::Saved& saved) { saved.nodes[0].attempts = 0; }));
  EXPECT_TRUE(changed([](TaskGraph::Saved& saved) { saved.nodes[0].failures = 9; }));
}

}  // namespace
}  // namespace symphony::pit::dag::tests
