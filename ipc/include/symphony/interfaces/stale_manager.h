#pragma once
// Generated from ipc/interfaces/stale_manager.json by tools/interfaces/generate.py; do not edit.
// clang-format off
// What is no longer worth its place: compressed, archived, deleted by policies, in small pieces, and back again.
//
// A member that may be left out is optional; its default stands beside it. Limits, which the bus checks before a
// handler sees a body (symphony/ipc/interface.h), are in the comments. Errors of reading: symphony/ipc/typed.h.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <symphony/ipc/method.h>
#include <symphony/ipc/typed.h>

namespace symphony::interfaces::stale_manager {

/// What goes, and what stays. Every condition that is said must hold; one at least is said.
struct Policy {
  /// Not empty. At most 64 bytes.
  std::string id;
  /// How far a content goes. One of compressed, archived, deleted.
  std::string goal;
  /// Since it was put.
  std::optional<std::uint64_t> older_than_ms;
  /// Since anybody read it or put it again.
  std::optional<std::uint64_t> unused_ms;
  /// Bytes.
  std::optional<std::uint64_t> larger_than;
  /// What has no quality is not below it. 0 to 1.
  std::optional<double> quality_below;
  /// It has one of them. At most 32 items.
  std::optional<std::vector<std::string>> only_tags;
  /// What has one of them stays. At most 32 items.
  std::optional<std::vector<std::string>> keep_tags;
  /// So many versions of each name stay; 1 where it is to be deleted, else 0. 0 to 1000000.
  std::optional<std::uint64_t> keep_newest;
  static constexpr auto fields = ipc::describe(
      ipc::field("id", &Policy::id),
      ipc::field("goal", &Policy::goal),
      ipc::field("older_than_ms", &Policy::older_than_ms),
      ipc::field("unused_ms", &Policy::unused_ms),
      ipc::field("larger_than", &Policy::larger_than),
      ipc::field("quality_below", &Policy::quality_below),
      ipc::field("only_tags", &Policy::only_tags),
      ipc::field("keep_tags", &Policy::keep_tags),
      ipc::field("keep_newest", &Policy::keep_newest));
};

/// What would become of a content, and why.
struct Action {
  std::string hash;
  /// How far a content goes. One of compressed, archived, deleted.
  std::string goal;
  std::string policy;
  std::string reason;
  std::uint64_t stored_size = 0;
  /// At most 100 items.
  std::vector<std::string> names;
  static constexpr auto fields = ipc::describe(
      ipc::field("hash", &Action::hash),
      ipc::field("goal", &Action::goal),
      ipc::field("policy", &Action::policy),
      ipc::field("reason", &Action::reason),
      ipc::field("stored_size", &Action::stored_size),
      ipc::field("names", &Action::names));
};

/// A plan, what it holds and what it has brought.
struct Plan {
  std::string plan;
  /// How far a plan is. One of planning, planned, executing, done, undoing, undone.
  std::string state;
  /// Contents looked at.
  std::uint64_t examined = 0;
  std::uint64_t items = 0;
  std::uint64_t done = 0;
  /// Used, pinned or needed since the plan was made, or compressed no smaller.
  std::uint64_t skipped = 0;
  /// Damaged contents.
  std::uint64_t failed = 0;
  /// There was more than a plan holds: plan again afterwards.
  bool truncated = false;
  /// Of contents, as they are kept.
  std::int64_t saved_bytes = 0;
  /// Bytes the store took on the disk, measured before.
  std::optional<std::int64_t> used_before;
  /// The same, after the last piece.
  std::optional<std::int64_t> used_after;
  /// Why the first ones were skipped or failed. At most 20 items.
  std::vector<std::string> reasons;
  static constexpr auto fields = ipc::describe(
      ipc::field("plan", &Plan::plan),
      ipc::field("state", &Plan::state),
      ipc::field("examined", &Plan::examined),
      ipc::field("items", &Plan::items),
      ipc::field("done", &Plan::done),
      ipc::field("skipped", &Plan::skipped),
      ipc::field("failed", &Plan::failed),
      ipc::field("truncated", &Plan::truncated),
      ipc::field("saved_bytes", &Plan::saved_bytes),
      ipc::field("used_before", &Plan::used_before),
      ipc::field("used_after", &Plan::used_after),
      ipc::field("reasons", &Plan::reasons));
};

/// The parameters of stale.set_policy.
struct StaleSetPolicyParams {
  /// What goes, and what stays. Every condition that is said must hold; one at least is said.
  Policy policy;
  static constexpr auto fields = ipc::describe(
      ipc::field("policy", &StaleSetPolicyParams::policy));
};

/// The result of stale.set_policy.
struct StaleSetPolicyResult {
  /// At least 1.
  std::uint64_t policies = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("policies", &StaleSetPolicyResult::policies));
};

