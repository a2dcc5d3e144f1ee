#pragma once
// The arbiter: who gets which resource now, who waits, who does not get it, and why. The same requests at the same
// times have the same answers.

#include <cstdint>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <symphony/ipc/error.h>

#include "arbitration_engine/arbitration_types.h"
#include "arbitration_engine/ledger.h"
#include "clock.h"

namespace symphony::pit::arbitration {

using ipc::Error;
using ipc::ErrorCode;
using ipc::Result;

/// Any thread. Times come from the clock it is given; one that goes back stands still. After an error nothing has
/// changed.
class Arbiter : private Ledger {
 public:
  explicit Arbiter(const Clock& clock) : clock_(clock) {}
  Arbiter(const Arbiter&) = delete;
  Arbiter& operator=(const Arbiter&) = delete;

  /// A new resource, or other figures for one there is; what is granted stays granted. Those granted by it. Errors:
  /// invalid_params, invalid_request (another kind), resource_exhausted.
  Result<std::vector<std::uint64_t>> define(const ResourceSpec& spec);
  /// Errors: not_found, invalid_request (held or waited for).
  Result<void> remove(std::string_view resource);
  /// Errors: invalid_params, not_found (the resource), resource_exhausted.
  Result<void> set_limit(const SpendingLimit& limit);
  /// Errors: not_found.
  Result<void> remove_limit(std::string_view resource, Scope scope, std::string_view name);
  /// What is left out of `weights` stays. Errors: invalid_params, resource_exhausted.
  Result<void> set_policy(const Policy& policy);
  Policy policy();

  /// Errors: invalid_params, not_found (a resource), resource_exhausted (too many requests at once). What cannot be had
  /// is no error but denied.
  Result<Outcome> request(const Ask& ask);
  /// Gives back what was granted, or gives up what waits. `spent`: what was really taken of budgets. Errors: not_found,
  /// permission_denied (another holder's), invalid_request (ended before), invalid_params.
  Result<Released> release(std::uint64_t request, Holder holder, const std::vector<Claim>& spent = {});
  /// How it stands with a request now. Errors: not_found; of one that ended, its end is in the record.
  Result<Outcome> look(std::uint64_t request);
  /// Takes back everything of an endpoint, or of one process of it; those granted by it.
  std::vector<std::uint64_t> gone(std::string_view endpoint, const std::string* instance, std::size_t& reclaimed);
  /// The program was started anew: nobody holds anything or waits. How many that were. What was spent stays spent.
  std::size_t restarted();

  /// The oldest first, at most `limit`.
  std::vector<Record> records(const RecordFilter& filter, std::size_t limit);
  Status status();

  nlohmann::json snapshot();
  /// Errors: version_mismatch, data_corrupted (data.path); the state is as it was.
  Result<void> restore(const nlohmann::json& state);

 private:
  static constexpr std::uint32_t none = links_none;
  // All below: the mutex is held.
  std::int64_t now();
  Result<void> read_claims(const Ask& ask, Entry& entry) const;
  std::uint32_t intern_share(std::string_view name);
  void sweep_shares();
  std::uint32_t intern_holder(Holder holder);
  Result<std::uint32_t> find_resource(std::string_view id, const std::string& path) const;
  Result<std::uint32_t> find_request(std::uint64_t request) const;
  const Record* last_record(std::uint64_t request) const;

  /// Brings a rate or a budget up to now.
  static void refresh(ResourceEntry& resource, std::int64_t now_us);
  static void refresh(Spending& spending, std::int64_t now_us);
  /// The first resource there is not enough of.
  std::uint32_t lacking(const Entry& entry, std::int64_t now_us);
  /// Why it cannot be had however long it waits; empty where it can.
  std::string forbidden(const Entry& entry, std::int64_t now_us);
  template <class Visit>
  void for_each_spending(const Entry& entry, std::uint32_t resource, const Visit& visit);
  /// What holding a claim for a time is to its share.
  double cost(const HeldClaim& claim, const Share& share, double held_ms) const;
  Lane& lane_of(std::uint32_t resource, std::uint32_t share);
  void activate(std::uint32_t index);

  Outcome decide(std::uint32_t index, std::int64_t wait_ms, std::int64_t now_us);
  /// What became of one that took its place.
  Outcome judge(std::uint32_t index, std::uint64_t id, std::int64_t wait_ms, std::int64_t now_us,
                std::vector<std::uint32_t>& freed);
  void grant(std::uint32_t index, std::int64_t now_us, std::string_view reason);
  void enter_lane(std::uint32_t index, std::uint32_t resource);
  void leave_lane(std::uint32_t index);
  /// Ends a request that waits or is granted. Resources that are freer now are added to `freed`.
  void end(std::uint32_t index, std::int64_t now_us, Event event, std::string_view reason,
           std::vector<std::uint32_t>& freed);
  /// Gives what is free to those who wait for it.
  void dispatch(std::uint32_t resource, std::int64_t now_us, std::vector<std::uint64_t>& granted);
  void dispatch_all(std::vector<std::uint32_t>& freed, std::int64_t now_us, std::vector<std::uint64_t>& granted);
  std::uint32_t next_in(const ResourceEntry& resource, std::int64_t now_us, bool& boosted) const;
  void update_entangled(std::uint32_t holder);
  std::int64_t estimate_ms(const Entry& entry, std::int64_t now_us);
  std::int64_t used_claim(const Entry& entry, std::uint32_t resource) const;

  /// The circle in which the holder would wait for ever; empty where there is none.
  std::vector<Wait> find_deadlock(std::uint32_t holder) const;
  /// What the holder waits for and cannot get, if nobody else gives anything back.
  std::uint32_t stuck_at(std::uint32_t holder, const std::vector<std::int64_t>& available) const;

  void record(const Entry& entry, Event event, std::string_view reason);
  nlohmann::json row_of(const Entry& entry, std::int64_t now_us) const;
  Result<void> load(const nlohmann::json& state);
  Result<void> load_resource(const nlohmann::json& row, std::int64_t now_us);
  Result<void> load_request(const nlohmann::json& row, std::int64_t now_us);
  Result<void> load_spending(const nlohmann::json& row, std::int64_t now_us);

  const Clock& clock_;
  std::mutex mutex_;
};

}  // namespace symphony::pit::arbitration
