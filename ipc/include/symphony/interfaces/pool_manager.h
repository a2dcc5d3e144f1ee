#pragma once
// Generated from ipc/interfaces/pool_manager.json by tools/interfaces/generate.py; do not edit.
// clang-format off
// Leases on models and extension instances: what is in memory, who uses it, what goes when room is short.
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

namespace symphony::interfaces::pool_manager {

/// A lease, and what its resource still needs.
struct Allocation {
  /// Names a lease; never used twice. 1 to 9007199254740991.
  std::uint64_t lease = 0;
  /// A resource, or the key that resources which stand in for each other have in common. Not empty. At most 128 bytes.
  std::string resource;
  /// A hit is ready; warm is in memory or on its way; cold is loaded only now. One of hit, warm, cold.
  std::string grade;
  /// Active: usable now. Loading: its caller loads it and says so with `pool.report`. One of unloaded, loading,
  /// warming, ready, active, cooling, failed.
  std::string state;
  std::uint64_t expires_in_ms = 0;
  /// Resources that must be unloaded to make room, the least recently used first. At most 131072 items.
  std::vector<std::string> evicted;
  static constexpr auto fields = ipc::describe(
      ipc::field("lease", &Allocation::lease),
      ipc::field("resource", &Allocation::resource),
      ipc::field("grade", &Allocation::grade),
      ipc::field("state", &Allocation::state),
      ipc::field("expires_in_ms", &Allocation::expires_in_ms),
      ipc::field("evicted", &Allocation::evicted));
};

/// How likely a key is asked for within a time.
struct Expectation {
  /// A resource, or the key that resources which stand in for each other have in common. Not empty. At most 128 bytes.
  std::string key;
  /// 0 to 1.
  double probability = 0;
  /// 1 to 86400000.
  std::uint64_t within_ms = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("key", &Expectation::key),
      ipc::field("probability", &Expectation::probability),
      ipc::field("within_ms", &Expectation::within_ms));
};

/// What became of the lease on a resource that failed.
struct Failure {
  /// Names a lease; never used twice. 1 to 9007199254740991.
  std::uint64_t lease = 0;
  std::string holder;
  /// An allocation; null where no other resource could stand in.
  std::optional<nlohmann::json> replacement;
  static constexpr auto fields = ipc::describe(
      ipc::field("lease", &Failure::lease),
      ipc::field("holder", &Failure::holder),
      ipc::field("replacement", &Failure::replacement));
};

/// What is to be done so that a later request is a hit.
struct Preparation {
  /// To be loaded now. At most 131072 items.
  std::vector<std::string> loading;
  /// To be unloaded before. At most 131072 items.
  std::vector<std::string> evicted;
  static constexpr auto fields = ipc::describe(
      ipc::field("loading", &Preparation::loading),
      ipc::field("evicted", &Preparation::evicted));
};

/// What may be in memory at once.
struct Room {
  /// 1 to 131072.
  std::uint64_t count = 0;
  /// 0 to 9007199254740991.
  std::uint64_t memory_bytes = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("count", &Room::count),
      ipc::field("memory_bytes", &Room::memory_bytes));
};

/// Counted since the module started.
struct Statistics {
  std::uint64_t hits = 0;
  std::uint64_t warm = 0;
  std::uint64_t cold = 0;
  std::uint64_t refused = 0;
  std::uint64_t released = 0;
  std::uint64_t expired = 0;
  std::uint64_t reclaimed = 0;
  std::uint64_t evicted = 0;
  std::uint64_t failed_over = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("hits", &Statistics::hits),
      ipc::field("warm", &Statistics::warm),
      ipc::field("cold", &Statistics::cold),
      ipc::field("refused", &Statistics::refused),
      ipc::field("released", &Statistics::released),
      ipc::field("expired", &Statistics::expired),
      ipc::field("reclaimed", &Statistics::reclaimed),
      ipc::field("evicted", &Statistics::evicted),
      ipc::field("failed_over", &Statistics::failed_over));
};

