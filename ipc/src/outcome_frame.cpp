#include "outcome_frame.h"

#include <symphony/ipc/limits.h>

namespace symphony::ipc {

OutgoingStream::Outcome send_outcome(OutgoingStream& out, BodyFormat format, std::uint64_t id,
                                     const Result<Payload>& outcome, bool later) {
  if (!outcome) {
    return send_error(out, format, id, outcome.error());
  }
  const auto body = outcome->bytes(format);
  if (body->size() > limits::body_bytes) {
    return send_error(
        out, format, id,
        {ErrorCode::payload_too_large, "The answer is larger than 16 MiB.", {{"limit", limits::body_bytes}}});
  }
  Envelope envelope;
  envelope.kind = FrameKind::answer;
  envelope.format = format;
  envelope.id = id;
  envelope.body = *body;
  const OutgoingStream::Outcome sent = out.send(envelope, OutgoingStream::Importance::ordinary, body, later);
  if (sent != OutgoingStream::Outcome::overloaded) {
    return sent;
  }
  return send_error(out, format, id, {ErrorCode::overloaded, "The receiver's queue has no room for the answer."});
}

OutgoingStream::Outcome send_error(OutgoingStream& out, BodyFormat format, std::uint64_t id, const Error& error) {
  const auto body = std::make_shared<const std::string>(encode_document(format, error.to_json()));
  Envelope envelope;
  envelope.kind = FrameKind::error;
  envelope.format = format;
  envelope.id = id;
  envelope.body = *body;
  return out.send(envelope, OutgoingStream::Importance::obligatory, body);
}

OutgoingStream::Outcome send_signal(OutgoingStream& out, FrameKind kind, std::uint64_t id) {
  Envelope envelope;
  envelope.kind = kind;
  envelope.id = id;
  envelope.control_priority = true;
  return out.send(envelope, OutgoingStream::Importance::obligatory);
}

}  // namespace symphony::ipc
