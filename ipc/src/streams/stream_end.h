#pragma once
// One end of a stream, in the process that reads or writes it: over shared memory (ring_end.cpp) or over the connection
// itself (socket_end.cpp).

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <symphony/ipc/stream.h>

#include "shared_memory/ring.h"

namespace symphony::ipc {

/// How an end reaches the other one: through the connection, or in the host through its table. On any thread.
class StreamLink {
 public:
  virtual ~StreamLink() = default;
  /// The other side waits in its event loop, and shall look into the memory again.
  virtual void bell() = 0;
  // Without shared memory. False: it was not taken.
  virtual bool message(std::string_view bytes) = 0;
  virtual void credit(std::uint32_t bytes) = 0;
  /// This end is done with the stream; once.
  virtual void end(const std::optional<Error>& reason) = 0;
  /// Runs it on the connection's thread.
  virtual void post(std::function<void()> action) = 0;
  /// Whether the connection still is there: for who waits in shared memory and does not read from it.
  virtual bool stands() = 0;
};

class StreamEnd : public std::enable_shared_from_this<StreamEnd> {
 public:
  using Clock = std::chrono::steady_clock;
  enum class Role : std::uint8_t { writes, reads };

  static std::shared_ptr<StreamEnd> over_ring(Role role, const StreamOptions& options, Ring ring,
                                              std::unique_ptr<StreamLink> link);
  static std::shared_ptr<StreamEnd> over_socket(Role role, const StreamOptions& options,
                                                std::unique_ptr<StreamLink> link);
  /// The handle a user holds.
  static Stream handle(Role role, std::shared_ptr<StreamEnd> end);
  virtual ~StreamEnd() = default;

  // The user's side; which of the two is meant depends on the role.
  virtual Result<StreamEvent> send(std::string_view message, Clock::time_point until) = 0;
  virtual Result<StreamEvent> receive(std::string& message, Clock::time_point until) = 0;
  virtual std::uint64_t dropped() const = 0;
  virtual bool uses_shared_memory() const = 0;
  void when_room(std::function<void()> ready);
  void for_each(std::function<void(std::string_view)> take, std::function<void(Result<void>)> ended);
  void close(const std::optional<Error>& reason);

  // The connection's side, on its thread.
  /// There is something to read, or room to write, or the end.
  void look_again();
  /// The same, later on that thread: from any.
  void look_again_soon();
  virtual bool take_message(std::string_view message) = 0;
  virtual void take_credit(std::uint32_t bytes) = 0;
  /// The other end is done; why, if not as it meant to.
  void other_ended(std::optional<Error> reason);

 protected:
  explicit StreamEnd(std::unique_ptr<StreamLink> link) : link_(std::move(link)) {}

  StreamLink& link() const noexcept { return *link_; }
  /// What an end without an error in the memory means.
  Result<StreamEvent> ending() const;
  bool closed() const noexcept { return closed_.load(); }
  /// What send() found too large for the room there was.
  std::atomic<std::size_t> refused_bytes{0};

 private:
  /// True: reading or writing on makes sense. False: look_again() will be called.
  virtual bool ready_or_bell() = 0;
  virtual void this_side_ended() = 0;
  virtual void other_side_ended() = 0;
  void pump();

  const std::unique_ptr<StreamLink> link_;
  std::atomic<bool> closed_{false};
  mutable std::mutex reason_mutex_;
  std::optional<Error> reason_;

  // On the connection's thread.
  std::function<void()> room_;
  std::function<void(std::string_view)> take_;
  std::function<void(Result<void>)> ended_;
  std::string message_;
  bool pumping_ = false;
};

}  // namespace symphony::ipc
