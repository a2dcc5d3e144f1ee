#pragma once
// The two encodings of artifact content: SHA-256 for its address, base64 for bytes that are not text.

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace symphony::pit {

using Sha256 = std::array<char, 32>;

Sha256 sha256(std::string_view bytes);

/// SHA-256 of bytes that come one after the other. Throws std::runtime_error where OpenSSL has none.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(const Sha256Stream&) = delete;
  Sha256Stream& operator=(const Sha256Stream&) = delete;

  void add(std::string_view bytes);
  /// Of what came so far; more may come.
  Sha256 hash() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Whether bytes that come one after the other are UTF-8, wherever they are cut.
class Utf8Stream {
 public:
  void add(std::string_view bytes);
  /// Of what came so far.
  bool valid() const noexcept { return valid_ && open_.empty(); }

 private:
  bool valid_ = true;
  /// The beginning of a character whose end has not come.
  std::string open_;
};

inline std::string_view view_of(const Sha256& hash) noexcept { return {hash.data(), hash.size()}; }
/// Lower-case hexadecimal.
std::string to_hex(std::string_view bytes);
/// Nothing when it is not hexadecimal.
std::optional<std::string> from_hex(std::string_view text);
std::string to_base64(std::string_view bytes);
/// RFC 4648 section 4 with padding; nothing when malformed.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace symphony::pit
