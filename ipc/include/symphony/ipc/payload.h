#pragma once
// A message body: a document in process, bytes on the wire, converted only when somebody asks for the other form.

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include <symphony/ipc/envelope.h>
#include <symphony/ipc/error.h>

namespace symphony::ipc {

/// Decodes within limits::document_depth and limits::body_bytes; text must be valid UTF-8. Errors: parse_error.
Result<nlohmann::json> decode_document(BodyFormat format, std::string_view bytes);
/// `none` gives an empty string. Invalid UTF-8 is replaced by U+FFFD, never thrown.
std::string encode_document(BodyFormat format, const nlohmann::json& document);

/// Immutable; copying is cheap (shared). Thread-safe for readers.
class Payload {
 public:
  Payload();                         // null, format none
  Payload(nlohmann::json document);  // NOLINT(google-explicit-constructor): a document is a payload
  static Payload from_bytes(BodyFormat format, std::string bytes);

  /// The document; decodes where the payload holds bytes.
  Result<nlohmann::json> document() const;
  /// The held document without decoding or copying; null when the payload holds bytes.
  const nlohmann::json* document_if_held() const noexcept;
  /// Bytes in `format`; without copying when already held in it.
  std::shared_ptr<const std::string> bytes(BodyFormat format) const;
  /// Bytes held (0 when a document is held): for budgets, not an exact size.
  std::size_t held_bytes() const noexcept;
  BodyFormat held_format() const noexcept;

 private:
  std::shared_ptr<const nlohmann::json> document_;
  std::shared_ptr<const std::string> bytes_;
  BodyFormat format_ = BodyFormat::none;
};

}  // namespace symphony::ipc
