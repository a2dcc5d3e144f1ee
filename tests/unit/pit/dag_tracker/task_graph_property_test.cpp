// Random graphs run at random, beside a model that works everything out from scratch.

#include <gtest/gtest.h>

#include "dag_tracker/checkpoint.h"
#include "dag_tracker/features.h"
#include "model.h"

namespace symphony::pit::dag::tests {
namespace {

void expect_same(TaskGraph& graph, const Model& model, const std::string& when) {
  ASSERT_EQ(graph.shape().size(), model.nodes.size()) << when;
  const Model::Times expected = model.times();
  const PathTimes& times = graph.times();
  EXPECT_EQ(times.length(), expected.length) << when;
  Microseconds remaining = 0;
  std::size_t ready = 0;
  for (const auto& [name, node] : model.nodes) {
    const NodeIndex index = at(graph, name);
    ASSERT_EQ(graph.state(index), node.state) << when << ": " << name;
    EXPECT_EQ(graph.failures(index), node.failures) << when << ": " << name;
    EXPECT_EQ(graph.waits_for(index), model.waits_for(name)) << when << ": " << name;
    EXPECT_EQ(times.duration(index), node.duration) << when << ": " << name;
    EXPECT_EQ(times.start(index), expected.start.at(name)) << when << ": " << name;
    EXPECT_EQ(times.rank(index), expected.rank.at(name)) << when << ": " << name;
    if (!is_final(node.state)) remaining += node.duration;
    if (node.state == NodeState::ready) ++ready;
  }
  EXPECT_EQ(graph.remaining(), remaining) << when;
  EXPECT_EQ(graph.ready().size(), ready) << when;
  std::vector<bool> seen(graph.shape().size(), false);
  for (const NodeIndex node : graph.shape().order()) {
    graph.shape().for_each_in(node, [&](const Edge& edge) { EXPECT_TRUE(seen[edge.from]) << when; });
    seen[node] = true;
  }
  Microseconds length = 0;
  for (const NodeIndex node : graph.critical_path()) {
    EXPECT_EQ(times.start(node), length) << when;
    EXPECT_EQ(times.slack(node), 0) << when;
    length += times.duration(node);
  }
  EXPECT_EQ(length, times.length()) << when;
}

class RandomRuns : public ::testing::TestWithParam<unsigned> {};

TEST_P(RandomRuns, AgreeWithTheModel) {
  std::mt19937 random(GetParam());
  const auto below = [&random](std::size_t limit) { return static_cast<unsigned>(random() % limit); };
  const auto definitions = random_graph(random, 1 + random() % 40, random() % 5);
  TaskGraph graph = made(definitions);
  Model model;
  model.add(definitions);
  Effect effect;
  if (random() % 4 != 0) {
    ASSERT_TRUE(graph.start(0, effect).has_value());
    model.started = true;
    model.settle();
  }
  std::size_t added = 0;
  for (std::int64_t step = 1; step < 200; ++step) {
    const std::string when = "seed " + std::to_string(GetParam()) + ", step " + std::to_string(step);
    const unsigned kind = below(12);
    if (kind == 0) {
      std::vector<NodeDefinition> more;
      for (unsigned number = 0; number <= below(4); ++number) {
        NodeDefinition one = node("m" + std::to_string(added + number), {}, 0.5);
        one.hard.emplace();
        one.hard->push_back(std::string(graph.shape().name(below(graph.shape().size()))));
        if (number > 0 && random() % 2 == 0) one.hard->push_back("m" + std::to_string(added + number - 1));
        if (random() % 2 == 0) {
          one.before.emplace();
          one.before->push_back(std::string(graph.shape().name(below(graph.shape().size()))));
        }
        more.push_back(std::move(one));
      }
      Model extended = model;
      extended.add(more);
      bool expected = graph.state() == GraphState::created || graph.state() == GraphState::running;
      for (const NodeDefinition& one : more) {
        for (const std::string& joined : one.before.value_or(std::vector<std::string>{})) {
          expected =
              expected && model.nodes.at(joined).state == NodeState::pending && !extended.depends(one.id, joined);
        }
      }
      effect.clear();
      ASSERT_EQ(graph.extend(more, effect).has_value(), expected) << when;
      if (expected) {
        model = std::move(extended);
        model.settle();
        added += more.size();
      }
    } else if (kind == 1) {
      // As if the program had ended here.
      const auto decoded = decode(encode(graph.save(step)));
      ASSERT_TRUE(decoded.has_value()) << when;
      auto restored = TaskGraph::from(*decoded, step);
      ASSERT_TRUE(restored.has_value()) << when << ": " << restored.error().message;
      EXPECT_EQ(restored->revision(), graph.revision());
      EXPECT_EQ(restored->state(), graph.state());
      graph = std::move(*restored);
    } else {
      std::vector<Change> changes;
      Model reported = model;
      bool expected = graph.state() == GraphState::running;
      for (unsigned number = 0; number <= below(4); ++number) {
        const NodeIndex node = below(graph.shape().size());
        // Mostly something that may be.
        auto to = static_cast<NodeState>(random() % node_states);
        const std::string name(graph.shape().name(node));
        for (int attempt = 0; attempt < 20 && !may_follow(reported.nodes.at(name).state, to); ++attempt)
          to = static_cast<NodeState>(random() % node_states);
        const Microseconds took = below(3'000'000);
        changes.push_back({node, to, took});
        expected = expected && reported.report(name, to, took);
      }
      effect.clear();
      ASSERT_EQ(graph.report_all(changes, step, effect).has_value(), expected) << when;
      if (expected) model = std::move(reported);
    }
    // Sometimes several changes come together before anybody asks for the times.
    if (random() % 3 == 0) expect_same(graph, model, when);
    if (::testing::Test::HasFailure()) return;
  }
  expect_same(graph, model, "at the end");
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomRuns, ::testing::Range(0U, 150U));

TEST(GraphOrder, DoesNotDependOnHowTheGraphGrew) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    std::mt19937 random(seed);
    auto definitions = random_graph(random, 60, 3);
    const std::vector<NodeIndex> whole = made(definitions).shape().order();
    // The same nodes and numbers, a few at a time: later ones say whom they come before.
    std::map<std::string, std::size_t> number;
    for (std::size_t at = 0; at < definitions.size(); ++at)
      number[definitions[at].id] = at;
    std::vector<std::vector<std::string>> joins(definitions.size());
    for (std::size_t at = 0; at < definitions.size(); ++at) {
      definitions[at].soft.reset();
      definitions[at].optional.reset();
    }
    const std::vector<NodeIndex> hard_only = made(definitions).shape().order();
    for (std::size_t at = 0; at < definitions.size(); ++at) {
      std::vector<std::string> earlier;
      for (const std::string& other : definitions[at].hard.value_or(std::vector<std::string>{})) {
        if (number[other] < at) {
          earlier.push_back(other);
        } else {
          joins[number[other]].push_back(definitions[at].id);
        }
      }
      definitions[at].hard = earlier;
    }
    const std::vector<NodeDefinition> first(definitions.begin(), definitions.begin() + 1);
    auto grown = made(first);
    Effect effect;
    for (std::size_t at = 1; at < definitions.size(); ++at) {
      definitions[at].before = joins[at];
      const std::vector<NodeDefinition> next = {definitions[at]};
      ASSERT_TRUE(grown.extend(next, effect).has_value());
    }
    EXPECT_EQ(grown.shape().order(), hard_only) << "seed " << seed;
    EXPECT_EQ(whole.size(), hard_only.size());
  }
}

TEST(Features, AreTheSameWhoeverAsksAndWithinTheirBound) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    std::mt19937 random(seed);
    auto graph = made(random_graph(random, 80, 3));
    Effect effect;
    ASSERT_TRUE(graph.start(0, effect).has_value());
    std::vector<FeatureRow> rows;
    append_features(graph, 0, 5'000'000'000, graph.reference() + 1, 512, rows);
    std::vector<FeatureRow> again;
    append_features(graph, 0, 5'000'000'000, graph.reference() + 1, 512, again);
    ASSERT_EQ(rows.size(), graph.ready().size());
    for (std::size_t row = 0; row < rows.size(); ++row) {
      EXPECT_EQ(rows[row].values, again[row].values);
      for (const float value : rows[row].values)
        EXPECT_TRUE(value >= -feature_bound && value <= feature_bound);
    }
  }
}

}  // namespace
}  // namespace symphony::pit::dag::tests
