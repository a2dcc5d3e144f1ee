#include "dag_tracker/task_graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "graphs.h"

namespace symphony::pit::dag::tests {
namespace {

using ipc::Error;
using ipc::ErrorCode;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using Names = std::vector<std::string>;

Error refused(const std::vector<NodeDefinition>& nodes, const std::vector<std::string>& given = {}) {
  const auto graph = TaskGraph::create(nodes, given);
  if (graph.has_error()) return graph.error();
  ADD_FAILURE() << "the graph was not refused";
  return {};
}

void expect_problem(const Error& error, std::string_view kind, std::string_view path, const Names& nodes) {
  EXPECT_EQ(error.data.value("kind", ""), kind) << error.message;
  EXPECT_EQ(error.data.value("path", ""), path) << error.message;
  EXPECT_EQ(error.data.value("nodes", Names{}), nodes) << error.message;
}

TEST(TaskGraph, ACycleIsNamedInItsOrder) {
  const Error error = refused({node("start"), node("a", {"start", "c"}), node("b", {"a"}), node("c", {"b"})});
  EXPECT_EQ(error.code, ErrorCode::invalid_params);
  expect_problem(error, "cycle", "/nodes/1", {"a", "b", "c"});
  EXPECT_NE(error.message.find("a → b → c → a"), std::string::npos) << error.message;
}

TEST(TaskGraph, ALongCycleIsNamedInPart) {
  std::vector<NodeDefinition> nodes;
  for (int number = 0; number < 5000; ++number)
    nodes.push_back(node("n" + std::to_string(number), {"n" + std::to_string((number + 1) % 5000)}));
  const Error error = refused(nodes);
  EXPECT_EQ(error.data["nodes"].size(), limits::names_of_a_problem);
  EXPECT_LT(error.message.size(), 500U);
}

TEST(TaskGraph, WhatIsWrongIsRefusedWithItsPlace) {
  expect_problem(refused({node("a", {"a"})}), "self_dependency", "/nodes/0/hard/0", {"a"});
  expect_problem(refused({node("a"), node("b", {"a", "nobody"})}), "unknown_node", "/nodes/1/hard/1", {"b"});
  expect_problem(refused({node("a"), node("b"), node("a")}), "duplicate_node", "/nodes/2/id", {"a"});
  expect_problem(refused({}), "value", "/nodes", {});
  expect_problem(refused({node("")}), "value", "/nodes/0/id", {});
  EXPECT_EQ(refused({node(std::string(257, 'x'))}).code, ErrorCode::payload_too_large);
  for (const double seconds : {-1.0, -1e-9, std::nan(""), HUGE_VAL, 31'536'000.5})
    expect_problem(refused({node("a", {}, seconds)}), "value", "/nodes/0/seconds", {"a"});
  NodeDefinition never = node("a");
  never.attempts = 0;
  expect_problem(refused({never}), "value", "/nodes/0/attempts", {"a"});
  never.attempts = std::uint64_t{1} << 60U;
  expect_problem(refused({never}), "value", "/nodes/0/attempts", {"a"});
}

TEST(TaskGraph, InputsConnectThoseWhoGiveAndNeed) {
  NodeDefinition maker = node("maker");
  maker.gives = Names{"thing"};
  NodeDefinition user = node("user");
  user.needs = Names{"thing", "from outside"};
  expect_problem(refused({user, maker}), "unmet_input", "/nodes/0/needs/1", {"user"});
  const std::vector<NodeDefinition> both = {user, maker};
  const std::vector<std::string> given = {"from outside"};
  auto graph = TaskGraph::create(both, given).value();
  EXPECT_EQ(names(graph, graph.shape().order()), (Names{"maker", "user"}));
  NodeDefinition second = node("second");
  second.gives = Names{"thing"};
  expect_problem(refused({maker, second}), "duplicate_output", "/nodes/1/gives/0", {"maker", "second"});
  expect_problem(refused({maker}, {"thing"}), "duplicate_output", "/nodes/0/gives/0", {"maker"});
  maker.needs = Names{"thing"};
  expect_problem(refused({maker}), "self_dependency", "/nodes/0/needs/0", {"maker"});
}

TEST(TaskGraph, LimitsAreNamed) {
  std::vector<NodeDefinition> nodes;
  for (std::size_t number = 0; number <= limits::nodes; ++number)
    nodes.push_back(node(std::to_string(number)));
  const Error error = refused(nodes);
  EXPECT_EQ(error.code, ErrorCode::payload_too_large);
  EXPECT_EQ(error.data["limit"], limits::nodes);
  nodes.pop_back();
  auto graph = made(nodes);
  EXPECT_EQ(graph.shape().size(), limits::nodes);
  Effect effect;
  const std::vector<NodeDefinition> more = {node("more")};
  EXPECT_EQ(graph.extend(more, effect).error().code, ErrorCode::payload_too_large);

  // A thousand that each depend on the same thousand, and one dependency more.
  nodes.clear();
  Names first;
  for (int number = 0; number < 1000; ++number) {
    nodes.push_back(node("a" + std::to_string(number)));
    first.push_back("a" + std::to_string(number));
  }
  for (int number = 0; number < 1000; ++number)
    nodes.push_back(node("b" + std::to_string(number), first));
  EXPECT_EQ(made(nodes).shape().edge_count(), limits::dependencies);
  nodes.push_back(node("c", {"a0"}));
  EXPECT_EQ(refused(nodes).data["path"], "/nodes/2000/hard/0");
}

TEST(TaskGraph, EverythingWrongIsSaidAtOnce) {
  NodeDefinition hungry = node("hungry");
  hungry.needs = Names{"nothing"};
  const std::vector<NodeDefinition> nodes = {node("a", {"b"}), node("b", {"a"}), hungry, node("c", {"c", "nobody"})};
  Names kinds;
  for (const Problem& problem : TaskGraph::validate(nodes, {}))
    kinds.emplace_back(name_of(problem.kind));
  EXPECT_THAT(kinds, UnorderedElementsAre("cycle", "unmet_input", "self_dependency", "unknown_node"));
}

TEST(TaskGraph, OrphansAreMentioned) {
  const std::vector<NodeDefinition> nodes = {node("a"), node("alone"), node("b", {"a"})};
  const std::vector<Problem> found = TaskGraph::validate(nodes, {});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].kind, ProblemKind::orphan);
  EXPECT_EQ(found[0].path, "/nodes/1");
  EXPECT_EQ(names(made(nodes), made(nodes).orphans()), Names{"alone"});
  const std::vector<NodeDefinition> single = {node("single")};
  EXPECT_THAT(TaskGraph::validate(single, {}), IsEmpty());
}

