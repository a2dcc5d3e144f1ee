#pragma once
// File names are bytes, messages are text: the escaping of docs/protocol.md section 10, and text safe to show.

#include <optional>
#include <string>
#include <string_view>

namespace symphony::sdk {

/// `%` and bytes outside valid UTF-8 become %XX.
std::string escape_path(std::string_view bytes);
/// Nothing when an escape is malformed or the text holds a NUL.
std::optional<std::string> unescape_path(std::string_view text);

/// Any bytes as text in which nothing is hidden and nothing changes the layout around it: a line feed is shown as ⏎, a
/// tab as ⇥, other control characters as their picture (␛), characters that reorder or hide text (bidirectional
/// controls, zero-width spaces) by their code ([U+202E]), bytes that are not UTF-8 as U+FFFD.
std::string display_text(std::string_view bytes);

/// The next character of UTF-8 at `at`; advances it. Nothing (and one byte further) when it is not valid there.
std::optional<char32_t> next_character(std::string_view bytes, std::size_t& at) noexcept;
/// What display_text makes of one character; nothing in its place stands for an invalid byte.
void append_displayed(std::string& out, std::optional<char32_t> character);

}  // namespace symphony::sdk
