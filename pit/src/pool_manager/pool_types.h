#pragma once
// The words of the pool: what it holds, what it answers.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace symphony::pit::pool {

enum class State : std::uint8_t { unloaded, loading, warming, ready, active, cooling, failed };
inline constexpr std::size_t state_count = 7;
std::string_view name_of(State state) noexcept;

/// Whether a resource may go from one state to the other: docs/pit.md draws it.
bool may_follow(State from, State to) noexcept;

enum class Kind : std::uint8_t { model, instance };
std::string_view name_of(Kind kind) noexcept;

/// How much had to be done for a lease: nothing; what is under way, or still in memory, is taken; all of it.
enum class Grade : std::uint8_t { hit, warm, cold };
std::string_view name_of(Grade grade) noexcept;

enum class Reason : std::uint8_t {
  added,
  allocated,
  released,
  expired,
  holder_gone,
  prewarmed,
  predicted,
  evicted_for_count,
  evicted_for_memory,
  evicted_on_request,
  reported,
  failed,
  unhealthy,
  failed_over,
  retried,
  restarted,
};
inline constexpr std::size_t reason_count = 16;
std::string_view name_of(Reason reason) noexcept;

/// What the pool accepts at most; more is an error, not growth.
namespace limits {
inline constexpr std::size_t resources = 131'072;
inline constexpr std::size_t id_bytes = 128;
/// Of memory, counts and times: what every language can hold exactly.
inline constexpr std::uint64_t number = 9'007'199'254'740'991;
inline constexpr std::int64_t shortest_lease_ms = 1;
inline constexpr std::int64_t longest_lease_ms = 86'400'000;
inline constexpr std::int64_t default_lease_ms = 300'000;
inline constexpr std::size_t history = 4096;
/// Of the history, in a snapshot.
inline constexpr std::size_t history_kept = 256;
inline constexpr std::size_t predictions = 1024;
inline constexpr std::size_t reason_bytes = 512;
/// How many idle resources an eviction looks at for one nobody expects to be used.
inline constexpr std::size_t eviction_look = 64;
}  // namespace limits

/// What may be in memory at once; resources that are loading, warming, ready or active count.
struct Room {
  std::uint64_t count = 64;
  std::uint64_t memory_bytes = 8ULL << 30U;
  bool operator==(const Room&) const = default;
};

struct Resource {
  std::string id;
  /// What is asked for: a model's name, an extension's id. Resources of one key stand in for each other.
  std::string key;
  Kind kind = Kind::instance;
  std::uint64_t memory_bytes = 0;
  /// What loading takes, as far as is known.
  std::uint64_t load_ms = 0;
};

struct Holder {
  std::string_view endpoint;
  /// Which process of it, where it has several; empty: the endpoint as a whole.
  std::string_view instance = {};
};

struct Allocation {
  std::uint64_t lease = 0;
  std::string resource;
  Grade grade = Grade::hit;
  State state = State::active;
  std::int64_t expires_in_ms = 0;
  /// What has to be unloaded to make room, the least recently used first.
  std::vector<std::string> evicted;
};

struct Preparation {
  /// What has to be loaded now.
  std::vector<std::string> loading;
  std::vector<std::string> evicted;
};

/// What became of the lease on a resource that failed.
struct FailOver {
  std::uint64_t lease = 0;
  std::string holder;
  /// The lease that stands in for it; nothing: there was no other resource.
  std::optional<Allocation> replacement;
};

struct Expected {
  std::string key;
  double probability = 0;  // 0 to 1
  std::int64_t within_ms = 0;
};

struct Transition {
  std::uint64_t number = 0;
  /// Since 1970.
  std::int64_t at_ms = 0;
  State from = State::unloaded;
  State to = State::unloaded;
  Reason reason = Reason::added;
  std::string resource;
  /// What was said about it; mostly empty.
  std::string detail;
};

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
};

struct Status {
  std::size_t resources = 0;
  std::size_t leases = 0;
  std::uint64_t loaded = 0;
  std::uint64_t memory_bytes = 0;
  Room room;
  std::array<std::size_t, state_count> by_state{};
  Statistics since_start;
};

struct Description {
  Resource resource;
  State state = State::unloaded;
  std::uint64_t uses = 0;
  /// Of the last eight.
  unsigned failures = 0;
  /// Why it failed last; empty: it did not.
  std::string problem;
  /// 0: it may be loaded now.
  std::int64_t retry_in_ms = 0;
  /// None: 0, and the rest is empty.
  std::uint64_t lease = 0;
  std::string holder;
  std::string instance;
  std::int64_t expires_in_ms = 0;
};

}  // namespace symphony::pit::pool
