#pragma once
// A stream of messages from one process to another through memory both see: one writer, one reader, no system call
// while neither sleeps. Neither side trusts what the other can write: positions and lengths are copied, then checked,
// and never read again; each side's own position is kept in memory of its own.
//
// Layout, little-endian: the writer's position (u64) at 0, the reader's (u64) at 64, "the reader sleeps" (u32) at 128,
// "the writer sleeps" (u32) at 192, "there will be no more" (u32) at 256; from 4096 on the messages, each a u32 length
// and its bytes, wrapping at the end. Positions count bytes since the beginning and are never reduced.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <symphony/ipc/error.h>

#include "shared_memory/futex.h"
#include "shared_memory/region.h"

namespace symphony::ipc {

enum class StreamEvent : std::uint8_t {
  done,
  /// The other side will not come back: it said so, or the connection it belongs to has ended.
  ended,
  timed_out,
};

/// What both sides have in common. `capacity` is a power of two.
class Ring {
 public:
  /// Memory of the right size for a ring of `capacity` bytes, all zero: an empty ring. Errors: resource_exhausted.
  static Result<SharedRegion> make_region(std::size_t capacity);
  /// Errors: invalid_request, when the region's size is not that of a ring.
  static Result<Ring> over(SharedRegion region);

  struct Header {
    alignas(64) std::atomic<std::uint64_t> written;
    alignas(64) std::atomic<std::uint64_t> read;
    alignas(64) SharedWord reader_sleeps;
    alignas(64) SharedWord writer_sleeps;
    alignas(64) SharedWord ended;
  };
  static constexpr std::size_t header_bytes = 4096;

  Header& header() const noexcept { return *reinterpret_cast<Header*>(region_.bytes().data()); }
  std::size_t capacity() const noexcept { return region_.bytes().size() - header_bytes; }
  void copy_in(std::uint64_t position, std::string_view bytes) const noexcept;
  void copy_out(std::uint64_t position, char* bytes, std::size_t count) const noexcept;

 private:
  explicit Ring(SharedRegion region) : region_(std::move(region)) {}
  SharedRegion region_;
};

/// One thread sends; give_up() on any.
class RingWriter {
 public:
  explicit RingWriter(Ring ring) : ring_(std::move(ring)) {}
  RingWriter(const RingWriter&) = delete;
  RingWriter& operator=(const RingWriter&) = delete;
  /// Says that there will be no more.
  ~RingWriter();

  /// Waits for room: a slow reader slows its writer. Errors: payload_too_large (limits::stream_message_bytes, or what
  /// the ring holds), data_corrupted (the reader's position is impossible).
  Result<StreamEvent> send(std::string_view message,
                           std::chrono::steady_clock::time_point until = std::chrono::steady_clock::time_point::max());
  /// The other side is gone: who waits is told, and everybody from now on.
  void give_up() noexcept;

 private:
  Ring ring_;
  std::uint64_t written_ = 0;
  std::atomic<bool> gave_up_{false};
};

/// One thread receives; give_up() on any.
class RingReader {
 public:
  explicit RingReader(Ring ring) : ring_(std::move(ring)) {}
  RingReader(const RingReader&) = delete;
  RingReader& operator=(const RingReader&) = delete;

  /// Replaces `message` by the next one. What was written whole before the writer died is still received. Errors:
  /// data_corrupted (a position or length is impossible); then nothing more can be received.
  Result<StreamEvent> receive(
      std::string& message, std::chrono::steady_clock::time_point until = std::chrono::steady_clock::time_point::max());
  void give_up() noexcept;

 private:
  Ring ring_;
  std::uint64_t read_ = 0;
  std::atomic<bool> gave_up_{false};
};

}  // namespace symphony::ipc
