#include <symphony/sdk/path_text.h>

#include <symphony/ipc/path_text.h>

#include <array>
#include <cstdio>

namespace symphony::sdk {
namespace {

void append_utf8(std::string& out, char32_t c) {
  const auto byte = [&out](char32_t value) { out += static_cast<char>(value); };
  if (c < 0x80) {
    byte(c);
  } else if (c < 0x800) {
    byte(0xC0 | (c >> 6));
    byte(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    byte(0xE0 | (c >> 12));
    byte(0x80 | ((c >> 6) & 0x3F));
    byte(0x80 | (c & 0x3F));
  } else {
    byte(0xF0 | (c >> 18));
    byte(0x80 | ((c >> 12) & 0x3F));
    byte(0x80 | ((c >> 6) & 0x3F));
    byte(0x80 | (c & 0x3F));
  }
}

/// Characters that are not seen but change how others are shown. The joiners U+200C and U+200D are left: scripts and
/// emoji need them.
bool hides_or_reorders(char32_t c) {
  return (c >= 0x80 && c < 0xA0) || c == 0xAD || c == 0x61C || c == 0x180E || c == 0x200B || c == 0x200E ||
         c == 0x200F || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF ||
         (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE007F);
}

}  // namespace

std::string escape_path(std::string_view bytes) { return ipc::escape_path(bytes); }

std::optional<std::string> unescape_path(std::string_view text) { return ipc::unescape_path(text); }

std::optional<char32_t> next_character(std::string_view bytes, std::size_t& at) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const unsigned char first = byte(at);
  std::size_t length = 0;
  char32_t value = 0;
  char32_t least = 0;
  if (first < 0x80) {
    ++at;
    return first;
  }
  if (first >= 0xC2 && first < 0xE0) {
    length = 2, value = first & 0x1FU, least = 0x80;
  } else if (first >= 0xE0 && first < 0xF0) {
    length = 3, value = first & 0x0FU, least = 0x800;
  } else if (first >= 0xF0 && first < 0xF5) {
    length = 4, value = first & 0x07U, least = 0x10000;
  }
  bool valid = length != 0 && bytes.size() - at >= length;
  for (std::size_t i = 1; valid && i < length; ++i) {
    valid = (byte(at + i) & 0xC0) == 0x80;
    value = (value << 6) | (byte(at + i) & 0x3FU);
  }
  if (!valid || value < least || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) {
    ++at;
    return std::nullopt;
  }
  at += length;
  return value;
}

void append_displayed(std::string& out, std::optional<char32_t> character) {
  const char32_t c = character.value_or(0xFFFD);
  if (c == '\n') {
    append_utf8(out, 0x23CE);
  } else if (c == '\t') {
    append_utf8(out, 0x21E5);
  } else if (c < 0x20) {
    append_utf8(out, 0x2400 + c);
  } else if (c == 0x7F) {
    append_utf8(out, 0x2421);
  } else if (hides_or_reorders(c)) {
    std::array<char, 16> code{};
    std::snprintf(code.data(), code.size(), "[U+%04X]", static_cast<unsigned>(c));
    out += code.data();
  } else {
    append_utf8(out, c);
  }
}

std::string display_text(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (std::size_t at = 0; at < bytes.size();)
    append_displayed(out, next_character(bytes, at));
  return out;
}

}  // namespace symphony::sdk
