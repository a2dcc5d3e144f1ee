// An end of a stream in shared memory. What goes through the connection is only: look again, and the end.

#include <algorithm>

#include "streams/stream_end.h"

namespace symphony::ipc {
namespace {

/// How often who sleeps in shared memory looks whether its own host is still there: nobody else could tell it.
constexpr std::chrono::seconds sleep_at_most{1};

class RingEnd final : public StreamEnd {
 public:
  RingEnd(Role role, const StreamOptions& options, Ring ring, std::unique_ptr<StreamLink> given)
      : StreamEnd(std::move(given)) {
    const auto bell = [this] { link().bell(); };
    if (role == Role::writes) {
      writer_.emplace(std::move(ring), options.when_full, bell);
    } else {
      reader_.emplace(std::move(ring), options.when_full, bell);
    }
  }

  Result<StreamEvent> send(std::string_view message, Clock::time_point until) override {
    return in_slices(until, [&](Clock::time_point soon) {
      const auto event = writer_->send(message, soon);
      if (event && *event == StreamEvent::timed_out) {
        refused_bytes = message.size();
      }
      return event;
    });
  }
  Result<StreamEvent> receive(std::string& message, Clock::time_point until) override {
    return in_slices(until, [&](Clock::time_point soon) { return reader_->receive(message, soon); });
  }
  std::uint64_t dropped() const override { return writer_ ? writer_->dropped() : reader_->dropped(); }
  bool uses_shared_memory() const override { return true; }
  bool take_message(std::string_view) override { return false; }
  void take_credit(std::uint32_t) override {}

 private:
  template <class Once>
  Result<StreamEvent> in_slices(Clock::time_point until, const Once& once) {
    for (;;) {
      if (closed()) {
        return StreamEvent::ended;
      }
      // The usual case has no clock in it.
      const bool waits = until != Clock::time_point::min();
      auto event = once(Clock::time_point::min());
      if (waits && event && *event == StreamEvent::timed_out) {
        event = once(std::min(until, Clock::now() + sleep_at_most));
      }
      if (!event || *event == StreamEvent::done) {
        return event;
      }
      if (*event == StreamEvent::ended) {
        return ending();
      }
      if (waits && !link().stands()) {
        return Error{ErrorCode::peer_disconnected, "The connection to the host has ended."};
      }
      if (!waits || Clock::now() >= until) {
        return StreamEvent::timed_out;
      }
    }
  }

  bool ready_or_bell() override { return writer_ ? writer_->room_or_bell(refused_bytes) : reader_->ready_or_bell(); }
  void this_side_ended() override {
    if (writer_) {
      writer_->end();
      writer_->give_up();
    } else {
      reader_->end();
      reader_->give_up();
    }
  }
  void other_side_ended() override { writer_ ? writer_->give_up() : reader_->give_up(); }

  std::optional<RingWriter> writer_;
  std::optional<RingReader> reader_;
};

}  // namespace

std::shared_ptr<StreamEnd> StreamEnd::over_ring(Role role, const StreamOptions& options, Ring ring,
                                                std::unique_ptr<StreamLink> link) {
  return std::make_shared<RingEnd>(role, options, std::move(ring), std::move(link));
}

}  // namespace symphony::ipc
