#include "natural_order.h"

#include <cstddef>

namespace symphony::explorer {
namespace {

bool is_digit(unsigned char c) { return c >= '0' && c <= '9'; }
unsigned char folded(unsigned char c) { return c >= 'A' && c <= 'Z' ? static_cast<unsigned char>(c + 32) : c; }

std::size_t skip_zeros(std::string_view text, std::size_t at) {
  while (at < text.size() && text[at] == '0')
    ++at;
  return at;
}

std::size_t digits_end(std::string_view text, std::size_t at) {
  while (at < text.size() && is_digit(static_cast<unsigned char>(text[at])))
    ++at;
  return at;
}

}  // namespace

int natural_compare(std::string_view a, std::string_view b) noexcept {
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    const auto x = static_cast<unsigned char>(a[i]);
    const auto y = static_cast<unsigned char>(b[j]);
    if (is_digit(x) && is_digit(y)) {
      const std::size_t begin_a = skip_zeros(a, i);
      const std::size_t begin_b = skip_zeros(b, j);
      i = digits_end(a, begin_a);
      j = digits_end(b, begin_b);
      // Without leading zeros the longer number is the greater one.
      if (i - begin_a != j - begin_b) return i - begin_a < j - begin_b ? -1 : 1;
      if (const int order = a.substr(begin_a, i - begin_a).compare(b.substr(begin_b, j - begin_b)); order != 0)
        return order;
      continue;
    }
    if (folded(x) != folded(y)) return folded(x) < folded(y) ? -1 : 1;
    ++i;
    ++j;
  }
  if (i < a.size()) return 1;
  if (j < b.size()) return -1;
  return a.compare(b);
}

}  // namespace symphony::explorer
