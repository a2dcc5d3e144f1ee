#include "outcome_frame.h"

#include "route.h"

namespace symphony::ipc {

OutgoingStream::Outcome send_outcome(OutgoingStream& out, BodyFormat format, std::uint64_t id,
                                     const Result<Payload>& outcome, bool later) {
  if (!outcome) {
    return send_error(out, format, id, outcome.error());
  }
  const EncodedBody body = outcome->encoded(format);
  if (body.view.size() > out.largest_body()) {
    return send_error(out, format, id, body_too_large(out.largest_body()));
  }
  if (body.format == BodyFormat::bytes && !out.takes_bytes()) {
    return send_error(out, format, id, takes_no_bytes());
  }
  Envelope envelope;
  envelope.kind = FrameKind::answer;
  envelope.format = body.format;
  envelope.id = id;
  envelope.body = body.view;
  const OutgoingStream::Outcome sent = out.send(envelope, OutgoingStream::Importance::ordinary, body.text, later);
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
