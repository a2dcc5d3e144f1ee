#pragma once
// Generated from ipc/interfaces/supervisor.json by tools/interfaces/generate.py; do not edit.
// clang-format off
// Extension processes: states, restarts, saved state.
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

namespace symphony::interfaces::supervisor {

/// One process of an extension.
struct Instance {
  std::string instance;
  std::string version;
  /// One of serving, spare, incoming, leaving.
  std::string role;
  std::string state;
  std::uint64_t pid = 0;
  std::uint64_t generation = 0;
  /// Its share of what is sent to the extension.
  std::uint64_t weight = 0;
  bool quarantined = false;
  static constexpr auto fields = ipc::describe(
      ipc::field("instance", &Instance::instance),
      ipc::field("version", &Instance::version),
      ipc::field("role", &Instance::role),
      ipc::field("state", &Instance::state),
      ipc::field("pid", &Instance::pid),
      ipc::field("generation", &Instance::generation),
      ipc::field("weight", &Instance::weight),
      ipc::field("quarantined", &Instance::quarantined));
};

/// A step of a process' lifecycle; when, of CLOCK_MONOTONIC.
struct Step {
  std::string instance;
  std::string before;
  std::string state;
  std::int64_t at_us = 0;
  std::string reason;
  static constexpr auto fields = ipc::describe(
      ipc::field("instance", &Step::instance),
      ipc::field("before", &Step::before),
      ipc::field("state", &Step::state),
      ipc::field("at_us", &Step::at_us),
      ipc::field("reason", &Step::reason));
};

/// One extension, through all its processes.
struct Process {
  std::string id;
  std::optional<std::string> version;
  /// 0 while there is none.
  std::uint64_t pid = 0;
  std::string state;
  /// Counts its processes.
  std::uint64_t generation = 0;
  std::uint64_t restarts = 0;
  bool quarantined = false;
  /// Each limit with `limit`, `unit`, `enforced` and `by`.
  std::optional<nlohmann::json> limits;
  /// What its sandbox keeps, and by which means.
  nlohmann::json sandbox;
  std::optional<std::vector<Instance>> instances;
  /// The experiment that runs: `version`, `share`, `by`.
  std::optional<nlohmann::json> split;
  /// The newest steps. At most 16 items.
  std::optional<std::vector<Step>> history;
  static constexpr auto fields = ipc::describe(
      ipc::field("id", &Process::id),
      ipc::field("version", &Process::version),
      ipc::field("pid", &Process::pid),
      ipc::field("state", &Process::state),
      ipc::field("generation", &Process::generation),
      ipc::field("restarts", &Process::restarts),
      ipc::field("quarantined", &Process::quarantined),
      ipc::field("limits", &Process::limits),
      ipc::field("sandbox", &Process::sandbox),
      ipc::field("instances", &Process::instances),
      ipc::field("split", &Process::split),
      ipc::field("history", &Process::history));
};

/// A piece of work; times of CLOCK_MONOTONIC, identifiers in lower-case hexadecimal as in `traceparent`.
struct Span {
  /// Not empty. At most 256 bytes.
  std::string name;
  /// 32 characters.
  std::string trace;
  /// 16 characters.
  std::string span;
  /// At most 16 characters.
  std::optional<std::string> parent;
  std::int64_t start_us = 0;
  std::int64_t end_us = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("name", &Span::name),
      ipc::field("trace", &Span::trace),
      ipc::field("span", &Span::span),
      ipc::field("parent", &Span::parent),
      ipc::field("start_us", &Span::start_us),
      ipc::field("end_us", &Span::end_us));
};

/// The result of process.list.
struct ProcessListResult {
  std::vector<Process> processes;
  static constexpr auto fields = ipc::describe(
      ipc::field("processes", &ProcessListResult::processes));
};

/// The parameters of process.restart.
struct ProcessRestartParams {
  /// 1 to 128 characters.
  std::string id;
  static constexpr auto fields = ipc::describe(
      ipc::field("id", &ProcessRestartParams::id));
};

