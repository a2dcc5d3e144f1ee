#pragma once
// What the pool remembers. Resources, keys and holders are numbers here; each resource stands in the lists its state
// says, so that no question is answered by looking for it.

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "links.h"
#include "pool_manager/pool_types.h"

namespace symphony::pit::pool {

/// How the last lease on a resource ended.
enum class Ended : std::uint8_t { not_yet, released, expired, reclaimed, failed, moved };
inline constexpr std::size_t ended_count = 6;

/// Of a resource: what allocating and releasing touch, close together.
struct Slot {
  State state = State::unloaded;
  bool used = false;
  bool leased = false;
  Ended ended = Ended::not_yet;
  Kind kind = Kind::instance;
  /// The newest outcomes, a bit each, 1 where it failed.
  std::uint8_t outcomes = 0;
  std::uint8_t failures_in_a_row = 0;
  std::uint32_t key = links_none;
  std::uint32_t holder = links_none;
  /// Counts the leases; with the slot's number it is a lease's id.
  std::uint64_t generation = 0;
  std::int64_t expires_us = 0;
  std::uint64_t memory_bytes = 0;
  Link in_key;
  Link idle;
  Link of_holder;
  Link in_wheel;
};

/// Of a resource: what is read now and then.
struct About {
  std::string id;
  /// Why it failed.
  std::string problem;
  std::uint64_t load_ms = 0;
  std::uint64_t uses = 0;
  /// When a failed one may be loaded again.
  std::int64_t retry_us = 0;
  /// Times it was put down since it last worked.
  std::uint32_t put_down = 0;
  /// The lease that stands in for one that was moved.
  std::uint64_t replacement = 0;
};

struct Key {
  std::string name;
  std::size_t resources = 0;
  std::size_t leased_count = 0;
  List ready;
  List cooling;
  List pending;  // loading or warming, without a lease
  List unloaded;
  List failed;
  List leased;
  double probability = 0;
  std::int64_t expected_until_us = 0;
};

struct HolderEntry {
  std::string endpoint;
  std::string instance;
  List leases;
};

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
};
using Numbers = boost::unordered_flat_map<std::string, std::uint32_t, TextHash, std::equal_to<>>;

struct Books {
  static constexpr std::size_t wheel_size = 1024;
  static constexpr std::size_t first_sweep = 1024;

  std::int64_t last_us_ = 0;
  Room room_;
  std::uint64_t loaded_ = 0;
  std::uint64_t loaded_bytes_ = 0;
  std::size_t leases_ = 0;
  std::array<std::size_t, state_count> by_state_{};
  std::vector<Slot> slots_;
  std::vector<About> about_;
  std::vector<std::uint32_t> free_slots_;
  std::vector<Key> keys_;
  std::vector<std::uint32_t> free_keys_;
  std::vector<HolderEntry> holders_;
  std::vector<std::uint32_t> free_holders_;
  /// As many holders as this, and those without leases are forgotten.
  std::size_t sweep_at_ = first_sweep;
  Numbers by_id_;
  Numbers by_key_;
  /// "endpoint\ninstance"
  Numbers by_holder_;
  std::string holder_name_;
  /// Ready and without a lease, the most recently used first.
  List idle_;
  /// By the time a lease ends.
  std::vector<List> wheel_ = std::vector<List>(wheel_size);
  std::int64_t wheel_tick_ = 0;
  std::vector<std::uint32_t> expected_;
  /// A ring.
  std::vector<Transition> history_;
  std::uint64_t transitions_ = 0;
  Statistics statistics_;
};

}  // namespace symphony::pit::pool
