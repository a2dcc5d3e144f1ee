#pragma once
// Collects this process's spans of traced messages and hands them to the supervisor in batches.

#include <symphony/ipc/limits.h>
#include <symphony/ipc/trace.h>

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace symphony::sdk {

class SpanReporter {
 public:
  /// `schedule` is called when the first span of a batch is recorded: take() is due soon.
  explicit SpanReporter(std::function<void()> schedule) : schedule_(std::move(schedule)) {}

  /// `context` is the span's own; `parent` the span it belongs to.
  void record(std::string name, const ipc::TraceContext& context, std::uint64_t parent, std::int64_t start_us);
  /// The parameters of telemetry.spans; nothing is kept.
  nlohmann::json take();

 private:
  std::function<void()> schedule_;
  nlohmann::json spans_ = nlohmann::json::array();
};

}  // namespace symphony::sdk
