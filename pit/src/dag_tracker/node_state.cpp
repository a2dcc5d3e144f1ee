#include "dag_tracker/node_state.h"

#include <algorithm>

namespace symphony::pit::dag {

namespace {

constexpr std::array<std::string_view, node_states> names = {
    "pending", "ready", "allocated", "executing", "storing", "completed", "failed", "retrying", "skipped", "cancelled"};

constexpr std::uint16_t bit(NodeState state) { return static_cast<std::uint16_t>(1U << static_cast<unsigned>(state)); }

template <class... States>
constexpr std::uint16_t set_of(States... states) {
  return static_cast<std::uint16_t>((0U | ... | bit(states)));
}

constexpr std::array<std::uint16_t, node_states> followers = [] {
  using enum NodeState;
  std::array<std::uint16_t, node_states> table{};
  table[static_cast<std::size_t>(pending)] = set_of(skipped, cancelled);
  table[static_cast<std::size_t>(ready)] = set_of(allocated, skipped, cancelled);
  table[static_cast<std::size_t>(allocated)] = set_of(ready, executing, failed, retrying, cancelled);
  table[static_cast<std::size_t>(executing)] = set_of(storing, completed, failed, retrying, cancelled);
  table[static_cast<std::size_t>(storing)] = set_of(completed, failed, retrying, cancelled);
  table[static_cast<std::size_t>(retrying)] = set_of(ready, failed, skipped, cancelled);
  return table;
}();

}  // namespace

std::string_view name_of(NodeState state) noexcept { return names[static_cast<std::size_t>(state)]; }

std::optional<NodeState> node_state(std::string_view name) noexcept {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<NodeState>(found - names.begin());
}

bool may_follow(NodeState from, NodeState to) noexcept {
  return (followers[static_cast<std::size_t>(from)] & bit(to)) != 0;
}

std::string_view name_of(GraphState state) noexcept {
  constexpr std::array<std::string_view, 4> words = {"created", "running", "finished", "cancelled"};
  return words[static_cast<std::size_t>(state)];
}

}  // namespace symphony::pit::dag
