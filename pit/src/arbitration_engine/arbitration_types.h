#pragma once
// The words of arbitration: what can be asked for, and what is answered.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace symphony::pit::arbitration {

enum class Kind : std::uint8_t {
  /// So much can be held at once: cores, memory.
  capacity,
  /// One holder at a time.
  lock,
  /// So much at once, and so much a second in the long run; what was taken does not come back.
  rate,
  /// So much in a period, or ever: money. What was taken does not come back.
  budget,
};
inline constexpr std::size_t kind_count = 4;
std::string_view name_of(Kind kind) noexcept;

enum class Priority : std::uint8_t { critical, high, normal, low, background };
inline constexpr std::size_t priority_count = 5;
std::string_view name_of(Priority priority) noexcept;

/// What became of a request.
enum class Event : std::uint8_t { granted, deferred, denied, released, cancelled, reclaimed };
inline constexpr std::size_t event_count = 6;
std::string_view name_of(Event event) noexcept;

enum class Scope : std::uint8_t { user, melody, extension };
inline constexpr std::size_t scope_count = 3;
std::string_view name_of(Scope scope) noexcept;

/// What is accepted at most; more is an error, not growth.
namespace limits {
inline constexpr std::size_t resources = 1024;
inline constexpr std::size_t claims = 16;
inline constexpr std::size_t name_bytes = 128;
/// Granted and not released, or waiting.
inline constexpr std::size_t requests = 131'072;
inline constexpr std::size_t waiting = 65'536;
inline constexpr std::size_t shares = 4096;
inline constexpr std::size_t spending_limits = 4096;
inline constexpr std::int64_t amount = 9'007'199'254'740'991;
/// Of a rate: what it holds, and what it gains a second.
inline constexpr std::int64_t rate = 1'000'000'000;
inline constexpr std::int64_t longest_ms = 31'622'400'000;  // 366 days
inline constexpr std::int64_t default_wait_ms = 60'000;
inline constexpr std::int64_t default_expected_ms = 1000;
inline constexpr double largest_weight = 1000;
inline constexpr std::size_t audit = 8192;
/// Of the audit log, in a snapshot.
inline constexpr std::size_t audit_kept = 256;
}  // namespace limits

struct ResourceSpec {
  std::string id;
  Kind kind = Kind::capacity;
  std::int64_t capacity = 1;
  /// Of a rate.
  std::int64_t refill_per_s = 0;
  /// Of a budget; 0: it is never renewed.
  std::int64_t period_ms = 0;
};

struct Claim {
  std::string resource;
  std::int64_t amount = 1;
};

struct Holder {
  std::string_view endpoint;
  /// Which process of it, where it has several.
  std::string_view instance = {};
};

/// All claims are granted together or none.
struct Ask {
  std::vector<Claim> claims;
  Priority priority = Priority::normal;
  Holder holder;
  /// Who shares with whom; empty: the user, else the holder.
  std::string_view share = {};
  std::string_view user = {};
  std::string_view melody = {};
  std::string_view extension = {};
  /// How long it will hold what it asks for, as far as is known.
  std::int64_t expected_ms = limits::default_expected_ms;
  /// How long it would wait; 0: not at all.
  std::int64_t wait_ms = limits::default_wait_ms;
};

/// One step of a circle of holders that would wait for each other for ever.
struct Wait {
  std::string holder;
  std::string waits_for;  // a resource
  std::string held_by;
};

struct Outcome {
  /// granted, deferred or denied.
  Event decision = Event::denied;
  std::uint64_t request = 0;
  /// A sentence for a person.
  std::string reason;
  /// Of one that is deferred.
  std::int64_t estimated_wait_ms = 0;
  /// Of one that is denied for a deadlock.
  std::vector<Wait> cycle;
  /// Others that were deferred and are granted now: what time brought is noticed by whoever asks next.
  std::vector<std::uint64_t> granted;
};

struct Released {
  Event what = Event::released;
  /// Requests that were deferred and are granted now, in this order.
  std::vector<std::uint64_t> granted;
};

struct SpendingLimit {
  std::string resource;
  Scope scope = Scope::user;
  std::string name;
  std::int64_t limit = 0;
  /// 0: for ever.
  std::int64_t period_ms = 0;
};

struct Policy {
  /// A request that has waited so long counts as one priority higher, and so on; beyond the highest nobody overtakes
  /// it.
  std::int64_t ageing_ms = 10'000;
  /// Shares that do not count 1.
  std::vector<std::pair<std::string, double>> weights;
};

/// One entry of the audit log.
struct Record {
  std::uint64_t number = 0;
  /// Since 1970.
  std::int64_t at_ms = 0;
  std::uint64_t request = 0;
  Event event = Event::granted;
  Priority priority = Priority::normal;
  std::string holder;
  std::string share;
  std::string user;
  std::string melody;
  std::string extension;
  /// "cores 4, gpu 1"
  std::string claims;
  std::string reason;
};

/// Which records are asked for; empty: any.
struct RecordFilter {
  std::uint64_t after = 0;
  std::uint64_t request = 0;
  std::optional<Event> event;
  std::string_view holder = {};
  std::string_view user = {};
  std::string_view melody = {};
  std::string_view extension = {};
};

struct ShareStatus {
  std::string name;
  double weight = 1;
  /// Milliseconds of the whole resource, divided by the weight: about equal where all have enough to ask for.
  double used_ms = 0;
  std::size_t waiting = 0;
};

struct ResourceStatus {
  ResourceSpec spec;
  std::int64_t available = 0;
  std::size_t waiting = 0;
  double mean_hold_ms = 0;
  std::vector<ShareStatus> shares;
};

struct SpendingStatus {
  SpendingLimit limit;
  std::int64_t spent = 0;
  std::int64_t renewed_in_ms = 0;
};

struct Status {
  std::vector<ResourceStatus> resources;
  std::vector<SpendingStatus> limits;
  std::size_t granted = 0;
  std::size_t waiting = 0;
  std::uint64_t decisions = 0;
  std::uint64_t deadlocks = 0;
};

}  // namespace symphony::pit::arbitration
