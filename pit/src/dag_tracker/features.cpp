#include "dag_tracker/features.h"

#include <algorithm>
#include <cmath>

namespace symphony::pit::dag {

namespace {

float bounded(double value) {
  return static_cast<float>(std::clamp(value, -static_cast<double>(feature_bound), static_cast<double>(feature_bound)));
}

float share(std::size_t count, std::size_t most) {
  return static_cast<float>(std::min(count, most)) / static_cast<float>(most);
}

float logarithm(std::size_t count) { return static_cast<float>(std::log1p(static_cast<double>(count))); }

}  // namespace

void append_features(TaskGraph& graph, std::size_t number, std::int64_t now, Microseconds unit, std::size_t limit,
                     std::vector<FeatureRow>& rows) {
  constexpr std::size_t tens = 10;
  constexpr std::size_t fives = 5;
  constexpr float size_scale = 5;
  const auto in_units = [unit](Microseconds time) {
    return bounded(static_cast<double>(time) / static_cast<double>(unit));
  };
  const GraphShape& shape = graph.shape();
  const std::vector<NodeIndex> ready = graph.ready_by_rank(limit);
  const PathTimes& times = graph.times();
  const Microseconds highest = graph.remaining_path();
  const float remaining = in_units(graph.remaining());
  const float critical_path = in_units(highest);
  const float age = in_units(graph.age(now));
  const float running = logarithm(graph.open().size());
  const float callable = logarithm(graph.ready().size());
  const float size = logarithm(shape.size()) / size_scale;
  const float done = 1.0F - static_cast<float>(graph.unfinished()) / static_cast<float>(shape.size());
  rows.reserve(rows.size() + ready.size());
  for (const NodeIndex node : ready) {
    std::size_t unlocks = 0;
    shape.for_each_out(node, [&](const Edge& edge) {
      if (edge.waits() && graph.waits_for(edge.to) == 1 && graph.state(edge.to) == NodeState::pending) ++unlocks;
    });
    std::size_t missing = 0;
    shape.for_each_in(node, [&](const Edge& edge) {
      if (!edge.waits() && graph.state(edge.from) != NodeState::completed) ++missing;
    });
    FeatureRow row{number, node, std::string(shape.name(node)), times.rank(node), {}};
    row.values = {1.0F,
                  in_units(times.rank(node)),
                  in_units(highest - times.rank(node)),
                  in_units(times.duration(node)),
                  share(shape.dependents(node), tens),
                  share(graph.failures(node), fives),
                  remaining,
                  critical_path,
                  age,
                  in_units(times.slack(node)),
                  share(unlocks, tens),
                  share(graph.attempts(node) - std::min(graph.failures(node), graph.attempts(node)), tens),
                  share(missing, tens),
                  logarithm(shape.level(node)) / size_scale,
                  running,
                  callable,
                  size,
                  done};
    rows.push_back(std::move(row));
  }
}

void keep_highest(std::vector<FeatureRow>& rows, std::size_t limit) {
  const auto before = [](const FeatureRow& one, const FeatureRow& other) {
    if (one.rank != other.rank) return one.rank > other.rank;
    return one.graph != other.graph ? one.graph < other.graph : one.node < other.node;
  };
  if (std::is_sorted(rows.begin(), rows.end(), before)) {
    if (rows.size() > limit) rows.resize(limit);
    return;
  }
  std::sort(rows.begin(), rows.end(), before);
  if (rows.size() > limit) rows.resize(limit);
}

}  // namespace symphony::pit::dag
