#include "dag_tracker/answers.h"

#include <algorithm>

namespace symphony::pit::dag {

namespace {

nlohmann::json counts(const TaskGraph& graph) {
  nlohmann::json counts = nlohmann::json::object();
  for (std::size_t state = 0; state < node_states; ++state) {
    const auto one = static_cast<NodeState>(state);
    counts[std::string(name_of(one))] = graph.count(one);
  }
  return counts;
}

}  // namespace

nlohmann::json names(const TaskGraph& graph, std::span<const NodeIndex> nodes) {
  nlohmann::json::array_t list;
  list.reserve(nodes.size());
  for (const NodeIndex node : nodes)
    list.emplace_back(graph.shape().name(node));
  return list;
}

nlohmann::json first_names(const TaskGraph& graph, std::span<const NodeIndex> nodes) {
  return names(graph, nodes.first(std::min(nodes.size(), limits::names_of_a_problem)));
}

nlohmann::json to_json(const Problem& problem) {
  return {
      {"kind", name_of(problem.kind)}, {"message", problem.message}, {"path", problem.path}, {"nodes", problem.nodes}};
}

nlohmann::json effect_answer(const std::string& id, const TaskGraph& graph, Effect effect) {
  std::sort(effect.ready.begin(), effect.ready.end());
  std::sort(effect.skipped.begin(), effect.skipped.end());
  return {{"graph", id},
          {"state", name_of(graph.state())},
          {"revision", graph.revision()},
          {"ready", names(graph, effect.ready)},
          {"skipped", names(graph, effect.skipped)}};
}

nlohmann::json create_answer(const std::string& id, TaskGraph& graph) {
  std::uint32_t levels = 0;
  for (NodeIndex node = 0; node < graph.shape().size(); ++node)
    levels = std::max(levels, graph.shape().level(node) + 1);
  return {{"graph", id},
          {"nodes", graph.shape().size()},
          {"dependencies", graph.shape().edge_count()},
          {"levels", levels},
          {"critical_path_seconds", seconds(graph.times().length())},
          {"orphans", first_names(graph, graph.orphans())}};
}

nlohmann::json status_answer(const std::string& id, TaskGraph& graph, std::span<const NodeIndex> asked) {
  const PathTimes& times = graph.times();
  nlohmann::json nodes = nlohmann::json::array();
  for (const NodeIndex node : asked) {
    nodes.push_back({{"node", graph.shape().name(node)},
                     {"state", name_of(graph.state(node))},
                     {"failures", graph.failures(node)},
                     {"waits_for", graph.waits_for(node)},
                     {"seconds", seconds(times.duration(node))},
                     {"start", seconds(times.start(node))},
                     {"rank", seconds(times.rank(node))},
                     {"slack", seconds(times.slack(node))},
                     {"level", graph.shape().level(node)}});
  }
  return {{"graph", id},
          {"state", name_of(graph.state())},
          {"revision", graph.revision()},
          {"nodes", graph.shape().size()},
          {"dependencies", graph.shape().edge_count()},
          {"counts", counts(graph)},
          {"critical_path_seconds", seconds(times.length())},
          {"remaining_seconds", seconds(graph.remaining())},
          {"remaining_path_seconds", seconds(graph.remaining_path())},
          {"asked", std::move(nodes)}};
}

}  // namespace symphony::pit::dag
