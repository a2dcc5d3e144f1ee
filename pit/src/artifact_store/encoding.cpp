#include "artifact_store/encoding.h"

#include <openssl/evp.h>
#include <symphony/ipc/path_text.h>
#include <algorithm>
#include <cstdint>
#include <stdexcept>

namespace symphony::pit {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::int8_t, 256> make_values() {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
  return values;
}

constexpr auto base64_values = make_values();

std::uint32_t byte_at(std::string_view bytes, std::size_t at) noexcept { return static_cast<unsigned char>(bytes[at]); }

/// The bits of a group of four; more than 24 of them when a character is none of the alphabet.
std::uint32_t base64_group(std::string_view text, std::size_t at) noexcept {
  const auto value = [&](std::size_t k) { return static_cast<std::uint32_t>(base64_values[byte_at(text, at + k)]); };
  const std::uint32_t wrong = (value(0) | value(1) | value(2) | value(3)) & 0x80000000U;
  return wrong | value(0) << 18U | value(1) << 12U | value(2) << 6U | value(3);
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Sha256 sha256(std::string_view bytes) {
  Sha256 hash{};
  unsigned length = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(hash.data()), &length, EVP_sha256(),
                 nullptr) != 1) {
    throw std::runtime_error("SHA-256 is not available");
  }
  return hash;
}

struct Sha256Stream::State {
  struct Free {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
};

Sha256Stream::Sha256Stream() : state_(std::make_unique<State>()) {
  if (!state_->context || EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("SHA-256 is not available");
}

Sha256Stream::~Sha256Stream() = default;

void Sha256Stream::add(std::string_view bytes) {
  if (EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) != 1)
    throw std::runtime_error("SHA-256 is not available");
}

Sha256 Sha256Stream::hash() const {
  const State copy;
  Sha256 hash{};
  unsigned length = 0;
  if (!copy.context || EVP_MD_CTX_copy_ex(copy.context.get(), state_->context.get()) != 1 ||
      EVP_DigestFinal_ex(copy.context.get(), reinterpret_cast<unsigned char*>(hash.data()), &length) != 1) {
    throw std::runtime_error("SHA-256 is not available");
  }
  return hash;
}

void Utf8Stream::add(std::string_view bytes) {
  if (!valid_) return;
  // What is open is ended byte by byte: a character has four at most.
  while (!open_.empty() && !bytes.empty()) {
    open_ += bytes.front();
    bytes.remove_prefix(1);
    if (ipc::is_valid_utf8(open_)) {
      open_.clear();
    } else if (open_.size() == 4) {
      valid_ = false;
      return;
    }
  }
  // A character that begins in the last three bytes may go on in the next piece.
  for (std::size_t back = 1; back <= std::min<std::size_t>(3, bytes.size()); ++back) {
    const std::uint32_t byte = byte_at(bytes, bytes.size() - back);
    if ((byte & 0xC0U) == 0x80U) continue;
    const std::size_t length = byte >= 0xF0U ? 4 : byte >= 0xE0U ? 3 : byte >= 0xC0U ? 2 : 1;
    if (length > back) {
      open_ = bytes.substr(bytes.size() - back);
      bytes.remove_suffix(back);
    }
    break;
  }
  valid_ = ipc::is_valid_utf8(bytes);
}

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

std::string to_base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4, '=');
  char* out = text.data();
  const auto put = [&out](std::uint32_t bits) { *out++ = alphabet[bits & 63U]; };
  std::size_t at = 0;
  for (; at + 3 <= bytes.size(); at += 3) {
    const std::uint32_t group = byte_at(bytes, at) << 16U | byte_at(bytes, at + 1) << 8U | byte_at(bytes, at + 2);
    put(group >> 18U);
    put(group >> 12U);
    put(group >> 6U);
    put(group);
  }
  if (at < bytes.size()) {
    const bool two = at + 2 == bytes.size();
    const std::uint32_t group = byte_at(bytes, at) << 16U | (two ? byte_at(bytes, at + 1) << 8U : 0U);
    put(group >> 18U);
    put(group >> 12U);
    if (two) put(group >> 6U);
  }
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  if (text.ends_with('=')) padding = text.ends_with("==") ? 2 : 1;
  std::string bytes(text.size() / 4 * 3, '\0');
  char* out = bytes.data();
  std::uint32_t wrong = 0;
  const auto put = [&out, &wrong](std::uint32_t group) {
    wrong |= group;
    *out++ = static_cast<char>(group >> 16U & 0xFFU);
    *out++ = static_cast<char>(group >> 8U & 0xFFU);
    *out++ = static_cast<char>(group & 0xFFU);
  };
  const std::size_t whole = text.size() - (padding > 0 ? 4 : 0);
  for (std::size_t at = 0; at < whole; at += 4)
    put(base64_group(text, at));
  if (padding > 0) {
    std::string last(text.substr(whole));
    std::fill(last.end() - static_cast<std::ptrdiff_t>(padding), last.end(), alphabet[0]);
    put(base64_group(last, 0));
  }
  if ((wrong & 0x80000000U) != 0) return std::nullopt;
  bytes.resize(bytes.size() - padding);
  return bytes;
}

}  // namespace symphony::pit
