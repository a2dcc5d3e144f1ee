#include "dag_tracker/task_graph.h"

#include <algorithm>
#include <cmath>

#include "dag_tracker/room.h"

namespace symphony::pit::dag {

namespace {

using ipc::Error;
using ipc::ErrorCode;
using ipc::Result;

Microseconds microseconds(double seconds) { return std::llround(seconds * 1e6); }

Microseconds expected(const NodeDefinition& node) { return microseconds(node.seconds.value_or(1.0)); }

Microseconds between(std::int64_t earlier, std::int64_t later) {
  constexpr auto longest = static_cast<Microseconds>(limits::seconds * 1e6);
  return later <= earlier ? 0 : std::min(later - earlier, longest);
}

bool never(NodeIndex) { return false; }

}  // namespace

std::vector<Problem> TaskGraph::validate(std::span<const NodeDefinition> nodes, std::span<const std::string> given) {
  Problems problems;
  GraphShape shape;
  if (shape.give(given, "/given", problems) && shape.add(nodes, "/nodes", never, problems)) {
    for (NodeIndex node = 0; node < shape.size() && shape.size() > 1 && !problems.full(); ++node) {
      if (!shape.alone(node)) continue;
      const std::string name(shape.name(node));
      problems.add({ProblemKind::orphan,
                    "The node \"" + name + "\" neither waits for another nor is waited for.",
                    "/nodes/" + std::to_string(node),
                    {name},
                    0});
    }
  }
  return problems.all();
}

Result<TaskGraph> TaskGraph::create(std::span<const NodeDefinition> nodes, std::span<const std::string> given) {
  TaskGraph graph;
  Problems problems;
  if (!graph.shape_.give(given, "/given", problems) || !graph.shape_.add(nodes, "/nodes", never, problems))
    return problems.all().front().to_error();
  graph.reserve(nodes.size());
  graph.append_nodes(nodes, 0, 0);
  graph.reference_ = graph.times().length();
  return graph;
}

void TaskGraph::reserve(std::size_t nodes) {
  make_room(runs_, nodes);
  times_.reserve(nodes);
  make_room(ready_, nodes);
  make_room(open_, nodes);
}

void TaskGraph::append_nodes(std::span<const NodeDefinition> nodes, NodeIndex first_node, std::size_t first_edge) {
  for (const NodeDefinition& node : nodes) {
    Run run;
    run.attempts = static_cast<std::uint8_t>(node.attempts.value_or(NodeDefinition::attempts_default));
    runs_.push_back(run);
    times_.add_node(expected(node));
    remaining_ += expected(node);
  }
  unfinished_ += shape_.size() - first_node;
  counts_[static_cast<std::size_t>(NodeState::pending)] += shape_.size() - first_node;
  for (std::size_t number = first_edge; number < shape_.edge_count(); ++number) {
    const Edge& edge = shape_.edge(number);
    times_.add_edge(edge);
    if (edge.waits() && !is_final(runs_[edge.from].state)) ++runs_[edge.to].waiting;
  }
}

Result<void> TaskGraph::start(std::int64_t now, Effect& effect) {
  if (state_ != GraphState::created) {
    return Error{ErrorCode::invalid_request,
                 "The graph was started before: it is " + std::string(name_of(state_)) + ".", nullptr};
  }
  state_ = GraphState::running;
  started_ = now;
  ++revision_;
  for (NodeIndex node = 0; node < shape_.size(); ++node) {
    if (runs_[node].waiting > 0 || runs_[node].state != NodeState::pending) continue;
    move_to(node, NodeState::ready);
    effect.ready.push_back(node);
  }
  note_end();
  return {};
}

Error TaskGraph::refuse(NodeIndex node, NodeState to) const {
  const std::string name(shape_.name(node));
  const NodeState from = runs_[node].state;
  if (from == to) {
    return ipc::invalid_params("The node \"" + name + "\" is " + std::string(name_of(to)) + " already.", "/state");
  }
  return ipc::invalid_params("The node \"" + name + "\" is " + std::string(name_of(from)) + ": it cannot become " +
                                 std::string(name_of(to)) + ".",
                             "/state");
}

Result<void> TaskGraph::report(const Change& change, std::int64_t now, Effect& effect) {
  if (state_ != GraphState::running) {
    return Error{ErrorCode::invalid_request, "The graph does not run: it is " + std::string(name_of(state_)) + ".",
                 nullptr};
  }
  if (auto applied = apply(change, now, effect); applied.has_error()) return applied;
  ++revision_;
  note_end();
  return {};
}

Result<void> TaskGraph::apply(const Change& change, std::int64_t now, Effect& effect) {
  const NodeIndex node = change.node;
  Run& run = runs_[node];
  const NodeState from = run.state;
  const NodeState to = change.state;
  if (!may_follow(from, to)) return refuse(node, to);
  const bool failed_now = is_under_way(from) && (to == NodeState::retrying || to == NodeState::failed);
  if (to == NodeState::retrying && run.failures + 1U >= run.attempts) {
    return Error{ErrorCode::resource_exhausted,
                 "The node \"" + std::string(shape_.name(node)) + "\" has used its " + std::to_string(run.attempts) +
                     (run.attempts == 1 ? " attempt." : " attempts."),
                 {{"path", "/state"}, {"limit", run.attempts}}};
  }
  remember(node);
  if (failed_now) ++run.failures;
  if (to == NodeState::executing) run.executing_since = now;
  if (!is_final(to)) {
    move_to(node, to);
    return {};
  }
  const Microseconds planned = times_.duration(node);
  const Microseconds took =
      to == NodeState::completed ? change.took.value_or(between(run.executing_since, now)) : Microseconds{0};
  remaining_ -= planned;
  end(node, to);
  times_.set_duration(node, took);
  settle_dependents(node, effect);
  return {};
}

/// Puts everything back unless it was kept.
class TaskGraph::Rollback {
 public:
  explicit Rollback(TaskGraph& graph)
      : graph_(graph), counts_(graph.counts_), unfinished_(graph.unfinished_), remaining_(graph.remaining_) {
    graph_.journal_ = &journal_;
  }
  ~Rollback() {
    graph_.journal_ = nullptr;
    if (kept_) return;
    for (auto before = journal_.rbegin(); before != journal_.rend(); ++before) {
      graph_.take_from_list(before->node);
      graph_.runs_[before->node] = before->run;
      graph_.put_in_list(before->node);
      graph_.times_.set_duration(before->node, before->duration);
    }
    graph_.counts_ = counts_;
    graph_.unfinished_ = unfinished_;
    graph_.remaining_ = remaining_;
  }
  Rollback(const Rollback&) = delete;
  Rollback& operator=(const Rollback&) = delete;
  void keep() noexcept { kept_ = true; }

