#pragma once
// MessagePack one value at a time, for code that knows what comes (typed.h). Documents use src/msgpack.h.

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace symphony::ipc::detail {

/// Appends values in their shortest form, as https://github.com/msgpack/msgpack/blob/master/spec.md asks. The string is
/// longer than what was written until finish(), or until the writer is gone.
class MsgpackWriter {
 public:
  explicit MsgpackWriter(std::string& out) : out_(out), used_(out.size()) { out_.resize(used_ + first_room); }
  ~MsgpackWriter() { finish(); }
  MsgpackWriter(const MsgpackWriter&) = delete;
  MsgpackWriter& operator=(const MsgpackWriter&) = delete;

  void finish() { out_.resize(used_); }

  void null() { byte(0xC0); }
  void boolean(bool value) { byte(value ? 0xC3U : 0xC2U); }
  void unsigned_number(std::uint64_t value) {
    if (value <= 0x7F) {
      byte(static_cast<unsigned>(value));
    } else if (value <= 0xFF) {
      tagged(0xCC, static_cast<std::uint8_t>(value));
    } else if (value <= 0xFFFF) {
      tagged(0xCD, static_cast<std::uint16_t>(value));
    } else if (value <= 0xFFFFFFFF) {
      tagged(0xCE, static_cast<std::uint32_t>(value));
    } else {
      tagged(0xCF, value);
    }
  }
  void signed_number(std::int64_t value);
  void number(double value) { tagged(0xCB, std::bit_cast<std::uint64_t>(value)); }
  /// Invalid UTF-8 is replaced by U+FFFD, as everywhere in the codecs.
  void text(std::string_view value);
  /// A name from the program itself: at most 31 bytes of ASCII.
  void short_name(std::string_view name) {
    char* const at = room(1 + name.size());
    *at = static_cast<char>(0xA0U | static_cast<unsigned>(name.size()));
    std::memcpy(at + 1, name.data(), name.size());
  }
  void array(std::size_t count) { length(count, 0x90, 0xDC); }
  void object(std::size_t count) { length(count, 0x80, 0xDE); }
  void document(const nlohmann::json& value);

 private:
  static constexpr std::size_t first_room = 240;

  /// The next `count` bytes, to be filled.
  char* room(std::size_t count) {
    if (out_.size() - used_ < count) {
      out_.resize(std::max(2 * out_.size(), used_ + count));
    }
    char* const at = out_.data() + used_;
    used_ += count;
    return at;
  }
  void append(std::string_view bytes) { std::copy(bytes.begin(), bytes.end(), room(bytes.size())); }
  void byte(unsigned value) { *room(1) = static_cast<char>(static_cast<unsigned char>(value)); }
  template <class Integer>
  void tagged(unsigned tag, Integer value) {
    char* const bytes = room(1 + sizeof(Integer));
    bytes[0] = static_cast<char>(static_cast<unsigned char>(tag));
    for (std::size_t at = 0; at < sizeof(Integer); ++at) {
      bytes[1 + at] = static_cast<char>(static_cast<unsigned char>(value >> (8U * (sizeof(Integer) - 1 - at))));
    }
  }
  void length(std::size_t count, unsigned short_tag, unsigned tag16) {
    if (count <= 0x0F) {
      byte(short_tag | static_cast<unsigned>(count));
    } else if (count <= 0xFFFF) {
      tagged(tag16, static_cast<std::uint16_t>(count));
    } else {
      tagged(tag16 + 1, static_cast<std::uint32_t>(count));
    }
  }

  std::string& out_;
  std::size_t used_;
};

/// Reads values from bytes nobody vouches for. Each function returns false when the next value is not of that kind, out
/// of its range, or not whole; why() then says what was wrong. Within limits::document_depth.
class MsgpackReader {
 public:
  explicit MsgpackReader(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool at_end() const noexcept { return at_ == end_; }
  const char* why() const noexcept { return why_; }
  /// True and past it, when the next value is null.
  bool null() noexcept {
    if (at_ == end_ || static_cast<unsigned char>(*at_) != 0xC0) {
      return false;
    }
    ++at_;
    return true;
  }
  bool boolean(bool& value) noexcept;
  bool unsigned_number(std::uint64_t& value) noexcept {
    if (at_ != end_ && static_cast<unsigned char>(*at_) <= 0x7F) {
      value = static_cast<unsigned char>(*at_++);
      return true;
    }
    return wide_unsigned(value);
  }
  bool signed_number(std::int64_t& value) noexcept;
  /// Any number; an integer is converted.
  bool number(double& value) noexcept;
  /// Valid UTF-8; the view points into the bytes.
  bool text(std::string_view& value) noexcept;
  /// `count` items follow; a count the bytes cannot hold is refused, so memory may be reserved for it.
  bool array(std::size_t& count) noexcept;
  /// `count` pairs of a text and a value follow.
  bool object(std::size_t& count) noexcept;
  /// The next text is exactly `name` (at most 31 bytes): then it is passed. Else nothing is moved.
  bool skip_name(std::string_view name) noexcept {
    const std::size_t length = name.size();
    if (left() <= length || static_cast<unsigned char>(*at_) != (0xA0U | length) ||
        std::memcmp(at_ + 1, name.data(), length) != 0) {
      return false;
    }
    at_ += 1 + length;
    return true;
  }
  /// Past one value of any kind, however nested; in all at most limits::document_values.
  bool skip(std::size_t depth = 0) noexcept;
  bool document(nlohmann::json& value);
  bool refuse(const char* why) noexcept {
    why_ = why;
    return false;
  }

 private:
  std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }
  bool wide_unsigned(std::uint64_t& value) noexcept;
  template <class Integer>
  bool big_endian(Integer& value) noexcept;
  template <class Integer>
  bool big_endian_as(std::uint64_t& value) noexcept;
  bool count(std::size_t& value, unsigned short_tag, unsigned tag16, std::size_t bytes_each, const char* why) noexcept;

  const char* at_;
  const char* end_;
  const char* why_ = "";
  std::size_t skipped_ = 0;
};

}  // namespace symphony::ipc::detail