/// A resource went from one state to another.
struct Transition {
  /// At least 1.
  std::uint64_t number = 0;
  std::int64_t at_ms = 0;
  /// A resource, or the key that resources which stand in for each other have in common. Not empty. At most 128 bytes.
  std::string resource;
  /// Of a resource. One of unloaded, loading, warming, ready, active, cooling, failed.
  std::string from_state;
  /// Of a resource. One of unloaded, loading, warming, ready, active, cooling, failed.
  std::string to_state;
  std::string reason;
  std::string detail;
  static constexpr auto fields = ipc::describe(
      ipc::field("number", &Transition::number),
      ipc::field("at_ms", &Transition::at_ms),
      ipc::field("resource", &Transition::resource),
      ipc::field("from_state", &Transition::from_state),
      ipc::field("to_state", &Transition::to_state),
      ipc::field("reason", &Transition::reason),
      ipc::field("detail", &Transition::detail));
};

/// The parameters of pool.add.
struct PoolAddParams {
  /// A resource, or the key that resources which stand in for each other have in common. Not empty. At most 128 bytes.
  std::string resource;
  /// What is asked for: a model's name, an extension's id. Not empty. At most 128 bytes.
  std::string key;
  /// What a resource is. One of model, instance.
  std::optional<std::string> kind;
  static constexpr std::string_view kind_default = "instance";
  /// 0 to 9007199254740991.
  std::optional<std::uint64_t> memory_bytes;
  static constexpr std::uint64_t memory_bytes_default = 0;
  /// What loading takes, as far as is known. 0 to 9007199254740991.
  std::optional<std::uint64_t> load_ms;
  static constexpr std::uint64_t load_ms_default = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("resource", &PoolAddParams::resource),
      ipc::field("key", &PoolAddParams::key),
      ipc::field("kind", &PoolAddParams::kind),
      ipc::field("memory_bytes", &PoolAddParams::memory_bytes),
      ipc::field("load_ms", &PoolAddParams::load_ms));
};

/// The parameters of pool.remove.
struct PoolRemoveParams {
  /// A resource, or the key that resources which stand in for each other have in common. Not empty. At most 128 bytes.
  std::string resource;
  static constexpr auto fields = ipc::describe(
      ipc::field("resource", &PoolRemoveParams::resource));
};

/// The parameters of pool.allocate.
struct PoolAllocateParams {
  /// A resource, or the key that resources which stand in for each other have in common. Not empty. At most 128 bytes.
  std::string key;
  /// The endpoint that will use it, where that is not the sender. Not empty. At most 128 bytes.
  std::optional<std::string> holder;
  /// Which of its processes. At most 128 bytes.
  std::optional<std::string> instance;
  /// 1 to 86400000.
  std::optional<std::uint64_t> lease_ms;
  static constexpr std::uint64_t lease_ms_default = 300000;
  static constexpr auto fields = ipc::describe(
      ipc::field("key", &PoolAllocateParams::key),
      ipc::field("holder", &PoolAllocateParams::holder),
      ipc::field("instance", &PoolAllocateParams::instance),
      ipc::field("lease_ms", &PoolAllocateParams::lease_ms));
};

using PoolAllocateResult = Allocation;

/// The parameters of pool.release.
struct PoolReleaseParams {
  /// Names a lease; never used twice. 1 to 9007199254740991.
  std::uint64_t lease = 0;
  /// Not empty. At most 128 bytes.
  std::optional<std::string> holder;
  /// At most 128 bytes.
  std::optional<std::string> instance;
  /// How the work with it went, for its health.
  std::optional<bool> succeeded;
  static constexpr bool succeeded_default = true;
  static constexpr auto fields = ipc::describe(
      ipc::field("lease", &PoolReleaseParams::lease),
      ipc::field("holder", &PoolReleaseParams::holder),
      ipc::field("instance", &PoolReleaseParams::instance),
      ipc::field("succeeded", &PoolReleaseParams::succeeded));
};

