#pragma once
// Reads documents that come from other processes: a member that is missing or of another type is as if it were empty.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace symphony::sdk {

/// Null when `object` is none or has no such member.
const nlohmann::json* member(const nlohmann::json& object, const char* name);
std::string text_member(const nlohmann::json& object, const char* name);
/// Whole and not negative, otherwise 0.
std::uint64_t number_member(const nlohmann::json& object, const char* name);

}  // namespace symphony::sdk