TEST(TaskGraph, TheOrderIsByLevelThenAsDescribed) {
  auto graph = made({node("d", {"b", "c"}), node("c", {"a"}), node("b"), node("a")});
  EXPECT_EQ(names(graph, graph.shape().order()), (Names{"b", "a", "c", "d"}));
}

TEST(TaskGraph, ADiamondRunsThrough) {
  auto graph = made({node("a"), node("b", {"a"}), node("c", {"a"}), node("d", {"b", "c"})});
  Effect effect;
  ASSERT_TRUE(graph.start(0, effect).has_value());
  EXPECT_EQ(names(graph, effect.ready), Names{"a"});
  effect.clear();
  ASSERT_TRUE(graph.report_all(whole_way(at(graph, "a")), 1, effect).has_value());
  EXPECT_THAT(names(graph, effect.ready), UnorderedElementsAre("b", "c"));
  effect.clear();
  ASSERT_TRUE(graph.report_all(whole_way(at(graph, "c")), 2, effect).has_value());
  EXPECT_THAT(effect.ready, IsEmpty());
  ASSERT_TRUE(graph.report_all(whole_way(at(graph, "b")), 3, effect).has_value());
  EXPECT_EQ(names(graph, effect.ready), Names{"d"});
  EXPECT_EQ(graph.state(), GraphState::running);
  ASSERT_TRUE(graph.report_all(whole_way(at(graph, "d")), 4, effect).has_value());
  EXPECT_EQ(graph.state(), GraphState::finished);
  EXPECT_EQ(graph.count(NodeState::completed), 4U);
  EXPECT_EQ(graph.report({at(graph, "d"), NodeState::failed, {}}, 5, effect).error().code, ErrorCode::invalid_request);
}

