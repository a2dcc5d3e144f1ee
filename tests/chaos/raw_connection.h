#pragma once
// The protocol spoken frame by frame, by who does not mean to keep to it.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <symphony/ipc/envelope.h>

namespace symphony::chaos {

/// A frame that owns its text.
struct RawFrame {
  ipc::FrameKind kind{};
  std::uint64_t id = 0;
  std::string method;
  std::string body;
};

/// One thread.
class RawConnection {
 public:
  /// Does not own it.
  explicit RawConnection(int descriptor) : descriptor_(descriptor) {}

  /// Says hello, is welcomed, and answers `contract.init`. Nothing when the host does not play along; else how often
  /// this extension was started.
  std::optional<std::uint64_t> become_healthy(bool with_arena);
  /// The memory files of the welcome: the host's arena, and this side's.
  const std::vector<int>& arenas() const noexcept { return arenas_; }
  void expect_shared_bodies() { parser_.expect({.arena = true}); }

  /// False: the host has closed the connection.
  bool send_bytes(std::string_view bytes) const;
  bool send(const ipc::Envelope& frame) const;
  bool send_request(std::uint64_t id, std::string_view target, std::string_view method, std::string_view body) const;
  bool send_notification(std::string_view target, std::string_view method, std::string_view body) const;
  /// The bytes with copies of descriptors beside them.
  bool send_with_descriptors(std::string_view bytes, std::span<const int> descriptors) const;
  /// The next frame; nothing when the host has closed the connection, or said nothing for `patience_ms` (-1: for ever).
  std::optional<RawFrame> receive(int patience_ms = -1);

 private:
  int descriptor_;
  ipc::FrameParser parser_;
  std::vector<int> arenas_;
};

}  // namespace symphony::chaos
