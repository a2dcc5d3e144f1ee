#include "streams/stream_end.h"

#include <utility>

namespace symphony::ipc {

Result<StreamEvent> StreamEnd::ending() const {
  const std::lock_guard lock(reason_mutex_);
  return reason_ ? Result<StreamEvent>(*reason_) : StreamEvent::ended;
}

void StreamEnd::when_room(std::function<void()> ready) {
  link_->post([self = shared_from_this(), ready = std::move(ready)]() mutable {
    self->room_ = std::move(ready);
    self->look_again();
  });
}

void StreamEnd::for_each(std::function<void(std::string_view)> take, std::function<void(Result<void>)> ended) {
  link_->post([self = shared_from_this(), take = std::move(take), ended = std::move(ended)]() mutable {
    self->take_ = std::move(take);
    self->ended_ = std::move(ended);
    self->look_again();
  });
}

void StreamEnd::look_again() {
  if (room_ && (closed() || ready_or_bell())) {
    std::exchange(room_, nullptr)();
  }
  if (ended_ && !pumping_) {
    pump();
  }
}

void StreamEnd::look_again_soon() {
  link_->post([self = shared_from_this()] { self->look_again(); });
}

void StreamEnd::pump() {
  // So many in one turn, then whatever else this thread has to do.
  constexpr int messages_at_once = 128;
  const auto self = shared_from_this();
  pumping_ = true;
  for (int count = 0; count < messages_at_once; ++count) {
    if (closed()) {
      pumping_ = false;
      take_ = nullptr;
      ended_ = nullptr;
      return;
    }
    const auto event = receive(message_, Clock::time_point::min());
    if (event && *event == StreamEvent::done) {
      take_(message_);
      continue;
    }
    if (event && *event == StreamEvent::timed_out) {
      if (ready_or_bell()) {
        continue;
      }
      pumping_ = false;
      return;
    }
    pumping_ = false;
    take_ = nullptr;
    std::exchange(ended_, nullptr)(event ? Result<void>() : event.error());
    return;
  }
  link_->post([self] {
    self->pumping_ = false;
    self->look_again();
  });
}

void StreamEnd::close(const std::optional<Error>& reason) {
  if (!closed_.exchange(true)) {
    this_side_ended();
    link_->end(reason);
  }
}

void StreamEnd::other_ended(std::optional<Error> reason) {
  {
    const std::lock_guard lock(reason_mutex_);
    if (!reason_) {
      reason_ = std::move(reason);
    }
  }
  other_side_ended();
  look_again();
}

Stream StreamEnd::handle(Role role, std::shared_ptr<StreamEnd> end) {
  Stream stream;
  if (role == Role::writes) {
    stream.writer.emplace(std::move(end));
  } else {
    stream.reader.emplace(std::move(end));
  }
  return stream;
}

StreamWriter::StreamWriter(std::shared_ptr<StreamEnd> end) : end_(std::move(end)) {}
StreamWriter::StreamWriter(StreamWriter&&) noexcept = default;
StreamWriter& StreamWriter::operator=(StreamWriter&& other) noexcept {
  std::swap(end_, other.end_);
  return *this;
}
StreamWriter::~StreamWriter() { close(); }
Result<StreamEvent> StreamWriter::send(std::string_view message, std::chrono::steady_clock::time_point until) {
  return end_->send(message, until);
}
Result<StreamEvent> StreamWriter::try_send(std::string_view message) {
  return end_->send(message, StreamEnd::Clock::time_point::min());
}
void StreamWriter::when_room(std::function<void()> ready) { end_->when_room(std::move(ready)); }
std::uint64_t StreamWriter::dropped() const { return end_->dropped(); }
bool StreamWriter::uses_shared_memory() const { return end_->uses_shared_memory(); }
void StreamWriter::close() {
  if (end_) {
    end_->close(std::nullopt);
  }
}

StreamReader::StreamReader(std::shared_ptr<StreamEnd> end) : end_(std::move(end)) {}
StreamReader::StreamReader(StreamReader&&) noexcept = default;
StreamReader& StreamReader::operator=(StreamReader&& other) noexcept {
  std::swap(end_, other.end_);
  return *this;
}
StreamReader::~StreamReader() { close(); }
Result<StreamEvent> StreamReader::receive(std::string& message, std::chrono::steady_clock::time_point until) {
  return end_->receive(message, until);
}
void StreamReader::for_each(std::function<void(std::string_view)> take, std::function<void(Result<void>)> ended) {
  end_->for_each(std::move(take), std::move(ended));
}
std::uint64_t StreamReader::dropped() const { return end_->dropped(); }
bool StreamReader::uses_shared_memory() const { return end_->uses_shared_memory(); }
void StreamReader::close(std::optional<Error> reason) {
  if (end_) {
    end_->close(reason);
  }
}

}  // namespace symphony::ipc
