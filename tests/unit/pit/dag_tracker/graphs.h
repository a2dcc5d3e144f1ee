#pragma once
// Graphs for tests, described briefly.

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "dag_tracker/task_graph.h"

namespace symphony::pit::dag::tests {

inline NodeDefinition node(std::string id, std::vector<std::string> hard = {}, double seconds = 1) {
  NodeDefinition definition;
  definition.id = std::move(id);
  definition.seconds = seconds;
  if (!hard.empty()) definition.hard = std::move(hard);
  return definition;
}

/// A graph without cycles: each node depends on some before it, in random order of description.
inline std::vector<NodeDefinition> random_graph(std::mt19937& random, std::size_t nodes,
                                                std::size_t most_dependencies) {
  std::vector<NodeDefinition> definitions;
  for (std::size_t number = 0; number < nodes; ++number) {
    NodeDefinition definition = node("n" + std::to_string(number), {}, static_cast<double>(random() % 5000) / 1000);
    for (std::size_t left = number == 0 ? 0 : random() % (most_dependencies + 1); left > 0; --left) {
      const std::string other = "n" + std::to_string(random() % number);
      auto& list = random() % 4 == 0 ? definition.soft : random() % 8 == 0 ? definition.optional : definition.hard;
      if (!list) list.emplace();
      list->push_back(other);
    }
    definition.attempts = 1 + random() % 3;
    definitions.push_back(std::move(definition));
  }
  std::shuffle(definitions.begin(), definitions.end(), random);
  return definitions;
}

inline TaskGraph made(const std::vector<NodeDefinition>& nodes) { return TaskGraph::create(nodes, {}).value(); }

inline std::vector<std::string> names(const TaskGraph& graph, std::span<const NodeIndex> nodes) {
  std::vector<std::string> list;
  for (const NodeIndex node : nodes)
    list.emplace_back(graph.shape().name(node));
  return list;
}

inline NodeIndex at(const TaskGraph& graph, std::string_view name) { return graph.shape().find(name).value(); }

/// The usual way through the states.
inline std::vector<Change> whole_way(NodeIndex node) {
  return {{node, NodeState::allocated, {}}, {node, NodeState::executing, {}}, {node, NodeState::completed, {}}};
}

}  // namespace symphony::pit::dag::tests
