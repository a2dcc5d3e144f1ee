// How a client's connection begins: hello, welcome, and the memory that comes with it.

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <symphony/ipc/limits.h>

#include "client/connection_state.h"

namespace symphony::ipc {

using std::chrono::milliseconds;

Result<void> ClientConnection::State::prepare() {
  const int flags = ::fcntl(socket.get(), F_GETFL);
  const bool usable = flags >= 0 && ::fcntl(socket.get(), F_SETFL, flags | O_NONBLOCK) == 0 &&
                      ::fcntl(socket.get(), F_SETFD, FD_CLOEXEC) == 0 && loop->serve(*this, socket.get(), EPOLLIN);
  if (!usable) {
    return io_error("The connection to the host cannot be used", "", errno);
  }
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDBUF, &limits::socket_buffer_bytes, sizeof limits::socket_buffer_bytes);
  return {};
}

Result<void> ClientConnection::State::wait_readable(Clock::time_point until) {
  for (;;) {
    const auto left = std::chrono::duration_cast<milliseconds>(until - Clock::now());
    pollfd wanted{socket.get(), POLLIN, 0};
    const int ready = ::poll(&wanted, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready > 0) {
      return {};
    }
    if (ready == 0) {
      return Error{ErrorCode::deadline_exceeded, "The host did not welcome this client in time."};
    }
    if (errno != EINTR) {
      return io_error("Waiting for the host failed", "", errno);
    }
  }
}

bool ClientConnection::State::receive_welcome() {
  const std::span<char> room = parser.prepare(limits::read_buffer_bytes);
  alignas(cmsghdr) std::array<char, CMSG_SPACE(limits::descriptors_per_frame * sizeof(int))> control{};
  iovec part{room.data(), room.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t count = 0;
  do {
    count = ::recvmsg(socket.get(), &message, MSG_CMSG_CLOEXEC);
  } while (count < 0 && errno == EINTR);
  if (count <= 0) {
    return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  }
  for (cmsghdr* part_of_it = CMSG_FIRSTHDR(&message); part_of_it != nullptr;
       part_of_it = CMSG_NXTHDR(&message, part_of_it)) {
    if (part_of_it->cmsg_level == SOL_SOCKET && part_of_it->cmsg_type == SCM_RIGHTS) {
      const std::size_t descriptors = (part_of_it->cmsg_len - CMSG_LEN(0)) / sizeof(int);
      for (std::size_t index = 0; index < descriptors; ++index) {
        int descriptor = -1;
        std::memcpy(&descriptor, CMSG_DATA(part_of_it) + index * sizeof descriptor, sizeof descriptor);
        received.emplace_back(descriptor);
      }
    }
  }
  parser.commit(static_cast<std::size_t>(count));
  return true;
}

Result<void> ClientConnection::State::share_memory(const Welcome& welcome) {
  const std::size_t arenas = welcome.features.arena ? 2 : 0;
  if (received.size() != arenas + (welcome.features.rings ? 1 : 0)) {
    return Error{ErrorCode::parse_error, "The host's welcome lacks the shared memory it announces."};
  }
  if (arenas > 0) {
    const std::size_t bytes = welcome.arena_bytes;
    auto to_client = SharedRegion::open(std::move(received[0]), bytes, SharedRegion::Access::read);
    auto to_host = SharedRegion::open(std::move(received[1]), bytes, SharedRegion::Access::read_write);
    if (!to_client || !to_host) {
      return to_client ? to_host.error() : to_client.error();
    }
    to_client->close_descriptor();
    to_host->close_descriptor();
    shared.emplace(std::move(*to_client));
    out.use_arena(std::make_shared<SendingArena>(std::move(*to_host)));
  }
  if (welcome.features.rings) {
    channel = std::move(received.back());
  }
  if (welcome.features.bytes) {
    out.take_bytes();
  }
  features = welcome.features;
  parser.expect(features);
  received.clear();
  return {};
}

Result<Welcome> ClientConnection::State::shake_hands(const ClientOptions& options) {
  const std::string hello =
      encode_document(BodyFormat::json, hello_document(options.name, options.version, options.token, options.format));
  Envelope envelope;
  envelope.kind = FrameKind::hello;
  envelope.format = BodyFormat::json;
  envelope.body = hello;
  if (out.send(envelope, OutgoingStream::Importance::obligatory) == OutgoingStream::Outcome::closed) {
    // The host may have said why before it closed.
    out.close();
  }
  const auto until = Clock::now() + limits::time_to_hello;
  for (;;) {
    auto frame = parser.next();
    if (!frame) {
      return frame.error();
    }
    if (*frame) {
      const Envelope& received = **frame;
      const auto document = decode_document(received.format, received.body);
      if (!document) {
        return document.error();
      }
      if (received.kind == FrameKind::error) {
        return Error::from_json(*document);
      }
      if (received.kind != FrameKind::welcome) {
        return Error{ErrorCode::parse_error, "The host's first frame is not a welcome."};
      }
      return read_welcome(*document);
    }
    if (const auto ready = wait_readable(until); !ready) {
      return ready.error();
    }
    if (!receive_welcome()) {
      return disconnected();
    }
  }
}

}  // namespace symphony::ipc
