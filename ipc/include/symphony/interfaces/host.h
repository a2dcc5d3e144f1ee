#pragma once
// Generated from ipc/interfaces/host.json by tools/interfaces/generate.py; do not edit.
// clang-format off
// What the host says about itself, also while the Conductor hangs.
//
// A member that may be left out is optional; its default stands beside it. Limits, which the bus checks before a
// handler sees a body (symphony/ipc/interface.h), are in the comments. Errors of reading: symphony/ipc/typed.h.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <symphony/ipc/method.h>
#include <symphony/ipc/typed.h>

namespace symphony::interfaces::host {

/// The result of metrics.get.
struct MetricsGetResult {
  std::string content_type;
  std::string text;
  static constexpr auto fields = ipc::describe(
      ipc::field("content_type", &MetricsGetResult::content_type),
      ipc::field("text", &MetricsGetResult::text));
};

/// The parameters of trace.get.
struct TraceGetParams {
  /// 1 to 3600.
  std::optional<std::uint64_t> seconds;
  static constexpr std::uint64_t seconds_default = 60;
  /// `next` of the answer before.
  std::optional<std::uint64_t> after;
  static constexpr std::uint64_t after_default = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("seconds", &TraceGetParams::seconds),
      ipc::field("after", &TraceGetParams::after));
};

/// The result of trace.get.
struct TraceGetResult {
  /// At most 1024 items.
  std::vector<nlohmann::json> spans;
  std::uint64_t next = 0;
  bool more = false;
  static constexpr auto fields = ipc::describe(
      ipc::field("spans", &TraceGetResult::spans),
      ipc::field("next", &TraceGetResult::next),
      ipc::field("more", &TraceGetResult::more));
};

/// The result of log.levels.
struct LogLevelsResult {
  std::optional<std::string> directory;
  /// A level by name.
  nlohmann::json components;
  static constexpr auto fields = ipc::describe(
      ipc::field("directory", &LogLevelsResult::directory),
      ipc::field("components", &LogLevelsResult::components));
};

/// The parameters of log.level.
struct LogLevelParams {
  /// 1 to 128 characters.
  std::string component;
  /// One of debug, info, warning, error.
  std::string level;
  static constexpr auto fields = ipc::describe(
      ipc::field("component", &LogLevelParams::component),
      ipc::field("level", &LogLevelParams::level));
};

/// The result of log.level.
struct LogLevelResult {
  std::string component;
  /// One of debug, info, warning, error.
  std::string level;
  static constexpr auto fields = ipc::describe(
      ipc::field("component", &LogLevelResult::component),
      ipc::field("level", &LogLevelResult::level));
};

/// The parameters of log.write.
struct LogWriteParams {
  /// One of debug, info, warning, error.
  std::string level;
  std::string message;
  static constexpr auto fields = ipc::describe(
      ipc::field("level", &LogWriteParams::level),
      ipc::field("message", &LogWriteParams::message));
};

namespace method {
/// Every figure of the host, as Prometheus reads it.
inline constexpr ipc::Method metrics_get{"host", "metrics.get", true, true};
/// The spans of the last seconds, 1,024 at a time.
inline constexpr ipc::Method trace_get{"host", "trace.get", true, true};
/// Where the logs are, and which level each component writes.
inline constexpr ipc::Method log_levels{"host", "log.levels", true, true};
/// Sets the level of a component, which is told.
inline constexpr ipc::Method log_level{"host", "log.level", true, true};
/// A line of the sender's log; `fields`, an object, adds texts, numbers, booleans and nulls by name.
inline constexpr ipc::Method log_write{"host", "log.write", false, false};
}  // namespace method

}  // namespace symphony::interfaces::host
