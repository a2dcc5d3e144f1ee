#pragma once
// Streams: many small messages one way, from one endpoint to another, faster than one by one (docs/protocol.md
// section 13). Who opens one says only that it is a stream; the bus decides how it is carried: through memory both
// processes see where both can, else through their sockets. What is said here holds either way.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include <symphony/ipc/error.h>
#include <symphony/ipc/stream_limits.h>

namespace symphony::ipc {

class StreamEnd;

enum class StreamEvent : std::uint8_t {
  done,
  /// There will be no more: the other side has ended the stream as it meant to.
  ended,
  timed_out,
};

struct StreamOptions {
  enum class WhenFull : std::uint8_t {
    /// The writer waits, or is told: nothing is lost.
    wait,
    /// The oldest message makes room, read or not: the writer never waits.
    drop_oldest,
  };
  /// As who opens it sees it.
  enum class Direction : std::uint8_t { send, receive };

  Direction direction = Direction::send;
  WhenFull when_full = WhenFull::wait;
  /// What may be on its way: a power of two from limits::smallest_stream_bytes to limits::stream_ring_bytes. A message
  /// with 4 bytes more must fit.
  std::size_t bytes = limits::stream_bytes;
};

/// What is asked of an endpoint that serves streams.
struct StreamRequest {
  std::string target;
  /// What the stream is about; the grant of who opens it is "target:method", as for a request.
  std::string method;
  StreamOptions options;
  /// An object for the other side, or null.
  nlohmann::json params = nullptr;
};

/// The writing end. send() on one thread at a time, the rest on any. Its end ends the stream.
class StreamWriter {
 public:
  explicit StreamWriter(std::shared_ptr<StreamEnd> end);
  StreamWriter(StreamWriter&&) noexcept;
  StreamWriter& operator=(StreamWriter&&) noexcept;
  StreamWriter(const StreamWriter&) = delete;
  StreamWriter& operator=(const StreamWriter&) = delete;
  ~StreamWriter();

  /// Waits for room until `until` (where that is to come, not on the connection's own thread: it must hear of it).
  /// Errors: payload_too_large (limits::stream_message_bytes, or what the stream holds), peer_disconnected (the other
  /// process or the host is gone), data_corrupted (what the other side wrote into shared memory is impossible),
  /// overloaded (the host could not hand it on); then the stream has ended.
  Result<StreamEvent> send(std::string_view message,
                           std::chrono::steady_clock::time_point until = std::chrono::steady_clock::time_point::max());
  /// send() without waiting; timed_out: the stream is full, and nothing was sent.
  Result<StreamEvent> try_send(std::string_view message);
  /// Calls `ready` once, on the connection's thread, when there is room again or the stream has ended.
  void when_room(std::function<void()> ready);
  /// Messages that made room for newer ones before they were read, as far as this side knows.
  std::uint64_t dropped() const;
  /// Says that there will be no more; what was sent is still received.
  void close();
  bool uses_shared_memory() const;

 private:
  std::shared_ptr<StreamEnd> end_;
};

/// The reading end. Either receive() on one thread at a time, or for_each(). Its end ends the stream.
class StreamReader {
 public:
  explicit StreamReader(std::shared_ptr<StreamEnd> end);
  StreamReader(StreamReader&&) noexcept;
  StreamReader& operator=(StreamReader&&) noexcept;
  StreamReader(const StreamReader&) = delete;
  StreamReader& operator=(const StreamReader&) = delete;
  ~StreamReader();

  /// Replaces `message` by the next one; waits for it (not on the connection's own thread). What was sent before the
  /// end is received before it. Errors: as send(), and those the other side gave as the reason of the end.
  Result<StreamEvent> receive(
      std::string& message, std::chrono::steady_clock::time_point until = std::chrono::steady_clock::time_point::max());
  /// Hands every message to `take` on the connection's thread, in turns with everything else there, and then says how
  /// the stream ended: once, unless this reader goes before.
  void for_each(std::function<void(std::string_view message)> take, std::function<void(Result<void>)> ended);
  /// How often something was missing because newer messages had made room for themselves.
  std::uint64_t dropped() const;
  /// No more is wanted; the writer is told, with the reason if there is one.
  void close(std::optional<Error> reason = std::nullopt);
  bool uses_shared_memory() const;

 private:
  std::shared_ptr<StreamEnd> end_;
};

/// One end, whichever it is: exactly one of the two is there.
struct Stream {
  std::optional<StreamWriter> writer;
  std::optional<StreamReader> reader;
};

/// Called once, on the connection's thread (or, in the host, on the thread the answer comes on).
using StreamOpened = std::function<void(Result<Stream>)>;

/// What somebody wants to open here; `options.direction` is as this side sees it.
struct StreamOffer {
  std::string source;
  std::string method;
  StreamOptions options;
  nlohmann::json params = nullptr;
};
/// What becomes of the stream once it is open; not called when who offered it is gone before.
using StreamTaker = std::function<void(Stream)>;
/// Accepts or refuses. On the connection's thread; in the host as Handler, and it must not block.
using StreamHandler = std::function<Result<StreamTaker>(const StreamOffer&)>;

}  // namespace symphony::ipc