 private:
  TaskGraph& graph_;
  std::vector<Before> journal_;
  const std::array<std::size_t, node_states> counts_;
  const std::size_t unfinished_;
  const Microseconds remaining_;
  bool kept_ = false;
};

Result<void> TaskGraph::report_all(std::span<const Change> changes, std::int64_t now, Effect& effect) {
  const auto below = [](Error error, std::size_t number) {
    const std::string place = "/changes/" + std::to_string(number);
    if (error.data.is_object() && error.data.contains("path"))
      error.data["path"] = place + error.data["path"].get<std::string>();
    return error;
  };
  if (changes.size() == 1) {
    if (auto reported = report(changes.front(), now, effect); reported.has_error()) return below(reported.error(), 0);
    return {};
  }
  if (state_ != GraphState::running) return report({}, now, effect);  // says why not
  Rollback rollback(*this);
  for (std::size_t number = 0; number < changes.size(); ++number) {
    if (auto applied = apply(changes[number], now, effect); applied.has_error()) {
      effect.clear();
      return below(applied.error(), number);
    }
  }
  rollback.keep();
  if (!changes.empty()) ++revision_;
  note_end();
  return {};
}

void TaskGraph::remember(NodeIndex node) {
  if (journal_ != nullptr) journal_->push_back({node, runs_[node], times_.duration(node)});
}

void TaskGraph::take_from_list(NodeIndex node) {
  const Run& run = runs_[node];
  const bool is_ready = run.state == NodeState::ready;
  if (!is_ready && !is_under_way(run.state) && run.state != NodeState::retrying) return;
  auto& list = is_ready ? ready_ : open_;
  list[run.place] = list.back();
  runs_[list[run.place]].place = run.place;
  list.pop_back();
}

void TaskGraph::put_in_list(NodeIndex node) {
  Run& run = runs_[node];
  const bool is_ready = run.state == NodeState::ready;
  if (!is_ready && !is_under_way(run.state) && run.state != NodeState::retrying) return;
  auto& list = is_ready ? ready_ : open_;
  run.place = static_cast<std::uint32_t>(list.size());
  list.push_back(node);
}

void TaskGraph::move_to(NodeIndex node, NodeState to) {
  Run& run = runs_[node];
  take_from_list(node);
  --counts_[static_cast<std::size_t>(run.state)];
  run.state = to;
  ++counts_[static_cast<std::size_t>(to)];
  put_in_list(node);
}

void TaskGraph::end(NodeIndex node, NodeState state) {
  move_to(node, state);
  --unfinished_;
}

void TaskGraph::settle_dependents(NodeIndex node, Effect& effect) {
  ended_.assign(1, node);
  while (!ended_.empty()) {
    const NodeIndex ended = ended_.back();
    ended_.pop_back();
    const bool completed = runs_[ended].state == NodeState::completed;
    shape_.for_each_out(ended, [&](const Edge& edge) {
      if (!edge.waits()) return;
      Run& run = runs_[edge.to];
      remember(edge.to);
      --run.waiting;
      if (run.state != NodeState::pending) return;
      if (!completed && edge.kind == Dependency::hard) {
        remaining_ -= times_.duration(edge.to);
        end(edge.to, NodeState::skipped);
        times_.set_duration(edge.to, 0);
        effect.skipped.push_back(edge.to);
        ended_.push_back(edge.to);
      } else if (run.waiting == 0 && state_ == GraphState::running) {
        move_to(edge.to, NodeState::ready);
        effect.ready.push_back(edge.to);
      }
    });
  }
}

void TaskGraph::note_end() {
  if (state_ == GraphState::running && unfinished_ == 0) state_ = GraphState::finished;
}

Result<void> TaskGraph::extend(std::span<const NodeDefinition> nodes, Effect& effect) {
  if (state_ != GraphState::created && state_ != GraphState::running) {
    return Error{ErrorCode::invalid_request, "The graph has ended: it is " + std::string(name_of(state_)) + ".",
                 nullptr};
  }
  const NodeIndex first = shape_.size();
  const std::size_t first_edge = shape_.edge_count();
  reserve(first + nodes.size());
  Problems problems;
  const auto pending = [this](NodeIndex node) { return runs_[node].state == NodeState::pending; };
  if (!shape_.add(nodes, "/nodes", pending, problems)) return problems.all().front().to_error();
  append_nodes(nodes, first, first_edge);
  ++revision_;
  // What needs a node that has not completed will never begin.
  for (NodeIndex node = first; node < shape_.size(); ++node) {
    bool hopeless = false;
    shape_.for_each_in(node, [&](const Edge& edge) {
      const NodeState before = runs_[edge.from].state;
      hopeless = hopeless || (edge.kind == Dependency::hard && is_final(before) && before != NodeState::completed);
    });
    if (!hopeless || runs_[node].state != NodeState::pending) continue;
    remaining_ -= times_.duration(node);
    end(node, NodeState::skipped);
    times_.set_duration(node, 0);
    effect.skipped.push_back(node);
    settle_dependents(node, effect);
  }
  if (state_ == GraphState::running) {
    for (NodeIndex node = first; node < shape_.size(); ++node) {
      if (runs_[node].state != NodeState::pending || runs_[node].waiting > 0) continue;
      move_to(node, NodeState::ready);
      effect.ready.push_back(node);
    }
  }
  note_end();
  return {};
}

std::vector<NodeIndex> TaskGraph::cancel() {
  if (state_ == GraphState::cancelled || state_ == GraphState::finished) return {};
  std::vector<NodeIndex> stop;
  for (const NodeIndex node : open_) {
    if (is_under_way(runs_[node].state)) stop.push_back(node);
  }
  std::sort(stop.begin(), stop.end());
  for (NodeIndex node = 0; node < shape_.size(); ++node) {
    runs_[node].waiting = 0;
    if (is_final(runs_[node].state)) continue;
    end(node, NodeState::cancelled);
    times_.set_duration(node, 0);
  }
  remaining_ = 0;
  state_ = GraphState::cancelled;
  ++revision_;
  return stop;
}

std::vector<NodeIndex> TaskGraph::cancel(std::span<const NodeIndex> nodes, Effect& effect) {
  std::vector<NodeIndex> stop;
  bool changed = false;
  for (const NodeIndex node : nodes) {
    if (is_final(runs_[node].state)) continue;
    if (is_under_way(runs_[node].state)) stop.push_back(node);
    remaining_ -= times_.duration(node);
    end(node, NodeState::cancelled);
    times_.set_duration(node, 0);
    settle_dependents(node, effect);
    changed = true;
  }
  if (changed) ++revision_;
  note_end();
  return stop;
}

std::vector<NodeIndex> TaskGraph::begin_again() {
  std::vector<NodeIndex> again(open_);
  std::sort(again.begin(), again.end());
  for (const NodeIndex node : again)
    move_to(node, NodeState::ready);
  if (!again.empty()) ++revision_;
  return again;
}

std::vector<NodeIndex> TaskGraph::ready_by_rank(std::size_t limit) {
  const PathTimes& now = times();
  std::vector<NodeIndex> sorted(ready_);
  const auto before = [&](NodeIndex one, NodeIndex other) {
    const Microseconds rank = now.rank(one);
    const Microseconds other_rank = now.rank(other);
    return rank != other_rank ? rank > other_rank : one < other;
  };
  if (limit < sorted.size()) {
    std::partial_sort(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(limit), sorted.end(), before);
    sorted.resize(limit);
  } else {
    std::sort(sorted.begin(), sorted.end(), before);
  }
  return sorted;
}

std::vector<NodeIndex> TaskGraph::orphans() const {
  std::vector<NodeIndex> found;
  for (NodeIndex node = 0; node < shape_.size() && shape_.size() > 1; ++node) {
    if (shape_.alone(node)) found.push_back(node);
  }
  return found;
}

std::vector<NodeIndex> TaskGraph::critical_path() {
  const PathTimes& now = times();
  std::vector<NodeIndex> path;
  NodeIndex next = 0;
  while (now.start(next) != 0 || now.rank(next) != now.length())
    ++next;
  constexpr NodeIndex none = UINT32_MAX;
  while (next != none) {
    const NodeIndex node = next;
    path.push_back(node);
    next = none;
    // The lowest number of those that begin when this one ends and are as long as the rest is.
    shape_.for_each_out(node, [&](const Edge& edge) {
      const bool follows = edge.waits() && now.start(edge.to) == now.start(node) + now.duration(node) &&
                           now.rank(edge.to) == now.rank(node) - now.duration(node);
      if (follows && edge.to < next) next = edge.to;
    });
  }
  return path;
}

Microseconds TaskGraph::remaining_path() {
  const PathTimes& now = times();
  if (state_ == GraphState::created) return now.length();
  Microseconds longest = 0;
  for (const auto* list : {&ready_, &open_}) {
    for (const NodeIndex node : *list)
      longest = std::max(longest, now.rank(node));
  }
  return longest;
}

Microseconds TaskGraph::age(std::int64_t now) const noexcept {
  return state_ == GraphState::created ? 0 : between(started_, now);
}

TaskGraph::Saved TaskGraph::save(std::int64_t now) const {
  Saved saved;
  saved.shape = shape_;
  saved.nodes.reserve(runs_.size());
  for (NodeIndex node = 0; node < shape_.size(); ++node) {
    const Run& run = runs_[node];
    saved.nodes.push_back({times_.duration(node),
                           is_under_way(run.state) ? between(run.executing_since, now) : Microseconds{0}, run.state,
                           run.failures, run.attempts});
  }
  saved.state = state_;
  saved.revision = revision_;
  saved.age = age(now);
  saved.reference = reference_;
  return saved;
}

Result<TaskGraph> TaskGraph::from(const Saved& saved, std::int64_t now) {
  const auto impossible = [](const char* what) {
    return Error{ErrorCode::data_corrupted, std::string("What was kept of the graph makes no sense: ") + what, nullptr};
  };
  constexpr auto longest = static_cast<Microseconds>(limits::seconds * 1e6);
  const auto possible = [](Microseconds time) { return time >= 0 && time <= longest; };
  if (saved.nodes.size() != saved.shape.size() || saved.nodes.empty()) return impossible("nodes are missing.");
  if (!possible(saved.age) || saved.reference < 0) return impossible("a time is out of range.");
  TaskGraph graph;
  graph.shape_ = saved.shape;
  graph.state_ = saved.state;
  graph.revision_ = saved.revision;
  graph.reference_ = saved.reference;
  graph.started_ = now - saved.age;
  graph.runs_.resize(saved.nodes.size());
  graph.times_.reserve(saved.nodes.size());
  for (NodeIndex node = 0; node < saved.nodes.size(); ++node) {
    const Saved::Node& kept = saved.nodes[node];
    if (!possible(kept.duration) || !possible(kept.executing_for) || kept.attempts < 1 ||
        kept.attempts > limits::attempts || kept.failures > kept.attempts ||
        (kept.executing_for > 0 && !is_under_way(kept.state))) {
      return impossible("a number is out of range.");
    }
    Run& run = graph.runs_[node];
    run.state = kept.state;
    run.failures = kept.failures;
    run.attempts = kept.attempts;
    run.executing_since = now - kept.executing_for;
    graph.times_.add_node(kept.duration);
    ++graph.counts_[static_cast<std::size_t>(kept.state)];
    if (!is_final(kept.state)) {
      ++graph.unfinished_;
      graph.remaining_ += kept.duration;
    }
    graph.put_in_list(node);
  }
  std::vector<bool> hopeless(saved.nodes.size(), false);
  for (std::size_t number = 0; number < graph.shape_.edge_count(); ++number) {
    const Edge& edge = graph.shape_.edge(number);
    graph.times_.add_edge(edge);
    if (!edge.waits()) continue;
    const NodeState before = saved.nodes[edge.from].state;
    if (!is_final(before)) {
      ++graph.runs_[edge.to].waiting;
    } else if (edge.kind == Dependency::hard && before != NodeState::completed) {
      hopeless[edge.to] = true;
    }
  }
  const bool runs = saved.state == GraphState::running;
  for (NodeIndex node = 0; node < saved.nodes.size(); ++node) {
    const Run& run = graph.runs_[node];
    const bool begun = !is_final(run.state) && run.state != NodeState::pending;
    if (begun && (!runs || run.waiting > 0)) return impossible("a node has begun before it could.");
    if (run.state == NodeState::completed && run.waiting > 0)
      return impossible("a node has completed before it could begin.");
    if (hopeless[node] && (begun || run.state == NodeState::pending || run.state == NodeState::completed))
      return impossible("a node needs one that has not completed.");
    if (run.state == NodeState::pending && runs && run.waiting == 0) return impossible("a node waits for nothing.");
  }
  if ((graph.unfinished_ == 0) != (saved.state == GraphState::finished || saved.state == GraphState::cancelled) &&
      saved.state != GraphState::created) {
    return impossible("the graph has not ended as it says.");
  }
  return graph;
}

}  // namespace symphony::pit::dag
