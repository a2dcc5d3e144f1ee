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

/// One extension, through all its processes.
struct Process {
  std::string id;
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
  static constexpr auto fields = ipc::describe(
      ipc::field("id", &Process::id),
      ipc::field("pid", &Process::pid),
      ipc::field("state", &Process::state),
      ipc::field("generation", &Process::generation),
      ipc::field("restarts", &Process::restarts),
      ipc::field("quarantined", &Process::quarantined),
      ipc::field("limits", &Process::limits),
      ipc::field("sandbox", &Process::sandbox));
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
/// What the next process of the sender shall be restored from.
inline constexpr ipc::Method contract_save{"supervisor", "contract.save", false, false};
/// What the sender did on behalf of others, for traces.
inline constexpr ipc::Method telemetry_spans{"supervisor", "telemetry.spans", false, false};
}  // namespace method

}  // namespace symphony::interfaces::supervisor
