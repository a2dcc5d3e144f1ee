#pragma once
// The pool: which models and extension instances there are, in which state, and who has a lease on which. It decides
// and keeps the books; loading and unloading is its caller's, who reports how that went.

#include <cstdint>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include <symphony/ipc/error.h>

#include "clock.h"
#include "pool_manager/books.h"
#include "pool_manager/pool_types.h"

namespace symphony::pit::pool {

using ipc::Error;
using ipc::ErrorCode;
using ipc::Result;

/// Any thread. Times come from the clock it is given; one that goes back stands still. Errors are those of docs/pit.md;
/// after one, nothing has changed (but a lease whose time is over is over).
class Pool : private Books {
 public:
  explicit Pool(const Clock& clock) : clock_(clock) {}
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// A resource nobody has loaded. Errors: invalid_params, invalid_request (the id is taken), resource_exhausted.
  Result<void> add(const Resource& resource);
  /// Errors: not_found, invalid_request (it is leased).
  Result<void> remove(std::string_view id);

  /// `lease_ms` 0: the usual time. Errors: not_found (nothing has the key), resource_exhausted (all leased or failed,
  /// or no room), invalid_params.
  Result<Allocation> allocate(std::string_view key, Holder holder, std::int64_t lease_ms = 0);
  /// `succeeded`: how the work with it went, for its health. Errors: as find_lease().
  /// The state of the resource now: ready; cooling: it has to be unloaded; failed.
  Result<State> release(std::uint64_t lease, Holder holder, bool succeeded = true);
  /// From now on. Errors: as find_lease(), invalid_params.
  Result<std::int64_t> renew(std::uint64_t lease, Holder holder, std::int64_t lease_ms = 0);
  /// Takes back every lease of an endpoint, or of one process of it; how many.
  std::size_t gone(std::string_view endpoint, const std::string* instance);
  /// The program was started anew: nobody holds anything, and what was in memory is not. How many leases that were.
  std::size_t restarted();

  /// Has `count` more of a key loaded, as far as there is room without taking what is expected to be used. Errors:
  /// not_found.
  Result<Preparation> prewarm(std::string_view key, std::uint64_t count);
  /// What the Conductor expects to be asked for next; replaces what it said before. Loads what fits into free room, the
  /// largest saving first, and eviction spares it. Errors: invalid_params, payload_too_large.
  Result<Preparation> predict(const std::vector<Expected>& expected);
  /// What has to be unloaded to fit. Errors: invalid_params.
  Result<std::vector<std::string>> resize(Room room);
  /// Idle ones, the least recently used first; or the one with the id. Errors: not_found, invalid_request (leased or
  /// not in memory).
  Result<std::vector<std::string>> evict(std::uint64_t count);
  Result<void> evict(std::string_view id);

  /// What became of loading, warming or unloading: `state` is warming, ready or unloaded. What it is then:
  /// with a lease on it, ready is active; cooling, when there is no room for it any more. Errors: not_found,
  /// invalid_request (it cannot follow).
  Result<State> report(std::string_view id, State state);
  /// It does not work. Its lease, if any, goes over to another one. Errors: not_found, invalid_request (not in memory).
  Result<std::optional<FailOver>> fail(std::string_view id, std::string_view reason);

  Status status();
  /// Errors: not_found.
  Result<Description> describe(std::string_view id);
  /// Those after number `after`, the oldest first; of one resource unless `id` is empty.
  std::vector<Transition> history(std::uint64_t after, std::size_t limit, std::string_view id = {});

  nlohmann::json snapshot();
  /// Errors: version_mismatch, data_corrupted (data.path); the state is as it was.
  Result<void> restore(const nlohmann::json& state);

 private:
  static constexpr std::uint32_t none = links_none;
  /// A quarter of a second, about.
  static constexpr unsigned wheel_shift = 18;

  // All below: the mutex is held.
  std::int64_t now();
  void move(std::uint32_t slot, State to, bool leased, Reason reason, std::string_view detail = {});
  List* list_of(std::uint32_t slot);
  void unlink(std::uint32_t slot);
  void link(std::uint32_t slot);
  void record(std::uint32_t slot, State from, State to, Reason reason, std::string_view detail);

  void begin_lease(std::uint32_t slot, State state, Reason reason, Holder holder, std::int64_t expires_us);
  /// The resource goes where it belongs without one: ready, or cooling when there is no room for it any more.
  void end_lease(std::uint32_t slot, Ended how, Reason reason);
  void cool_if_too_much(std::uint32_t slot);
  /// Takes the lease off its lists.
  void close_lease(std::uint32_t slot, Ended how);
  void expire(std::int64_t now_us, bool exactly);
  Result<std::uint32_t> find_lease(std::uint64_t lease, Holder holder, std::int64_t now_us);
  static std::uint64_t lease_id(std::uint32_t slot, std::uint64_t generation);
  std::uint64_t lease_id(std::uint32_t slot) const { return lease_id(slot, slots_[slot].generation); }

  Result<std::uint32_t> find_resource(std::string_view id) const;
  std::uint32_t intern_key(std::string_view name);
  std::uint32_t intern_holder(Holder holder);

  Result<Allocation> take(std::uint32_t key, Holder holder, std::int64_t expires_us, Reason reason,
                          std::int64_t now_us);
  std::uint32_t loadable(std::uint32_t key, std::int64_t now_us);
  /// All or nothing. Spares `key`, and what is expected unless `also_expected`.
  bool make_room(std::uint64_t memory_bytes, std::uint32_t key, bool also_expected, std::int64_t now_us,
                 std::vector<std::string>& evicted);
  bool fits(std::uint64_t count, std::uint64_t memory_bytes) const;
  void cool(std::uint32_t slot, Reason reason, std::vector<std::string>& evicted);
  void prepare(std::uint32_t key, std::uint64_t count, Reason reason, std::int64_t now_us, Preparation& done);
  void put_down(std::uint32_t slot, std::int64_t now_us, Reason reason, std::string_view detail);
  bool is_expected(std::uint32_t key, std::int64_t now_us) const;
  nlohmann::json row_of(std::uint32_t slot, std::int64_t now_us) const;
  Result<void> load(const nlohmann::json& state);
  Result<void> load_resource(const nlohmann::json& row, std::int64_t now_us);

  const Clock& clock_;
  std::mutex mutex_;
};

}  // namespace symphony::pit::pool