TEST(TaskGraph, AFailedNodeEndsWhatNeedsItAndNotWhatOnlyWaits) {
  NodeDefinition after = node("after");
  after.soft = Names{"fails"};
  NodeDefinition may = node("may");
  may.optional = Names{"fails"};
  auto graph = made({node("fails"), node("needs", {"fails"}), node("later", {"needs"}), after, may});
  Effect effect;
  ASSERT_TRUE(graph.start(0, effect).has_value());
  EXPECT_THAT(names(graph, effect.ready), UnorderedElementsAre("fails", "may"));
  effect.clear();
  const NodeIndex fails = at(graph, "fails");
  const std::vector<Change> changes = {{fails, NodeState::allocated, {}}, {fails, NodeState::failed, {}}};
  ASSERT_TRUE(graph.report_all(changes, 1, effect).has_value());
  EXPECT_EQ(names(graph, effect.ready), Names{"after"});
  EXPECT_EQ(names(graph, effect.skipped), (Names{"needs", "later"}));
}

TEST(TaskGraph, EveryStepThatIsNotInTheTableIsRefusedAndChangesNothing) {
  using enum NodeState;
  // The shortest way to each state.
  const std::vector<std::vector<NodeState>> ways = {
      {},
      {allocated},
      {allocated, executing},
      {allocated, executing, storing},
      {allocated, executing, completed},
      {allocated, failed},
      {allocated, retrying},
      {skipped},
      {cancelled},
  };
  std::size_t accepted = 0;
  for (const auto& way : ways) {
    for (std::size_t to = 0; to < node_states; ++to) {
      NodeDefinition one = node("one");
      one.attempts = 3;
      auto graph = made({one, node("other")});
      Effect effect;
      ASSERT_TRUE(graph.start(0, effect).has_value());
      for (const NodeState state : way)
        ASSERT_TRUE(graph.report({0, state, {}}, 1, effect).has_value());
      const NodeState from = graph.state(0);
      const std::uint64_t revision = graph.revision();
      const auto target = static_cast<NodeState>(to);
      const auto result = graph.report({0, target, {}}, 2, effect);
      EXPECT_EQ(result.has_value(), may_follow(from, target)) << name_of(from) << " to " << name_of(target);
      if (result.has_value()) {
        ++accepted;
        EXPECT_EQ(graph.state(0), target);
        EXPECT_EQ(graph.revision(), revision + 1);
      } else {
        EXPECT_EQ(graph.state(0), from);
        EXPECT_EQ(graph.revision(), revision);
        EXPECT_EQ(result.error().code, ErrorCode::invalid_params);
        EXPECT_EQ(result.error().data["path"], "/state");
      }
      EXPECT_EQ(may_follow(pending, ready), false) << "that follows from the graph";
    }
  }
  EXPECT_EQ(accepted, 21U);  // the table of docs/pit.md, without the two steps from pending
}

TEST(TaskGraph, AttemptsRunOut) {
  using enum NodeState;
  NodeDefinition twice = node("twice");
  twice.attempts = 2;
  auto graph = made({twice});
  Effect effect;
  ASSERT_TRUE(graph.start(0, effect).has_value());
  const std::vector<Change> first = {{0, allocated, {}}, {0, executing, {}}, {0, retrying, {}}, {0, ready, {}}};
  ASSERT_TRUE(graph.report_all(first, 1, effect).has_value());
  EXPECT_EQ(graph.failures(0), 1U);
  const std::vector<Change> second = {{0, allocated, {}}, {0, executing, {}}, {0, retrying, {}}};
  const auto refused = graph.report_all(second, 2, effect);
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, ErrorCode::resource_exhausted);
  EXPECT_EQ(refused.error().data["path"], "/changes/2/state");
  EXPECT_EQ(graph.state(0), ready) << "all or nothing";
  EXPECT_EQ(graph.failures(0), 1U);
}

TEST(TaskGraph, AReportOfSeveralIsAllOrNothing) {
  auto graph = made({node("a"), node("b", {"a"}), node("c", {"b"})});
  Effect effect;
  ASSERT_TRUE(graph.start(0, effect).has_value());
  effect.clear();
  std::vector<Change> changes = whole_way(0);
  changes.push_back({1, NodeState::allocated, {}});
  changes.push_back({2, NodeState::allocated, {}});  // c is pending
  const Microseconds remaining = graph.remaining();
  const auto result = graph.report_all(changes, 1, effect);
  ASSERT_TRUE(result.has_error());
  EXPECT_EQ(result.error().data["path"], "/changes/4/state");
  EXPECT_THAT(effect.ready, IsEmpty());
  EXPECT_EQ(graph.state(0), NodeState::ready);
  EXPECT_EQ(graph.state(1), NodeState::pending);
  EXPECT_EQ(graph.waits_for(1), 1U);
  EXPECT_EQ(graph.remaining(), remaining);
  EXPECT_EQ(names(graph, graph.ready()), Names{"a"});
  EXPECT_EQ(graph.times().duration(0), 1'000'000);
}

