#pragma once
// What was found stale, and how far it has been dealt with. A value: a snapshot is this, written down.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include <symphony/ipc/error.h>

#include "stale_manager/policy.h"

namespace symphony::pit::stale {

inline constexpr std::size_t most_plans = 16;
inline constexpr std::size_t most_items = 20'000;
inline constexpr std::size_t most_reasons = 20;

enum class PlanState : std::uint8_t { planning, planned, executing, done, undoing, undone };

std::string_view name_of(PlanState state) noexcept;

struct Item {
  std::string hash;
  Goal goal = Goal::compressed;
  /// As it was when it was planned: what has been used since is left alone.
  std::uint64_t accessed_ms = 0;
  /// Those to delete; empty where the content is moved.
  std::vector<std::pair<std::string, std::uint64_t>> versions;
};

struct Plan {
  std::string id;
  PlanState state = PlanState::planning;
  std::int64_t created_ms = 0;
  /// Where planning goes on.
  std::string after;
  std::uint64_t examined = 0;
  bool truncated = false;
  std::vector<Item> items;
  /// The first that was not dealt with yet.
  std::size_t next = 0;
  std::uint64_t done = 0;
  std::uint64_t skipped = 0;
  std::uint64_t failed = 0;
  std::int64_t saved_bytes = 0;
  std::optional<std::int64_t> used_before;
  std::optional<std::int64_t> used_after;
  std::vector<std::string> reasons;

  /// What its changes are found by in the store; another plan with the same id has another.
  std::string batch() const { return id + "@" + std::to_string(created_ms); }
  void say(std::string reason) {
    if (reasons.size() < most_reasons) reasons.push_back(std::move(reason));
  }
};

/// As the messages have it.
nlohmann::json answer(const Plan& plan);
/// For a snapshot.
nlohmann::json to_json(const Plan& plan);
/// Errors: data_corrupted.
ipc::Result<Plan> plan_from_json(const nlohmann::json& document);

}  // namespace symphony::pit::stale
