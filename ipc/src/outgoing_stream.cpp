#include "outgoing_stream.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>

#include "frame_layout.h"

namespace symphony::ipc {

std::size_t OutgoingStream::write_some(std::string_view first, std::string_view second) {
  std::array<iovec, 2> parts{iovec{const_cast<char*>(first.data()), first.size()},
                             iovec{const_cast<char*>(second.data()), second.size()}};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = second.empty() ? 1 : 2;
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

OutgoingStream::Outcome OutgoingStream::send(const Envelope& envelope, Importance importance,
                                             std::shared_ptr<const std::string> owner) {
  thread_local std::string head;
  head.clear();
  encode_frame_head(envelope, head);
  const std::size_t size = head.size() + envelope.body.size();

  const std::lock_guard lock(mutex_);
  if (closed_) {
    return Outcome::closed;
  }
  std::size_t done = 0;
  const bool idle = !current_ && control_.empty() && data_.empty();
  if (idle) {
    done = write_some(head, envelope.body);
    if (done == size) {
      return Outcome::sent;
    }
    if (closed_) {
      return Outcome::closed;
    }
  } else {
    // One frame is always taken, however large; the budget bounds what waits behind it.
    const std::size_t after = queued_bytes() + size;
    if (after > budget_ && importance == Importance::ordinary) {
      return Outcome::overloaded;
    }
    if (after > 2 * budget_) {
      closed_ = true;
      ::shutdown(descriptor_, SHUT_RDWR);
      return Outcome::closed;
    }
  }
  Frame frame;
  frame.head = head;
  frame.done = done;
  if (owner) {
    frame.body = std::move(owner);
  } else {
    frame.head.append(envelope.body);
  }
  queued_.fetch_add(size - done, std::memory_order_relaxed);
  if (done > 0) {
    current_ = std::make_unique<Frame>(std::move(frame));
  } else if (envelope.control_priority || importance == Importance::obligatory) {
    control_.push_back(std::move(frame));
  } else {
    data_.push_back(std::move(frame));
  }
  return idle ? Outcome::queued_first : Outcome::queued;
}

bool OutgoingStream::write_frame(Frame& frame) {
  while (frame.done < frame.size()) {
    const std::string_view body = frame.body ? std::string_view(*frame.body) : std::string_view();
    const std::size_t in_body = frame.done > frame.head.size() ? frame.done - frame.head.size() : 0;
    const std::size_t written = in_body > 0 || frame.done == frame.head.size()
                                    ? write_some(body.substr(in_body), {})
                                    : write_some(std::string_view(frame.head).substr(frame.done), body);
    if (written == 0) {
      return false;
    }
    frame.done += written;
    queued_.fetch_sub(written, std::memory_order_relaxed);
  }
  return true;
}

bool OutgoingStream::flush() {
  const std::lock_guard lock(mutex_);
  while (!closed_) {
    if (!current_) {
      std::deque<Frame>& from = control_.empty() ? data_ : control_;
      if (from.empty()) {
        return true;
      }
      current_ = std::make_unique<Frame>(std::move(from.front()));
      from.pop_front();
    }
    if (!write_frame(*current_)) {
      return closed_;
    }
    current_.reset();
  }
  return true;
}

void OutgoingStream::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  current_.reset();
  control_.clear();
  data_.clear();
  queued_.store(0, std::memory_order_relaxed);
}

}  // namespace symphony::ipc
