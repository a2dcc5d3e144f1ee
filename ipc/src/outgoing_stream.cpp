#include "outgoing_stream.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <symphony/ipc/limits.h>

#include "frame_layout.h"

namespace symphony::ipc {

namespace {

/// A frame as small as this is worth a copy to save a system call.
constexpr std::size_t largest_deferred = 16U * 1024U;
/// Parts of frames written by one system call; the kernel's own limit is 1,024.
constexpr std::size_t parts_per_write = 128;

iovec part_of(std::string_view bytes) noexcept { return {const_cast<char*>(bytes.data()), bytes.size()}; }

}  // namespace

std::size_t OutgoingStream::write_parts(std::span<const iovec> parts) {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(parts.data());
  message.msg_iovlen = parts.size();
  for (;;) {
    const ssize_t written = ::sendmsg(descriptor_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (written >= 0) {
      sent_.fetch_add(static_cast<std::uint64_t>(written), std::memory_order_relaxed);
      return static_cast<std::size_t>(written);
    }
    if (errno == EINTR) {
      continue;
    }
    if (errno != EAGAIN && errno != EWOULDBLOCK) {
      closed_ = true;
    }
    return 0;
  }
}

bool OutgoingStream::has_room(std::size_t size, Importance importance, Outcome& refused) {
  const std::size_t after = queued_bytes() + size;
  if (after > budget_ && importance == Importance::ordinary) {
    refused = Outcome::overloaded;
    return false;
  }
  if (after > 2 * budget_) {
    closed_ = true;
    ::shutdown(descriptor_, SHUT_RDWR);
    refused = Outcome::closed;
    return false;
  }
  return true;
}

bool OutgoingStream::take_out_request(std::uint64_t id) {
  for (std::deque<Frame>* queue : {&data_, &control_}) {
    const auto found =
        std::find_if(queue->begin(), queue->end(), [id](const Frame& frame) { return frame.request == id; });
    if (found != queue->end()) {
      queued_.fetch_sub(found->size(), std::memory_order_relaxed);
      if (found->release != 0) {
        arena_->release(found->release);
      }
      queue->erase(found);
      return true;
    }
  }
  return false;
}

std::size_t OutgoingStream::largest_body() const noexcept {
  return arena_ ? limits::shared_body_bytes : limits::body_bytes;
}

bool OutgoingStream::send_first(const Envelope& envelope, std::span<const int> descriptors) {
  std::string bytes;
  encode_frame(envelope, bytes);
  alignas(cmsghdr) std::array<char, CMSG_SPACE(limits::descriptors_per_frame * sizeof(int))> control{};
  iovec part = part_of(bytes);
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
  cmsghdr* const rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(descriptors.size_bytes());
  std::memcpy(CMSG_DATA(rights), descriptors.data(), descriptors.size_bytes());
  const std::lock_guard lock(mutex_);
  // Nothing was sent before, so the socket has room for a small frame unless the other side is gone.
  const ssize_t written = closed_ ? -1 : ::sendmsg(descriptor_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (written != static_cast<ssize_t>(bytes.size())) {
    closed_ = true;
    return false;
  }
  sent_.fetch_add(bytes.size(), std::memory_order_relaxed);
  return true;
}

OutgoingStream::Outcome OutgoingStream::send(const Envelope& envelope, Importance importance,
                                             std::shared_ptr<const std::string> owner, bool later) {
  const bool may_share = envelope.kind == FrameKind::request || envelope.kind == FrameKind::answer ||
                         envelope.kind == FrameKind::notification;
  if (arena_ && may_share && envelope.body.size() > limits::socket_body_bytes) {
    if (const auto reference = arena_->send(envelope.body)) {
      std::string encoded;
      reference->encode(encoded);
      Envelope small = envelope;
      small.body_is_shared = true;
      small.body = encoded;
      const Outcome outcome = send_frame(small, importance, nullptr, later, reference->release_id());
      if (outcome == Outcome::overloaded || outcome == Outcome::closed) {
        arena_->release(reference->release_id());
      }
      return outcome;
    }
    if (envelope.body.size() > limits::body_bytes) {
      return Outcome::overloaded;
    }
  }
  return send_frame(envelope, importance, std::move(owner), later, 0);
}

OutgoingStream::Outcome OutgoingStream::send_frame(const Envelope& envelope, Importance importance,
                                                   std::shared_ptr<const std::string> owner, bool later,
                                                   std::uint64_t release) {
  thread_local std::string head;
  head.clear();
  encode_frame_head(envelope, head);
  const std::size_t size = head.size() + envelope.body.size();

  const std::lock_guard lock(mutex_);
  if (closed_) {
    return Outcome::closed;
  }
  std::size_t done = 0;
  const bool first = idle();
  if (!first) {
    if (envelope.kind == FrameKind::cancel && take_out_request(envelope.id)) {
      return Outcome::sent;
    }
    // One frame is always taken, however large; the budget bounds what waits behind it.
    if (Outcome refused{}; !has_room(size, importance, refused)) {
      return refused;
    }
  } else if (!later || size > largest_deferred) {
    const std::array<iovec, 2> parts{part_of(head), part_of(envelope.body)};
    done = write_parts(std::span(parts).first(envelope.body.empty() ? 1 : 2));
    if (done == size) {
      return Outcome::sent;
    }
    if (closed_) {
      return Outcome::closed;
    }
  }
  Frame frame;
  frame.done = done;
  frame.request = envelope.kind == FrameKind::request ? envelope.id : 0;
  frame.release = release;
  if (owner) {
    frame.head = head;
    frame.body = std::move(owner);
  } else {
    frame.head.reserve(size);
    frame.head.append(head).append(envelope.body);
  }
  queued_.fetch_add(size - done, std::memory_order_relaxed);
  if (done > 0) {
    current_ = std::make_unique<Frame>(std::move(frame));
  } else if (envelope.kind == FrameKind::cancel) {
    cancels_.push_back(std::move(frame));
  } else if (envelope.control_priority || importance == Importance::obligatory) {
    control_.push_back(std::move(frame));
  } else {
    data_.push_back(std::move(frame));
  }
  return first ? Outcome::queued_first : Outcome::queued;
}

OutgoingStream::Outcome OutgoingStream::send_encoded(std::shared_ptr<const std::string> encoded, bool later) {
  const std::size_t size = encoded->size();
  const std::lock_guard lock(mutex_);
  if (closed_) {
    return Outcome::closed;
  }
  std::size_t done = 0;
  const bool first = idle();
  if (!first) {
    if (Outcome refused{}; !has_room(size, Importance::ordinary, refused)) {
      return refused;
    }
  } else if (!later) {
    const iovec whole = part_of(*encoded);
    done = write_parts(std::span(&whole, 1));
    if (done == size) {
      return Outcome::sent;
    }
    if (closed_) {
      return Outcome::closed;
    }
  }
  Frame frame;
  frame.done = done;
  frame.body = std::move(encoded);
  queued_.fetch_add(size - done, std::memory_order_relaxed);
  if (done > 0) {
    current_ = std::make_unique<Frame>(std::move(frame));
  } else {
    data_.push_back(std::move(frame));
  }
  return first ? Outcome::queued_first : Outcome::queued;
}

OutgoingStream::Frame* OutgoingStream::front() {
  if (current_) {
    return current_.get();
  }
  for (std::deque<Frame>* queue : {&cancels_, &control_, &data_}) {
    if (!queue->empty()) {
      return &queue->front();
    }
  }
  return nullptr;
}

void OutgoingStream::pop_front() {
  if (current_) {
    current_.reset();
    return;
  }
  for (std::deque<Frame>* queue : {&cancels_, &control_, &data_}) {
    if (!queue->empty()) {
      queue->pop_front();
      return;
    }
  }
}

void OutgoingStream::took(std::size_t written) {
  queued_.fetch_sub(written, std::memory_order_relaxed);
  while (written > 0) {
    Frame& frame = *front();
    const std::size_t left = frame.size() - frame.done;
    if (written >= left) {
      written -= left;
      pop_front();
      continue;
    }
    frame.done += written;
    if (!current_) {
      auto partly = std::make_unique<Frame>(std::move(frame));
      pop_front();
      current_ = std::move(partly);
    }
    return;
  }
}

bool OutgoingStream::flush() {
  const std::lock_guard lock(mutex_);
  std::array<iovec, parts_per_write> parts;
  while (!closed_) {
    std::size_t count = 0;
    const auto add = [&](const Frame& frame) {
      const std::string_view head = frame.head;
      const std::string_view body = frame.body ? std::string_view(*frame.body) : std::string_view();
      if (frame.done < head.size()) {
        parts[count++] = part_of(head.substr(frame.done));
      }
      if (const std::size_t in_body = frame.done - std::min(frame.done, head.size()); in_body < body.size()) {
        parts[count++] = part_of(body.substr(in_body));
      }
    };
    if (current_) {
      add(*current_);
    }
    for (const std::deque<Frame>* queue : {&cancels_, &control_, &data_}) {
      for (auto frame = queue->begin(); frame != queue->end() && count + 2 <= parts.size(); ++frame) {
        add(*frame);
      }
    }
    if (count == 0) {
      return true;
    }
    const std::size_t written = write_parts(std::span(parts).first(count));
    if (written == 0) {
      return closed_;
    }
    took(written);
  }
  return true;
}

void OutgoingStream::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  current_.reset();
  cancels_.clear();
  control_.clear();
  data_.clear();
  queued_.store(0, std::memory_order_relaxed);
}

}  // namespace symphony::ipc
