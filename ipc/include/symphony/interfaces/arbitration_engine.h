#pragma once
// Generated from ipc/interfaces/arbitration_engine.json by tools/interfaces/generate.py; do not edit.
// clang-format off
// Who gets which resource now, who waits, who does not get it, and why.
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

namespace symphony::interfaces::arbitration_engine {

/// So much of a resource.
struct Claim {
  /// A name. Not empty. At most 128 bytes.
  std::string resource;
  /// 1 to 9007199254740991.
  std::optional<std::uint64_t> amount;
  static constexpr std::uint64_t amount_default = 1;
  static constexpr auto fields = ipc::describe(
      ipc::field("resource", &Claim::resource),
      ipc::field("amount", &Claim::amount));
};

/// One step of a circle.
struct Wait {
  std::string holder;
  /// A name. Not empty. At most 128 bytes.
  std::string waits_for;
  std::string held_by;
  static constexpr auto fields = ipc::describe(
      ipc::field("holder", &Wait::holder),
      ipc::field("waits_for", &Wait::waits_for),
      ipc::field("held_by", &Wait::held_by));
};

/// A decision, and why.
struct Outcome {
  /// What became of a request. One of granted, deferred, denied, released, cancelled, reclaimed.
  std::string decision;
  /// Names a request; never used twice. 1 to 9007199254740991.
  std::uint64_t request = 0;
  std::string reason;
  /// Of one that is deferred.
  std::optional<std::uint64_t> estimated_wait_ms;
  /// Of one that is denied because it would wait for ever.
  std::vector<Wait> cycle;
  /// Others that were deferred and are granted now, as time made it possible. At most 131072 items.
  std::vector<std::int64_t> granted;
  static constexpr auto fields = ipc::describe(
      ipc::field("decision", &Outcome::decision),
      ipc::field("request", &Outcome::request),
      ipc::field("reason", &Outcome::reason),
      ipc::field("estimated_wait_ms", &Outcome::estimated_wait_ms),
      ipc::field("cycle", &Outcome::cycle),
      ipc::field("granted", &Outcome::granted));
};

/// One entry of the audit log.
struct Record {
  /// At least 1.
  std::uint64_t number = 0;
  std::int64_t at_ms = 0;
  /// Names a request; never used twice. 1 to 9007199254740991.
  std::uint64_t request = 0;
  /// What became of a request. One of granted, deferred, denied, released, cancelled, reclaimed.
  std::string event;
  /// From the highest to the lowest. One of critical, high, normal, low, background.
  std::string priority;
  std::string holder;
  std::string share;
  std::string user;
  std::string melody;
  std::string extension;
  /// As "cores 4, gpu 1".
  std::string claims;
  std::string reason;
  static constexpr auto fields = ipc::describe(
      ipc::field("number", &Record::number),
      ipc::field("at_ms", &Record::at_ms),
      ipc::field("request", &Record::request),
      ipc::field("event", &Record::event),
      ipc::field("priority", &Record::priority),
      ipc::field("holder", &Record::holder),
      ipc::field("share", &Record::share),
      ipc::field("user", &Record::user),
      ipc::field("melody", &Record::melody),
      ipc::field("extension", &Record::extension),
      ipc::field("claims", &Record::claims),
      ipc::field("reason", &Record::reason));
};

/// What a share has used of a resource.
struct ShareStatus {
  std::string share;
  double weight = 0;
  /// Milliseconds of the whole resource, divided by the weight.
  double used_ms = 0;
  std::uint64_t waiting = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("share", &ShareStatus::share),
      ipc::field("weight", &ShareStatus::weight),
      ipc::field("used_ms", &ShareStatus::used_ms),
      ipc::field("waiting", &ShareStatus::waiting));
};

/// A resource now.
struct ResourceStatus {
  /// A name. Not empty. At most 128 bytes.
  std::string resource;
  /// Capacity and locks are given back; what is taken of a rate or a budget is not. One of capacity, lock, rate,
  /// budget.
  std::string kind;
  /// At least 1.
  std::uint64_t capacity = 0;
  /// Below 0 where the capacity became smaller than what is held.
  std::int64_t available = 0;
  std::uint64_t waiting = 0;
  double mean_hold_ms = 0;
  std::vector<ShareStatus> shares;
  static constexpr auto fields = ipc::describe(
      ipc::field("resource", &ResourceStatus::resource),
      ipc::field("kind", &ResourceStatus::kind),
      ipc::field("capacity", &ResourceStatus::capacity),
      ipc::field("available", &ResourceStatus::available),
      ipc::field("waiting", &ResourceStatus::waiting),
      ipc::field("mean_hold_ms", &ResourceStatus::mean_hold_ms),
      ipc::field("shares", &ResourceStatus::shares));
};

