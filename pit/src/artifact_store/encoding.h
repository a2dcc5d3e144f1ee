#pragma once
// The two encodings of artifact content: SHA-256 for its address, base64 for bytes that are not text.

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace symphony::pit {

using Sha256 = std::array<char, 32>;

Sha256 sha256(std::string_view bytes);
inline std::string_view view_of(const Sha256& hash) noexcept { return {hash.data(), hash.size()}; }
/// Lower-case hexadecimal.
std::string to_hex(std::string_view bytes);
/// Nothing when it is not hexadecimal.
std::optional<std::string> from_hex(std::string_view text);
std::string to_base64(std::string_view bytes);
/// RFC 4648 section 4 with padding; nothing when malformed.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace symphony::pit