/// The result of pool.release.
struct PoolReleaseResult {
  /// Cooling: there is no room for it any more, it must be unloaded. One of unloaded, loading, warming, ready, active,
  /// cooling, failed.
  std::string state;
  static constexpr auto fields = ipc::describe(
      ipc::field("state", &PoolReleaseResult::state));
};

/// The parameters of pool.renew.
struct PoolRenewParams {
  /// Names a lease; never used twice. 1 to 9007199254740991.
  std::uint64_t lease = 0;
  /// Not empty. At most 128 bytes.
  std::optional<std::string> holder;
  /// At most 128 bytes.
  std::optional<std::string> instance;
  /// 1 to 86400000.
  std::optional<std::uint64_t> lease_ms;
  static constexpr std::uint64_t lease_ms_default = 300000;
  static constexpr auto fields = ipc::describe(
      ipc::field("lease", &PoolRenewParams::lease),
      ipc::field("holder", &PoolRenewParams::holder),
      ipc::field("instance", &PoolRenewParams::instance),
      ipc::field("lease_ms", &PoolRenewParams::lease_ms));
};

/// The result of pool.renew.
struct PoolRenewResult {
  std::uint64_t expires_in_ms = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("expires_in_ms", &PoolRenewResult::expires_in_ms));
};

/// The parameters of pool.prewarm.
struct PoolPrewarmParams {
  /// A resource, or the key that resources which stand in for each other have in common. Not empty. At most 128 bytes.
  std::string key;
  /// 1 to 131072.
  std::optional<std::uint64_t> count;
  static constexpr std::uint64_t count_default = 1;
  static constexpr auto fields = ipc::describe(
      ipc::field("key", &PoolPrewarmParams::key),
      ipc::field("count", &PoolPrewarmParams::count));
};

using PoolPrewarmResult = Preparation;

/// The parameters of pool.predict.
struct PoolPredictParams {
  /// At most 1024 items.
  std::vector<Expectation> expected;
  static constexpr auto fields = ipc::describe(
      ipc::field("expected", &PoolPredictParams::expected));
};

using PoolPredictResult = Preparation;

using PoolResizeParams = Room;

/// The result of pool.resize.
struct PoolResizeResult {
  /// Resources. At most 131072 items.
  std::vector<std::string> evicted;
  static constexpr auto fields = ipc::describe(
      ipc::field("evicted", &PoolResizeResult::evicted));
};

/// The parameters of pool.evict.
struct PoolEvictParams {
  /// A resource, or the key that resources which stand in for each other have in common. Not empty. At most 128 bytes.
  std::optional<std::string> resource;
  /// 1 to 131072.
  std::optional<std::uint64_t> count;
  static constexpr std::uint64_t count_default = 1;
  static constexpr auto fields = ipc::describe(
      ipc::field("resource", &PoolEvictParams::resource),
      ipc::field("count", &PoolEvictParams::count));
};

/// The result of pool.evict.
struct PoolEvictResult {
  /// Resources. At most 131072 items.
  std::vector<std::string> evicted;
  static constexpr auto fields = ipc::describe(
      ipc::field("evicted", &PoolEvictResult::evicted));
};

/// The parameters of pool.report.
struct PoolReportParams {
  /// A resource, or the key that resources which stand in for each other have in common. Not empty. At most 128 bytes.
  std::string resource;
  /// One of warming, ready, unloaded.
  std::string state;
  static constexpr auto fields = ipc::describe(
      ipc::field("resource", &PoolReportParams::resource),
      ipc::field("state", &PoolReportParams::state));
};

/// The result of pool.report.
struct PoolReportResult {
  /// Of a resource. One of unloaded, loading, warming, ready, active, cooling, failed.
  std::string state;
  static constexpr auto fields = ipc::describe(
      ipc::field("state", &PoolReportResult::state));
};