/// A limit, and what is spent of it.
struct SpendingStatus {
  /// A name. Not empty. At most 128 bytes.
  std::string resource;
  /// Whose spending is limited. One of user, melody, extension.
  std::string scope;
  /// A name. Not empty. At most 128 bytes.
  std::string name;
  std::uint64_t limit = 0;
  std::uint64_t spent = 0;
  /// Null: never.
  std::optional<std::uint64_t> renewed_in_ms;
  static constexpr auto fields = ipc::describe(
      ipc::field("resource", &SpendingStatus::resource),
      ipc::field("scope", &SpendingStatus::scope),
      ipc::field("name", &SpendingStatus::name),
      ipc::field("limit", &SpendingStatus::limit),
      ipc::field("spent", &SpendingStatus::spent),
      ipc::field("renewed_in_ms", &SpendingStatus::renewed_in_ms));
};

/// What was really taken of a budget.
struct Spent {
  /// A name. Not empty. At most 128 bytes.
  std::string resource;
  /// 0 to 9007199254740991.
  std::uint64_t amount = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("resource", &Spent::resource),
      ipc::field("amount", &Spent::amount));
};

/// How much of a resource a share gets beside others.
struct Weight {
  /// A name. Not empty. At most 128 bytes.
  std::string share;
  /// 0 to 1000.
  double weight = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("share", &Weight::share),
      ipc::field("weight", &Weight::weight));
};

/// The parameters of arbitration.define.
struct ArbitrationDefineParams {
  /// A name. Not empty. At most 128 bytes.
  std::string resource;
  /// Capacity and locks are given back; what is taken of a rate or a budget is not. One of capacity, lock, rate,
  /// budget.
  std::string kind;
  /// Of a lock 1, of a rate at most 1000000000. 1 to 9007199254740991.
  std::optional<std::uint64_t> capacity;
  static constexpr std::uint64_t capacity_default = 1;
  /// Of a rate. 0 to 1000000000.
  std::optional<std::uint64_t> refill_per_s;
  static constexpr std::uint64_t refill_per_s_default = 0;
  /// Of a budget; 0: it is never renewed. 0 to 31622400000.
  std::optional<std::uint64_t> period_ms;
  static constexpr std::uint64_t period_ms_default = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("resource", &ArbitrationDefineParams::resource),
      ipc::field("kind", &ArbitrationDefineParams::kind),
      ipc::field("capacity", &ArbitrationDefineParams::capacity),
      ipc::field("refill_per_s", &ArbitrationDefineParams::refill_per_s),
      ipc::field("period_ms", &ArbitrationDefineParams::period_ms));
};

/// The result of arbitration.define.
struct ArbitrationDefineResult {
  /// Requests. At most 131072 items.
  std::vector<std::int64_t> granted;
  static constexpr auto fields = ipc::describe(
      ipc::field("granted", &ArbitrationDefineResult::granted));
};

/// The parameters of arbitration.remove.
struct ArbitrationRemoveParams {
  /// A name. Not empty. At most 128 bytes.
  std::string resource;
  static constexpr auto fields = ipc::describe(
      ipc::field("resource", &ArbitrationRemoveParams::resource));
};

/// The parameters of arbitration.request.
struct ArbitrationRequestParams {
  /// At most 16 items.
  std::vector<Claim> claims;
  /// From the highest to the lowest. One of critical, high, normal, low, background.
  std::optional<std::string> priority;
  static constexpr std::string_view priority_default = "normal";
  /// The endpoint it is for, where that is not the sender. Not empty. At most 128 bytes.
  std::optional<std::string> holder;
  /// Which of its processes. At most 128 bytes.
  std::optional<std::string> instance;
  /// Who shares with whom; else the user, else the holder. At most 128 bytes.
  std::optional<std::string> share;
  /// At most 128 bytes.
  std::optional<std::string> user;
  /// At most 128 bytes.
  std::optional<std::string> melody;
  /// At most 128 bytes.
  std::optional<std::string> extension;
  /// How long it will hold them, as far as is known. 1 to 31622400000.
  std::optional<std::uint64_t> expected_ms;
  static constexpr std::uint64_t expected_ms_default = 1000;
  /// How long it would wait; 0: not at all. 0 to 31622400000.
  std::optional<std::uint64_t> wait_ms;
  static constexpr std::uint64_t wait_ms_default = 60000;
  static constexpr auto fields = ipc::describe(
      ipc::field("claims", &ArbitrationRequestParams::claims),
      ipc::field("priority", &ArbitrationRequestParams::priority),
      ipc::field("holder", &ArbitrationRequestParams::holder),
      ipc::field("instance", &ArbitrationRequestParams::instance),
      ipc::field("share", &ArbitrationRequestParams::share),
      ipc::field("user", &ArbitrationRequestParams::user),
      ipc::field("melody", &ArbitrationRequestParams::melody),
      ipc::field("extension", &ArbitrationRequestParams::extension),
      ipc::field("expected_ms", &ArbitrationRequestParams::expected_ms),
      ipc::field("wait_ms", &ArbitrationRequestParams::wait_ms));
};

