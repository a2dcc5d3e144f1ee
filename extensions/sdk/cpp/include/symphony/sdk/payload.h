#pragma once
// Bodies that are no documents: pictures, tables, the text of a file. Large ones lie where sender and receiver both see
// them, and are copied by neither.

#include <cstddef>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace symphony::sdk {

/// Bytes that stay where they are as long as a copy of this lives. Copying is cheap. What came from another process may
/// still be changed by it: take a copy of what must not change between a check and a use.
class Bytes {
 public:
  Bytes() = default;
  explicit Bytes(std::string bytes) {
    auto kept = std::make_shared<const std::string>(std::move(bytes));
    view_ = *kept;
    owner_ = std::move(kept);
  }
  Bytes(std::string_view view, std::shared_ptr<const void> owner) : view_(view), owner_(std::move(owner)) {}

  std::string_view view() const noexcept { return view_; }
  std::size_t size() const noexcept { return view_.size(); }
  const std::shared_ptr<const void>& owner() const noexcept { return owner_; }

 private:
  std::string_view view_;
  std::shared_ptr<const void> owner_;
};

/// Room to write a body in, which is then sent without being copied (Extension::buffer).
class Buffer {
 public:
  Buffer(std::span<char> room, std::shared_ptr<const void> owner) : room_(room), owner_(std::move(owner)) {}

  std::span<char> room() const noexcept { return room_; }
  /// The first `length` bytes as a body, which may be sent any number of times. They must not be written to again.
  Bytes finished(std::size_t length) const {
    return {std::string_view(room_.data(), length < room_.size() ? length : room_.size()), owner_};
  }

 private:
  std::span<char> room_;
  std::shared_ptr<const void> owner_;
};

/// What a message carries: a document, or bytes.
class Body {
 public:
  Body() = default;
  Body(nlohmann::json document) : value_(std::move(document)) {}  // NOLINT(google-explicit-constructor)
  /// As a document is written: Body params = {{"path", path}, {"line", 3}}.
  Body(nlohmann::json::initializer_list_t document) : value_(nlohmann::json(document)) {}
  Body(Bytes bytes) : value_(std::move(bytes)) {}  // NOLINT(google-explicit-constructor)

  /// Null when it is bytes.
  const nlohmann::json& document() const {
    static const nlohmann::json none;
    const auto* held = std::get_if<nlohmann::json>(&value_);
    return held != nullptr ? *held : none;
  }
  /// Empty when it is a document.
  Bytes bytes() const {
    const auto* held = std::get_if<Bytes>(&value_);
    return held != nullptr ? *held : Bytes();
  }
  bool is_bytes() const noexcept { return std::holds_alternative<Bytes>(value_); }

 private:
  std::variant<nlohmann::json, Bytes> value_;
};

}  // namespace symphony::sdk
