#include "bounded_text.h"

#include <array>
#include <cstdint>
#include <cstdio>

namespace symphony::explorer {
namespace {

constexpr std::size_t longest_key = 8192;

void cut_at_character(std::string& text, std::size_t length) {
  while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80)
    --length;
  text.resize(length);
}

}  // namespace

std::string bounded_key(std::string key) {
  if (key.size() <= longest_key) return key;
  std::uint64_t hash = 14695981039346656037U;  // FNV-1a
  for (const char c : key)
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  std::array<char, 24> digits{};
  std::snprintf(digits.data(), digits.size(), "#%016llx", static_cast<unsigned long long>(hash));
  cut_at_character(key, longest_key - digits.size());
  return key + digits.data();
}

std::string bounded_text(std::string text, std::size_t limit) {
  if (text.size() <= limit) return text;
  constexpr std::string_view ellipsis = "…";
  cut_at_character(text, limit - ellipsis.size());
  return text.append(ellipsis);
}

}  // namespace symphony::explorer