using ArbitrationRequestResult = Outcome;

/// The parameters of arbitration.look.
struct ArbitrationLookParams {
  /// Names a request; never used twice. 1 to 9007199254740991.
  std::uint64_t request = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("request", &ArbitrationLookParams::request));
};

using ArbitrationLookResult = Outcome;

/// The parameters of arbitration.release.
struct ArbitrationReleaseParams {
  /// Names a request; never used twice. 1 to 9007199254740991.
  std::uint64_t request = 0;
  /// Not empty. At most 128 bytes.
  std::optional<std::string> holder;
  /// At most 128 bytes.
  std::optional<std::string> instance;
  /// What was really taken of budgets, where it was not what was asked for. At most 16 items.
  std::optional<std::vector<Spent>> spent;
  static constexpr auto fields = ipc::describe(
      ipc::field("request", &ArbitrationReleaseParams::request),
      ipc::field("holder", &ArbitrationReleaseParams::holder),
      ipc::field("instance", &ArbitrationReleaseParams::instance),
      ipc::field("spent", &ArbitrationReleaseParams::spent));
};

/// The result of arbitration.release.
struct ArbitrationReleaseResult {
  /// What became of a request. One of granted, deferred, denied, released, cancelled, reclaimed.
  std::string event;
  /// Requests. At most 131072 items.
  std::vector<std::int64_t> granted;
  static constexpr auto fields = ipc::describe(
      ipc::field("event", &ArbitrationReleaseResult::event),
      ipc::field("granted", &ArbitrationReleaseResult::granted));
};

/// The parameters of arbitration.limit.
struct ArbitrationLimitParams {
  /// A name. Not empty. At most 128 bytes.
  std::string resource;
  /// Whose spending is limited. One of user, melody, extension.
  std::string scope;
  /// A name. Not empty. At most 128 bytes.
  std::string name;
  /// 0 to 9007199254740991.
  std::optional<std::uint64_t> limit;
  /// After which it begins anew; 0: never. 0 to 31622400000.
  std::optional<std::uint64_t> period_ms;
  static constexpr std::uint64_t period_ms_default = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("resource", &ArbitrationLimitParams::resource),
      ipc::field("scope", &ArbitrationLimitParams::scope),
      ipc::field("name", &ArbitrationLimitParams::name),
      ipc::field("limit", &ArbitrationLimitParams::limit),
      ipc::field("period_ms", &ArbitrationLimitParams::period_ms));
};

/// The parameters of arbitration.policy.
struct ArbitrationPolicyParams {
  /// 1 to 31622400000.
  std::optional<std::uint64_t> ageing_ms;
  /// At most 4096 items.
  std::optional<std::vector<Weight>> weights;
  static constexpr auto fields = ipc::describe(
      ipc::field("ageing_ms", &ArbitrationPolicyParams::ageing_ms),
      ipc::field("weights", &ArbitrationPolicyParams::weights));
};

/// The result of arbitration.policy.
struct ArbitrationPolicyResult {
  /// At least 1.
  std::uint64_t ageing_ms = 0;
  std::vector<Weight> weights;
  static constexpr auto fields = ipc::describe(
      ipc::field("ageing_ms", &ArbitrationPolicyResult::ageing_ms),
      ipc::field("weights", &ArbitrationPolicyResult::weights));
};

/// The parameters of arbitration.explain.
struct ArbitrationExplainParams {
  /// Names a request; never used twice. 1 to 9007199254740991.
  std::uint64_t request = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("request", &ArbitrationExplainParams::request));
};

/// The result of arbitration.explain.
struct ArbitrationExplainResult {
  std::vector<Record> records;
  static constexpr auto fields = ipc::describe(
      ipc::field("records", &ArbitrationExplainResult::records));
};

