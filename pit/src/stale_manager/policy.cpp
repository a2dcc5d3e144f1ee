#include "stale_manager/policy.h"

#include <algorithm>
#include <array>

#include "artifact_store/catalogue.h"

namespace symphony::pit::stale {

namespace {

constexpr std::array<std::string_view, 3> goals = {"compressed", "archived", "deleted"};

/// 0 for hot; what is lost takes no room, what is chunked shares it: both can only be deleted.
unsigned depth_of(std::string_view tier) {
  if (tier == "compressed") return 1;
  if (tier == "archived" || tier == "lost" || tier == "chunked") return 2;
  return 0;
}

bool has_one_of(const VersionFacts& version, const std::vector<std::string>& tags) {
  return std::any_of(tags.begin(), tags.end(), [&](const std::string& tag) {
    return std::find(version.tags.begin(), version.tags.end(), tag) != version.tags.end();
  });
}

/// More than `limit` since `then`; never for what is to come.
bool longer_ago(std::int64_t now_ms, std::uint64_t then_ms, std::uint64_t limit) {
  return now_ms >= 0 && static_cast<std::uint64_t>(now_ms) > then_ms &&
         static_cast<std::uint64_t>(now_ms) - then_ms > limit;
}

bool must_stay(const Policy& policy, Goal goal, const VersionFacts& version) {
  if (version.pins > 0) return true;
  if (policy.keep_tags && has_one_of(version, *policy.keep_tags)) return true;
  if (version.newer < policy.keep_newest.value_or(goal == Goal::deleted ? 1 : 0)) return true;
  return goal == Goal::deleted && (version.children > 0 || has_one_of(version, {std::string(training_tag)}));
}

bool means(const Policy& policy, const ContentFacts& content, const VersionFacts& version, std::int64_t now_ms) {
  if (policy.older_than_ms && !longer_ago(now_ms, version.created_ms, *policy.older_than_ms)) return false;
  if (policy.unused_ms && !longer_ago(now_ms, std::max(content.accessed_ms, version.created_ms), *policy.unused_ms))
    return false;
  if (policy.larger_than && content.size <= *policy.larger_than) return false;
  if (policy.quality_below && !(version.quality && *version.quality < *policy.quality_below)) return false;
  return !policy.only_tags || has_one_of(version, *policy.only_tags);
}

std::string days(std::uint64_t milliseconds) {
  constexpr std::uint64_t day = 86'400'000;
  constexpr std::uint64_t second = 1000;
  if (milliseconds >= day) return std::to_string(milliseconds / day) + " days";
  return std::to_string(milliseconds / second) + " seconds";
}

std::string reason_of(const Policy& policy) {
  std::string text;
  const auto say = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (policy.older_than_ms) say("older than " + days(*policy.older_than_ms));
  if (policy.unused_ms) say("not used for " + days(*policy.unused_ms));
  if (policy.larger_than) say("larger than " + std::to_string(*policy.larger_than) + " bytes");
  if (policy.quality_below) say("of a quality below " + std::to_string(*policy.quality_below).substr(0, 4));
  if (policy.only_tags) say("tagged");
  return "Policy \"" + policy.id + "\": " + text + ".";
}

}  // namespace

std::string_view name_of(Goal goal) noexcept { return goals[static_cast<std::size_t>(goal) - 1]; }

std::optional<Goal> goal_named(std::string_view name) noexcept {
  const auto found = std::find(goals.begin(), goals.end(), name);
  if (found == goals.end()) return std::nullopt;
  return static_cast<Goal>(found - goals.begin() + 1);
}

ipc::Result<void> check(const Policy& policy) {
  constexpr std::size_t longest_id = 64;
  constexpr std::size_t most_tags = 32;
  if (policy.id.empty() || policy.id.size() > longest_id)
    return ipc::invalid_params("\"id\" has 1 to 64 bytes.", "/policy/id");
  if (!goal_named(policy.goal)) {
    return ipc::invalid_params("\"goal\" must be compressed, archived or deleted.", "/policy/goal");
  }
  // Also what is no number must not pass.
  if (policy.quality_below && !(*policy.quality_below >= 0 && *policy.quality_below <= 1))
    return ipc::invalid_params("\"quality_below\" must be from 0 to 1.", "/policy/quality_below");
  for (const auto& [tags, path] :
       {std::pair(&policy.only_tags, "/policy/only_tags"), std::pair(&policy.keep_tags, "/policy/keep_tags")}) {
    if (*tags && (*tags)->size() > most_tags) return ipc::invalid_params("There are at most 32 tags.", path);
  }
  if (policy.only_tags && policy.only_tags->empty())
    return ipc::invalid_params("Without a tag it means nothing.", "/policy/only_tags");
  if (!policy.older_than_ms && !policy.unused_ms && !policy.larger_than && !policy.quality_below && !policy.only_tags) {
    return ipc::invalid_params("A policy without a condition would mean everything.", "/policy");
  }
  return {};
}

std::optional<Decision> judge(std::span<const Policy> policies, const ContentFacts& content, std::int64_t now_ms) {
  // What is deleted waits to be purged.
  if (content.versions.empty()) return std::nullopt;
  std::optional<Decision> decision;
  for (std::size_t number = 0; number < policies.size(); ++number) {
    const Policy& policy = policies[number];
    const Goal goal = goal_named(policy.goal).value_or(Goal::compressed);
    if (static_cast<unsigned>(goal) <= depth_of(content.tier)) continue;
    if (decision && decision->goal >= goal) continue;
    const bool all = std::all_of(content.versions.begin(), content.versions.end(), [&](const VersionFacts& version) {
      return means(policy, content, version, now_ms) && !must_stay(policy, goal, version);
    });
    if (all) decision = Decision{goal, number, reason_of(policy)};
  }
  return decision;
}

}  // namespace symphony::pit::stale
