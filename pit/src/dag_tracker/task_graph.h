#pragma once
// A graph that runs: its nodes' states, which of them may begin, and how much time is left. No JSON, no clock, no disk.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <symphony/ipc/error.h>

#include "dag_tracker/graph_shape.h"
#include "dag_tracker/node_state.h"
#include "dag_tracker/path_times.h"

namespace symphony::pit::dag {

struct Change {
  NodeIndex node = 0;
  NodeState state = NodeState::pending;
  /// What it took, of a node that completes; measured since it was executing where it is not said.
  std::optional<Microseconds> took;
};

/// What followed from a change, in the order it happened. Of a caller who keeps one, nothing is allocated.
struct Effect {
  std::vector<NodeIndex> ready;
  std::vector<NodeIndex> skipped;
  void clear() noexcept {
    ready.clear();
    skipped.clear();
  }
};

/// Not thread-safe. Times are in microseconds of a clock of the caller's; one that goes back makes lengths of time 0.
class TaskGraph {
 public:
  /// All that is wrong, warnings last; empty when create() will accept it. `path` is that of the nodes in the request.
  static std::vector<Problem> validate(std::span<const NodeDefinition> nodes, std::span<const std::string> given);
  /// Errors: as of Problem::to_error(), under "/nodes" and "/given".
  static ipc::Result<TaskGraph> create(std::span<const NodeDefinition> nodes, std::span<const std::string> given);

  /// What waits for nothing becomes ready. Errors: invalid_request when it was started before.
  ipc::Result<void> start(std::int64_t now, Effect& effect);
  /// One change. O(the dependents of a node that ends). Errors: invalid_params for a step that may not be taken,
  /// resource_exhausted for one more attempt than there may be, invalid_request when the graph does not run; then
  /// nothing has changed.
  ipc::Result<void> report(const Change& change, std::int64_t now, Effect& effect);
  /// All of them in their order, or none; data.path is below "/changes".
  ipc::Result<void> report_all(std::span<const Change> changes, std::int64_t now, Effect& effect);
  /// New nodes, described under "/nodes". Errors: as of create(), invalid_request when the graph has ended.
  ipc::Result<void> extend(std::span<const NodeDefinition> nodes, Effect& effect);
  /// Every node that has not ended is cancelled, and the graph with them. Gives those that were under way.
  std::vector<NodeIndex> cancel();
  /// These nodes, where they have not ended; what needs them is skipped. Gives those that were under way.
  std::vector<NodeIndex> cancel(std::span<const NodeIndex> nodes, Effect& effect);
  /// What was under way or waits for its next attempt is ready again: those who worked on it are gone. Gives these.
  std::vector<NodeIndex> begin_again();

  const GraphShape& shape() const noexcept { return shape_; }
  GraphState state() const noexcept { return state_; }
  /// Grows with every change.
  std::uint64_t revision() const noexcept { return revision_; }
  NodeState state(NodeIndex node) const noexcept { return runs_[node].state; }
  unsigned failures(NodeIndex node) const noexcept { return runs_[node].failures; }
  unsigned attempts(NodeIndex node) const noexcept { return runs_[node].attempts; }
  /// Dependencies, hard and soft, that have not ended.
  std::uint32_t waits_for(NodeIndex node) const noexcept { return runs_[node].waiting; }
  std::size_t count(NodeState state) const noexcept { return counts_[static_cast<std::size_t>(state)]; }
  std::size_t unfinished() const noexcept { return unfinished_; }
  /// In no order; it is kept, not made when asked for.
  std::span<const NodeIndex> ready() const noexcept { return ready_; }
  /// The same, those with the highest rank first, then in the order of their numbers; at most `limit`.
  std::vector<NodeIndex> ready_by_rank(std::size_t limit);
  /// Nodes allocated, executing, storing or retrying, in no order.
  std::span<const NodeIndex> open() const noexcept { return open_; }
  /// Nodes without any dependency, in a graph of several.
  std::vector<NodeIndex> orphans() const;

  /// Brought up to date by what changed since the last call.
  const PathTimes& times() {
    times_.settle(shape_);
    return times_;
  }
  /// From the first node to the last, each begins when the one before it ends.
  std::vector<NodeIndex> critical_path();
  /// Of all nodes that have not ended, one after the other.
  Microseconds remaining() const noexcept { return remaining_; }
  /// Of the longest way through nodes that have not ended.
  Microseconds remaining_path();
  /// The critical path as it was planned when the graph was created; what times are divided by in features.
  Microseconds reference() const noexcept { return reference_; }
  /// Since it was started; 0 before.
  Microseconds age(std::int64_t now) const noexcept;

  /// Of a checkpoint.
  struct Saved;
  Saved save(std::int64_t now) const;
  /// Errors: data_corrupted for what no run of a graph can have led to.
  static ipc::Result<TaskGraph> from(const Saved& saved, std::int64_t now);

 private:
  struct Run {
    std::int64_t executing_since = 0;
    std::uint32_t waiting = 0;
    /// Its place in ready_ or open_.
    std::uint32_t place = 0;
    NodeState state = NodeState::pending;
    std::uint8_t failures = 0;
    std::uint8_t attempts = 1;
  };
  struct Before {
    NodeIndex node;
    Run run;
    Microseconds duration;
  };
  class Rollback;

  ipc::Result<void> apply(const Change& change, std::int64_t now, Effect& effect);
  ipc::Error refuse(NodeIndex node, NodeState to) const;
  /// Before anything is changed: a change then does not run out of memory half-way.
  void reserve(std::size_t nodes);
  void append_nodes(std::span<const NodeDefinition> nodes, NodeIndex first_node, std::size_t first_edge);
  void remember(NodeIndex node);
  void move_to(NodeIndex node, NodeState to);
  void take_from_list(NodeIndex node);
  void put_in_list(NodeIndex node);
  /// What follows from a node's end: dependents become ready, or are skipped and end in turn.
  void settle_dependents(NodeIndex node, Effect& effect);
  void end(NodeIndex node, NodeState state);
  void note_end();

  GraphShape shape_;
  PathTimes times_;
  std::vector<Run> runs_;
  std::vector<NodeIndex> ready_;
  std::vector<NodeIndex> open_;
  std::array<std::size_t, node_states> counts_{};
  std::size_t unfinished_ = 0;
  Microseconds remaining_ = 0;
  Microseconds reference_ = 0;
  std::uint64_t revision_ = 0;
  std::int64_t started_ = 0;
  GraphState state_ = GraphState::created;
  /// Filled while several changes must happen together.
  std::vector<Before>* journal_ = nullptr;
  /// Of settle_dependents(); kept so that nothing is allocated.
  std::vector<NodeIndex> ended_;
};

struct TaskGraph::Saved {
  struct Node {
    Microseconds duration = 0;
    /// Since it was executing.
    Microseconds executing_for = 0;
    NodeState state = NodeState::pending;
    std::uint8_t failures = 0;
    std::uint8_t attempts = 1;
  };
  GraphShape shape;
  std::vector<Node> nodes;
  GraphState state = GraphState::created;
  std::uint64_t revision = 0;
  Microseconds age = 0;
  Microseconds reference = 0;
};

}  // namespace symphony::pit::dag
