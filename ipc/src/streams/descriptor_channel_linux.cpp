#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>

#include "streams/descriptor_channel.h"

namespace symphony::ipc {
namespace {

static_assert(std::endian::native == std::endian::little, "the number of the stream is little-endian");

/// A message of eight bytes and room for one descriptor beside it.
struct Parcel {
  std::uint64_t stream = 0;
  iovec part{&stream, sizeof stream};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};

  Parcel() {
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
  }
  Parcel(const Parcel&) = delete;
  Parcel& operator=(const Parcel&) = delete;
};

}  // namespace

std::optional<DescriptorChannel> make_descriptor_channel() {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair.data()) != 0) {
    return std::nullopt;
  }
  DescriptorChannel channel{DescriptorSender(Descriptor(pair[0])), Descriptor(pair[1])};
  ::shutdown(pair[0], SHUT_RD);
  return channel;
}

bool DescriptorSender::send(std::uint64_t stream, int descriptor) const {
  if (!socket_) {
    return false;
  }
  Parcel parcel;
  parcel.stream = stream;
  cmsghdr* const rights = CMSG_FIRSTHDR(&parcel.message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof descriptor);
  std::memcpy(CMSG_DATA(rights), &descriptor, sizeof descriptor);
  ssize_t sent = 0;
  do {
    sent = ::sendmsg(socket_.get(), &parcel.message, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(sizeof parcel.stream);
}

Result<Descriptor> receive_descriptor(int channel, std::uint64_t stream) {
  const Error missing{ErrorCode::invalid_request, "The host did not send the memory of the stream it announces."};
  for (;;) {
    Parcel parcel;
    const ssize_t got = ::recvmsg(channel, &parcel.message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got != static_cast<ssize_t>(sizeof parcel.stream)) {
      return missing;
    }
    const cmsghdr* const rights = CMSG_FIRSTHDR(&parcel.message);
    if (rights == nullptr || rights->cmsg_level != SOL_SOCKET || rights->cmsg_type != SCM_RIGHTS ||
        rights->cmsg_len != CMSG_LEN(sizeof(int))) {
      return missing;
    }
    int value = -1;
    std::memcpy(&value, CMSG_DATA(rights), sizeof value);
    Descriptor received(value);
    if (parcel.stream == stream) {
      return received;
    }
  }
}

}  // namespace symphony::ipc