/// The parameters of stale.remove_policy.
struct StaleRemovePolicyParams {
  /// Not empty. At most 64 bytes.
  std::string id;
  static constexpr auto fields = ipc::describe(
      ipc::field("id", &StaleRemovePolicyParams::id));
};

/// The result of stale.remove_policy.
struct StaleRemovePolicyResult {
  std::uint64_t policies = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("policies", &StaleRemovePolicyResult::policies));
};

/// The result of stale.policies.
struct StalePoliciesResult {
  /// At most 64 items.
  std::vector<Policy> policies;
  static constexpr auto fields = ipc::describe(
      ipc::field("policies", &StalePoliciesResult::policies));
};

/// The parameters of stale.evaluate.
struct StaleEvaluateParams {
  std::optional<std::string> after;
  static constexpr std::string_view after_default = "";
  /// Of contents to look at. 1 to 1000.
  std::optional<std::uint64_t> limit;
  static constexpr std::uint64_t limit_default = 200;
  static constexpr auto fields = ipc::describe(
      ipc::field("after", &StaleEvaluateParams::after),
      ipc::field("limit", &StaleEvaluateParams::limit));
};

/// The result of stale.evaluate.
struct StaleEvaluateResult {
  /// At most 1000 items.
  std::vector<Action> actions;
  std::uint64_t examined = 0;
  /// To go on with.
  std::string after;
  bool last = false;
  static constexpr auto fields = ipc::describe(
      ipc::field("actions", &StaleEvaluateResult::actions),
      ipc::field("examined", &StaleEvaluateResult::examined),
      ipc::field("after", &StaleEvaluateResult::after),
      ipc::field("last", &StaleEvaluateResult::last));
};

/// The parameters of stale.plan.
struct StalePlanParams {
  /// Not empty. At most 40 bytes.
  std::string plan;
  /// 1 to 1000.
  std::optional<std::uint64_t> slice_ms;
  static constexpr std::uint64_t slice_ms_default = 20;
  static constexpr auto fields = ipc::describe(
      ipc::field("plan", &StalePlanParams::plan),
      ipc::field("slice_ms", &StalePlanParams::slice_ms));
};

using StalePlanResult = Plan;

/// The parameters of stale.execute.
struct StaleExecuteParams {
  /// Not empty. At most 40 bytes.
  std::string plan;
  /// 1 to 1000.
  std::optional<std::uint64_t> slice_ms;
  static constexpr std::uint64_t slice_ms_default = 20;
  /// 1 to 10000.
  std::optional<std::uint64_t> items;
  static constexpr std::uint64_t items_default = 50;
  static constexpr auto fields = ipc::describe(
      ipc::field("plan", &StaleExecuteParams::plan),
      ipc::field("slice_ms", &StaleExecuteParams::slice_ms),
      ipc::field("items", &StaleExecuteParams::items));
};

using StaleExecuteResult = Plan;

/// The parameters of stale.undo.
struct StaleUndoParams {
  /// Not empty. At most 40 bytes.
  std::string plan;
  /// 1 to 1000.
  std::optional<std::uint64_t> slice_ms;
  static constexpr std::uint64_t slice_ms_default = 20;
  /// 1 to 10000.
  std::optional<std::uint64_t> items;
  static constexpr std::uint64_t items_default = 50;
  static constexpr auto fields = ipc::describe(
      ipc::field("plan", &StaleUndoParams::plan),
      ipc::field("slice_ms", &StaleUndoParams::slice_ms),
      ipc::field("items", &StaleUndoParams::items));
};