/// The parameters of process.start.
struct ProcessStartParams {
  /// 1 to 128 characters.
  std::string id;
  static constexpr auto fields = ipc::describe(
      ipc::field("id", &ProcessStartParams::id));
};

/// The parameters of process.stop.
struct ProcessStopParams {
  /// 1 to 128 characters.
  std::string id;
  static constexpr auto fields = ipc::describe(
      ipc::field("id", &ProcessStopParams::id));
};

/// The parameters of process.swap.
struct ProcessSwapParams {
  /// 1 to 128 characters.
  std::string id;
  static constexpr auto fields = ipc::describe(
      ipc::field("id", &ProcessSwapParams::id));
};

/// The result of process.swap.
struct ProcessSwapResult {
  std::string version;
  std::uint64_t generation = 0;
  /// How long messages waited.
  std::uint64_t pause_us = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("version", &ProcessSwapResult::version),
      ipc::field("generation", &ProcessSwapResult::generation),
      ipc::field("pause_us", &ProcessSwapResult::pause_us));
};

/// The parameters of process.split.
struct ProcessSplitParams {
  /// 1 to 128 characters.
  std::string id;
  /// 1 to 99.
  std::uint64_t share = 0;
  /// One of message, sender.
  std::optional<std::string> by;
  static constexpr std::string_view by_default = "message";
  static constexpr auto fields = ipc::describe(
      ipc::field("id", &ProcessSplitParams::id),
      ipc::field("share", &ProcessSplitParams::share),
      ipc::field("by", &ProcessSplitParams::by));
};

/// The result of process.split.
struct ProcessSplitResult {
  std::string version;
  /// 1 to 99.
  std::uint64_t share = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("version", &ProcessSplitResult::version),
      ipc::field("share", &ProcessSplitResult::share));
};

/// The parameters of process.choose.
struct ProcessChooseParams {
  /// 1 to 128 characters.
  std::string id;
  /// 1 to 64 characters.
  std::string version;
  static constexpr auto fields = ipc::describe(
      ipc::field("id", &ProcessChooseParams::id),
      ipc::field("version", &ProcessChooseParams::version));
};

/// The result of process.choose.
struct ProcessChooseResult {
  std::string version;
  std::uint64_t generation = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("version", &ProcessChooseResult::version),
      ipc::field("generation", &ProcessChooseResult::generation));
};

/// The parameters of contract.save.
struct ContractSaveParams {
  nlohmann::json state;
  static constexpr auto fields = ipc::describe(
      ipc::field("state", &ContractSaveParams::state));
};

/// The parameters of telemetry.spans.
struct TelemetrySpansParams {
  /// At most 256 items.
  std::vector<Span> spans;
  static constexpr auto fields = ipc::describe(
      ipc::field("spans", &TelemetrySpansParams::spans));
};

namespace method {
/// Every extension that was started.
inline constexpr ipc::Method process_list{"supervisor", "process.list", true, true};
/// Starts an extension anew and ends its quarantine.
inline constexpr ipc::Method process_restart{"supervisor", "process.restart", true, false};
/// Starts an extension that waits, was idle or was stopped; one that runs goes on.
inline constexpr ipc::Method process_start{"supervisor", "process.start", true, true};
/// Stops an extension; what is sent to it fails until it is started.
inline constexpr ipc::Method process_stop{"supervisor", "process.stop", true, true};
/// Replaces the running version of an extension by the one the host was offered, while it serves; on an error the
/// running one goes on.
inline constexpr ipc::Method process_swap{"supervisor", "process.swap", true, false};
/// Starts the offered version beside the running one and gives it `share` of 100 messages, or of 100 senders.
inline constexpr ipc::Method process_split{"supervisor", "process.split", true, false};
/// Ends a split: this version goes on alone, the other answers what it has and ends.
inline constexpr ipc::Method process_choose{"supervisor", "process.choose", true, false};
/// What the next process of the sender shall be restored from.
inline constexpr ipc::Method contract_save{"supervisor", "contract.save", false, false};
/// What the sender did on behalf of others, for traces.
inline constexpr ipc::Method telemetry_spans{"supervisor", "telemetry.spans", false, false};
}  // namespace method

}  // namespace symphony::interfaces::supervisor
