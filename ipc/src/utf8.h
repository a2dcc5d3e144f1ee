#pragma once
// UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing above U+10FFFF.

#include <cstddef>
#include <string>
#include <string_view>

namespace symphony::ipc {

/// The length of the valid sequence that starts at `bytes[0]`; 0 when there is none.
std::size_t utf8_sequence_length(std::string_view bytes) noexcept;
/// Invalid bytes replaced by U+FFFD, one each.
std::string replace_invalid_utf8(std::string_view bytes);

}  // namespace symphony::ipc
