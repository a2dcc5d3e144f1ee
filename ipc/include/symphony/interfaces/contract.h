#pragma once
// Generated from ipc/interfaces/contract.json by tools/interfaces/generate.py; do not edit.
// clang-format off
// What the host asks of an extension and tells it, each at its own endpoint.
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

namespace symphony::interfaces::contract {

/// An error, as in section 5 of the protocol.
struct Failure {
  std::int64_t code = 0;
  std::string message;
  std::optional<nlohmann::json> data;
  static constexpr auto fields = ipc::describe(
      ipc::field("code", &Failure::code),
      ipc::field("message", &Failure::message),
      ipc::field("data", &Failure::data));
};

/// The parameters of contract.init.
struct ContractInitParams {
  /// The folder it may write.
  std::optional<std::string> data;
  /// The open folder.
  std::optional<std::string> workspace;
  /// From the manifest.
  nlohmann::json config;
  /// Counts the extension's processes. At least 1.
  std::uint64_t generation = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("data", &ContractInitParams::data),
      ipc::field("workspace", &ContractInitParams::workspace),
      ipc::field("config", &ContractInitParams::config),
      ipc::field("generation", &ContractInitParams::generation));
};

/// The parameters of contract.restore.
struct ContractRestoreParams {
  nlohmann::json state;
  static constexpr auto fields = ipc::describe(
      ipc::field("state", &ContractRestoreParams::state));
};

/// The parameters of contract.log_level.
struct ContractLogLevelParams {
  /// One of debug, info, warning, error.
  std::string level;
  static constexpr auto fields = ipc::describe(
      ipc::field("level", &ContractLogLevelParams::level));
};

/// The result of contract.snapshot.
struct ContractSnapshotResult {
  nlohmann::json state;
  static constexpr auto fields = ipc::describe(
      ipc::field("state", &ContractSnapshotResult::state));
};

/// The parameters of workspace.changed.
struct WorkspaceChangedParams {
  std::optional<std::string> workspace;
  static constexpr auto fields = ipc::describe(
      ipc::field("workspace", &WorkspaceChangedParams::workspace));
};

/// The parameters of contract.memory_pressure.
struct ContractMemoryPressureParams {
  /// Bytes.
  std::uint64_t used = 0;
  /// Bytes.
  std::uint64_t limit = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("used", &ContractMemoryPressureParams::used),
      ipc::field("limit", &ContractMemoryPressureParams::limit));
};

/// The parameters of stream.offer.
struct StreamOfferParams {
  /// At least 1.
  std::uint64_t stream = 0;
  std::string source;
  /// What the stream is about.
  std::string method;
  /// As the extension sees it. One of send, receive.
  std::string direction;
  /// One of wait, drop_oldest.
  std::string when_full;
  /// 4096 to 16777216.
  std::uint64_t bytes = 0;
  /// What who opens it says.
  std::optional<nlohmann::json> params;
  static constexpr auto fields = ipc::describe(
      ipc::field("stream", &StreamOfferParams::stream),
      ipc::field("source", &StreamOfferParams::source),
      ipc::field("method", &StreamOfferParams::method),
      ipc::field("direction", &StreamOfferParams::direction),
      ipc::field("when_full", &StreamOfferParams::when_full),
      ipc::field("bytes", &StreamOfferParams::bytes),
      ipc::field("params", &StreamOfferParams::params));
};

/// The parameters of stream.opened.
struct StreamOpenedParams {
  /// At least 1.
  std::uint64_t stream = 0;
  /// One of ring, socket.
  std::string carrier;
  static constexpr auto fields = ipc::describe(
      ipc::field("stream", &StreamOpenedParams::stream),
      ipc::field("carrier", &StreamOpenedParams::carrier));
};

/// The parameters of ui.ack.
struct UiAckParams {
  std::string view;
  std::uint64_t revision = 0;
  /// An error, as in section 5 of the protocol.
  std::optional<Failure> error;
  static constexpr auto fields = ipc::describe(
      ipc::field("view", &UiAckParams::view),
      ipc::field("revision", &UiAckParams::revision),
      ipc::field("error", &UiAckParams::error));
};

/// The parameters of ui.event.
struct UiEventParams {
  std::string view;
  std::string node;
  std::string event;
  nlohmann::json data;
  /// The event's own `traceparent`.
  std::optional<std::string> trace;
  static constexpr auto fields = ipc::describe(
      ipc::field("view", &UiEventParams::view),
      ipc::field("node", &UiEventParams::node),
      ipc::field("event", &UiEventParams::event),
      ipc::field("data", &UiEventParams::data),
      ipc::field("trace", &UiEventParams::trace));
};

namespace method {
/// The first request to a new process.
inline constexpr ipc::Method contract_init{"", "contract.init", true, false};
/// What was saved last, after `contract.init` where there is something to restore.
inline constexpr ipc::Method contract_restore{"", "contract.restore", true, true};
/// What is below this level is not to be sent.
inline constexpr ipc::Method contract_log_level{"", "contract.log_level", false, false};
/// Asks for what the next process shall be restored from.
inline constexpr ipc::Method contract_snapshot{"", "contract.snapshot", true, true};
/// Asks the process to end by itself, once it has answered.
inline constexpr ipc::Method contract_shutdown{"", "contract.shutdown", true, true};
/// Another folder was opened, or none.
inline constexpr ipc::Method workspace_changed{"", "workspace.changed", true, true};
/// The process uses 80 % of the memory it may have; again only after it was below 70 %.
inline constexpr ipc::Method contract_memory_pressure{"", "contract.memory_pressure", false, false};
/// Asks whether the extension takes a stream; who it is from can be believed.
inline constexpr ipc::Method stream_offer{"", "stream.offer", true, false};
/// A stream the extension takes is open.
inline constexpr ipc::Method stream_opened{"", "stream.opened", false, false};
/// The view was painted up to a revision, or, with an error, the batch was refused.
inline constexpr ipc::Method ui_ack{"", "ui.ack", false, false};
/// The user did something to a node.
inline constexpr ipc::Method ui_event{"", "ui.event", false, false};
}  // namespace method

}  // namespace symphony::interfaces::contract
