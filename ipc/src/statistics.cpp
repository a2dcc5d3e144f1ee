#include <symphony/ipc/statistics.h>

#include <algorithm>
#include <bit>
#include <cmath>

namespace symphony::ipc {

std::size_t LatencySnapshot::bucket_of(std::int64_t microseconds) noexcept {
  const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(microseconds, 0));
  if (value < 4) {
    return static_cast<std::size_t>(value);
  }
  const auto exponent = static_cast<std::size_t>(std::bit_width(value)) - 1;
  const auto part = static_cast<std::size_t>(value >> (exponent - 2)) & 3U;
  return std::min((exponent - 1) * 4 + part, bucket_count - 1);
}

std::int64_t LatencySnapshot::upper_bound_us(std::size_t bucket) noexcept {
  if (bucket < 4) {
    return static_cast<std::int64_t>(bucket);
  }
  const std::size_t exponent = bucket / 4 + 1;
  return static_cast<std::int64_t>(((4 + bucket % 4 + 1) << (exponent - 2)) - 1);
}

std::int64_t LatencySnapshot::quantile_us(double q) const noexcept {
  if (count == 0) {
    return 0;
  }
  const double rank = std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(count));
  const auto wanted = std::max<std::uint64_t>(static_cast<std::uint64_t>(rank), 1);
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket + 1 < bucket_count; ++bucket) {
    seen += buckets[bucket];
    if (seen >= wanted) {
      return std::min(upper_bound_us(bucket), max_us);
    }
  }
  return max_us;
}

nlohmann::json LatencySnapshot::to_json() const {
  nlohmann::json filled = nlohmann::json::array();
  for (std::size_t bucket = 0; bucket < bucket_count; ++bucket) {
    if (buckets[bucket] > 0) {
      filled.push_back(nlohmann::json::array({upper_bound_us(bucket), buckets[bucket]}));
    }
  }
  return {{"count", count},
          {"sum_us", sum_us},
          {"p50_us", quantile_us(0.5)},
          {"p90_us", quantile_us(0.9)},
          {"p99_us", quantile_us(0.99)},
          {"max_us", max_us},
          {"buckets", std::move(filled)}};
}

void LatencyHistogram::record(std::int64_t microseconds) noexcept {
  buckets_[LatencySnapshot::bucket_of(microseconds)].fetch_add(1, std::memory_order_relaxed);
  sum_us_.fetch_add(static_cast<std::uint64_t>(std::max<std::int64_t>(microseconds, 0)), std::memory_order_relaxed);
  std::int64_t largest = max_us_.load(std::memory_order_relaxed);
  while (microseconds > largest && !max_us_.compare_exchange_weak(largest, microseconds, std::memory_order_relaxed)) {
  }
}

LatencySnapshot LatencyHistogram::snapshot() const noexcept {
  LatencySnapshot taken;
  for (std::size_t bucket = 0; bucket < bucket_count; ++bucket) {
    taken.buckets[bucket] = buckets_[bucket].load(std::memory_order_relaxed);
    // Counted from the buckets, so that they always agree whatever is recorded meanwhile.
    taken.count += taken.buckets[bucket];
  }
  taken.sum_us = sum_us_.load(std::memory_order_relaxed);
  taken.max_us = max_us_.load(std::memory_order_relaxed);
  return taken;
}

void ErrorCounters::count(ErrorCode code) noexcept {
  const auto found = std::find(error_codes.begin(), error_codes.end(), code);
  counts_[static_cast<std::size_t>(found - error_codes.begin())].fetch_add(1, std::memory_order_relaxed);
}

std::map<std::string, std::uint64_t> ErrorCounters::snapshot() const {
  std::map<std::string, std::uint64_t> shown;
  for (std::size_t index = 0; index < counts_.size(); ++index) {
    if (const std::uint64_t count = counts_[index].load(std::memory_order_relaxed); count > 0) {
      shown.emplace(index < error_codes.size() ? name_of(error_codes[index]) : "unknown", count);
    }
  }
  return shown;
}

std::string_view name_of(Health health) noexcept {
  static constexpr std::array<std::string_view, 4> names{"ok", "busy", "unresponsive", "down"};
  return names[static_cast<std::size_t>(health)];
}

nlohmann::json BusStatistics::to_json() const {
  nlohmann::json list = nlohmann::json::array();
  for (const EndpointStatistics& endpoint : endpoints) {
    nlohmann::json instances = nlohmann::json::array();
    for (const InstanceStatistics& instance : endpoint.instances) {
      instances.push_back({{"instance", instance.instance},
                           {"version", instance.version},
                           {"state", instance.state},
                           {"weight", instance.weight},
                           {"requests", instance.requests},
                           {"answers", instance.answers},
                           {"errors", instance.errors},
                           {"outstanding", instance.outstanding},
                           {"queued_bytes", instance.queued_bytes},
                           {"queued_frames", instance.queued_frames},
                           {"read_pauses", instance.read_pauses},
                           {"reading_paused", instance.reading_paused},
                           {"health", name_of(instance.health)},
                           {"oldest_ms", instance.oldest_ms},
                           {"latency", instance.latency.to_json()}});
    }
    nlohmann::json versions = nlohmann::json::array();
    for (const VersionStatistics& version : endpoint.versions) {
      versions.push_back({{"version", version.version},
                          {"requests", version.requests},
                          {"answers", version.answers},
                          {"errors", version.errors},
                          {"latency", version.latency.to_json()}});
    }
    list.push_back({{"id", endpoint.id},
                    {"kind", endpoint.kind},
                    {"state", endpoint.state},
                    {"requests", endpoint.requests},
                    {"answers", endpoint.answers},
                    {"errors", endpoint.errors},
                    {"notifications", endpoint.notifications},
                    {"cancelled", endpoint.cancelled},
                    {"deadlines", endpoint.deadlines},
                    {"refused", endpoint.refused},
                    {"bytes_in", endpoint.bytes_in},
                    {"bytes_out", endpoint.bytes_out},
                    {"queued_bytes", endpoint.queued_bytes},
                    {"queued_frames", endpoint.queued_frames},
                    {"read_pauses", endpoint.read_pauses},
                    {"pending", endpoint.pending},
                    {"errors_by_code", endpoint.errors_by_code},
                    {"health", name_of(endpoint.health)},
                    {"oldest_ms", endpoint.oldest_ms},
                    {"latency", endpoint.latency.to_json()},
                    {"parked", endpoint.parked},
                    {"instances", std::move(instances)},
                    {"versions", std::move(versions)}});
  }
  nlohmann::json topics = nlohmann::json::array();
  for (const SubscriptionStatistics& subscription : subscriptions) {
    topics.push_back({{"subscriber", subscription.subscriber},
                      {"instance", subscription.instance},
                      {"topic", subscription.topic},
                      {"delivered", subscription.delivered},
                      {"dropped", subscription.dropped},
                      {"queued_bytes", subscription.queued_bytes}});
  }
  return {{"endpoints", std::move(list)},
          {"subscriptions", std::move(topics)},
          {"published", published},
          {"publications_refused", publications_refused}};
}

}  // namespace symphony::ipc
