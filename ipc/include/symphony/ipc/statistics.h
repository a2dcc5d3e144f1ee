#pragma once
// What each endpoint counts, and how it is shown outside (`symphony status --json`, docs/protocol.md section 8).

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include <symphony/ipc/error.h>

namespace symphony::ipc {

/// What a LatencyHistogram held at one moment.
struct LatencySnapshot {
  /// 4 sub-buckets per power of two, 1 µs to about 134 s; the last holds what is longer too.
  static constexpr std::size_t bucket_count = 4 * 26;
  static std::size_t bucket_of(std::int64_t microseconds) noexcept;
  /// The largest value that falls into the bucket.
  static std::int64_t upper_bound_us(std::size_t bucket) noexcept;

  std::array<std::uint64_t, bucket_count> buckets{};
  std::uint64_t count = 0;
  std::uint64_t sum_us = 0;
  std::int64_t max_us = 0;

  /// At most 25 % above quantile `q` in [0, 1], and never above the largest value; 0 when empty.
  std::int64_t quantile_us(double q) const noexcept;
  /// {"count","sum_us","p50_us","p90_us","p99_us","max_us","buckets":[[upper bound in µs, count], …]}, only buckets
  /// that hold something.
  nlohmann::json to_json() const;
};

/// Log-linear latency histogram in microseconds. record() is lock-free; all may be called from any thread.
class LatencyHistogram {
 public:
  static constexpr std::size_t bucket_count = LatencySnapshot::bucket_count;

  void record(std::int64_t microseconds) noexcept;
  LatencySnapshot snapshot() const noexcept;
  std::uint64_t count() const noexcept { return snapshot().count; }
  std::int64_t quantile_us(double q) const noexcept { return snapshot().quantile_us(q); }
  nlohmann::json to_json() const { return snapshot().to_json(); }

 private:
  std::array<std::atomic<std::uint64_t>, bucket_count> buckets_{};
  std::atomic<std::uint64_t> sum_us_{0};
  std::atomic<std::int64_t> max_us_{0};
};

/// How often each error of docs/protocol.md section 5 was the answer. All may be called from any thread.
class ErrorCounters {
 public:
  /// A code nobody knows counts as "unknown".
  void count(ErrorCode code) noexcept;
  /// Names of codes that occurred, with their number, in the order of the codes.
  std::map<std::string, std::uint64_t> snapshot() const;

 private:
  std::array<std::atomic<std::uint64_t>, error_codes.size() + 1> counts_{};
};

/// What can be said about an endpoint or a process without asking it.
enum class Health : std::uint8_t {
  ok,
  /// A request has waited for limits::busy_after, or messages wait to be read.
  busy,
  /// It did not answer a ping from one look to the next: it reads nothing.
  unresponsive,
  /// No process of it is connected.
  down,
};
std::string_view name_of(Health health) noexcept;

/// One process behind an endpoint.
struct InstanceStatistics {
  std::string instance;  // empty where there is only one
  std::string version;
  std::string state;  // "ready" or "connecting"
  std::uint32_t weight = 1;
  std::uint64_t requests = 0;
  std::uint64_t answers = 0;
  std::uint64_t errors = 0;
  std::uint64_t outstanding = 0;
  std::uint64_t queued_bytes = 0;
  std::uint64_t queued_frames = 0;
  /// How often it was not read for a while, because its targets did not read what it sent; and whether it is now.
  std::uint64_t read_pauses = 0;
  bool reading_paused = false;
  LatencySnapshot latency;
  Health health = Health::ok;
  /// How long its oldest unanswered request has waited; 0 when it owes nothing.
  std::int64_t oldest_ms = 0;
};

/// What all processes of one version answered, those that are gone too.
struct VersionStatistics {
  std::string version;
  std::uint64_t requests = 0;
  std::uint64_t answers = 0;
  std::uint64_t errors = 0;
  LatencySnapshot latency;
};

struct EndpointStatistics {
  std::string id;
  std::string kind;   // "in_process", "process" or "outside"
  std::string state;  // "ready", "connecting" or "closed"
  std::uint64_t requests = 0;
  std::uint64_t answers = 0;
  std::uint64_t errors = 0;
  std::uint64_t notifications = 0;
  std::uint64_t cancelled = 0;
  std::uint64_t deadlines = 0;
  std::uint64_t refused = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t queued_bytes = 0;
  std::uint64_t queued_frames = 0;
  std::uint64_t read_pauses = 0;
  std::uint64_t pending = 0;
  LatencySnapshot latency;  // of the requests this endpoint answered
  /// Messages that wait for the end of a hold.
  std::uint64_t parked = 0;
  std::vector<InstanceStatistics> instances;
  std::vector<VersionStatistics> versions;
  /// `errors` by name of their code.
  std::map<std::string, std::uint64_t> errors_by_code;
  Health health = Health::ok;
  std::int64_t oldest_ms = 0;
};

/// One subscription to a topic.
struct SubscriptionStatistics {
  std::string subscriber;
  std::string instance;
  std::string topic;  // the pattern
  std::uint64_t delivered = 0;
  /// By its policy, because it was too slow.
  std::uint64_t dropped = 0;
  std::uint64_t queued_bytes = 0;
};

struct BusStatistics {
  std::vector<EndpointStatistics> endpoints;
  std::vector<SubscriptionStatistics> subscriptions;
  std::uint64_t published = 0;
  /// Published faster than the bus could hand out.
  std::uint64_t publications_refused = 0;
  nlohmann::json to_json() const;
};

}  // namespace symphony::ipc
