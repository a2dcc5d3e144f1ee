#include <symphony/ipc/path_text.h>

#include "utf8.h"

namespace symphony::ipc {
namespace {

void append_escaped(std::string& text, char byte) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  const auto value = static_cast<unsigned char>(byte);
  text += '%';
  text += digits[value >> 4U];
  text += digits[value & 0xFU];
}

/// Upper-case only: every name has exactly one escaped form.
int digit_value(char digit) noexcept {
  if (digit >= '0' && digit <= '9') {
    return digit - '0';
  }
  return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

}  // namespace

std::string escape_path(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t length = utf8_sequence_length(bytes.substr(at));
    if (length == 0 || bytes[at] == '%') {
      append_escaped(text, bytes[at]);
      ++at;
    } else {
      text += bytes.substr(at, length);
      at += length;
    }
  }
  return text;
}

std::optional<std::string> unescape_path(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    char byte = text[at];
    if (byte == '%') {
      if (text.size() - at < 3) {
        return std::nullopt;
      }
      const int high = digit_value(text[at + 1]);
      const int low = digit_value(text[at + 2]);
      if (high < 0 || low < 0) {
        return std::nullopt;
      }
      byte = static_cast<char>(high * 16 + low);
      at += 2;
    }
    if (byte == '\0') {
      return std::nullopt;
    }
    bytes += byte;
  }
  return bytes;
}

std::string display_path(std::string_view escaped) {
  const std::optional<std::string> bytes = unescape_path(escaped);
  return replace_invalid_utf8(bytes ? std::string_view(*bytes) : escaped);
}

}  // namespace symphony::ipc
