#pragma once
// A second, independent reading of docs/protocol.md section 9: applies patches the simplest way there is.

#include <nlohmann/json.hpp>
#include <string>

namespace symphony::testing {

/// Throws std::runtime_error for an operation a host would refuse.
void apply_operation(nlohmann::json& tree, const nlohmann::json& operation);
void apply_operations(nlohmann::json& tree, const nlohmann::json& operations);
/// Null when there is none.
const nlohmann::json* find_node(const nlohmann::json& tree, const std::string& id);
/// Without empty `props`, `children` and `events`, so that two ways to write one tree compare equal.
nlohmann::json normalised(const nlohmann::json& tree);

}  // namespace symphony::testing
