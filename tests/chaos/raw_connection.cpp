#include "raw_connection.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include <symphony/ipc/limits.h>

#include <nlohmann/json.hpp>

namespace symphony::chaos {
namespace {

constexpr std::size_t descriptors_at_once = 253;  // the kernel's own limit

constexpr std::string_view plain_hello =
    R"({"protocol":{"min":1,"max":1},"contract":{"min":1,"max":1},"name":"hostile","version":"1","formats":["json"]})";
constexpr std::string_view arena_hello =
    R"({"protocol":{"min":1,"max":1},"contract":{"min":1,"max":1},"name":"hostile","version":"1","formats":["json"],)"
    R"("features":["arena"]})";

ipc::Envelope message(ipc::FrameKind kind, std::uint64_t id, std::string_view target, std::string_view method,
                      std::string_view body) {
  ipc::Envelope frame;
  frame.kind = kind;
  frame.format = body.empty() ? ipc::BodyFormat::none : ipc::BodyFormat::json;
  frame.id = id;
  frame.target = target;
  frame.method = method;
  frame.body = body;
  return frame;
}

}  // namespace

std::optional<std::uint64_t> RawConnection::become_healthy(bool with_arena) {
  if (!send(message(ipc::FrameKind::hello, 0, "", "", with_arena ? arena_hello : plain_hello))) {
    return std::nullopt;
  }
  const auto welcome = receive();
  if (!welcome || welcome->kind != ipc::FrameKind::welcome) {
    return std::nullopt;
  }
  if (with_arena) {
    expect_shared_bodies();
  }
  while (const auto frame = receive()) {
    if (frame->kind == ipc::FrameKind::request && frame->method == "contract.init") {
      const auto init = nlohmann::json::parse(frame->body, nullptr, false);
      if (!send(message(ipc::FrameKind::answer, frame->id, "", "", "{}"))) {
        return std::nullopt;
      }
      return init.is_object() ? init.value("generation", std::uint64_t{0}) : 0;
    }
  }
  return std::nullopt;
}

bool RawConnection::send_bytes(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool RawConnection::send(const ipc::Envelope& frame) const {
  std::string bytes;
  ipc::encode_frame(frame, bytes);
  return send_bytes(bytes);
}

bool RawConnection::send_request(std::uint64_t id, std::string_view target, std::string_view method,
                                 std::string_view body) const {
  return send(message(ipc::FrameKind::request, id, target, method, body));
}

bool RawConnection::send_notification(std::string_view target, std::string_view method, std::string_view body) const {
  return send(message(ipc::FrameKind::notification, 0, target, method, body));
}

bool RawConnection::send_with_descriptors(std::string_view bytes, std::span<const int> descriptors) const {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(descriptors_at_once * sizeof(int))> control{};
  const auto count = std::min(descriptors.size(), descriptors_at_once);
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = CMSG_SPACE(count * sizeof(int));
  cmsghdr* const rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(count * sizeof(int));
  std::memcpy(CMSG_DATA(rights), descriptors.data(), count * sizeof(int));
  const ssize_t sent = ::sendmsg(descriptor_, &message, MSG_NOSIGNAL);
  return sent > 0 && send_bytes(bytes.substr(static_cast<std::size_t>(sent)));
}

std::optional<RawFrame> RawConnection::receive(int patience_ms) {
  for (;;) {
    const auto frame = parser_.next();
    if (!frame) {
      return std::nullopt;
    }
    if (*frame) {
      return RawFrame{(*frame)->kind, (*frame)->id, std::string((*frame)->method), std::string((*frame)->body)};
    }
    pollfd wanted{descriptor_, POLLIN, 0};
    if (::poll(&wanted, 1, patience_ms) <= 0) {
      return std::nullopt;
    }
    const auto room = parser_.prepare(ipc::limits::read_buffer_bytes);
    alignas(cmsghdr) std::array<char, CMSG_SPACE(ipc::limits::descriptors_per_frame * sizeof(int))> control{};
    iovec part{room.data(), room.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t count = ::recvmsg(descriptor_, &message, MSG_CMSG_CLOEXEC);
    if (count <= 0) {
      return std::nullopt;
    }
    for (cmsghdr* each = CMSG_FIRSTHDR(&message); each != nullptr; each = CMSG_NXTHDR(&message, each)) {
      const std::size_t bytes = each->cmsg_len - CMSG_LEN(0);
      arenas_.resize(arenas_.size() + bytes / sizeof(int));
      std::memcpy(arenas_.data() + arenas_.size() - bytes / sizeof(int), CMSG_DATA(each), bytes);
    }
    parser_.commit(static_cast<std::size_t>(count));
  }
}

}  // namespace symphony::chaos