/// The parameters of arbitration.audit.
struct ArbitrationAuditParams {
  /// The number of the last one known. 0 to 9007199254740991.
  std::optional<std::uint64_t> after;
  static constexpr std::uint64_t after_default = 0;
  /// What became of a request. One of granted, deferred, denied, released, cancelled, reclaimed.
  std::optional<std::string> event;
  /// At most 257 bytes.
  std::optional<std::string> holder;
  /// At most 128 bytes.
  std::optional<std::string> user;
  /// At most 128 bytes.
  std::optional<std::string> melody;
  /// At most 128 bytes.
  std::optional<std::string> extension;
  /// 1 to 1000.
  std::optional<std::uint64_t> limit;
  static constexpr std::uint64_t limit_default = 100;
  static constexpr auto fields = ipc::describe(
      ipc::field("after", &ArbitrationAuditParams::after),
      ipc::field("event", &ArbitrationAuditParams::event),
      ipc::field("holder", &ArbitrationAuditParams::holder),
      ipc::field("user", &ArbitrationAuditParams::user),
      ipc::field("melody", &ArbitrationAuditParams::melody),
      ipc::field("extension", &ArbitrationAuditParams::extension),
      ipc::field("limit", &ArbitrationAuditParams::limit));
};

/// The result of arbitration.audit.
struct ArbitrationAuditResult {
  /// At most 1000 items.
  std::vector<Record> records;
  static constexpr auto fields = ipc::describe(
      ipc::field("records", &ArbitrationAuditResult::records));
};

/// The parameters of arbitration.holder_gone.
struct ArbitrationHolderGoneParams {
  /// Not empty. At most 128 bytes.
  std::optional<std::string> holder;
  /// At most 128 bytes.
  std::optional<std::string> instance;
  static constexpr auto fields = ipc::describe(
      ipc::field("holder", &ArbitrationHolderGoneParams::holder),
      ipc::field("instance", &ArbitrationHolderGoneParams::instance));
};

/// The result of arbitration.holder_gone.
struct ArbitrationHolderGoneResult {
  std::uint64_t reclaimed = 0;
  /// Requests. At most 131072 items.
  std::vector<std::int64_t> granted;
  static constexpr auto fields = ipc::describe(
      ipc::field("reclaimed", &ArbitrationHolderGoneResult::reclaimed),
      ipc::field("granted", &ArbitrationHolderGoneResult::granted));
};

/// The result of arbitration.status.
struct ArbitrationStatusResult {
  /// At most 1024 items.
  std::vector<ResourceStatus> resources;
  /// At most 4096 items.
  std::vector<SpendingStatus> limits;
  std::uint64_t granted = 0;
  std::uint64_t waiting = 0;
  std::uint64_t decisions = 0;
  std::uint64_t deadlocks = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("resources", &ArbitrationStatusResult::resources),
      ipc::field("limits", &ArbitrationStatusResult::limits),
      ipc::field("granted", &ArbitrationStatusResult::granted),
      ipc::field("waiting", &ArbitrationStatusResult::waiting),
      ipc::field("decisions", &ArbitrationStatusResult::decisions),
      ipc::field("deadlocks", &ArbitrationStatusResult::deadlocks));
};

namespace method {
/// A new resource, or other figures for one there is; what is granted stays granted.
inline constexpr ipc::Method arbitration_define{"arbitration_engine", "arbitration.define", true, true};
/// Forgets a resource nobody holds or waits for, and its limits.
inline constexpr ipc::Method arbitration_remove{"arbitration_engine", "arbitration.remove", true, false};
/// Asks for resources, all together or none: granted, deferred with an estimate, or denied with the reason.
inline constexpr ipc::Method arbitration_request{"arbitration_engine", "arbitration.request", true, false};
/// How it stands with a request now: one that was deferred may be granted meanwhile.
inline constexpr ipc::Method arbitration_look{"arbitration_engine", "arbitration.look", true, true};
/// Gives back what was granted, or gives up what waits; who is granted something by it is in the answer.
inline constexpr ipc::Method arbitration_release{"arbitration_engine", "arbitration.release", true, false};
/// Limits what a user, a Melody or an extension may take of a rate or a budget; null takes the limit away.
inline constexpr ipc::Method arbitration_limit{"arbitration_engine", "arbitration.limit", true, true};
/// Sets how fast waiting raises a priority, and weights of shares; what is left out stays. Answers what holds.
inline constexpr ipc::Method arbitration_policy{"arbitration_engine", "arbitration.policy", true, true};
/// Everything that was decided about a request, the oldest first.
inline constexpr ipc::Method arbitration_explain{"arbitration_engine", "arbitration.explain", true, true};
/// The newest decisions that fit, the oldest first.
inline constexpr ipc::Method arbitration_audit{"arbitration_engine", "arbitration.audit", true, true};
/// Takes back everything of an endpoint, or of one of its processes; without a holder everything, as after a new
/// start.
inline constexpr ipc::Method arbitration_holder_gone{"arbitration_engine", "arbitration.holder_gone", true, true};
/// The resources, who uses how much of them, and the limits.
inline constexpr ipc::Method arbitration_status{"arbitration_engine", "arbitration.status", true, true};
}  // namespace method

}  // namespace symphony::interfaces::arbitration_engine
