#include "span_reporter.h"

namespace symphony::sdk {

void SpanReporter::record(std::string name, const ipc::TraceContext& context, std::uint64_t parent,
                          std::int64_t start_us) {
  if (spans_.size() >= ipc::limits::spans_per_notification) return;
  // traceparent is "vv-<32 digits>-<16 digits>-ff"; it is also how the parent's number is written.
  const auto digits = [&](std::uint64_t span) {
    ipc::TraceContext written = context;
    written.span_id = span;
    return written.traceparent();
  };
  const std::string own = digits(context.span_id);
  spans_.push_back({{"name", std::move(name)},
                    {"trace", own.substr(3, 32)},
                    {"span", own.substr(36, 16)},
                    {"parent", digits(parent).substr(36, 16)},
                    {"start_us", start_us},
                    {"end_us", ipc::monotonic_us()}});
  if (spans_.size() == 1) schedule_();
}

nlohmann::json SpanReporter::take() { return {{"spans", std::exchange(spans_, nlohmann::json::array())}}; }

}  // namespace symphony::sdk
