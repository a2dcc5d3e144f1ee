#pragma once
// The same rules as TaskGraph, written so that they are seen to be right: everything is worked out from scratch.

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "graphs.h"

namespace symphony::pit::dag::tests {

struct Model {
  struct Node {
    NodeState state = NodeState::pending;
    unsigned failures = 0;
    unsigned attempts = 1;
    Microseconds duration = 0;
    /// Name of what it depends on, and how.
    std::set<std::pair<std::string, Dependency>> after;
  };

  std::map<std::string, Node> nodes;
  bool started = false;

  void add(const std::vector<NodeDefinition>& definitions) {
    for (const NodeDefinition& definition : definitions) {
      Node& node = nodes[definition.id];
      node.attempts = static_cast<unsigned>(definition.attempts.value_or(1));
      node.duration = static_cast<Microseconds>(definition.seconds.value_or(1) * 1e6 + 0.5);
      const auto depend = [&](const std::optional<std::vector<std::string>>& list, Dependency kind) {
        for (const std::string& other : list.value_or(std::vector<std::string>{})) {
          const bool stricter = std::any_of(node.after.begin(), node.after.end(), [&](const auto& known) {
            return known.first == other && known.second < kind;
          });
          if (!stricter) node.after.emplace(other, kind);
        }
      };
      depend(definition.hard, Dependency::hard);
      depend(definition.soft, Dependency::soft);
      depend(definition.optional, Dependency::optional);
    }
    for (const NodeDefinition& definition : definitions) {
      for (const std::string& other : definition.before.value_or(std::vector<std::string>{}))
        nodes[other].after.emplace(definition.id, Dependency::hard);
    }
  }

  /// Whether `from` can be reached from `to` by going back along dependencies.
  bool depends(const std::string& from, const std::string& to) const {
    std::set<std::string> seen{from};
    std::vector<std::string> left{from};
    while (!left.empty()) {
      const std::string current = left.back();
      left.pop_back();
      if (current == to) return true;
      for (const auto& [other, kind] : nodes.at(current).after) {
        if (seen.insert(other).second) left.push_back(other);
      }
    }
    return false;
  }

  unsigned waits_for(const std::string& name) const {
    unsigned count = 0;
    for (const auto& [other, kind] : nodes.at(name).after) {
      if (kind != Dependency::optional && !is_final(nodes.at(other).state)) ++count;
    }
    return count;
  }

  /// Until nothing follows any more.
  void settle() {
    bool changed = true;
    while (changed) {
      changed = false;
      for (auto& [name, node] : nodes) {
        if (node.state != NodeState::pending) continue;
        const bool hopeless = std::any_of(node.after.begin(), node.after.end(), [&](const auto& dependency) {
          const NodeState before = nodes.at(dependency.first).state;
          return dependency.second == Dependency::hard && is_final(before) && before != NodeState::completed;
        });
        if (hopeless) {
          node.state = NodeState::skipped;
          node.duration = 0;
          changed = true;
        } else if (started && waits_for(name) == 0) {
          node.state = NodeState::ready;
          changed = true;
        }
      }
    }
  }

  bool report(const std::string& name, NodeState to, Microseconds took) {
    Node& node = nodes.at(name);
    if (!may_follow(node.state, to)) return false;
    if (to == NodeState::retrying && node.failures + 1 >= node.attempts) return false;
    if (is_under_way(node.state) && (to == NodeState::retrying || to == NodeState::failed)) ++node.failures;
    node.state = to;
    if (is_final(to)) node.duration = to == NodeState::completed ? took : 0;
    settle();
    return true;
  }

  struct Times {
    std::map<std::string, Microseconds> start;
    std::map<std::string, Microseconds> rank;
    Microseconds length = 0;
  };

  Times times() const {
    Times times;
    const auto start = [&](const auto& self, const std::string& name) -> Microseconds {
      if (const auto known = times.start.find(name); known != times.start.end()) return known->second;
      Microseconds earliest = 0;
      for (const auto& [other, kind] : nodes.at(name).after) {
        if (kind != Dependency::optional) earliest = std::max(earliest, self(self, other) + nodes.at(other).duration);
      }
      return times.start[name] = earliest;
    };
    for (const auto& [name, node] : nodes) {
      times.length = std::max(times.length, start(start, name) + node.duration);
      times.rank[name] = node.duration;
    }
    // As often as the graph is deep; each time the ranks are right for one level more.
    for (bool changed = true; changed;) {
      changed = false;
      for (const auto& [name, node] : nodes) {
        for (const auto& [other, kind] : node.after) {
          if (kind == Dependency::optional) continue;
          const Microseconds through = nodes.at(other).duration + times.rank[name];
          if (times.rank[other] < through) {
            times.rank[other] = through;
            changed = true;
          }
        }
      }
    }
    return times;
  }
};

}  // namespace symphony::pit::dag::tests
