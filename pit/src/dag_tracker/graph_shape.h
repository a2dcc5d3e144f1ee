#pragma once
// Which nodes there are and which wait for which. Grows, as a whole or not at all; never shrinks.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <symphony/interfaces/dag_tracker.h>

#include "dag_tracker/name_table.h"
#include "dag_tracker/problem.h"

namespace symphony::pit::dag {

/// Nodes are numbered from 0 in the order they were described.
using NodeIndex = std::uint32_t;
using NodeDefinition = interfaces::dag_tracker::Node;

enum class Dependency : std::uint8_t {
  /// `to` needs `from` to complete.
  hard,
  /// `to` waits until `from` has ended, whichever way.
  soft,
  /// `to` does not wait. It stands after `from` in the order all the same.
  optional,
};

struct Edge {
  static constexpr std::uint32_t none = UINT32_MAX;

  NodeIndex from = 0;
  NodeIndex to = 0;
  /// Of the same `from`, of the same `to`; the newest first.
  std::uint32_t next_out = none;
  std::uint32_t next_in = none;
  Dependency kind = Dependency::hard;

  bool waits() const noexcept { return kind != Dependency::optional; }
};

/// A move is cheap. Not thread-safe.
class GraphShape {
 public:
  NodeIndex size() const noexcept { return names_.size(); }
  std::size_t edge_count() const noexcept { return edges_.size(); }
  const Edge& edge(std::size_t number) const noexcept { return edges_[number]; }
  std::string_view name(NodeIndex node) const noexcept { return names_.name(node); }
  std::optional<NodeIndex> find(std::string_view name) const noexcept { return names_.find(name); }
  /// Length of the longest chain of dependencies before it. Every edge goes from a lower to a higher level.
  std::uint32_t level(NodeIndex node) const noexcept { return levels_[node]; }
  /// How many nodes depend on it, in any way.
  std::uint32_t dependents(NodeIndex node) const noexcept { return out_degree_[node]; }
  bool alone(NodeIndex node) const noexcept { return first_out_[node] == Edge::none && first_in_[node] == Edge::none; }

  template <class Each>
  void for_each_out(NodeIndex node, Each&& each) const {
    for (std::uint32_t at = first_out_[node]; at != Edge::none; at = edges_[at].next_out)
      each(edges_[at]);
  }
  template <class Each>
  void for_each_in(NodeIndex node, Each&& each) const {
    for (std::uint32_t at = first_in_[node]; at != Edge::none; at = edges_[at].next_in)
      each(edges_[at]);
  }

  /// By level, then by number: a function of the graph alone, however it grew. O(nodes).
  std::vector<NodeIndex> order() const;

  /// May this node still be made to wait for a new one?
  using MayWait = std::function<bool(NodeIndex)>;
  /// Adds `nodes`, described under `path` of a request ("/nodes"), or changes nothing and says all that is wrong.
  /// O(what is added), and the nodes whose level rises by a `before`.
  bool add(std::span<const NodeDefinition> nodes, const std::string& path, const MayWait& may_wait, Problems& problems);
  /// Inputs that are there from the beginning. Those that are too long or twice are problems; then nothing is added.
  bool give(std::span<const std::string> inputs, const std::string& path, Problems& problems);

  /// For a checkpoint: the outputs with the node that gives each, and the inputs that were given.
  const NameTable& outputs() const noexcept { return outputs_; }
  NodeIndex giver(std::uint32_t output) const noexcept { return givers_[output]; }
  const NameTable& given() const noexcept { return given_; }
  /// Of a checkpoint: everything at once, already resolved. False when it is no graph without cycles within the limits.
  struct Parts {
    std::vector<std::string_view> names;
    /// from, to and kind in the order they were added.
    std::vector<Edge> edges;
    std::vector<std::pair<std::string_view, NodeIndex>> outputs;
    std::vector<std::string_view> given;
  };
  bool assemble(const Parts& parts);

 private:
  struct Mark;
  class Extension;

  void reserve(std::size_t nodes, std::size_t edges);
  void append_node();
  void append_edge(NodeIndex from, NodeIndex to, Dependency kind);
  void undo(const Mark& mark) noexcept;
  /// Levels of the nodes from `first` on, by their predecessors. The nodes of a cycle among them; empty when there is
  /// none.
  std::vector<NodeIndex> level_from(NodeIndex first);
  /// Raises `to` and what follows it where the newest edge asks for it. The nodes of a cycle it closes; empty when
  /// there is none.
  std::vector<NodeIndex> raise(NodeIndex from, NodeIndex to, std::vector<std::pair<NodeIndex, std::uint32_t>>& journal);

  NameTable names_;
  std::vector<std::uint32_t> levels_;
  std::vector<std::uint32_t> first_out_;
  std::vector<std::uint32_t> first_in_;
  std::vector<std::uint32_t> out_degree_;
  std::vector<Edge> edges_;
  NameTable outputs_;
  std::vector<NodeIndex> givers_;
  NameTable given_;
};

}  // namespace symphony::pit::dag
