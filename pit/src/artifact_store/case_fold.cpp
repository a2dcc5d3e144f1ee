#include "artifact_store/case_fold.h"

#include <algorithm>
#include <bit>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace symphony::pit {

namespace {

constexpr char32_t first_two_byte = 0x80;
constexpr char32_t end_two_byte = 0x800;
using Table = std::array<std::uint16_t, end_two_byte - first_two_byte>;

constexpr char32_t lower_of(char32_t c) {
  const bool even = c % 2 == 0;
  if (c >= 0xC0 && c <= 0xDE && c != 0xD7) return c + 32;
  if (c >= 0x100 && c <= 0x137 && c != 0x130 && c != 0x131) return even ? c + 1 : c;
  if (c >= 0x139 && c <= 0x148) return even ? c : c + 1;
  if (c >= 0x14A && c <= 0x177) return even ? c + 1 : c;
  if (c == 0x178) return 0xFF;
  if (c >= 0x179 && c <= 0x17E) return even ? c : c + 1;
  if (c == 0x386) return 0x3AC;
  if (c >= 0x388 && c <= 0x38A) return c + 37;
  if (c == 0x38C) return 0x3CC;
  if (c == 0x38E || c == 0x38F) return c + 63;
  if (c >= 0x391 && c <= 0x3AB && c != 0x3A2) return c + 32;
  if (c >= 0x400 && c <= 0x40F) return c + 80;
  if (c >= 0x410 && c <= 0x42F) return c + 32;
  if ((c >= 0x460 && c <= 0x481) || (c >= 0x48A && c <= 0x4BF) || (c >= 0x4D0 && c <= 0x52F)) return even ? c + 1 : c;
  if (c >= 0x531 && c <= 0x556) return c + 48;
  return c;
}

constexpr Table make_fold_table() {
  Table table{};
  for (char32_t c = first_two_byte; c < end_two_byte; ++c)
    table[c - first_two_byte] = static_cast<std::uint16_t>(lower_of(c));
  return table;
}

constexpr Table make_unfold_table() {
  Table table{};
  for (char32_t c = first_two_byte; c < end_two_byte; ++c)
    table[c - first_two_byte] = static_cast<std::uint16_t>(c);
  for (char32_t c = first_two_byte; c < end_two_byte; ++c) {
    if (lower_of(c) != c) table[lower_of(c) - first_two_byte] = static_cast<std::uint16_t>(c);
  }
  return table;
}

constexpr Table fold_table = make_fold_table();
constexpr Table unfold_table = make_unfold_table();

constexpr unsigned char unfold_ascii(unsigned char byte) {
  return byte >= 'a' && byte <= 'z' ? static_cast<unsigned char>(byte - 32) : byte;
}

constexpr bool is_two_byte_pair(unsigned char lead, unsigned char next) {
  return lead >= 0xC2 && lead <= 0xDF && (next & 0xC0) == 0x80;
}

template <class Ascii>
std::string map_letters(std::string_view text, const Table& table, Ascii ascii) {
  std::string out(text);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto byte = static_cast<unsigned char>(out[i]);
    if (byte < 0x80) {
      out[i] = static_cast<char>(ascii(byte));
    } else if (i + 1 < out.size() && is_two_byte_pair(byte, static_cast<unsigned char>(out[i + 1]))) {
      const char32_t letter = (static_cast<char32_t>(byte & 0x1F) << 6) | static_cast<char32_t>(out[i + 1] & 0x3F);
      const char32_t mapped = table[letter - first_two_byte];
      out[i] = static_cast<char>(0xC0 | (mapped >> 6));
      out[i + 1] = static_cast<char>(0x80 | (mapped & 0x3F));
      ++i;
    }
  }
  return out;
}

/// Rough frequency of a byte in source text, higher is more common: which byte of a needle tells most.
int commonness(unsigned char byte) {
  constexpr std::string_view by_frequency = " etaorinslcdpumfh_g\tbyv(),.;-wx*k=\"/>0123456789:<#&'zqj";
  const std::size_t rank = by_frequency.find(static_cast<char>(byte));
  if (byte >= 0x80) return 20;
  return rank == std::string_view::npos ? 10 : 100 - static_cast<int>(rank);
}

}  // namespace

char32_t fold_two_byte(char32_t letter) noexcept {
  return letter >= first_two_byte && letter < end_two_byte ? fold_table[letter - first_two_byte] : letter;
}

char32_t unfold_two_byte(char32_t letter) noexcept {
  return letter >= first_two_byte && letter < end_two_byte ? unfold_table[letter - first_two_byte] : letter;
}

