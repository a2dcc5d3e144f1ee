#include "utf8.h"

#include <cstdint>
#include <cstring>

#include <symphony/ipc/path_text.h>

namespace symphony::ipc {
namespace {

bool is_continuation(char byte) noexcept { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

}  // namespace

std::size_t utf8_sequence_length(std::string_view bytes) noexcept {
  if (bytes.empty()) {
    return 0;
  }
  const auto first = static_cast<unsigned char>(bytes[0]);
  if (first < 0x80) {
    return 1;
  }
  if (first >= 0xC2 && first <= 0xDF) {
    return bytes.size() >= 2 && is_continuation(bytes[1]) ? 2 : 0;
  }
  if (first >= 0xE0 && first <= 0xEF) {
    if (bytes.size() < 3 || !is_continuation(bytes[1]) || !is_continuation(bytes[2])) {
      return 0;
    }
    const auto second = static_cast<unsigned char>(bytes[1]);
    const bool overlong = first == 0xE0 && second < 0xA0;
    const bool surrogate = first == 0xED && second > 0x9F;
    return overlong || surrogate ? 0 : 3;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if (bytes.size() < 4 || !is_continuation(bytes[1]) || !is_continuation(bytes[2]) || !is_continuation(bytes[3])) {
      return 0;
    }
    const auto second = static_cast<unsigned char>(bytes[1]);
    const bool overlong = first == 0xF0 && second < 0x90;
    const bool too_large = first == 0xF4 && second > 0x8F;
    return overlong || too_large ? 0 : 4;
  }
  return 0;
}

bool is_valid_utf8(std::string_view bytes) noexcept {
  std::size_t at = 0;
  while (at < bytes.size()) {
    // Most text is ASCII: eight bytes at a time.
    while (bytes.size() - at >= 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data() + at, sizeof word);
      if ((word & 0x8080808080808080ULL) != 0) {
        break;
      }
      at += 8;
    }
    if (at == bytes.size()) {
      break;
    }
    const std::size_t length = utf8_sequence_length(bytes.substr(at));
    if (length == 0) {
      return false;
    }
    at += length;
  }
  return true;
}

std::string replace_invalid_utf8(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t length = utf8_sequence_length(bytes.substr(at));
    if (length == 0) {
      text += "\xEF\xBF\xBD";
      ++at;
    } else {
      text += bytes.substr(at, length);
      at += length;
    }
  }
  return text;
}

}  // namespace symphony::ipc
