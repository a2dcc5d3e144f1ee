#pragma once
// Generated from ipc/interfaces/bus.json by tools/interfaces/generate.py; do not edit.
// clang-format off
// The bus itself: the documents of a connection, topics, and streams.
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

namespace symphony::interfaces::bus {

/// Memory for large bodies, one piece for each direction.
struct Arena {
  /// At least 1.
  std::uint64_t bytes = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("bytes", &Arena::bytes));
};

/// The body of an error frame.
struct Error {
  /// -32768 to -1.
  std::int64_t code = 0;
  /// A sentence for a person.
  std::string message;
  /// `path` names the field at fault as a JSON Pointer.
  std::optional<nlohmann::json> data;
  static constexpr auto fields = ipc::describe(
      ipc::field("code", &Error::code),
      ipc::field("message", &Error::message),
      ipc::field("data", &Error::data));
};

/// Versions from `min` to `max`.
struct Range {
  /// At least 1.
  std::uint64_t min = 0;
  /// At least 1.
  std::uint64_t max = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("min", &Range::min),
      ipc::field("max", &Range::max));
};

/// The first frame of a client.
struct Hello {
  /// Versions from `min` to `max`.
  Range protocol;
  /// Versions from `min` to `max`.
  Range contract;
  std::string name;
  std::string version;
  std::vector<std::string> formats;
  /// What the client does, as `arena`.
  std::optional<std::vector<std::string>> features;
  /// Only on the listening socket.
  std::optional<std::string> token;
  static constexpr auto fields = ipc::describe(
      ipc::field("protocol", &Hello::protocol),
      ipc::field("contract", &Hello::contract),
      ipc::field("name", &Hello::name),
      ipc::field("version", &Hello::version),
      ipc::field("formats", &Hello::formats),
      ipc::field("features", &Hello::features),
      ipc::field("token", &Hello::token));
};

/// Who answers.
struct Host {
  std::string name;
  std::string version;
  static constexpr auto fields = ipc::describe(
      ipc::field("name", &Host::name),
      ipc::field("version", &Host::version));
};

/// What the host accepts on this connection.
struct Limits {
  std::uint64_t body_bytes = 0;
  std::uint64_t pending_requests = 0;
  std::optional<std::uint64_t> shared_body_bytes;
  std::optional<std::uint64_t> stream_message_bytes;
  /// That may be open at a time.
  std::optional<std::uint64_t> streams;
  static constexpr auto fields = ipc::describe(
      ipc::field("body_bytes", &Limits::body_bytes),
      ipc::field("pending_requests", &Limits::pending_requests),
      ipc::field("shared_body_bytes", &Limits::shared_body_bytes),
      ipc::field("stream_message_bytes", &Limits::stream_message_bytes),
      ipc::field("streams", &Limits::streams));
};

/// A stream that is open.
struct OpenedStream {
  /// The id of its frames. At least 1.
  std::uint64_t stream = 0;
  /// One of ring, socket.
  std::string carrier;
  static constexpr auto fields = ipc::describe(
      ipc::field("stream", &OpenedStream::stream),
      ipc::field("carrier", &OpenedStream::carrier));
};

/// The host's answer to a hello.
struct Welcome {
  /// At least 1.
  std::uint64_t protocol = 0;
  /// At least 1.
  std::uint64_t contract = 0;
  /// The client's own address.
  std::string endpoint;
  /// One of msgpack, json.
  std::string format;
  /// Who answers.
  Host host;
  /// What the host accepts on this connection.
  Limits limits;
  /// Memory for large bodies, one piece for each direction.
  std::optional<Arena> arena;
  /// What both do, of what the client named.
  std::optional<std::vector<std::string>> features;
  static constexpr auto fields = ipc::describe(
      ipc::field("protocol", &Welcome::protocol),
      ipc::field("contract", &Welcome::contract),
      ipc::field("endpoint", &Welcome::endpoint),
      ipc::field("format", &Welcome::format),
      ipc::field("host", &Welcome::host),
      ipc::field("limits", &Welcome::limits),
      ipc::field("arena", &Welcome::arena),
      ipc::field("features", &Welcome::features));
};

/// The parameters of bus.open_stream.
struct BusOpenStreamParams {
  /// 1 to 128 characters.
  std::string target;
  /// What the stream is about. 1 to 128 characters.
  std::string method;
  /// As who opens it sees it. One of send, receive.
  std::optional<std::string> direction;
  static constexpr std::string_view direction_default = "send";
  /// One of wait, drop_oldest.
  std::optional<std::string> when_full;
  static constexpr std::string_view when_full_default = "wait";
  /// What may be on its way; a power of two. 4096 to 16777216.
  std::optional<std::uint64_t> bytes;
  static constexpr std::uint64_t bytes_default = 262144;
  /// For the other side.
  std::optional<nlohmann::json> params;
  static constexpr auto fields = ipc::describe(
      ipc::field("target", &BusOpenStreamParams::target),
      ipc::field("method", &BusOpenStreamParams::method),
      ipc::field("direction", &BusOpenStreamParams::direction),
      ipc::field("when_full", &BusOpenStreamParams::when_full),
      ipc::field("bytes", &BusOpenStreamParams::bytes),
      ipc::field("params", &BusOpenStreamParams::params));
};

using BusOpenStreamResult = OpenedStream;

/// The parameters of bus.subscribe.
struct BusSubscribeParams {
  /// A topic, `prefix.*`, or `*`. 1 to 128 characters.
  std::string topic;
  /// One of drop_oldest, latest_wins, disconnect.
  std::optional<std::string> when_full;
  static constexpr std::string_view when_full_default = "drop_oldest";
  /// 1024 to 8388608.
  std::optional<std::uint64_t> queue_bytes;
  static constexpr std::uint64_t queue_bytes_default = 1048576;
  static constexpr auto fields = ipc::describe(
      ipc::field("topic", &BusSubscribeParams::topic),
      ipc::field("when_full", &BusSubscribeParams::when_full),
      ipc::field("queue_bytes", &BusSubscribeParams::queue_bytes));
};

/// The parameters of bus.unsubscribe.
struct BusUnsubscribeParams {
  /// 1 to 128 characters.
  std::string topic;
  static constexpr auto fields = ipc::describe(
      ipc::field("topic", &BusUnsubscribeParams::topic));
};

namespace method {
/// Opens a stream to or from another endpoint.
inline constexpr ipc::Method bus_open_stream{"bus", "bus.open_stream", true, false};
/// Asks for what is published; the same pattern again changes its policy.
inline constexpr ipc::Method bus_subscribe{"bus", "bus.subscribe", true, true};
/// Ends a subscription.
inline constexpr ipc::Method bus_unsubscribe{"bus", "bus.unsubscribe", true, false};
}  // namespace method

}  // namespace symphony::interfaces::bus
