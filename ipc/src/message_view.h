#pragma once
// A message on its way to a process, with its body in whatever form the sender gave it.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <symphony/ipc/envelope.h>
#include <symphony/ipc/payload.h>

namespace symphony::ipc {

/// Borrows everything. The body is `payload`, or else the bytes and format of `frame`.
struct MessageView {
  Envelope frame;
  const Payload* payload = nullptr;
  /// Only this instance of the target, also past a hold; empty: any.
  std::string_view instance;
};

/// The body of a frame that was received, without a copy where it lies in shared memory.
Payload payload_of(const Envelope& frame);

/// A message that owns its text: one that waits, or may be sent a second time.
struct StoredMessage {
  explicit StoredMessage(const MessageView& message);

  MessageView view() const;
  std::size_t bytes() const noexcept { return target.size() + method.size() + source.size() + body.held_bytes(); }

  FrameKind kind;
  bool control_priority;
  bool idempotent;
  bool wants_progress;
  std::optional<TraceContext> trace;
  std::string target;
  std::string method;
  std::string source;
  Payload body;
};

/// A body in the format of a peer: the sender's own bytes where that is possible.
struct WireBody {
  BodyFormat format = BodyFormat::none;
  std::string_view view;
  /// Keeps `view` alive where nobody else does.
  std::shared_ptr<const std::string> owner;
};

/// At most `limit` bytes. Errors: parse_error, payload_too_large.
Result<WireBody> wire_body(const MessageView& message, BodyFormat to, std::size_t limit);

}  // namespace symphony::ipc
