#include "message_view.h"

#include <symphony/ipc/limits.h>

#include "route.h"

namespace symphony::ipc {
namespace {

Result<WireBody> owned(BodyFormat format, std::shared_ptr<const std::string> bytes) {
  if (bytes->size() > limits::body_bytes) {
    return body_too_large();
  }
  const std::string_view view = *bytes;
  return WireBody{view.empty() ? BodyFormat::none : format, view, std::move(bytes)};
}

}  // namespace

StoredMessage::StoredMessage(const MessageView& message)
    : kind(message.frame.kind),
      control_priority(message.frame.control_priority),
      idempotent(message.frame.idempotent),
      trace(message.frame.trace),
      target(message.frame.target),
      method(message.frame.method),
      source(message.frame.source),
      body(message.payload != nullptr ? *message.payload
                                      : Payload::from_bytes(message.frame.format, std::string(message.frame.body))) {}

MessageView StoredMessage::view() const {
  MessageView message;
  message.frame.kind = kind;
  message.frame.control_priority = control_priority;
  message.frame.idempotent = idempotent;
  message.frame.trace = trace;
  message.frame.target = target;
  message.frame.method = method;
  message.frame.source = source;
  message.payload = &body;
  return message;
}

Result<WireBody> wire_body(const MessageView& message, BodyFormat to) {
  if (message.payload == nullptr) {
    const Envelope& frame = message.frame;
    if (frame.format == to || frame.format == BodyFormat::none) {
      return WireBody{frame.format, frame.body, nullptr};
    }
    const auto document = decode_document(frame.format, frame.body);
    if (!document) {
      return document.error();
    }
    return owned(to, std::make_shared<const std::string>(encode_document(to, *document)));
  }
  const Payload& payload = *message.payload;
  if (payload.document_if_held() == nullptr && payload.held_format() != to) {
    const auto document = payload.document();
    if (!document) {
      return document.error();
    }
    return owned(to, std::make_shared<const std::string>(encode_document(to, *document)));
  }
  return owned(to, payload.bytes(to));
}

}  // namespace symphony::ipc
