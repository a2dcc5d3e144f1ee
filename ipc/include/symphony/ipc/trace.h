#pragma once
// W3C Trace Context (https://www.w3.org/TR/trace-context/) and the spans recorded in this process.

#include <array>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <symphony/ipc/error.h>

namespace symphony::ipc {

/// Microseconds of CLOCK_MONOTONIC: the same clock in every process of this machine.
std::int64_t monotonic_us() noexcept;

struct TraceContext {
  static constexpr std::size_t encoded_bytes = 26;

  std::array<std::uint8_t, 16> trace_id{};
  std::uint64_t span_id = 0;
  std::uint8_t flags = 1;

  /// A new trace with a random id and span.
  static TraceContext start();
  /// The same trace, a new random span: what a callee passes on.
  TraceContext child() const;
  std::string traceparent() const;
  static std::optional<TraceContext> from_traceparent(std::string_view text);
  bool operator==(const TraceContext&) const = default;
};

struct Span {
  std::string process;
  std::string name;
  TraceContext context;         // this span's own id
  std::uint64_t parent_id = 0;  // 0: the root
  std::int64_t start_us = 0;
  std::int64_t end_us = 0;
  /// The thread or part of the process; empty where there is only one.
  std::string thread = {};

  /// As in `telemetry.spans` (docs/protocol.md section 7), and "process" and "thread".
  nlohmann::json to_json() const;
  /// Errors: invalid_params. A process or thread in the document is ignored.
  static Result<Span> from_json(const nlohmann::json& document, std::string process);
};

/// A part of what a SpanRecorder holds.
struct SpanPage {
  std::vector<Span> spans;
  /// What to ask for next.
  std::uint64_t next = 0;
  bool more = false;
};

/// A bounded ring of the newest spans (limits::spans_kept). Thread-safe.
class SpanRecorder {
 public:
  SpanRecorder();
  ~SpanRecorder();
  SpanRecorder(const SpanRecorder&) = delete;
  SpanRecorder& operator=(const SpanRecorder&) = delete;

  void record(Span span);
  /// Of one trace, or all when empty; oldest first.
  std::vector<Span> spans(std::optional<std::array<std::uint8_t, 16>> trace_id = {}) const;
  /// At most `most` spans that ended at `since_us` or later, from number `after` on: they are numbered as they come,
  /// from 0.
  SpanPage page(std::uint64_t after, std::int64_t since_us, std::size_t most) const;
  /// The Chrome trace-event document ("traceEvents", microseconds): a process row for each Span::process, in it threads
  /// such that what overlaps without being nested stands side by side, and an arrow from a parent to a child elsewhere.
  /// https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
  static nlohmann::json chrome_trace(const std::vector<Span>& spans);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace symphony::ipc
