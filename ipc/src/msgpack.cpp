#include "msgpack.h"

#include <bit>
#include <cstring>
#include <limits>

#include <symphony/ipc/limits.h>
#include <symphony/ipc/path_text.h>

#include "utf8.h"

namespace symphony::ipc {
namespace {

using nlohmann::json;

class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool decode(json& value) { return item(value, 0) && (at_ == end_ || refuse("bytes follow the document")); }
  const char* reason() const noexcept { return reason_; }

 private:
  bool refuse(const char* reason) noexcept {
    reason_ = reason;
    return false;
  }
  std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }

  template <class Integer>
  bool number(Integer& value) noexcept {
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
  bool unsigned_value(json& value) {
    Integer read{};
    if (!number(read)) {
      return false;
    }
    value = static_cast<std::uint64_t>(read);
    return true;
  }

  template <class Signed>
  bool signed_value(json& value) {
    std::make_unsigned_t<Signed> read{};
    if (!number(read)) {
      return false;
    }
    const auto wide = static_cast<std::int64_t>(std::bit_cast<Signed>(read));
    // One number, one form: a non-negative integer is unsigned, whatever width it was sent in.
    if (wide >= 0) {
      value = static_cast<std::uint64_t>(wide);
    } else {
      value = wide;
    }
    return true;
  }

  template <class Float, class Bits>
  bool float_value(json& value) {
    Bits read{};
    if (!number(read)) {
      return false;
    }
    value = static_cast<double>(std::bit_cast<Float>(read));
    return true;
  }

  bool text(std::size_t length, std::string_view& view) noexcept {
    if (left() < length) {
      return refuse("the bytes end inside a text");
    }
    view = {at_, length};
    at_ += length;
    return is_valid_utf8(view) || refuse("a text is not valid UTF-8");
  }

  bool text_value(std::size_t length, json& value) {
    std::string_view view;
    if (!text(length, view)) {
      return false;
    }
    value = std::string(view);
    return true;
  }

  template <class Length>
  bool text_of(json& value) {
    Length length{};
    return number(length) && text_value(length, value);
  }

  /// Every item takes a byte at least, so a count that lies is refused before anything is allocated for it.
  bool enter(std::size_t count, std::size_t bytes_each, std::size_t depth) noexcept {
    if (depth >= limits::document_depth) {
      return refuse("the document is nested deeper than 64");
    }
    if (count > left() / bytes_each) {
      return refuse("the bytes end inside an array or object");
    }
    const std::size_t items = count * bytes_each;
    if (items > limits::document_values - values_) {
      return refuse("the document has too many values");
    }
    values_ += items;
    return true;
  }

  bool array(std::size_t count, json& value, std::size_t depth) {
    if (!enter(count, 1, depth)) {
      return false;
    }
    json::array_t items;
    items.reserve(count);
    for (std::size_t index = 0; index < count; ++index) {
      if (!item(items.emplace_back(), depth + 1)) {
        return false;
      }
    }
    value = std::move(items);
    return true;
  }

  bool key(std::string_view& view) noexcept {
    if (left() == 0) {
      return refuse("the bytes end inside an object");
    }
    const auto tag = static_cast<unsigned char>(*at_++);
    if (tag >= 0xA0 && tag <= 0xBF) {
      return text(tag & 0x1FU, view);
    }
    std::uint8_t length8 = 0;
    std::uint16_t length16 = 0;
    std::uint32_t length32 = 0;
    switch (tag) {
      case 0xD9:
        return number(length8) && text(length8, view);
      case 0xDA:
        return number(length16) && text(length16, view);
      case 0xDB:
        return number(length32) && text(length32, view);
      default:
        return refuse("an object's key is not a text");
    }
  }

  bool object(std::size_t count, json& value, std::size_t depth) {
    if (!enter(count, 2, depth)) {
      return false;
    }
    json::object_t members;
    for (std::size_t index = 0; index < count; ++index) {
      std::string_view name;
      json member;
      if (!key(name) || !item(member, depth + 1)) {
        return false;
      }
      members.insert_or_assign(members.end(), std::string(name), std::move(member));
    }
    value = std::move(members);
    return true;
  }

  template <class Length>
  bool array_of(json& value, std::size_t depth) {
    Length length{};
    return number(length) && array(length, value, depth);
  }

  template <class Length>
  bool object_of(json& value, std::size_t depth) {
    Length length{};
    return number(length) && object(length, value, depth);
  }

  bool item(json& value, std::size_t depth) {
    if (left() == 0) {
      return refuse("the bytes end where a value is expected");
    }
    const auto tag = static_cast<unsigned char>(*at_++);
    if (tag <= 0x7F) {
      value = static_cast<std::uint64_t>(tag);
      return true;
    }
    if (tag >= 0xE0) {
      value = static_cast<std::int64_t>(static_cast<std::int8_t>(tag));
      return true;
    }
    if (tag <= 0x8F) {
      return object(tag & 0x0FU, value, depth);
    }
    if (tag <= 0x9F) {
      return array(tag & 0x0FU, value, depth);
    }
    if (tag <= 0xBF) {
      return text_value(tag & 0x1FU, value);
    }
    switch (tag) {
      case 0xC0:
        value = nullptr;
        return true;
      case 0xC2:
        value = false;
        return true;
      case 0xC3:
        value = true;
        return true;
      case 0xCA:
        return float_value<float, std::uint32_t>(value);
      case 0xCB:
        return float_value<double, std::uint64_t>(value);
      case 0xCC:
        return unsigned_value<std::uint8_t>(value);
      case 0xCD:
        return unsigned_value<std::uint16_t>(value);
      case 0xCE:
        return unsigned_value<std::uint32_t>(value);
      case 0xCF:
        return unsigned_value<std::uint64_t>(value);
      case 0xD0:
        return signed_value<std::int8_t>(value);
      case 0xD1:
        return signed_value<std::int16_t>(value);
      case 0xD2:
        return signed_value<std::int32_t>(value);
      case 0xD3:
        return signed_value<std::int64_t>(value);
      case 0xD9:
        return text_of<std::uint8_t>(value);
      case 0xDA:
        return text_of<std::uint16_t>(value);
      case 0xDB:
        return text_of<std::uint32_t>(value);
      case 0xDC:
        return array_of<std::uint16_t>(value, depth);
      case 0xDD:
        return array_of<std::uint32_t>(value, depth);
      case 0xDE:
        return object_of<std::uint16_t>(value, depth);
      case 0xDF:
        return object_of<std::uint32_t>(value, depth);
      default:
        return refuse("a value has a MessagePack type that is not used here");
    }
  }

  const char* at_;
  const char* end_;
  const char* reason_ = "";
  std::size_t values_ = 1;
};

class Encoder {
 public:
  explicit Encoder(std::string& out) : out_(out) {}

