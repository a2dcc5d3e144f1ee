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

void OutgoingStream::count_queued() {
  std::size_t bytes = 0;
  std::size_t frames = 0;
  for (const FrameQueue& queue : queues_) {
    bytes += queue.bytes();
    frames += queue.frames();
  }
  queued_bytes_.store(bytes, std::memory_order_relaxed);
  queued_frames_.store(frames, std::memory_order_relaxed);
}

bool OutgoingStream::take_out_request(std::uint64_t id) {
  FrameQueue::Note note;
  if (!queues_[data].take_out(id, note) && !queues_[control].take_out(id, note)) {
    return false;
  }
  if (note.release != 0) {
    arena_->release(note.release);
  }
  count_queued();
  return true;
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
                                             std::shared_ptr<const std::string> owner, bool later,
                                             const std::shared_ptr<ForwardAccount>& account) {
  const bool may_share = envelope.kind == FrameKind::request || envelope.kind == FrameKind::answer ||
                         envelope.kind == FrameKind::notification;
  if (arena_ && may_share && envelope.body.size() > limits::socket_body_bytes) {
    if (const auto reference = arena_->send(envelope.body)) {
      std::string encoded;
      reference->encode(encoded);
      Envelope small = envelope;
      small.body_is_shared = true;
      small.body = encoded;
      const Outcome outcome = send_frame(small, importance, nullptr, later, reference->release_id(), account);
      if (outcome == Outcome::overloaded || outcome == Outcome::closed) {
        arena_->release(reference->release_id());
      }
      return outcome;
    }
    if (envelope.body.size() > limits::body_bytes) {
      return Outcome::overloaded;
    }
  }
  return send_frame(envelope, importance, std::move(owner), later, 0, account);
}

OutgoingStream::Outcome OutgoingStream::send_frame(const Envelope& envelope, Importance importance,
                                                   std::shared_ptr<const std::string> owner, bool later,
                                                   std::uint64_t release,
                                                   const std::shared_ptr<ForwardAccount>& account) {
  const FrameHead head(envelope);
  const std::size_t size = head.bytes().size() + envelope.body.size();

  const std::lock_guard lock(mutex_);
  std::size_t done = 0;
  if (!closed_ && !idle() && account && account->overdrawn() && !write_queued()) {
    return Outcome::overloaded;
  }
  if (closed_) {
    return Outcome::closed;
  }
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
    const std::array<iovec, 2> parts{part_of(head.bytes()), part_of(envelope.body)};
    done = write_parts(std::span(parts).first(envelope.body.empty() ? 1 : 2));
    if (done == size) {
      return Outcome::sent;
    }
    if (closed_) {
      return Outcome::closed;
    }
  }
  const bool urgent = envelope.control_priority || importance == Importance::obligatory;
  FrameQueue& queue = queues_[envelope.kind == FrameKind::cancel ? cancels : urgent ? control : data];
  queue.push(head.bytes(), envelope.body, std::move(owner),
             {envelope.kind == FrameKind::request ? envelope.id : 0, release, account}, done);
  begun_ = done > 0 ? &queue : begun_;
  count_queued();
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
  const std::string_view bytes = *encoded;
  queues_[data].push({}, bytes, std::move(encoded), {}, done);
  begun_ = done > 0 ? &queues_[data] : begun_;
  count_queued();
  return first ? Outcome::queued_first : Outcome::queued;
}

void OutgoingStream::took(std::size_t written) {
  const auto take = [&](FrameQueue& queue, std::size_t most) {
    const std::size_t part = std::min(written, most);
    queue.took(part);
    written -= part;
  };
  if (begun_ != nullptr) {
    take(*begun_, begun_->front_left());
    if (!begun_->front_begun()) {
      begun_ = nullptr;
    }
  }
  for (FrameQueue& queue : queues_) {
    if (written > 0) {
      take(queue, queue.bytes());
      begun_ = queue.front_begun() ? &queue : begun_;
    }
  }
  count_queued();
}

bool OutgoingStream::flush() {
  const std::lock_guard lock(mutex_);
  return write_queued();
}

bool OutgoingStream::write_queued() {
  std::array<iovec, parts_per_write> parts;
  while (!closed_ && !idle()) {
    std::size_t count = begun_ != nullptr ? begun_->gather_front(parts) : 0;
    for (const FrameQueue& queue : queues_) {
      if (count < parts.size()) {
        const bool without_front = begun_ != nullptr && begun_ == &queue;
        count += queue.gather(std::span(parts).subspan(count), without_front);
      }
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
  begun_ = nullptr;
  for (FrameQueue& queue : queues_) {
    queue.clear();
  }
  count_queued();
}

}  // namespace symphony::ipc