/// The parameters of pool.fail.
struct PoolFailParams {
  /// A resource, or the key that resources which stand in for each other have in common. Not empty. At most 128 bytes.
  std::string resource;
  /// Not empty. At most 512 bytes.
  std::string reason;
  static constexpr auto fields = ipc::describe(
      ipc::field("resource", &PoolFailParams::resource),
      ipc::field("reason", &PoolFailParams::reason));
};

/// The result of pool.fail.
struct PoolFailResult {
  /// As the type failure; null where nobody had a lease.
  std::optional<nlohmann::json> failure;
  static constexpr auto fields = ipc::describe(
      ipc::field("failure", &PoolFailResult::failure));
};

/// The parameters of pool.holder_gone.
struct PoolHolderGoneParams {
  /// Not empty. At most 128 bytes.
  std::optional<std::string> holder;
  /// At most 128 bytes.
  std::optional<std::string> instance;
  static constexpr auto fields = ipc::describe(
      ipc::field("holder", &PoolHolderGoneParams::holder),
      ipc::field("instance", &PoolHolderGoneParams::instance));
};

/// The result of pool.holder_gone.
struct PoolHolderGoneResult {
  std::uint64_t reclaimed = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("reclaimed", &PoolHolderGoneResult::reclaimed));
};

/// The result of pool.status.
struct PoolStatusResult {
  std::uint64_t resources = 0;
  std::uint64_t leases = 0;
  std::uint64_t loaded = 0;
  std::uint64_t memory_bytes = 0;
  /// What may be in memory at once.
  Room room;
  /// How many resources are in each state.
  nlohmann::json by_state;
  /// Null before the first allocation. 0 to 1.
  std::optional<double> hit_rate;
  /// Counted since the module started.
  Statistics since_start;
  static constexpr auto fields = ipc::describe(
      ipc::field("resources", &PoolStatusResult::resources),
      ipc::field("leases", &PoolStatusResult::leases),
      ipc::field("loaded", &PoolStatusResult::loaded),
      ipc::field("memory_bytes", &PoolStatusResult::memory_bytes),
      ipc::field("room", &PoolStatusResult::room),
      ipc::field("by_state", &PoolStatusResult::by_state),
      ipc::field("hit_rate", &PoolStatusResult::hit_rate),
      ipc::field("since_start", &PoolStatusResult::since_start));
};

/// The parameters of pool.describe.
struct PoolDescribeParams {
  /// A resource, or the key that resources which stand in for each other have in common. Not empty. At most 128 bytes.
  std::string resource;
  static constexpr auto fields = ipc::describe(
      ipc::field("resource", &PoolDescribeParams::resource));
};

/// The result of pool.describe.
struct PoolDescribeResult {
  /// A resource, or the key that resources which stand in for each other have in common. Not empty. At most 128 bytes.
  std::string resource;
  /// A resource, or the key that resources which stand in for each other have in common. Not empty. At most 128 bytes.
  std::string key;
  /// What a resource is. One of model, instance.
  std::string kind;
  std::uint64_t memory_bytes = 0;
  std::uint64_t load_ms = 0;
  /// Of a resource. One of unloaded, loading, warming, ready, active, cooling, failed.
  std::string state;
  std::uint64_t uses = 0;
  /// Of its last eight uses. 0 to 8.
  std::uint64_t failures = 0;
  /// Why it failed last.
  std::optional<std::string> problem;
  /// A failed one may be loaded again after so long.
  std::uint64_t retry_in_ms = 0;
  /// At least 1.
  std::optional<std::uint64_t> lease;
  std::optional<std::string> holder;
  std::optional<std::string> instance;
  std::optional<std::uint64_t> expires_in_ms;
  static constexpr auto fields = ipc::describe(
      ipc::field("resource", &PoolDescribeResult::resource),
      ipc::field("key", &PoolDescribeResult::key),
      ipc::field("kind", &PoolDescribeResult::kind),
      ipc::field("memory_bytes", &PoolDescribeResult::memory_bytes),
      ipc::field("load_ms", &PoolDescribeResult::load_ms),
      ipc::field("state", &PoolDescribeResult::state),
      ipc::field("uses", &PoolDescribeResult::uses),
      ipc::field("failures", &PoolDescribeResult::failures),
      ipc::field("problem", &PoolDescribeResult::problem),
      ipc::field("retry_in_ms", &PoolDescribeResult::retry_in_ms),
      ipc::field("lease", &PoolDescribeResult::lease),
      ipc::field("holder", &PoolDescribeResult::holder),
      ipc::field("instance", &PoolDescribeResult::instance),
      ipc::field("expires_in_ms", &PoolDescribeResult::expires_in_ms));
};

