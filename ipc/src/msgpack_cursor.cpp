#include <symphony/ipc/detail/msgpack_cursor.h>

#include <limits>

#include <symphony/ipc/limits.h>
#include <symphony/ipc/path_text.h>

#include "msgpack.h"
#include "utf8.h"

namespace symphony::ipc::detail {

void MsgpackWriter::signed_number(std::int64_t value) {
  if (value >= 0) {
    unsigned_number(static_cast<std::uint64_t>(value));
  } else if (value >= -32) {
    byte(static_cast<unsigned>(value) & 0xFFU);
  } else if (value >= std::numeric_limits<std::int8_t>::min()) {
    tagged(0xD0, static_cast<std::uint8_t>(value));
  } else if (value >= std::numeric_limits<std::int16_t>::min()) {
    tagged(0xD1, static_cast<std::uint16_t>(value));
  } else if (value >= std::numeric_limits<std::int32_t>::min()) {
    tagged(0xD2, static_cast<std::uint32_t>(value));
  } else {
    tagged(0xD3, static_cast<std::uint64_t>(value));
  }
}

void MsgpackWriter::text(std::string_view value) {
  if (!is_valid_utf8(value)) {
    text(replace_invalid_utf8(value));
    return;
  }
  if (value.size() <= 0x1F) {
    byte(0xA0U | static_cast<unsigned>(value.size()));
  } else if (value.size() <= 0xFF) {
    tagged(0xD9, static_cast<std::uint8_t>(value.size()));
  } else if (value.size() <= 0xFFFF) {
    tagged(0xDA, static_cast<std::uint16_t>(value.size()));
  } else {
    tagged(0xDB, static_cast<std::uint32_t>(value.size()));
  }
  append(value);
}

void MsgpackWriter::document(const nlohmann::json& value) { append(encode_msgpack(value)); }

template <class Integer>
bool MsgpackReader::big_endian(Integer& value) noexcept {
  if (left() < sizeof(Integer)) {
    return refuse("the bytes end inside a number");
  }
  value = 0;
  for (std::size_t byte = 0; byte < sizeof(Integer); ++byte) {
    value = static_cast<Integer>(static_cast<Integer>(value << 7U << 1U) | static_cast<unsigned char>(at_[byte]));
  }
  at_ += sizeof(Integer);
  return true;
}

template <class Integer>
bool MsgpackReader::big_endian_as(std::uint64_t& value) noexcept {
  Integer read{};
  if (!big_endian(read)) {
    return false;
  }
  value = read;
  return true;
}

bool MsgpackReader::boolean(bool& value) noexcept {
  const unsigned tag = at_ == end_ ? 0U : static_cast<unsigned char>(*at_);
  if (tag != 0xC2 && tag != 0xC3) {
    return refuse("it is not true or false");
  }
  ++at_;
  value = tag == 0xC3;
  return true;
}

bool MsgpackReader::wide_unsigned(std::uint64_t& value) noexcept {
  std::int64_t read = 0;
  if (at_ != end_ && static_cast<unsigned char>(*at_) == 0xCF) {
    ++at_;
    return big_endian(value);
  }
  if (!signed_number(read)) {
    return false;
  }
  if (read < 0) {
    return refuse("it is negative");
  }
  value = static_cast<std::uint64_t>(read);
  return true;
}

bool MsgpackReader::signed_number(std::int64_t& value) noexcept {
  if (at_ == end_) {
    return refuse("the bytes end where a value is expected");
  }
  const char* const start = at_;
  const auto tag = static_cast<unsigned char>(*at_++);
  if (tag <= 0x7F || tag >= 0xE0) {
    value = static_cast<std::int8_t>(tag);
    return true;
  }
  std::uint64_t wide = 0;
  switch (tag) {
    case 0xCC:
      return big_endian_as<std::uint8_t>(wide) && (value = static_cast<std::int64_t>(wide), true);
    case 0xCD:
      return big_endian_as<std::uint16_t>(wide) && (value = static_cast<std::int64_t>(wide), true);
    case 0xCE:
      return big_endian_as<std::uint32_t>(wide) && (value = static_cast<std::int64_t>(wide), true);
    case 0xCF:
      if (!big_endian(wide)) {
        return false;
      }
      if (wide > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        return refuse("it is too large");
      }
      value = static_cast<std::int64_t>(wide);
      return true;
    case 0xD0:
      return big_endian_as<std::uint8_t>(wide) && (value = static_cast<std::int8_t>(wide), true);
    case 0xD1:
      return big_endian_as<std::uint16_t>(wide) && (value = static_cast<std::int16_t>(wide), true);
    case 0xD2:
      return big_endian_as<std::uint32_t>(wide) && (value = static_cast<std::int32_t>(wide), true);
    case 0xD3:
      return big_endian(wide) && (value = std::bit_cast<std::int64_t>(wide), true);
    default:
      at_ = start;
      return refuse("it is not an integer");
  }
}

bool MsgpackReader::number(double& value) noexcept {
  const unsigned tag = at_ == end_ ? 0xC0U : static_cast<unsigned char>(*at_);
  if (tag == 0xCB) {
    ++at_;
    std::uint64_t bits = 0;
    return big_endian(bits) && (value = std::bit_cast<double>(bits), true);
  }
  if (tag == 0xCA) {
    ++at_;
    std::uint32_t bits = 0;
    return big_endian(bits) && (value = static_cast<double>(std::bit_cast<float>(bits)), true);
  }
  if (tag == 0xCF) {
    std::uint64_t whole = 0;
    return unsigned_number(whole) && (value = static_cast<double>(whole), true);
  }
  std::int64_t whole = 0;
  if (!signed_number(whole)) {
    return refuse("it is not a number");
  }
  value = static_cast<double>(whole);
  return true;
}

bool MsgpackReader::text(std::string_view& value) noexcept {
  if (at_ == end_) {
    return refuse("the bytes end where a value is expected");
  }
  const char* const start = at_;
  const auto tag = static_cast<unsigned char>(*at_++);
  std::uint64_t length = 0;
  bool whole = true;
  if (tag >= 0xA0 && tag <= 0xBF) {
    length = tag & 0x1FU;
  } else if (tag == 0xD9) {
    whole = big_endian_as<std::uint8_t>(length);
  } else if (tag == 0xDA) {
    whole = big_endian_as<std::uint16_t>(length);
  } else if (tag == 0xDB) {
    whole = big_endian_as<std::uint32_t>(length);
  } else {
    at_ = start;
    return refuse("it is not a text");
  }
  if (!whole || left() < length) {
    return refuse("the bytes end inside a text");
  }
  value = {at_, static_cast<std::size_t>(length)};
  at_ += length;
  return is_valid_utf8(value) || refuse("it is not valid UTF-8");
}

bool MsgpackReader::count(std::size_t& value, unsigned short_tag, unsigned tag16, std::size_t bytes_each,
                          const char* why) noexcept {
  if (at_ == end_) {
    return refuse("the bytes end where a value is expected");
  }
  const char* const start = at_;
  const auto tag = static_cast<unsigned char>(*at_++);
  std::uint64_t read = 0;
  bool whole = true;
  if ((tag & 0xF0U) == short_tag) {
    read = tag & 0x0FU;
  } else if (tag == tag16) {
    whole = big_endian_as<std::uint16_t>(read);
  } else if (tag == tag16 + 1) {
    whole = big_endian_as<std::uint32_t>(read);
  } else {
    at_ = start;
    return refuse(why);
  }
  if (!whole || read > left() / bytes_each) {
    return refuse("the bytes end inside it");
  }
  if (read > limits::document_values) {
    return refuse("it has too many values");
  }
  value = static_cast<std::size_t>(read);
  return true;
}

bool MsgpackReader::array(std::size_t& value) noexcept { return count(value, 0x90, 0xDC, 1, "it is not an array"); }

bool MsgpackReader::object(std::size_t& value) noexcept { return count(value, 0x80, 0xDE, 2, "it is not an object"); }

bool MsgpackReader::skip(std::size_t depth) noexcept {
  if (at_ == end_) {
    return refuse("the bytes end where a value is expected");
  }
  if (depth > limits::document_depth) {
    return refuse("it is nested deeper than 64");
  }
  if (++skipped_ > limits::document_values) {
    return refuse("it has too many values");
  }
  const auto tag = static_cast<unsigned char>(*at_);
  if (tag == 0xC0) {
    ++at_;
    return true;
  }
  if (tag == 0xC2 || tag == 0xC3) {
    ++at_;
    return true;
  }
  if ((tag >= 0xA0 && tag <= 0xBF) || (tag >= 0xD9 && tag <= 0xDB)) {
    std::string_view ignored;
    return text(ignored);
  }
  std::size_t items = 0;
  if ((tag & 0xF0U) == 0x90 || tag == 0xDC || tag == 0xDD) {
    if (!array(items)) {
      return false;
    }
  } else if ((tag & 0xF0U) == 0x80 || tag == 0xDE || tag == 0xDF) {
    if (!object(items)) {
      return false;
    }
    for (; items > 0; --items) {
      std::string_view name;
      if (!text(name) || !skip(depth + 1)) {
        return false;
      }
    }
    return true;
  } else {
    double ignored = 0;
    return number(ignored) || refuse("a value has a MessagePack type that is not used here");
  }
  for (; items > 0; --items) {
    if (!skip(depth + 1)) {
      return false;
    }
  }
  return true;
}

bool MsgpackReader::document(nlohmann::json& value) {
  const char* const start = at_;
  if (!skip()) {
    return false;
  }
  const auto decoded = decode_msgpack({start, static_cast<std::size_t>(at_ - start)});
  if (!decoded) {
    return refuse("it is not a document");
  }
  value = *decoded;
  return true;
}

}  // namespace symphony::ipc::detail
