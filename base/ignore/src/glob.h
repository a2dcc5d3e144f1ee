#pragma once
// One glob of a .gitignore, compiled once and matched many times.

#include <bitset>
#include <cstdint>
#include <string_view>
#include <vector>

namespace symphony::ignore {

class Glob {
 public:
  /// `path_mode`: `/` is matched only by `/` and by `**`; otherwise `**` is `*`.
  static Glob compile(std::string_view pattern, bool path_mode);
  /// Time is bounded by pattern × text: no input makes it exponential.
  bool matches(std::string_view text) const noexcept;

 private:
  enum class Kind : std::uint8_t {
    literal,
    any_one,          // ? : one byte but /
    set,              // […]
    star,             // * : any run without /
    everything,       // ** : any run
    any_directories,  // **/ : nothing, or whatever ends with /
  };
  struct Token {
    Kind kind = Kind::literal;
    unsigned char byte = 0;
    std::uint16_t set = 0;
  };
  using ByteSet = std::bitset<256>;

  bool matches_one(const Token& token, unsigned char byte) const noexcept;

  std::vector<Token> tokens_;
  std::vector<ByteSet> sets_;
  /// A malformed pattern (an open class, a lone `\` at the end) matches nothing.
  bool malformed_ = false;
};

}  // namespace symphony::ignore