TEST(TaskGraph, AFanOutIsJoinedAgainWhileTheGraphRuns) {
  auto graph = made({node("list"), node("join", {"list"}), node("end", {"join"})});
  Effect effect;
  ASSERT_TRUE(graph.start(0, effect).has_value());
  ASSERT_TRUE(graph.report({0, NodeState::allocated, {}}, 0, effect).has_value());
  ASSERT_TRUE(graph.report({0, NodeState::executing, {}}, 0, effect).has_value());
  std::vector<NodeDefinition> items;
  for (int number = 0; number < 3; ++number) {
    items.push_back(node("item" + std::to_string(number), {"list"}, 2));
    items.back().before = Names{"join"};
  }
  effect.clear();
  ASSERT_TRUE(graph.extend(items, effect).has_value());
  EXPECT_THAT(effect.ready, IsEmpty());
  EXPECT_EQ(graph.times().length(), 5'000'000);
  EXPECT_EQ(graph.shape().level(at(graph, "end")), 3U);
  ASSERT_TRUE(graph.report({0, NodeState::completed, {}}, 1'000'000, effect).has_value());
  EXPECT_THAT(names(graph, effect.ready), UnorderedElementsAre("item0", "item1", "item2"));
  for (const NodeIndex item : {3U, 4U, 5U}) {
    effect.clear();
    ASSERT_TRUE(graph.report_all(whole_way(item), 2, effect).has_value());
  }
  EXPECT_EQ(names(graph, effect.ready), Names{"join"});
  // What has begun cannot be made to wait, and no way may lead back.
  std::vector<NodeDefinition> late = {node("late")};
  late[0].before = Names{"join"};
  expect_problem(graph.extend(late, effect).error(), "already_begun", "/nodes/0/before/0", {"join"});
  EXPECT_EQ(graph.shape().size(), 6U);
}

TEST(TaskGraph, AnExtensionThatClosesACycleChangesNothing) {
  auto graph = made({node("a"), node("b", {"a"}), node("c", {"b"}), node("d", {"c"})});
  std::vector<NodeDefinition> back = {node("fine", {"d"}), node("back", {"d"})};
  back[1].before = Names{"b"};
  Effect effect;
  const std::vector<NodeIndex> order = graph.shape().order();
  const auto result = graph.extend(back, effect);
  ASSERT_TRUE(result.has_error());
  expect_problem(result.error(), "cycle", "/nodes/1", {"b", "c", "d", "back"});
  EXPECT_EQ(graph.shape().size(), 4U);
  EXPECT_EQ(graph.shape().edge_count(), 3U);
  EXPECT_EQ(graph.shape().order(), order);
  EXPECT_FALSE(graph.shape().find("fine"));
  const std::vector<NodeDefinition> again = {node("fine", {"d"})};
  EXPECT_TRUE(graph.extend(again, effect).has_value());
}

TEST(TaskGraph, WhatIsAddedBehindAFailureIsSkipped) {
  auto graph = made({node("a"), node("b")});
  Effect effect;
  ASSERT_TRUE(graph.start(0, effect).has_value());
  const std::vector<Change> fails = {{0, NodeState::allocated, {}}, {0, NodeState::failed, {}}};
  ASSERT_TRUE(graph.report_all(fails, 0, effect).has_value());
  effect.clear();
  const std::vector<NodeDefinition> more = {node("c", {"a"}), node("d", {"c"}), node("e", {"b"})};
  ASSERT_TRUE(graph.extend(more, effect).has_value());
  EXPECT_EQ(names(graph, effect.skipped), (Names{"c", "d"}));
  EXPECT_EQ(graph.state(at(graph, "e")), NodeState::pending);
}

