#pragma once
// What each endpoint counts, and how it is shown outside (`symphony status --json`).

#include <array>
#include <atomic>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace symphony::ipc {

/// Log-linear latency histogram in microseconds: 4 sub-buckets per power of two, 1 µs to about 134 s, a quantile
/// at most 25 % too high. record() is lock-free and may be called from any thread.
class LatencyHistogram {
 public:
  static constexpr std::size_t bucket_count = 4 * 26;

  void record(std::int64_t microseconds) noexcept;
  std::uint64_t count() const noexcept;
  /// The upper bound of the bucket that holds quantile `q` in [0, 1]; 0 when empty.
  std::int64_t quantile_us(double q) const noexcept;
  /// {"count","p50_us","p90_us","p99_us","max_us"}
  nlohmann::json to_json() const;

 private:
  std::array<std::atomic<std::uint64_t>, bucket_count> buckets_{};
  std::atomic<std::uint64_t> count_{0};
  std::atomic<std::int64_t> max_us_{0};
};

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
  nlohmann::json latency;
};

/// What all processes of one version answered, those that are gone too.
struct VersionStatistics {
  std::string version;
  std::uint64_t requests = 0;
  std::uint64_t answers = 0;
  std::uint64_t errors = 0;
  nlohmann::json latency;
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
  std::uint64_t pending = 0;
  nlohmann::json latency;  // LatencyHistogram::to_json of the requests this endpoint answered
  /// Messages that wait for the end of a hold.
  std::uint64_t parked = 0;
  std::vector<InstanceStatistics> instances;
  std::vector<VersionStatistics> versions;
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
