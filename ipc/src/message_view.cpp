#include "message_view.h"

#include "route.h"

namespace symphony::ipc {
namespace {

Result<WireBody> checked(BodyFormat format, std::string_view view, std::shared_ptr<const std::string> owner,
                         std::size_t limit) {
  if (view.size() > limit) {
    return body_too_large(limit);
  }
  return WireBody{view.empty() ? BodyFormat::none : format, view, std::move(owner)};
}

Result<WireBody> converted(const Payload& payload, BodyFormat to, std::size_t limit) {
  const auto document = payload.document();
  if (!document) {
    return document.error();
  }
  auto bytes = std::make_shared<const std::string>(encode_document(to, *document));
  const std::string_view view = *bytes;
  return checked(to, view, std::move(bytes), limit);
}

}  // namespace

Payload payload_of(const Envelope& frame) {
  return frame.body_owner ? Payload::from_shared(frame.format, frame.body, frame.body_owner)
                          : Payload::copy_of(frame.format, frame.body);
}

StoredMessage::StoredMessage(const MessageView& message)
    : kind(message.frame.kind),
      control_priority(message.frame.control_priority),
      idempotent(message.frame.idempotent),
      wants_progress(message.frame.wants_progress),
      trace(message.frame.trace),
      target(message.frame.target),
      method(message.frame.method),
      source(message.frame.source),
      body(message.payload != nullptr ? *message.payload : payload_of(message.frame)) {}

MessageView StoredMessage::view() const {
  MessageView message;
  message.frame.kind = kind;
  message.frame.control_priority = control_priority;
  message.frame.idempotent = idempotent;
  message.frame.wants_progress = wants_progress;
  message.frame.trace = trace;
  message.frame.target = target;
  message.frame.method = method;
  message.frame.source = source;
  message.payload = &body;
  return message;
}

Result<WireBody> wire_body(const MessageView& message, BodyFormat to, std::size_t limit) {
  if (message.payload == nullptr) {
    const Envelope& frame = message.frame;
    if (frame.format == to || frame.format == BodyFormat::none || frame.format == BodyFormat::bytes) {
      return checked(frame.format, frame.body, nullptr, limit);
    }
    return converted(payload_of(frame), to, limit);
  }
  const Payload& payload = *message.payload;
  if (payload.document_if_held() == nullptr && payload.held_format() != to &&
      payload.held_format() != BodyFormat::bytes) {
    return converted(payload, to, limit);
  }
  EncodedBody body = payload.encoded(to);
  return checked(body.format, body.view, std::move(body.text), limit);
}

}  // namespace symphony::ipc
