#pragma once
// What the arbiter remembers. Resources, shares, holders and requests are numbers here; who waits stands in a lane of
// the one resource it lacks.

#include <array>
#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "arbitration_engine/arbitration_types.h"
#include "links.h"

namespace symphony::pit::arbitration {

struct HeldClaim {
  std::uint32_t resource = links_none;
  std::int64_t amount = 0;
};

/// A request that waits or is granted.
struct Entry {
  enum class State : std::uint8_t { unused, waiting, granted };
  State state = State::unused;
  Priority priority = Priority::normal;
  std::uint32_t holder = links_none;
  std::uint32_t share = links_none;
  /// The resource in whose lane it stands while it waits.
  std::uint32_t lane = links_none;
  std::uint64_t id = 0;
  std::int64_t asked_us = 0;
  std::int64_t granted_us = 0;
  std::int64_t deadline_us = 0;
  std::int64_t expected_ms = 0;
  /// The round of dispatch() that could not serve it.
  std::uint64_t tried = 0;
  boost::container::small_vector<HeldClaim, 4> claims;
  std::string user;
  std::string melody;
  std::string extension;
  Link in_lane;
  Link of_holder;
};

/// One share at one resource: what it used, and who waits, by priority, the oldest first.
struct Lane {
  std::uint32_t share = links_none;
  /// Requests that wait here, or hold some of the resource.
  std::size_t active = 0;
  std::size_t waiting = 0;
  /// Milliseconds of the whole resource, divided by the weight.
  double used = 0;
  std::array<List, priority_count> by_priority;
};

struct ResourceEntry {
  ResourceSpec spec;
  bool used = false;
  /// What nobody holds, or what is left; below 0 where the capacity became smaller than what is held.
  std::int64_t available = 0;
  /// A rate gained everything until then; a budget's period began then.
  std::int64_t since_us = 0;
  std::size_t held = 0;  // requests
  std::size_t waiting = 0;
  std::int64_t waiting_amount = 0;
  double mean_hold_ms = static_cast<double>(limits::default_expected_ms);
  std::vector<Lane> lanes;
  /// Lanes by their share.
  boost::unordered_flat_map<std::uint32_t, std::uint32_t> lane_of;
  /// What the share had used whose turn it was last: one that was idle begins there, with no credit for that time.
  double turn = 0;
};

struct Share {
  std::string name;
  double weight = 1;
  /// Somebody gave it its weight.
  bool weighted = false;
  /// Requests that wait or are granted.
  std::size_t requests = 0;
};

struct HolderEntry {
  std::string endpoint;
  std::string instance;
  List granted;
  List waiting;
};

struct Spending {
  SpendingLimit limit;
  std::int64_t spent = 0;
  std::int64_t since_us = 0;
};

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
};
using Numbers = boost::unordered_flat_map<std::string, std::uint32_t, TextHash, std::equal_to<>>;

struct Ledger {
  static constexpr std::size_t first_sweep = 1024;

  std::int64_t last_us_ = 0;
  std::int64_t ageing_ms_ = Policy().ageing_ms;
  std::uint64_t last_request_ = 0;
  std::uint64_t round_ = 0;
  std::size_t granted_ = 0;
  std::size_t waiting_ = 0;
  std::uint64_t decisions_ = 0;
  std::uint64_t deadlocks_ = 0;
  std::vector<ResourceEntry> resources_;
  std::vector<std::uint32_t> free_resources_;
  Numbers by_resource_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> free_entries_;
  boost::unordered_flat_map<std::uint64_t, std::uint32_t> by_request_;
  std::vector<Share> shares_;
  std::vector<std::uint32_t> free_shares_;
  Numbers by_share_;
  std::vector<HolderEntry> holders_;
  std::vector<std::uint32_t> free_holders_;
  /// "endpoint\ninstance"
  Numbers by_holder_;
  std::size_t sweep_holders_at_ = first_sweep;
  std::string holder_name_;
  /// Holders that hold something others may wait for, and wait for one thing themselves: only they can be in a circle.
  std::set<std::uint32_t> entangled_;
  /// By resource, scope, name.
  std::map<std::tuple<std::string, Scope, std::string>, Spending, std::less<>> spending_;
  /// How many of them a resource has, so that none are looked for where there are none.
  std::vector<std::size_t> spending_of_;
  /// A ring.
  std::vector<Record> audit_;
  std::uint64_t records_ = 0;
};

}  // namespace symphony::pit::arbitration
