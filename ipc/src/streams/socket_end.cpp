// An end of a stream that goes through the connection: as many bytes are on their way as the reader gave credit for.

#include <algorithm>
#include <condition_variable>
#include <deque>

#include "streams/stream_end.h"

namespace symphony::ipc {
namespace {

std::size_t cost_of(std::string_view message) noexcept { return message.size() + limits::stream_message_overhead; }

class SocketWritingEnd final : public StreamEnd {
 public:
  SocketWritingEnd(const StreamOptions& options, std::unique_ptr<StreamLink> given)
      : StreamEnd(std::move(given)), options_(options), credit_(static_cast<std::int64_t>(options.bytes)) {}

  Result<StreamEvent> send(std::string_view message, Clock::time_point until) override {
    constexpr std::size_t length_bytes = 4;  // so that the limit is the same as in shared memory
    if (message.size() > std::min(limits::stream_message_bytes, options_.bytes - length_bytes)) {
      return Error{ErrorCode::payload_too_large,
                   "The message is larger than the stream takes.",
                   {{"limit", std::min(limits::stream_message_bytes, options_.bytes - length_bytes)}}};
    }
    std::unique_lock lock(mutex_);
    if (options_.when_full == StreamOptions::WhenFull::drop_oldest) {
      if (!over_) {
        waiting_.emplace_back(message);
        waiting_bytes_ += cost_of(message);
        write_waiting();
        while (waiting_bytes_ > options_.bytes && waiting_.size() > 1) {
          waiting_bytes_ -= cost_of(waiting_.front());
          waiting_.pop_front();
          ++dropped_;
        }
        return StreamEvent::done;
      }
    } else {
      const auto ready = [this] { return over_ || credit_ > 0; };
      if (!ready() && (until == Clock::time_point::min() || !wait(lock, until, ready))) {
        return StreamEvent::timed_out;
      }
      if (!over_) {
        credit_ -= static_cast<std::int64_t>(cost_of(message));
        lock.unlock();  // one thread sends, so the order is its own
        return link().message(message) ? Result<StreamEvent>(StreamEvent::done) : not_taken();
      }
    }
    lock.unlock();
    return ending();
  }
  Result<StreamEvent> receive(std::string&, Clock::time_point) override { return StreamEvent::ended; }
  std::uint64_t dropped() const override {
    const std::lock_guard lock(mutex_);
    return dropped_;
  }
  bool uses_shared_memory() const override { return false; }
  bool take_message(std::string_view) override { return false; }
  void take_credit(std::uint32_t bytes) override {
    {
      const std::lock_guard lock(mutex_);
      credit_ += bytes;
      write_waiting();
    }
    changed_.notify_all();
    look_again();
  }

 private:
  template <class Ready>
  bool wait(std::unique_lock<std::mutex>& lock, Clock::time_point until, const Ready& ready) {
    if (until == Clock::time_point::max()) {
      changed_.wait(lock, ready);
      return true;
    }
    return changed_.wait_until(lock, until, ready);
  }
  /// Under the lock.
  void write_waiting() {
    while (!over_ && credit_ > 0 && !waiting_.empty()) {
      const std::string message = std::move(waiting_.front());
      waiting_.pop_front();
      waiting_bytes_ -= cost_of(message);
      credit_ -= static_cast<std::int64_t>(cost_of(message));
      link().message(message);
    }
  }
  Result<StreamEvent> not_taken() const {
    const auto end = ending();
    return end ? Error{ErrorCode::peer_disconnected, "The connection to the host has ended."} : end;
  }
  bool ready_or_bell() override {
    const std::lock_guard lock(mutex_);
    return over_ || credit_ > 0;
  }
  void this_side_ended() override { over(); }
  void other_side_ended() override { over(); }
  void over() {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    changed_.notify_all();
  }

  const StreamOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::int64_t credit_;
  bool over_ = false;
  std::deque<std::string> waiting_;  // where the oldest makes room
  std::size_t waiting_bytes_ = 0;
  std::uint64_t dropped_ = 0;
};

class SocketReadingEnd final : public StreamEnd {
 public:
  SocketReadingEnd(const StreamOptions& options, std::unique_ptr<StreamLink> given)
      : StreamEnd(std::move(given)), options_(options) {}

  Result<StreamEvent> send(std::string_view, Clock::time_point) override { return StreamEvent::ended; }
  Result<StreamEvent> receive(std::string& message, Clock::time_point until) override {
    std::unique_lock lock(mutex_);
    const auto ready = [this] { return over_ || !messages_.empty(); };
    if (!ready()) {
      if (until == Clock::time_point::min()) {
        return StreamEvent::timed_out;
      }
      if (until == Clock::time_point::max()) {
        changed_.wait(lock, ready);
      } else if (!changed_.wait_until(lock, until, ready)) {
        return StreamEvent::timed_out;
      }
    }
    if (messages_.empty() || closed()) {
      lock.unlock();
      return ending();
    }
    message = std::move(messages_.front());
    messages_.pop_front();
    owed_ += cost_of(message);
    // Not for each message: a frame costs more than many of them.
    const std::size_t credit = owed_ >= options_.bytes / 4 && !over_ ? std::exchange(owed_, 0) : 0;
    lock.unlock();
    if (credit > 0) {
      link().credit(static_cast<std::uint32_t>(credit));
    }
    return StreamEvent::done;
  }
  std::uint64_t dropped() const override { return 0; }
  bool uses_shared_memory() const override { return false; }
  bool take_message(std::string_view message) override {
    {
      const std::lock_guard lock(mutex_);
      if (!over_) {
        messages_.emplace_back(message);
      }
    }
    changed_.notify_all();
    look_again();
    return true;
  }
  void take_credit(std::uint32_t) override {}

 private:
  bool ready_or_bell() override {
    const std::lock_guard lock(mutex_);
    return over_ || !messages_.empty();
  }
  void this_side_ended() override { over(); }
  void other_side_ended() override { over(); }
  void over() {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    changed_.notify_all();
  }

  const StreamOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> messages_;
  std::size_t owed_ = 0;  // credit for what was read
  bool over_ = false;
};

}  // namespace

std::shared_ptr<StreamEnd> StreamEnd::over_socket(Role role, const StreamOptions& options,
                                                  std::unique_ptr<StreamLink> link) {
  if (role == Role::writes) {
    return std::make_shared<SocketWritingEnd>(options, std::move(link));
  }
  return std::make_shared<SocketReadingEnd>(options, std::move(link));
}

}  // namespace symphony::ipc
