#pragma once
// A message body: a document in process, bytes on the wire, converted only when somebody asks for the other form.

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

#include <symphony/ipc/envelope.h>
#include <symphony/ipc/error.h>

namespace symphony::ipc {

/// Decodes within limits::document_depth and limits::shared_body_bytes; text must be valid UTF-8. Errors: parse_error.
Result<nlohmann::json> decode_document(BodyFormat format, std::string_view bytes);
/// `none` gives an empty string. Invalid UTF-8 is replaced by U+FFFD, never thrown.
std::string encode_document(BodyFormat format, const nlohmann::json& document);

/// A payload's bytes in one format, for as long as the owners here live.
struct EncodedBody {
  std::string_view view;
  BodyFormat format = BodyFormat::none;
  /// One of them, or neither where `view` is empty.
  std::shared_ptr<const std::string> text;
  std::shared_ptr<const void> owner;
};

/// Immutable; copying is cheap (shared). Thread-safe for readers.
class Payload {
 public:
  Payload();                         // null, format none
  Payload(nlohmann::json document);  // NOLINT(google-explicit-constructor): a document is a payload
  static Payload from_bytes(BodyFormat format, std::string bytes);
  /// A copy of `bytes`, which takes one allocation.
  static Payload copy_of(BodyFormat format, std::string_view bytes);
  /// Bytes that stay where they are until the last copy of `owner` is gone: a body in shared memory. Its sender may
  /// still change them, so documents are decoded from a copy, and who reads view() reads each byte once or checks
  /// nothing.
  static Payload from_shared(BodyFormat format, std::string_view bytes, std::shared_ptr<const void> owner);

  /// The document; decodes where the payload holds bytes. Errors: parse_error, also for BodyFormat::bytes.
  Result<nlohmann::json> document() const;
  /// The held document without decoding or copying; null when the payload holds bytes.
  const nlohmann::json* document_if_held() const noexcept;
  /// Bytes in `format`; without copying when already held in it.
  std::shared_ptr<const std::string> bytes(BodyFormat format) const;
  /// The same without a copy also of shared bytes. A body of BodyFormat::bytes stays what it is.
  EncodedBody encoded(BodyFormat format) const;
  /// Whether somebody else may change the bytes held: those of from_shared().
  bool may_change() const noexcept { return may_change_; }
  /// The bytes held (see held_format()), valid while this or a copy lives; empty when a document is held.
  std::string_view view() const noexcept;
  /// Bytes held (0 when a document is held): for budgets, not an exact size.
  std::size_t held_bytes() const noexcept;
  BodyFormat held_format() const noexcept;

 private:
  std::shared_ptr<const nlohmann::json> document_;
  std::shared_ptr<const std::string> bytes_;
  std::string_view owned_;
  std::shared_ptr<const void> owner_;
  BodyFormat format_ = BodyFormat::none;
  bool may_change_ = false;
};

/// Memory that a far end reads in place: filled once, then only read, by both sides.
class BodyBuffer {
 public:
  explicit BodyBuffer(std::shared_ptr<const std::span<char>> room) : room_(std::move(room)) {}

  std::span<char> bytes() const noexcept { return *room_; }
  /// The first `length` bytes as a payload; it may be sent any number of times, to whom the buffer was asked for
  /// without a copy. The buffer must not be written to again.
  Payload payload(BodyFormat format, std::size_t length) const {
    return Payload::from_shared(format, {room_->data(), std::min(length, room_->size())}, room_);
  }

 private:
  std::shared_ptr<const std::span<char>> room_;
};

}  // namespace symphony::ipc