/// The parameters of pool.history.
struct PoolHistoryParams {
  /// A resource, or the key that resources which stand in for each other have in common. Not empty. At most 128 bytes.
  std::optional<std::string> resource;
  /// The number of the last one known. 0 to 9007199254740991.
  std::optional<std::uint64_t> after;
  static constexpr std::uint64_t after_default = 0;
  /// 1 to 1000.
  std::optional<std::uint64_t> limit;
  static constexpr std::uint64_t limit_default = 100;
  static constexpr auto fields = ipc::describe(
      ipc::field("resource", &PoolHistoryParams::resource),
      ipc::field("after", &PoolHistoryParams::after),
      ipc::field("limit", &PoolHistoryParams::limit));
};

/// The result of pool.history.
struct PoolHistoryResult {
  /// At most 1000 items.
  std::vector<Transition> transitions;
  static constexpr auto fields = ipc::describe(
      ipc::field("transitions", &PoolHistoryResult::transitions));
};

namespace method {
/// Makes a resource known; it is unloaded.
inline constexpr ipc::Method pool_add{"pool_manager", "pool.add", true, false};
/// Forgets a resource that has no lease.
inline constexpr ipc::Method pool_remove{"pool_manager", "pool.remove", true, false};
/// Gives a lease on a resource with a key: one that is ready, else one on its way, else one that has to be loaded.
inline constexpr ipc::Method pool_allocate{"pool_manager", "pool.allocate", true, false};
/// Ends a lease.
inline constexpr ipc::Method pool_release{"pool_manager", "pool.release", true, false};
/// Gives a lease its time anew, from now on.
inline constexpr ipc::Method pool_renew{"pool_manager", "pool.renew", true, true};
/// Has more resources of a key loaded before anybody asks, as far as there is room.
inline constexpr ipc::Method pool_prewarm{"pool_manager", "pool.prewarm", true, false};
/// What will be asked for next, in place of what was said before: it is loaded into free room and spared by eviction.
inline constexpr ipc::Method pool_predict{"pool_manager", "pool.predict", true, true};
/// Sets what may be in memory at once; what is too much is evicted, what is in use when it is released.
inline constexpr ipc::Method pool_resize{"pool_manager", "pool.resize", true, true};
/// Evicts one resource, or the `count` that were not used for longest.
inline constexpr ipc::Method pool_evict{"pool_manager", "pool.evict", true, false};
/// How loading, warming or unloading went on. Ready with a lease on it is active; cooling is what there is no room
/// for any more.
inline constexpr ipc::Method pool_report{"pool_manager", "pool.report", true, false};
/// A resource does not work: its lease goes over to another one, and it is loaded again only after a while.
inline constexpr ipc::Method pool_fail{"pool_manager", "pool.fail", true, false};
/// Takes back the leases of an endpoint, or of one of its processes; without a holder everything, as after a new
/// start.
inline constexpr ipc::Method pool_holder_gone{"pool_manager", "pool.holder_gone", true, true};
/// The pool as a whole.
inline constexpr ipc::Method pool_status{"pool_manager", "pool.status", true, true};
/// One resource.
inline constexpr ipc::Method pool_describe{"pool_manager", "pool.describe", true, true};
/// The newest transitions, of all resources or of one, the oldest first.
inline constexpr ipc::Method pool_history{"pool_manager", "pool.history", true, true};
}  // namespace method

}  // namespace symphony::interfaces::pool_manager
