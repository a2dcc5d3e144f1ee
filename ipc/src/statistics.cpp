#include <symphony/ipc/statistics.h>

#include <algorithm>
#include <bit>
#include <cmath>

namespace symphony::ipc {
namespace {

std::size_t bucket_of(std::int64_t microseconds) noexcept {
  const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(microseconds, 0));
  if (value < 4) {
    return static_cast<std::size_t>(value);
  }
  const auto exponent = static_cast<std::size_t>(std::bit_width(value)) - 1;
  const auto part = static_cast<std::size_t>(value >> (exponent - 2)) & 3U;
  return std::min((exponent - 1) * 4 + part, LatencyHistogram::bucket_count - 1);
}

std::int64_t upper_bound_of(std::size_t bucket) noexcept {
  if (bucket < 4) {
    return static_cast<std::int64_t>(bucket);
  }
  const std::size_t exponent = bucket / 4 + 1;
  return static_cast<std::int64_t>(((4 + bucket % 4 + 1) << (exponent - 2)) - 1);
}

}  // namespace

void LatencyHistogram::record(std::int64_t microseconds) noexcept {
  buckets_[bucket_of(microseconds)].fetch_add(1, std::memory_order_relaxed);
  count_.fetch_add(1, std::memory_order_relaxed);
  std::int64_t largest = max_us_.load(std::memory_order_relaxed);
  while (microseconds > largest && !max_us_.compare_exchange_weak(largest, microseconds, std::memory_order_relaxed)) {
  }
}

std::uint64_t LatencyHistogram::count() const noexcept { return count_.load(std::memory_order_relaxed); }

std::int64_t LatencyHistogram::quantile_us(double q) const noexcept {
  const std::uint64_t total = count();
  if (total == 0) {
    return 0;
  }
  const double rank = std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(total));
  const auto wanted = std::max<std::uint64_t>(static_cast<std::uint64_t>(rank), 1);
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < bucket_count; ++bucket) {
    seen += buckets_[bucket].load(std::memory_order_relaxed);
    if (seen >= wanted) {
      return upper_bound_of(bucket);
    }
  }
  return max_us_.load(std::memory_order_relaxed);
}

nlohmann::json LatencyHistogram::to_json() const {
  return {{"count", count()},
          {"p50_us", quantile_us(0.5)},
          {"p90_us", quantile_us(0.9)},
          {"p99_us", quantile_us(0.99)},
          {"max_us", max_us_.load(std::memory_order_relaxed)}};
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
                           {"latency", instance.latency}});
    }
    nlohmann::json versions = nlohmann::json::array();
    for (const VersionStatistics& version : endpoint.versions) {
      versions.push_back({{"version", version.version},
                          {"requests", version.requests},
                          {"answers", version.answers},
                          {"errors", version.errors},
                          {"latency", version.latency}});
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
                    {"pending", endpoint.pending},
                    {"latency", endpoint.latency},
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
