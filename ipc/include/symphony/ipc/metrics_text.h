#pragma once
// What the bus counts, as Prometheus reads it: text exposition format 0.0.4
// (https://prometheus.io/docs/instrumenting/exposition_formats/).

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include <symphony/ipc/statistics.h>

namespace symphony::ipc {

inline constexpr std::string_view metrics_content_type = "text/plain; version=0.0.4; charset=utf-8";

/// What is counted beside the endpoints.
struct HostFigures {
  std::string version;
  /// By component and level.
  std::map<std::pair<std::string, std::string>, std::uint64_t> log_messages;
  /// By component: what its rate limit or a full queue refused.
  std::map<std::string, std::uint64_t> log_dropped;
};

/// Every family with HELP and TYPE, its samples together; histograms in seconds, cumulative, at powers of two of a
/// microsecond. Outside programs come and go under ever new names, so they are only counted.
std::string metrics_text(const BusStatistics& statistics, const HostFigures& host);

}  // namespace symphony::ipc
