#include <symphony/ipc/payload.h>

#include <algorithm>

#include <symphony/ipc/limits.h>

#include "json_text.h"
#include "msgpack.h"

namespace symphony::ipc {

Result<nlohmann::json> decode_document(BodyFormat format, std::string_view bytes) {
  if (bytes.size() > limits::shared_body_bytes) {
    return Error{
        ErrorCode::payload_too_large, "The body is larger than 64 MiB.", {{"limit", limits::shared_body_bytes}}};
  }
  switch (format) {
    case BodyFormat::msgpack:
      return decode_msgpack(bytes);
    case BodyFormat::json:
      return decode_json_text(bytes);
    case BodyFormat::bytes:
      return Error{ErrorCode::parse_error, "The body is bytes and no document."};
    case BodyFormat::none:
      break;
  }
  return nlohmann::json();
}

std::string encode_document(BodyFormat format, const nlohmann::json& document) {
  switch (format) {
    case BodyFormat::msgpack:
      return encode_msgpack(document);
    case BodyFormat::json:
      return document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    case BodyFormat::bytes:
    case BodyFormat::none:
      break;
  }
  return {};
}

Payload::Payload() = default;

Payload::Payload(nlohmann::json document) : document_(std::make_shared<const nlohmann::json>(std::move(document))) {}

Payload Payload::from_bytes(BodyFormat format, std::string bytes) {
  Payload payload;
  if (format != BodyFormat::none) {
    payload.bytes_ = std::make_shared<const std::string>(std::move(bytes));
    payload.format_ = format;
  }
  return payload;
}

Payload Payload::copy_of(BodyFormat format, std::string_view bytes) {
  Payload payload;
  if (format != BodyFormat::none) {
    auto copy = std::make_shared_for_overwrite<char[]>(bytes.size());
    std::copy(bytes.begin(), bytes.end(), copy.get());
    payload.owned_ = {copy.get(), bytes.size()};
    payload.owner_ = std::move(copy);
    payload.format_ = format;
  }
  return payload;
}

Payload Payload::from_shared(BodyFormat format, std::string_view bytes, std::shared_ptr<const void> owner) {
  Payload payload;
  if (format != BodyFormat::none) {
    payload.owned_ = bytes;
    payload.owner_ = std::move(owner);
    payload.format_ = format;
    payload.may_change_ = true;
  }
  return payload;
}

Result<nlohmann::json> Payload::document() const {
  if (document_) {
    return *document_;
  }
  if (may_change_) {
    return decode_document(format_, std::string(owned_));
  }
  return bytes_ || owner_ ? decode_document(format_, view()) : Result<nlohmann::json>(nlohmann::json());
}

const nlohmann::json* Payload::document_if_held() const noexcept {
  static const nlohmann::json null;
  return bytes_ || owner_ ? nullptr : document_ ? document_.get() : &null;
}

std::shared_ptr<const std::string> Payload::bytes(BodyFormat format) const {
  if (bytes_ && format == format_) {
    return bytes_;
  }
  if (owner_ && format == format_) {
    return std::make_shared<const std::string>(owned_);
  }
  if (bytes_ || owner_) {
    const Result<nlohmann::json> decoded = document();
    // What cannot be read in one format cannot be said in another: the receiver is given null.
    return std::make_shared<const std::string>(encode_document(format, decoded ? *decoded : nlohmann::json()));
  }
  return std::make_shared<const std::string>(encode_document(format, document_ ? *document_ : nlohmann::json()));
}

EncodedBody Payload::encoded(BodyFormat format) const {
  if (format_ == BodyFormat::bytes) {
    format = BodyFormat::bytes;
  }
  if (owner_ && format == format_) {
    return {owned_, owned_.empty() ? BodyFormat::none : format, nullptr, owner_};
  }
  auto text = bytes(format);
  const std::string_view all = *text;
  return {all, all.empty() ? BodyFormat::none : format, std::move(text), nullptr};
}

std::string_view Payload::view() const noexcept { return bytes_ ? std::string_view(*bytes_) : owned_; }

std::size_t Payload::held_bytes() const noexcept { return view().size(); }

BodyFormat Payload::held_format() const noexcept { return format_; }

}  // namespace symphony::ipc
