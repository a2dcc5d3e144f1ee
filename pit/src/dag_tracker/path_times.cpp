#include "dag_tracker/path_times.h"

#include <algorithm>
#include <queue>

#include "dag_tracker/room.h"

namespace symphony::pit::dag {

namespace {

constexpr std::uint8_t changed_mark = 1;
constexpr std::uint8_t start_mark = 2;
constexpr std::uint8_t rank_mark = 4;

/// From so many nodes on, one in this many of the graph, all of them in order cost less than those few in a heap.
constexpr std::size_t few = 8;

using Waiting = std::pair<std::uint32_t, NodeIndex>;

Microseconds start_of(const GraphShape& shape, NodeIndex node, const std::vector<Microseconds>& starts,
                      const std::vector<Microseconds>& durations) {
  Microseconds start = 0;
  shape.for_each_in(node, [&](const Edge& edge) {
    if (edge.waits()) start = std::max(start, starts[edge.from] + durations[edge.from]);
  });
  return start;
}

Microseconds rank_of(const GraphShape& shape, NodeIndex node, const std::vector<Microseconds>& ranks,
                     const std::vector<Microseconds>& durations) {
  Microseconds after = 0;
  shape.for_each_out(node, [&](const Edge& edge) {
    if (edge.waits()) after = std::max(after, ranks[edge.to]);
  });
  return durations[node] + after;
}

}  // namespace

void PathTimes::reserve(std::size_t nodes) {
  make_room(durations_, nodes);
  make_room(starts_, nodes);
  make_room(ranks_, nodes);
  make_room(noted_, nodes);
}

void PathTimes::note(std::vector<NodeIndex>& list, NodeIndex node, std::uint8_t mark) {
  if ((noted_[node] & mark) != 0) return;
  noted_[node] |= mark;
  list.push_back(node);
}

void PathTimes::add_node(Microseconds duration) {
  durations_.push_back(duration);
  starts_.push_back(0);
  ranks_.push_back(0);
  noted_.push_back(0);
  const auto node = static_cast<NodeIndex>(durations_.size() - 1);
  note(start_wanted_, node, start_mark);
  note(rank_wanted_, node, rank_mark);
}

void PathTimes::set_duration(NodeIndex node, Microseconds duration) {
  if (durations_[node] == duration) return;
  durations_[node] = duration;
  note(changed_, node, changed_mark);
}

void PathTimes::add_edge(const Edge& edge) {
  if (!edge.waits()) return;
  note(start_wanted_, edge.to, start_mark);
  note(rank_wanted_, edge.from, rank_mark);
}

void PathTimes::settle(const GraphShape& shape) {
  if (changed_.empty() && start_wanted_.empty() && rank_wanted_.empty()) return;
  if ((changed_.size() + start_wanted_.size() + rank_wanted_.size()) * few > durations_.size()) {
    settle_all(shape);
    return;
  }
  for (const NodeIndex node : changed_) {
    noted_[node] &= static_cast<std::uint8_t>(~changed_mark);
    note(rank_wanted_, node, rank_mark);
    shape.for_each_out(node, [&](const Edge& edge) {
      if (edge.waits()) note(start_wanted_, edge.to, start_mark);
    });
  }
  changed_.clear();
  settle_starts(shape);
  settle_ranks(shape);
}

void PathTimes::settle_all(const GraphShape& shape) {
  const std::vector<NodeIndex> order = shape.order();
  for (const NodeIndex node : order)
    starts_[node] = start_of(shape, node, starts_, durations_);
  length_ = 0;
  for (auto node = order.rbegin(); node != order.rend(); ++node) {
    ranks_[*node] = rank_of(shape, *node, ranks_, durations_);
    length_ = std::max(length_, ranks_[*node]);
  }
  std::fill(noted_.begin(), noted_.end(), std::uint8_t{0});
  changed_.clear();
  start_wanted_.clear();
  rank_wanted_.clear();
}

void PathTimes::settle_starts(const GraphShape& shape) {
  // Level by level: whatever a node's start depends on is right when its turn comes.
  std::priority_queue<Waiting, std::vector<Waiting>, std::greater<>> queue;
  for (const NodeIndex node : start_wanted_)
    queue.emplace(shape.level(node), node);
  start_wanted_.clear();
  while (!queue.empty()) {
    const NodeIndex node = queue.top().second;
    queue.pop();
    noted_[node] &= static_cast<std::uint8_t>(~start_mark);
    const Microseconds start = start_of(shape, node, starts_, durations_);
    if (start == starts_[node]) continue;
    starts_[node] = start;
    shape.for_each_out(node, [&](const Edge& edge) {
      if (!edge.waits() || (noted_[edge.to] & start_mark) != 0) return;
      noted_[edge.to] |= start_mark;
      queue.emplace(shape.level(edge.to), edge.to);
    });
  }
}

void PathTimes::settle_ranks(const GraphShape& shape) {
  std::priority_queue<Waiting> queue;
  for (const NodeIndex node : rank_wanted_)
    queue.emplace(shape.level(node), node);
  rank_wanted_.clear();
  bool longest_shrank = false;
  Microseconds highest = 0;
  while (!queue.empty()) {
    const NodeIndex node = queue.top().second;
    queue.pop();
    noted_[node] &= static_cast<std::uint8_t>(~rank_mark);
    const Microseconds rank = rank_of(shape, node, ranks_, durations_);
    if (rank == ranks_[node]) continue;
    longest_shrank = longest_shrank || (ranks_[node] == length_ && rank < length_);
    highest = std::max(highest, rank);
    ranks_[node] = rank;
    shape.for_each_in(node, [&](const Edge& edge) {
      if (!edge.waits() || (noted_[edge.from] & rank_mark) != 0) return;
      noted_[edge.from] |= rank_mark;
      queue.emplace(shape.level(edge.from), edge.from);
    });
  }
  length_ = longest_shrank ? *std::max_element(ranks_.begin(), ranks_.end()) : std::max(length_, highest);
}

}  // namespace symphony::pit::dag
