#pragma once
// How early each node can begin, and how long it is from there to the end: kept as durations and dependencies change.

#include <cstdint>
#include <vector>

#include "dag_tracker/graph_shape.h"

namespace symphony::pit::dag {

/// Whole microseconds: sums are exact, so that no slack on the critical path is no slack.
using Microseconds = std::int64_t;

/// Changes are noted in O(1); settle() then visits the nodes whose times they change, and no others. Only dependencies
/// that wait count. Not thread-safe.
class PathTimes {
 public:
  Microseconds duration(NodeIndex node) const noexcept { return durations_[node]; }
  void add_node(Microseconds duration);
  void reserve(std::size_t nodes);
  void set_duration(NodeIndex node, Microseconds duration);
  /// `edge` is new.
  void add_edge(const Edge& edge);

  /// What follows is right after settle() only.
  void settle(const GraphShape& shape);
  Microseconds start(NodeIndex node) const noexcept { return starts_[node]; }
  /// From its start to the end of the graph: the upward rank.
  Microseconds rank(NodeIndex node) const noexcept { return ranks_[node]; }
  /// Of the critical path.
  Microseconds length() const noexcept { return length_; }
  Microseconds slack(NodeIndex node) const noexcept { return length_ - starts_[node] - ranks_[node]; }

 private:
  void settle_all(const GraphShape& shape);
  void settle_starts(const GraphShape& shape);
  void settle_ranks(const GraphShape& shape);
  void note(std::vector<NodeIndex>& list, NodeIndex node, std::uint8_t mark);

  std::vector<Microseconds> durations_;
  std::vector<Microseconds> starts_;
  std::vector<Microseconds> ranks_;
  /// Which of the lists below a node is in, a bit each.
  std::vector<std::uint8_t> noted_;
  /// Nodes whose duration changed, whose start may have, whose rank may have.
  std::vector<NodeIndex> changed_;
  std::vector<NodeIndex> start_wanted_;
  std::vector<NodeIndex> rank_wanted_;
  Microseconds length_ = 0;
};

}  // namespace symphony::pit::dag
