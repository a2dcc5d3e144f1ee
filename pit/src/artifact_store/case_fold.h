#pragma once
// Case folding that keeps every length: the letters of ASCII and those with two bytes in UTF-8 (Latin, Greek, Cyrillic,
// Armenian), each mapped to its one lower-case partner. So a match in folded bytes is a match in the same original
// bytes, and text that is not UTF-8 needs no special care.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace symphony::pit {

inline constexpr unsigned char fold_ascii(unsigned char byte) noexcept {
  return byte >= 'A' && byte <= 'Z' ? static_cast<unsigned char>(byte + 32) : byte;
}

/// The lower-case partner of U+0080…U+07FF, or itself.
char32_t fold_two_byte(char32_t letter) noexcept;
/// Its upper-case partner, or itself: the inverse of fold_two_byte.
char32_t unfold_two_byte(char32_t letter) noexcept;

std::string fold_case(std::string_view text);

/// Finds one literal in many texts, whatever the case. Immutable; thread-safe.
class FoldedNeedle {
 public:
  explicit FoldedNeedle(std::string_view literal);
  /// Offset of the first match at or after `from`; npos when none.
  std::size_t find(std::string_view text, std::size_t from = 0) const noexcept;
  std::size_t size() const noexcept { return folded_.size(); }
  const std::string& folded() const noexcept { return folded_; }

 private:
  bool matches_at(const char* text) const noexcept;
  std::size_t find_portable(std::string_view text, std::size_t from) const noexcept;

  std::string folded_;
  std::string unfolded_;
  bool ascii_ = true;
  /// Two positions whose bytes are tested for sixteen candidates at a time before any is compared whole.
  std::size_t first_ = 0;
  std::size_t second_ = 0;
};

/// How many line feeds `text` holds.
std::size_t count_lines(std::string_view text) noexcept;

}  // namespace symphony::pit
