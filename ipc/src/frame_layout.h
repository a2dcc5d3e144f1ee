#pragma once
// Byte positions of docs/protocol.md section 2, and the part of a frame that stands before its body.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <symphony/ipc/envelope.h>
#include <symphony/ipc/limits.h>

namespace symphony::ipc {

namespace frame_offset {
inline constexpr std::size_t magic = 0;
inline constexpr std::size_t version = 4;
inline constexpr std::size_t kind = 5;
inline constexpr std::size_t format = 6;
inline constexpr std::size_t flags = 7;
inline constexpr std::size_t id = 8;
inline constexpr std::size_t deadline = 16;
inline constexpr std::size_t target_length = 20;
inline constexpr std::size_t method_length = 22;
inline constexpr std::size_t source_length = 24;
inline constexpr std::size_t reserved = 26;
inline constexpr std::size_t body_length = 28;
}  // namespace frame_offset

inline constexpr std::string_view frame_magic = "SYM1";
inline constexpr std::uint8_t frame_version = 1;
inline constexpr std::uint8_t flag_trace = 1;
inline constexpr std::uint8_t flag_control = 2;
inline constexpr std::uint8_t flag_idempotent = 4;
inline constexpr std::uint8_t flag_shared_body = 8;
inline constexpr std::uint8_t flag_wants_progress = 16;
/// The body of a credit frame: how many bytes more.
inline constexpr std::size_t credit_bytes = 4;
/// What stands in the frame in place of a shared body.
inline constexpr std::size_t shared_reference_bytes = 24;

/// Everything of a frame but the body, so that a body need not be copied to be sent. A target, method or source above
/// its limit is cut: what is sent is a frame whatever is asked for.
class FrameHead {
 public:
  explicit FrameHead(const Envelope& envelope) noexcept;
  std::string_view bytes() const noexcept { return {bytes_.data(), size_}; }

 private:
  static constexpr std::size_t longest =
      frame_header_bytes + TraceContext::encoded_bytes + 2 * limits::address_bytes + limits::method_bytes;
  std::array<char, longest> bytes_;
  std::size_t size_ = 0;
};

/// Whether `text` uses only the characters of a target, method or source.
bool is_address_text(std::string_view text) noexcept;

}  // namespace symphony::ipc
