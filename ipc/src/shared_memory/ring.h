#pragma once
// A stream of messages from one process to another through memory both see: one writer, one reader, no system call
// while neither sleeps. Neither side trusts what the other can write: positions and lengths are copied, then checked,
// and never read again; each side's own position is kept in memory of its own.
//
// The layout is in docs/protocol.md section 13. Positions count bytes since the beginning and are never reduced.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <symphony/ipc/error.h>
#include <symphony/ipc/stream.h>

#include "shared_memory/futex.h"
#include "shared_memory/region.h"

namespace symphony::ipc {

/// What both sides have in common. `capacity` is a power of two. A copy is of the same memory.
class Ring {
 public:
  /// Memory of the right size for a ring of `capacity` bytes, all zero: an empty ring. Errors: resource_exhausted.
  static Result<SharedRegion> make_region(std::size_t capacity);
  /// Errors: invalid_request, when the region's size is not that of a ring.
  static Result<Ring> over(SharedRegion region);

  struct Header {
    alignas(64) std::atomic<std::uint64_t> written;
    alignas(64) std::atomic<std::uint64_t> read;
    /// What the other side must do once there is something: see Sleep.
    alignas(64) SharedWord reader_sleeps;
    alignas(64) SharedWord writer_sleeps;
    /// The writer will write no more, the reader read no more: see Gone.
    alignas(64) SharedWord ended;
    alignas(64) SharedWord abandoned;
    /// Where the oldest message begins that is still there, in a stream that drops the oldest.
    alignas(64) std::atomic<std::uint64_t> oldest;
  };
  enum Sleep : std::uint32_t { awake = 0, on_futex = 1, until_bell = 2 };
  enum Gone : std::uint32_t { here = 0, as_meant = 1, with_its_process = 2 };
  static constexpr std::size_t header_bytes = 4096;

  Header& header() const noexcept { return *reinterpret_cast<Header*>(memory_); }
  std::size_t capacity() const noexcept { return capacity_; }
  void copy_in(std::uint64_t position, std::string_view bytes) const noexcept;
  void copy_out(std::uint64_t position, char* bytes, std::size_t count) const noexcept;

 private:
  explicit Ring(SharedRegion region)
      : region_(std::make_shared<const SharedRegion>(std::move(region))),
        memory_(region_->bytes().data()),
        capacity_(region_->bytes().size() - header_bytes) {}
  std::shared_ptr<const SharedRegion> region_;
  char* memory_;
  std::size_t capacity_;
};

/// One thread sends; the rest on any.
class RingWriter {
 public:
  using Clock = std::chrono::steady_clock;
  using WhenFull = StreamOptions::WhenFull;

  /// `bell` reaches the other side when it waits in its event loop.
  explicit RingWriter(Ring ring, WhenFull when_full = WhenFull::wait, std::function<void()> bell = nullptr)
      : ring_(std::move(ring)), when_full_(when_full), bell_(std::move(bell)) {}
  RingWriter(const RingWriter&) = delete;
  RingWriter& operator=(const RingWriter&) = delete;
  /// Says that there will be no more.
  ~RingWriter() { end(); }

  /// Waits for room: a slow reader slows its writer. Errors: payload_too_large (limits::stream_message_bytes, or what
  /// the ring holds), data_corrupted (the reader's position is impossible), peer_disconnected (its process is gone).
  Result<StreamEvent> send(std::string_view message, Clock::time_point until = Clock::time_point::max());
  /// True: there is room for `message` bytes, or never will be. False: a bell will be rung when there may be.
  bool room_or_bell(std::size_t message);
  /// There will be no more.
  void end() noexcept;
  /// The other side is gone: who waits is told, and everybody from now on.
  void give_up() noexcept;
  std::uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }

 private:
  Result<StreamEvent> wait_for_room(std::size_t size, Clock::time_point until);
  void make_room(std::size_t size);

  Ring ring_;
  const WhenFull when_full_;
  const std::function<void()> bell_;
  std::atomic<std::uint64_t> written_{0};  // changed by who sends
  // Only where the oldest is dropped: what is in the ring, from memory nobody else can write.
  std::uint64_t oldest_ = 0;
  std::deque<std::uint32_t> sizes_;
  std::atomic<std::uint64_t> dropped_{0};
  std::atomic<bool> gave_up_{false};
};

/// One thread receives; the rest on any.
class RingReader {
 public:
  using Clock = std::chrono::steady_clock;
  using WhenFull = StreamOptions::WhenFull;

  explicit RingReader(Ring ring, WhenFull when_full = WhenFull::wait, std::function<void()> bell = nullptr)
      : ring_(std::move(ring)), when_full_(when_full), bell_(std::move(bell)) {}
  RingReader(const RingReader&) = delete;
  RingReader& operator=(const RingReader&) = delete;
  /// Says that no more will be read.
  ~RingReader() { end(); }

  /// Replaces `message` by the next one. What was written whole before the writer died is still received. Errors:
  /// data_corrupted (a position or length is impossible); then nothing more can be received; peer_disconnected (the
  /// writer's process is gone).
  Result<StreamEvent> receive(std::string& message, Clock::time_point until = Clock::time_point::max());
  /// True: there is something to receive, or the end. False: a bell will be rung when there is.
  bool ready_or_bell();
  void end() noexcept;
  void give_up() noexcept;
  std::uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }

 private:
  /// False: what is at read_ is overwritten or may be.
  bool still_there();
  Error broken(const char* what);

  Ring ring_;
  const WhenFull when_full_;
  const std::function<void()> bell_;
  std::optional<Error> broken_;         // of who receives
  std::atomic<std::uint64_t> read_{0};  // changed by who receives
  std::atomic<std::uint64_t> dropped_{0};
  std::atomic<bool> gave_up_{false};
};

/// For who arranged the stream and sees that a process at one end of it is gone: whoever sleeps at the other end hears
/// of it. What the dead one had written whole is still received.
void writer_is_gone(const Ring& ring) noexcept;
void reader_is_gone(const Ring& ring) noexcept;

}  // namespace symphony::ipc
