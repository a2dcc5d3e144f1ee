#pragma once
// The sending side of a connection: the caller's thread writes by itself, only what the socket refuses is queued. What
// is queued goes out many frames to a system call: cancels first, then control, then data.

#include <sys/uio.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include <symphony/ipc/envelope.h>

#include "frame_queue.h"
#include "shared_memory/arena.h"

namespace symphony::ipc {

/// Thread-safe. Does not own the descriptor; close() must come before it is closed.
class OutgoingStream {
 public:
  enum class Outcome : std::uint8_t {
    sent,
    /// Queued behind what was queued before.
    queued,
    /// Queued first: somebody must wait for the descriptor to become writable and call flush().
    queued_first,
    overloaded,
    closed,
  };
  /// What may be refused when the budget is spent.
  enum class Importance : std::uint8_t {
    ordinary,
    /// Small frames the protocol cannot do without (errors, cancel, pong). Past twice the budget the peer is given up.
    obligatory,
    /// The same, but it keeps its place among ordinary ones: the end of a stream.
    in_order,
  };

  OutgoingStream(int descriptor, std::size_t budget) : descriptor_(descriptor), budget_(budget) {}

  /// `owner` keeps the envelope's body alive while it is queued; without it the remainder is copied. With `later` a
  /// small frame is queued although the socket may have room: the caller has more to say and calls flush() when it has
  /// said it. A cancel whose request is still queued takes that out, and neither is written. What has to wait is
  /// charged to `account`; with one that is overdrawn it is overloaded instead.
  Outcome send(const Envelope& envelope, Importance importance, std::shared_ptr<const std::string> owner = nullptr,
               bool later = false, const std::shared_ptr<ForwardAccount>& account = nullptr);
  /// The same with a data frame that is encoded already, and shared with other streams.
  Outcome send_encoded(std::shared_ptr<const std::string> frame, bool later);
  /// The first frame, with descriptors (SCM_RIGHTS) beside it. False: it could not be sent, and the stream is closed.
  bool send_first(const Envelope& envelope, std::span<const int> descriptors);
  /// Bodies above limits::socket_body_bytes are put there from now on. Before anybody else sends.
  void use_arena(std::shared_ptr<SendingArena> arena) { arena_ = std::move(arena); }
  const std::shared_ptr<SendingArena>& arena() const noexcept { return arena_; }
  /// The other side takes bodies that are no documents.
  void take_bytes() noexcept { takes_bytes_ = true; }
  bool takes_bytes() const noexcept { return takes_bytes_; }
  /// What a body may have: more when it need not go through the socket. One above limits::body_bytes is overloaded when
  /// there is no room in the arena.
  std::size_t largest_body() const noexcept;
  /// Writes what it can. True: nothing is left (or the stream is closed).
  bool flush();
  void close();
  std::size_t queued_bytes() const noexcept { return queued_bytes_.load(std::memory_order_relaxed); }
  std::size_t queued_frames() const noexcept { return queued_frames_.load(std::memory_order_relaxed); }
  std::uint64_t sent_bytes() const noexcept { return sent_.load(std::memory_order_relaxed); }

 private:
  /// What waits is written in this order.
  enum Priority : std::size_t { cancels, control, data, priorities };

  Outcome send_frame(const Envelope& envelope, Importance importance, std::shared_ptr<const std::string> owner,
                     bool later, std::uint64_t release, const std::shared_ptr<ForwardAccount>& account);
  /// Bytes written, 0 when the socket is full or closed (then closed_ is set).
  std::size_t write_parts(std::span<const iovec> parts);
  /// What flush() does.
  bool write_queued();
  bool idle() const noexcept { return queued_frames() == 0; }
  /// False: the budget is spent, and `refused` says what became of it.
  bool has_room(std::size_t size, Importance importance, Outcome& refused);
  bool take_out_request(std::uint64_t id);
  void took(std::size_t written);
  /// After the queues have changed.
  void count_queued();

  const int descriptor_;
  const std::size_t budget_;
  std::shared_ptr<SendingArena> arena_;
  bool takes_bytes_ = false;
  std::mutex mutex_;
  bool closed_ = false;
  std::array<FrameQueue, priorities> queues_;
  /// The queue whose first frame is partly written: nothing may overtake that.
  FrameQueue* begun_ = nullptr;
  std::atomic<std::size_t> queued_bytes_{0};
  std::atomic<std::size_t> queued_frames_{0};
  std::atomic<std::uint64_t> sent_{0};
};

}  // namespace symphony::ipc
