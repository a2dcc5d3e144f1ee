#include "glob.h"

#include <array>
#include <cstddef>
#include <optional>

namespace symphony::ignore {
namespace {

constexpr std::size_t none = static_cast<std::size_t>(-1);

bool is_upper(unsigned c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(unsigned c) { return c >= 'a' && c <= 'z'; }
bool is_digit(unsigned c) { return c >= '0' && c <= '9'; }
bool is_alnum(unsigned c) { return is_upper(c) || is_lower(c) || is_digit(c); }
bool is_graph(unsigned c) { return c > 0x20 && c < 0x7f; }

/// POSIX classes over ASCII, whatever the locale.
std::optional<std::bitset<256>> named_class(std::string_view name) {
  using Test = bool (*)(unsigned);
  struct Class {
    std::string_view name;
    Test test;
  };
  static constexpr std::array<Class, 12> classes{{
      {"alnum", is_alnum},
      {"alpha", [](unsigned c) { return is_upper(c) || is_lower(c); }},
      {"blank", [](unsigned c) { return c == ' ' || c == '\t'; }},
      {"cntrl", [](unsigned c) { return c < 0x20 || c == 0x7f; }},
      {"digit", is_digit},
      {"graph", is_graph},
      {"lower", is_lower},
      {"print", [](unsigned c) { return c >= 0x20 && c < 0x7f; }},
      {"punct", [](unsigned c) { return is_graph(c) && !is_alnum(c); }},
      {"space", [](unsigned c) { return c == ' ' || (c >= '\t' && c <= '\r'); }},
      {"upper", is_upper},
      {"xdigit", [](unsigned c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }},
  }};
  for (const Class& candidate : classes) {
    if (candidate.name != name) continue;
    std::bitset<256> bytes;
    for (unsigned c = 0; c < 128; ++c)
      bytes[c] = candidate.test(c);
    return bytes;
  }
  return std::nullopt;
}

/// Reads the class that begins at pattern[at] == '['; leaves `at` after its `]`. Nothing when it is malformed.
std::optional<std::bitset<256>> read_set(std::string_view pattern, std::size_t& at) {
  std::bitset<256> bytes;
  std::size_t i = at + 1;
  const bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
  if (negated) ++i;
  unsigned previous = 0;  // where a range would begin; 0: nowhere
  for (bool first = true; first || i >= pattern.size() || pattern[i] != ']'; first = false) {
    if (i >= pattern.size()) return std::nullopt;
    auto byte = static_cast<unsigned char>(pattern[i]);
    if (byte == '\\') {
      if (++i >= pattern.size()) return std::nullopt;
      byte = static_cast<unsigned char>(pattern[i]);
    } else if (byte == '-' && previous != 0 && i + 1 < pattern.size() && pattern[i + 1] != ']') {
      if (pattern[++i] == '\\' && ++i >= pattern.size()) return std::nullopt;
      const auto last = static_cast<unsigned char>(pattern[i]);
      for (unsigned c = previous; c <= last; ++c)
        bytes.set(c);
      previous = 0;
      ++i;
      continue;
    } else if (byte == '[' && i + 1 < pattern.size() && pattern[i + 1] == ':') {
      const std::size_t close = pattern.find(']', i + 2);
      if (close == std::string_view::npos) return std::nullopt;
      if (close > i + 2 && pattern[close - 1] == ':') {
        const auto named = named_class(pattern.substr(i + 2, close - 1 - (i + 2)));
        if (!named) return std::nullopt;
        bytes |= *named;
        previous = 0;
        i = close + 1;
        continue;
      }
    }
    bytes.set(byte);
    previous = byte;
    ++i;
  }
  at = i + 1;
  return negated ? ~bytes : bytes;
}

}  // namespace

Glob Glob::compile(std::string_view pattern, bool path_mode) {
  Glob glob;
  std::size_t i = 0;
  while (i < pattern.size()) {
    const char c = pattern[i];
    if (c == '*') {
      const std::size_t begin = i;
      while (i < pattern.size() && pattern[i] == '*')
        ++i;
      const bool at_segment_start = begin == 0 || pattern[begin - 1] == '/';
      const bool at_segment_end = i == pattern.size() || pattern[i] == '/' || pattern.substr(i, 2) == "\\/";
      if (!path_mode || i - begin == 1 || !at_segment_start || !at_segment_end) {
        glob.tokens_.push_back({Kind::star});
      } else if (i < pattern.size() && pattern[i] == '/') {
        glob.tokens_.push_back({Kind::any_directories});
        ++i;
      } else {
        glob.tokens_.push_back({Kind::everything});
      }
    } else if (c == '?') {
      glob.tokens_.push_back({Kind::any_one});
      ++i;
    } else if (c == '[') {
      const auto bytes = read_set(pattern, i);
      if (!bytes) {
        glob.malformed_ = true;
        return glob;
      }
      glob.tokens_.push_back({Kind::set, 0, static_cast<std::uint16_t>(glob.sets_.size())});
      glob.sets_.push_back(*bytes);
      if (path_mode) glob.sets_.back().reset('/');
    } else {
      if (c == '\\' && ++i == pattern.size()) {
        glob.malformed_ = true;
        return glob;
      }
      glob.tokens_.push_back({Kind::literal, static_cast<unsigned char>(pattern[i])});
      ++i;
    }
  }
  return glob;
}

bool Glob::matches_one(const Token& token, unsigned char byte) const noexcept {
  switch (token.kind) {
    case Kind::literal:
      return token.byte == byte;
    case Kind::any_one:
      return byte != '/';
    case Kind::set:
      return sets_[token.set][byte];
    default:
      return false;
  }
}

bool Glob::matches(std::string_view text) const noexcept {
  if (malformed_) return false;
  std::size_t token = 0;
  std::size_t at = 0;
  // Where to resume when what follows a wildcard fails: the wildcard takes one byte (or directory) more. Only the last
  // of each sort is kept: an earlier one taking more could only move the later one's start forward.
  std::size_t star_token = none;
  std::size_t star_at = 0;
  std::size_t deep_token = none;
  std::size_t deep_at = 0;
  while (true) {
    if (token < tokens_.size()) {
      const Kind kind = tokens_[token].kind;
      if (kind == Kind::star) {
        star_token = ++token;
        star_at = at;
        continue;
      }
      if (kind == Kind::everything || kind == Kind::any_directories) {
        deep_token = ++token;
        deep_at = at;
        star_token = none;
        continue;
      }
      if (at < text.size() && matches_one(tokens_[token], static_cast<unsigned char>(text[at]))) {
        ++token;
        ++at;
        continue;
      }
    } else if (at == text.size()) {
      return true;
    }
    if (star_token != none && star_at < text.size() && text[star_at] != '/') {
      token = star_token;
      at = ++star_at;
      continue;
    }
    if (deep_token == none || deep_at >= text.size()) return false;
    if (tokens_[deep_token - 1].kind == Kind::everything) {
      ++deep_at;
    } else {
      const std::size_t slash = text.find('/', deep_at);
      if (slash == std::string_view::npos) return false;
      deep_at = slash + 1;
    }
    token = deep_token;
    at = deep_at;
    star_token = none;
  }
}

}  // namespace symphony::ignore
