#pragma once
// The body of a credit frame.

#include <array>
#include <cstdint>
#include <string_view>

#include "frame_layout.h"

namespace symphony::ipc {

/// Four bytes, little-endian.
inline std::array<char, credit_bytes> encode_credit(std::uint32_t bytes) noexcept {
  std::array<char, credit_bytes> encoded{};
  for (std::size_t at = 0; at < encoded.size(); ++at) {
    encoded[at] = static_cast<char>(static_cast<unsigned char>(bytes >> (8U * at)));
  }
  return encoded;
}

/// `encoded` is of the right length: the parser sees to that.
inline std::uint32_t decode_credit(std::string_view encoded) noexcept {
  std::uint32_t bytes = 0;
  for (std::size_t at = 0; at < encoded.size(); ++at) {
    bytes |= std::uint32_t{static_cast<unsigned char>(encoded[at])} << (8U * at);
  }
  return bytes;
}

}  // namespace symphony::ipc