std::string fold_case(std::string_view text) { return map_letters(text, fold_table, fold_ascii); }

FoldedNeedle::FoldedNeedle(std::string_view literal) : folded_(fold_case(literal)) {
  unfolded_ = map_letters(folded_, unfold_table, unfold_ascii);
  ascii_ = std::all_of(folded_.begin(), folded_.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  const auto rarer = [this](std::size_t a, std::size_t b) {
    return commonness(static_cast<unsigned char>(folded_[a])) < commonness(static_cast<unsigned char>(folded_[b]));
  };
  for (std::size_t i = 1; i < folded_.size(); ++i) {
    if (rarer(i, first_)) first_ = i;
  }
  second_ = first_ == 0 && folded_.size() > 1 ? 1 : 0;
  for (std::size_t i = 0; i < folded_.size(); ++i) {
    if (i != first_ && rarer(i, second_)) second_ = i;
  }
}

bool FoldedNeedle::matches_at(const char* text) const noexcept {
  const std::size_t length = folded_.size();
  if (ascii_) {
    for (std::size_t i = 0; i < length; ++i) {
      if (text[i] != folded_[i] && text[i] != unfolded_[i]) return false;
    }
    return true;
  }
  for (std::size_t i = 0; i < length;) {
    const auto byte = static_cast<unsigned char>(folded_[i]);
    // A letter of two bytes matches whole: its lower and upper case may differ in both bytes.
    const bool pair = i + 1 < length && is_two_byte_pair(byte, static_cast<unsigned char>(folded_[i + 1]));
    const std::size_t width = pair ? 2 : 1;
    if (!std::equal(text + i, text + i + width, folded_.data() + i) &&
        !std::equal(text + i, text + i + width, unfolded_.data() + i)) {
      return false;
    }
    i += width;
  }
  return true;
}

std::size_t FoldedNeedle::find_portable(std::string_view text, std::size_t from) const noexcept {
  const std::size_t length = folded_.size();
  for (std::size_t at = from; at + length <= text.size(); ++at) {
    const char byte = text[at + first_];
    if ((byte == folded_[first_] || byte == unfolded_[first_]) && matches_at(text.data() + at)) return at;
  }
  return std::string_view::npos;
}

#if defined(__SSE2__)

std::size_t FoldedNeedle::find(std::string_view text, std::size_t from) const noexcept {
  const std::size_t length = folded_.size();
  if (length == 0 || text.size() < length) return std::string_view::npos;
  const __m128i first_low = _mm_set1_epi8(folded_[first_]);
  const __m128i first_up = _mm_set1_epi8(unfolded_[first_]);
  const __m128i second_low = _mm_set1_epi8(folded_[second_]);
  const __m128i second_up = _mm_set1_epi8(unfolded_[second_]);
  const char* const data = text.data();
  std::size_t at = from;
  for (; at + length + 15 <= text.size(); at += 16) {
    const __m128i a = _mm_loadu_si128(reinterpret_cast<const __m128i*>(data + at + first_));
    const __m128i b = _mm_loadu_si128(reinterpret_cast<const __m128i*>(data + at + second_));
    const __m128i in_a = _mm_or_si128(_mm_cmpeq_epi8(a, first_low), _mm_cmpeq_epi8(a, first_up));
    const __m128i in_b = _mm_or_si128(_mm_cmpeq_epi8(b, second_low), _mm_cmpeq_epi8(b, second_up));
    auto mask = static_cast<unsigned>(_mm_movemask_epi8(_mm_and_si128(in_a, in_b)));
    while (mask != 0) {
      const auto bit = static_cast<std::size_t>(std::countr_zero(mask));
      if (matches_at(data + at + bit)) return at + bit;
      mask &= mask - 1;
    }
  }
  return find_portable(text, at);
}

std::size_t count_lines(std::string_view text) noexcept {
  const __m128i line_feed = _mm_set1_epi8('\n');
  std::size_t count = 0;
  std::size_t at = 0;
  for (; at + 16 <= text.size(); at += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
    count += static_cast<std::size_t>(
        std::popcount(static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(block, line_feed)))));
  }
  return count + static_cast<std::size_t>(std::count(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), '\n'));
}

#else

std::size_t FoldedNeedle::find(std::string_view text, std::size_t from) const noexcept {
  if (folded_.empty() || text.size() < folded_.size()) return std::string_view::npos;
  return find_portable(text, from);
}

std::size_t count_lines(std::string_view text) noexcept {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

#endif

}  // namespace symphony::pit
