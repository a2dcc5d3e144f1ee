#pragma once
// From one tree of nodes to the next, as the patch operations of docs/protocol.md section 9.

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>

#include <symphony/sdk/node.h>

namespace symphony::sdk {

/// The most operations a host takes in one batch.
inline constexpr std::size_t most_patch_operations = 10'000;

/// An array of operations that turns `from` into `to`, applied in order; empty when they are equal. Nodes are matched
/// by id, also across parents; among the children of one parent the fewest moves are made. A node whose type or events
/// changed is replaced. Nothing when only the whole tree will do: another root, or more operations than allowed.
/// Ids must be unique in each tree.
std::optional<nlohmann::json> diff(const Node& from, const Node& to);

}  // namespace symphony::sdk
