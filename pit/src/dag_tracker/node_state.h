#pragma once
// How far a node is, and the steps it may take.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace symphony::pit::dag {

enum class NodeState : std::uint8_t {
  /// Waits for others.
  pending,
  /// May begin.
  ready,
  /// Has been given what it runs on.
  allocated,
  executing,
  /// Its result is being kept.
  storing,
  completed,
  /// Has failed and is not tried again.
  failed,
  /// Has failed and waits for its next attempt.
  retrying,
  skipped,
  cancelled,
};

inline constexpr std::size_t node_states = 10;

/// The name used in messages and documents.
std::string_view name_of(NodeState state) noexcept;
std::optional<NodeState> node_state(std::string_view name) noexcept;

/// It has ended: nothing follows.
constexpr bool is_final(NodeState state) noexcept {
  return state == NodeState::completed || state == NodeState::failed || state == NodeState::skipped ||
         state == NodeState::cancelled;
}

/// Somebody works on it and must be told to stop.
constexpr bool is_under_way(NodeState state) noexcept {
  return state == NodeState::allocated || state == NodeState::executing || state == NodeState::storing;
}

/// The steps that may be reported. From pending to ready is none of them: that follows from the graph.
bool may_follow(NodeState from, NodeState to) noexcept;

enum class GraphState : std::uint8_t { created, running, finished, cancelled };

std::string_view name_of(GraphState state) noexcept;

}  // namespace symphony::pit::dag
