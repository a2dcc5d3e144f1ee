#pragma once
// The frame of docs/protocol.md section 2, and the parser every receiver uses.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <symphony/ipc/error.h>
#include <symphony/ipc/trace.h>

namespace symphony::ipc {

enum class FrameKind : std::uint8_t {
  hello = 1,
  welcome = 2,
  request = 3,
  answer = 4,
  error = 5,
  notification = 6,
  cancel = 7,
  ping = 8,
  pong = 9,
  /// A body in shared memory is no longer looked at.
  release = 10,
  // Of streams (docs/protocol.md section 13): a message, room for more, "look again", the end.
  stream = 11,
  credit = 12,
  bell = 13,
  end = 14,
  /// How far a request has come.
  progress = 15,
};

enum class BodyFormat : std::uint8_t {
  none = 0,
  msgpack = 1,
  json = 2,
  /// No document: what the two ends agreed on. Passed on as it is.
  bytes = 3,
};

/// What both ends of a connection said they do, beyond what everybody does (docs/protocol.md section 3).
struct WireFeatures {
  bool arena = false;
  bool bytes = false;
  bool progress = false;
  bool streams = false;
  bool rings = false;
};

inline constexpr std::size_t frame_header_bytes = 32;

/// One frame, decoded. The views point into the buffer it was parsed from (or the caller's strings when encoding).
struct Envelope {
  FrameKind kind = FrameKind::notification;
  BodyFormat format = BodyFormat::none;
  bool control_priority = false;
  bool idempotent = false;
  /// The body is a reference to one that lies in shared memory (docs/protocol.md section 4). A receiver sees it only
  /// until the connection has put the bytes themselves in its place; then `body_owner` keeps those readable.
  bool body_is_shared = false;
  /// Of a request: its sender wants to hear how far it has come.
  bool wants_progress = false;
  std::uint64_t id = 0;
  std::uint32_t deadline_ms = 0;
  std::optional<TraceContext> trace;
  std::string_view target;
  std::string_view method;
  std::string_view source;
  std::string_view body;
  std::shared_ptr<const void> body_owner;
};

/// Appends the frame to `out`. Lengths must be within limits.h (the bus checks before it encodes): addresses are cut.
void encode_frame(const Envelope& envelope, std::string& out);

/// Cuts a stream of bytes into frames. Not thread-safe. After an error it stays in error.
class FrameParser {
 public:
  /// Room for at least `wanted` bytes to read into; `commit` says how many were.
  std::span<char> prepare(std::size_t wanted);
  void commit(std::size_t count);
  /// The next whole frame, nothing when more bytes are needed, or the reason the stream is unusable.
  /// The views stay valid until the next prepare().
  Result<std::optional<Envelope>> next();
  /// The same for who has many to look at: into `frame`, which counts only with Step::frame.
  enum class Step : std::uint8_t { frame, incomplete, failed };
  Step take(Envelope& frame);
  /// After `failed`.
  const Error& failure() const { return *failed_; }
  std::size_t buffered() const noexcept;
  /// From now on frames may carry what these features need. Before, it is malformed.
  void expect(const WireFeatures& features) noexcept { features_ = features; }

 private:
  std::string buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::optional<Error> failed_;
  WireFeatures features_;
};

}  // namespace symphony::ipc