using StaleUndoResult = Plan;

/// The result of stale.report.
struct StaleReportResult {
  /// At most 16 items.
  std::vector<Plan> plans;
  static constexpr auto fields = ipc::describe(
      ipc::field("plans", &StaleReportResult::plans));
};

/// The parameters of stale.forget.
struct StaleForgetParams {
  /// Not empty. At most 40 bytes.
  std::string plan;
  static constexpr auto fields = ipc::describe(
      ipc::field("plan", &StaleForgetParams::plan));
};

/// The parameters of stale.restore.
struct StaleRestoreParams {
  /// 64 characters.
  std::string hash;
  static constexpr auto fields = ipc::describe(
      ipc::field("hash", &StaleRestoreParams::hash));
};

/// The result of stale.restore.
struct StaleRestoreResult {
  bool changed = false;
  static constexpr auto fields = ipc::describe(
      ipc::field("changed", &StaleRestoreResult::changed));
};

/// The parameters of stale.purge.
struct StalePurgeParams {
  /// How long a deletion can be undone.
  std::optional<std::uint64_t> undo_ms;
  static constexpr std::uint64_t undo_ms_default = 604800000;
  /// 1 to 1000.
  std::optional<std::uint64_t> limit;
  static constexpr std::uint64_t limit_default = 50;
  static constexpr auto fields = ipc::describe(
      ipc::field("undo_ms", &StalePurgeParams::undo_ms),
      ipc::field("limit", &StalePurgeParams::limit));
};

/// The result of stale.purge.
struct StalePurgeResult {
  std::uint64_t versions = 0;
  std::uint64_t contents = 0;
  std::uint64_t freed_bytes = 0;
  bool last = false;
  static constexpr auto fields = ipc::describe(
      ipc::field("versions", &StalePurgeResult::versions),
      ipc::field("contents", &StalePurgeResult::contents),
      ipc::field("freed_bytes", &StalePurgeResult::freed_bytes),
      ipc::field("last", &StalePurgeResult::last));
};

namespace method {
/// Adds a policy, or replaces the one with its id.
inline constexpr ipc::Method stale_set_policy{"stale_manager", "stale.set_policy", true, true};
/// Drops a policy, where there is one.
inline constexpr ipc::Method stale_remove_policy{"stale_manager", "stale.remove_policy", true, true};
/// The policies, in the order of their ids.
inline constexpr ipc::Method stale_policies{"stale_manager", "stale.policies", true, true};
/// A dry run over some contents: says what would happen, and does nothing.
inline constexpr ipc::Method stale_evaluate{"stale_manager", "stale.evaluate", true, true};
/// Begins a plan or goes on with it, a piece a call, until it is planned.
inline constexpr ipc::Method stale_plan{"stale_manager", "stale.plan", true, false};
/// Does what was planned, a piece a call, until it is done. What has been used, pinned or needed since is left alone.
inline constexpr ipc::Method stale_execute{"stale_manager", "stale.execute", true, false};
/// Takes back what a plan did, a piece a call, the newest first. What was purged is gone.
inline constexpr ipc::Method stale_undo{"stale_manager", "stale.undo", true, false};
/// The plans that are known, the oldest first.
inline constexpr ipc::Method stale_report{"stale_manager", "stale.report", true, true};
/// Drops a plan; what it did stays, and can no longer be undone by it.
inline constexpr ipc::Method stale_forget{"stale_manager", "stale.forget", true, true};
/// Makes a content hot again.
inline constexpr ipc::Method stale_restore{"stale_manager", "stale.restore", true, true};
/// Removes for good what was deleted long enough ago, a piece a call.
inline constexpr ipc::Method stale_purge{"stale_manager", "stale.purge", true, true};
}  // namespace method

}  // namespace symphony::interfaces::stale_manager
