#pragma once
// File names are bytes, documents are text: the escaping of docs/protocol.md section 10.

#include <optional>
#include <string>
#include <string_view>

namespace symphony::ipc {

/// `%` and bytes outside valid UTF-8 become %XX.
std::string escape_path(std::string_view bytes);
/// Nothing when an escape is malformed or the text holds a NUL.
std::optional<std::string> unescape_path(std::string_view text);
/// For people: unescaped, invalid bytes as U+FFFD.
std::string display_path(std::string_view escaped);
bool is_valid_utf8(std::string_view bytes) noexcept;

}  // namespace symphony::ipc
