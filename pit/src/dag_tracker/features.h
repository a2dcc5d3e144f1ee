#pragma once
// What a policy is shown of the nodes that may begin: a row of numbers each.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dag_tracker/task_graph.h"

namespace symphony::pit::dag {

/// The first nine are those of conductor/function_quest/features.py with the same names and meanings; a Melody is a
/// graph. Times are divided by the unit, counts bounded, so that graphs of any size look alike.
inline constexpr std::array<std::string_view, 18> feature_columns = {
    "in_plan",               // 1: what cannot lead to the end any more is not ready
    "rank",                  // from its start to the end of the graph
    "rank_gap",              // to the most urgent node of its graph
    "seconds",               // expected
    "consumers",             // nodes that depend on it, tenths, at most 10
    "function_failures",     // of this node, fifths, at most 5
    "melody_remaining",      // of all nodes that have not ended
    "melody_critical_path",  // of the longest way through them
    "melody_age",            // since the graph was started
    "path_slack",            // how late it may be without delaying the whole
    "unlocks",               // nodes that wait for nothing else, tenths, at most 10
    "attempts_left",         // tenths, at most 10
    "optional_missing",      // optional dependencies without a result, tenths, at most 10
    "level",                 // length of the longest chain before it: logarithm (1 + n) / 5
    "running",               // nodes under way in its graph: logarithm (1 + n)
    "callable",              // nodes ready in its graph: logarithm (1 + n)
    "size",                  // nodes of its graph: logarithm (1 + n) / 5
    "done",                  // share of its graph's nodes that have ended
};

/// No number is larger, either way: those who learn from them have seen none such.
inline constexpr float feature_bound = 20;

struct FeatureRow {
  /// As the caller numbers his graphs.
  std::size_t graph = 0;
  NodeIndex node = 0;
  /// The node's; its graph may be gone before it is told.
  std::string name;
  Microseconds rank = 0;
  std::array<float, feature_columns.size()> values{};
};

/// Appends a row for each ready node of `graph`, at most `limit`, those with the highest rank first. `unit` is at
/// least 1.
void append_features(TaskGraph& graph, std::size_t number, std::int64_t now, Microseconds unit, std::size_t limit,
                     std::vector<FeatureRow>& rows);
/// By rank over all graphs, the highest first; the first `limit` stay.
void keep_highest(std::vector<FeatureRow>& rows, std::size_t limit);

}  // namespace symphony::pit::dag