  void item(const json& value) {
    switch (value.type()) {
      case json::value_t::boolean:
        byte(value.get_ref<const bool&>() ? 0xC3 : 0xC2);
        break;
      case json::value_t::number_unsigned:
        positive(value.get_ref<const std::uint64_t&>());
        break;
      case json::value_t::number_integer:
        integer(value.get_ref<const std::int64_t&>());
        break;
      case json::value_t::number_float:
        byte(0xCB);
        number(std::bit_cast<std::uint64_t>(value.get_ref<const double&>()));
        break;
      case json::value_t::string:
        text(value.get_ref<const std::string&>());
        break;
      case json::value_t::array:
        length(value.size(), 0x90, 0x0F, 0, 0xDC);
        for (const json& member : value) {
          item(member);
        }
        break;
      case json::value_t::object:
        length(value.size(), 0x80, 0x0F, 0, 0xDE);
        for (const auto& [name, member] : value.get_ref<const json::object_t&>()) {
          text(name);
          item(member);
        }
        break;
      default:  // null; `binary` is no part of a document
        byte(0xC0);
        break;
    }
  }

 private:
  void byte(unsigned value) { out_ += static_cast<char>(static_cast<unsigned char>(value)); }

  template <class Integer>
  void number(Integer value) {
    char bytes[sizeof(Integer)];
    for (std::size_t at = 0; at < sizeof(Integer); ++at) {
      bytes[at] = static_cast<char>(static_cast<unsigned char>(value >> (8U * (sizeof(Integer) - 1 - at))));
    }
    out_.append(bytes, sizeof bytes);
  }

  void positive(std::uint64_t value) {
    if (value <= 0x7F) {
      byte(static_cast<unsigned>(value));
    } else if (value <= 0xFF) {
      byte(0xCC);
      number(static_cast<std::uint8_t>(value));
    } else if (value <= 0xFFFF) {
      byte(0xCD);
      number(static_cast<std::uint16_t>(value));
    } else if (value <= 0xFFFFFFFF) {
      byte(0xCE);
      number(static_cast<std::uint32_t>(value));
    } else {
      byte(0xCF);
      number(value);
    }
  }

  void integer(std::int64_t value) {
    if (value >= 0) {
      positive(static_cast<std::uint64_t>(value));
    } else if (value >= -32) {
      byte(static_cast<unsigned>(value) & 0xFFU);
    } else if (value >= std::numeric_limits<std::int8_t>::min()) {
      byte(0xD0);
      number(static_cast<std::uint8_t>(value));
    } else if (value >= std::numeric_limits<std::int16_t>::min()) {
      byte(0xD1);
      number(static_cast<std::uint16_t>(value));
    } else if (value >= std::numeric_limits<std::int32_t>::min()) {
      byte(0xD2);
      number(static_cast<std::uint32_t>(value));
    } else {
      byte(0xD3);
      number(static_cast<std::uint64_t>(value));
    }
  }

  /// A count in its shortest form; `tag8` 0: there is no 8-bit form.
  void length(std::size_t count, unsigned short_tag, unsigned short_max, unsigned tag8, unsigned tag16) {
    if (count <= short_max) {
      byte(short_tag | static_cast<unsigned>(count));
    } else if (tag8 != 0 && count <= 0xFF) {
      byte(tag8);
      number(static_cast<std::uint8_t>(count));
    } else if (count <= 0xFFFF) {
      byte(tag16);
      number(static_cast<std::uint16_t>(count));
    } else {
      byte(tag16 + 1);
      number(static_cast<std::uint32_t>(count));
    }
  }

  void text(std::string_view view) {
    if (!is_valid_utf8(view)) {
      text(replace_invalid_utf8(view));
      return;
    }
    length(view.size(), 0xA0, 0x1F, 0xD9, 0xDA);
    out_.append(view);
  }

  std::string& out_;
};

}  // namespace

Result<json> decode_msgpack(std::string_view bytes) {
  Decoder decoder(bytes);
  json value;
  if (!decoder.decode(value)) {
    return Error{ErrorCode::parse_error,
                 std::string("The body is not a MessagePack document: ") + decoder.reason() + ".", nullptr};
  }
  return value;
}

std::string encode_msgpack(const json& document) {
  std::string out;
  Encoder(out).item(document);
  return out;
}

}  // namespace symphony::ipc
