#pragma once
// Many small messages one way, to or from another endpoint: faster than one by one, and with a limit to what is on its
// way. How they travel is the host's business.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include <symphony/sdk/error.h>

namespace symphony::sdk {

struct StreamOptions {
  /// An object for the other side, or null.
  nlohmann::json params = nullptr;
  /// When what is on its way is not read in time the oldest makes room; else the writer has to wait.
  bool drop_oldest = false;
  /// What may be on its way: a power of two from 4 KiB to 16 MiB. A message may be 1 MiB, and must fit with 4 more.
  std::size_t bytes = std::size_t{256} * 1024;
};

/// What another endpoint opened.
struct StreamOffer {
  std::string source;
  nlohmann::json params;
};

/// Why a stream ended; nothing when the other side ended it as it meant to.
using StreamEnded = std::function<void(const std::optional<Error>& why)>;

/// This side writes. Copies are the same stream; it ends with the last one. On the extension's thread.
class OutgoingStream {
 public:
  class Inner;
  explicit OutgoingStream(std::shared_ptr<Inner> inner);

  enum class Sent : std::uint8_t {
    sent,
    /// Not sent: there is no room. when_room() says when to try again.
    full,
    /// Not sent: the stream has ended, or the message is too large; error() says why.
    ended,
  };
  Sent send(std::string_view message) const;
  void when_room(std::function<void()> ready) const;
  /// Sends what `next` gives, whenever there is room, until it gives nothing; then the stream ends. It lives as long as
  /// that takes, also without a copy of this.
  void produce(std::function<std::optional<std::string>()> next, StreamEnded ended = nullptr) const;
  void close() const;
  std::optional<Error> error() const;
  /// Messages that made room for newer ones.
  std::uint64_t dropped() const;

 private:
  std::shared_ptr<Inner> inner_;
};

/// This side reads. Copies are the same stream; it ends with the last one. On the extension's thread.
class IncomingStream {
 public:
  class Inner;
  explicit IncomingStream(std::shared_ptr<Inner> inner);

  /// Each message is a turn of its own. The stream lives until it has ended, also without a copy of this.
  void for_each(std::function<void(std::string_view message)> take, StreamEnded ended = nullptr) const;
  void close() const;
  /// How often something was missing because newer messages had made room for themselves.
  std::uint64_t dropped() const;

 private:
  std::shared_ptr<Inner> inner_;
};

/// A stream, or why there is none.
template <class Direction>
class Opened {
 public:
  Opened(Direction stream) : stream_(std::move(stream)) {}  // NOLINT(google-explicit-constructor)
  Opened(Error error) : error_(std::move(error)) {}         // NOLINT(google-explicit-constructor)
  explicit operator bool() const noexcept { return stream_.has_value(); }
  const Direction& operator*() const { return *stream_; }
  const Direction* operator->() const { return &*stream_; }
  const Error& error() const { return error_; }

 private:
  std::optional<Direction> stream_;
  Error error_;
};

}  // namespace symphony::sdk