TEST(TaskGraph, CancellingSaysWhoMustStop) {
  auto graph = made({node("a"), node("b"), node("c", {"a"}), node("d", {"b"})});
  Effect effect;
  ASSERT_TRUE(graph.start(0, effect).has_value());
  ASSERT_TRUE(graph.report({0, NodeState::allocated, {}}, 0, effect).has_value());
  ASSERT_TRUE(graph.report({0, NodeState::executing, {}}, 0, effect).has_value());
  effect.clear();
  const std::vector<NodeIndex> some = {0};
  EXPECT_EQ(names(graph, graph.cancel(some, effect)), Names{"a"});
  EXPECT_EQ(names(graph, effect.skipped), Names{"c"});
  EXPECT_EQ(graph.state(), GraphState::running);
  ASSERT_TRUE(graph.report({1, NodeState::allocated, {}}, 0, effect).has_value());
  EXPECT_EQ(names(graph, graph.cancel()), Names{"b"});
  EXPECT_EQ(graph.state(), GraphState::cancelled);
  EXPECT_EQ(graph.remaining(), 0);
  EXPECT_THAT(graph.cancel(), IsEmpty());
}

TEST(TaskGraph, TheCriticalPathFollowsWhatNodesReallyTake) {
  auto graph =
      made({node("a", {}, 1), node("long", {"a"}, 5), node("short", {"a"}, 2), node("end", {"long", "short"}, 1)});
  EXPECT_EQ(names(graph, graph.critical_path()), (Names{"a", "long", "end"}));
  EXPECT_EQ(graph.times().length(), 7'000'000);
  EXPECT_EQ(graph.times().slack(at(graph, "short")), 3'000'000);
  EXPECT_EQ(graph.times().rank(at(graph, "short")), 3'000'000);
  Effect effect;
  ASSERT_TRUE(graph.start(0, effect).has_value());
  const auto took = [&](std::string_view name, Microseconds time) {
    std::vector<Change> way = whole_way(at(graph, name));
    way.back().took = time;
    ASSERT_TRUE(graph.report_all(way, 0, effect).has_value());
  };
  took("a", 500'000);
  EXPECT_EQ(graph.remaining_path(), 6'000'000);
  took("long", 1'000'000);
  EXPECT_EQ(names(graph, graph.critical_path()), (Names{"a", "short", "end"}));
  EXPECT_EQ(graph.times().length(), 3'500'000);
  EXPECT_EQ(graph.times().slack(at(graph, "long")), 1'000'000);
  EXPECT_EQ(graph.remaining(), 3'000'000);
}

TEST(TaskGraph, AClockThatGoesBackMakesLengthsZero) {
  auto graph = made({node("a"), node("b", {"a"})});
  Effect effect;
  ASSERT_TRUE(graph.start(1000, effect).has_value());
  ASSERT_TRUE(graph.report({0, NodeState::allocated, {}}, 900, effect).has_value());
  ASSERT_TRUE(graph.report({0, NodeState::executing, {}}, 800, effect).has_value());
  ASSERT_TRUE(graph.report({0, NodeState::completed, {}}, 100, effect).has_value());
  EXPECT_EQ(graph.times().duration(0), 0);
  EXPECT_EQ(graph.age(50), 0);
}

TEST(TaskGraph, TheReadyOnesWithMostBehindThemComeFirst) {
  auto graph = made({node("short", {}, 1), node("same", {}, 5), node("long", {}, 5), node("after", {"long"}, 1)});
  Effect effect;
  ASSERT_TRUE(graph.start(0, effect).has_value());
  EXPECT_THAT(names(graph, graph.ready_by_rank(10)), ElementsAre("long", "same", "short"));
  EXPECT_THAT(names(graph, graph.ready_by_rank(2)), ElementsAre("long", "same"));
}

TEST(TaskGraph, WhatWasUnderWayBeginsAgain) {
  auto graph = made({node("a"), node("b"), node("c")});
  Effect effect;
  ASSERT_TRUE(graph.start(0, effect).has_value());
  ASSERT_TRUE(graph.report({2, NodeState::allocated, {}}, 0, effect).has_value());
  ASSERT_TRUE(graph.report({0, NodeState::allocated, {}}, 0, effect).has_value());
  EXPECT_EQ(names(graph, graph.begin_again()), (Names{"a", "c"}));
  EXPECT_EQ(graph.ready().size(), 3U);
  EXPECT_EQ(graph.failures(0), 0U) << "the step did nothing wrong";
}

}  // namespace
}  // namespace symphony::pit::dag::tests
