#pragma once
// Which contents a policy means, and why. No JSON, no clock, no disk: the same facts give the same answer.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <symphony/interfaces/artifact_store.h>
#include <symphony/interfaces/stale_manager.h>
#include <symphony/ipc/error.h>

namespace symphony::pit::stale {

using Policy = interfaces::stale_manager::Policy;
using ContentFacts = interfaces::artifact_store::ContentFacts;
using VersionFacts = interfaces::artifact_store::VersionFacts;

/// In the order in which a content goes through them.
enum class Goal : std::uint8_t { compressed = 1, archived, deleted };

std::string_view name_of(Goal goal) noexcept;
std::optional<Goal> goal_named(std::string_view name) noexcept;

/// Errors: invalid_params below "/policy" for one without a condition, or with a number out of range.
ipc::Result<void> check(const Policy& policy);

struct Decision {
  Goal goal = Goal::compressed;
  /// Of the policies that were given.
  std::size_t policy = 0;
  /// A sentence for people.
  std::string reason;
};

/// What is to become of a content: the furthest goal of those policies that mean every version of it. Nothing for one
/// that is that far already, or that must stay: pinned, with a tag that is kept, or too new; and, where it would be
/// deleted, what something was made from, and training data. A clock that went back makes everything new.
std::optional<Decision> judge(std::span<const Policy> policies, const ContentFacts& content, std::int64_t now_ms);

}  // namespace symphony::pit::stale
