// Any bytes from a host: the client ends the connection or goes on, and each request it sent has one outcome.

#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include <symphony/ipc/client_connection.h>
#include <symphony/ipc/limits.h>

#include "fuzz_target.h"
#include "handshake.h"
#include "outgoing_stream.h"

using namespace symphony::ipc;
using symphony::fuzz::require;

namespace {

constexpr std::size_t requests = 3;

void welcome(int host, bool with_arena) {
  Welcome agreed;
  agreed.protocol = limits::protocol_version_max;
  agreed.contract = limits::contract_version_max;
  agreed.endpoint = "fuzz";
  agreed.host_name = "fuzz";
  agreed.host_version = "1";
  agreed.format = BodyFormat::json;
  agreed.arena_bytes = with_arena ? limits::arena_bytes : 0;
  const std::string body = encode_document(BodyFormat::json, welcome_document(agreed));
  Envelope frame;
  frame.kind = FrameKind::welcome;
  frame.format = BodyFormat::json;
  frame.body = body;
  OutgoingStream out(host, limits::queued_bytes_per_peer);
  if (!with_arena) {
    out.send(frame, OutgoingStream::Importance::obligatory);
    return;
  }
  const auto to_client = SharedRegion::create(limits::arena_bytes);
  const auto to_host = SharedRegion::create(limits::arena_bytes);
  require(to_client && to_host, "memory for the arenas");
  const std::array<int, 2> descriptors{to_client->descriptor().get(), to_host->descriptor().get()};
  require(out.send_first(frame, descriptors), "the welcome is sent");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  // The first byte: whether the host is polite as long as the handshake lasts, and whether it shares memory.
  const unsigned manner = data[0] % 3U;
  std::array<int, 2> ends{};
  require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0, "a socket pair");
  if (manner != 0) {
    welcome(ends[0], manner == 2);
  }
  [[maybe_unused]] const ssize_t sent = ::send(ends[0], data + 1, size - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
  ::shutdown(ends[0], SHUT_WR);
  auto client = ClientConnection::open(ends[1], {"fuzz", "1", ""});
  require(client || manner == 0, "a polite host is believed");
  std::array<std::size_t, requests> outcomes{};
  if (client) {
    (*client)->on_message([](Incoming incoming, Responder responder) {
      const auto document = incoming.body.document();
      document ? responder.answer(*document) : responder.fail(document.error());
    });
    for (std::size_t& each : outcomes) {
      (*client)->send_request({"host", "ask", nlohmann::json::object()}, {},
                              [&each](const Result<Payload>& /*outcome*/) { ++each; });
    }
    static_cast<void>((*client)->run());
    client = Error{};  // its end
    for (const std::size_t each : outcomes) {
      require(each == 1, "each request has one outcome");
    }
  }
  ::close(ends[0]);
  return 0;
}

std::vector<std::string> symphony::fuzz::seeds() {
  std::string stream;
  for (const FrameKind kind : {FrameKind::request, FrameKind::notification, FrameKind::answer, FrameKind::error,
                               FrameKind::cancel, FrameKind::ping, FrameKind::release}) {
    Envelope frame;
    frame.kind = kind;
    frame.id = kind == FrameKind::notification ? 0 : 1;
    const bool routed = kind == FrameKind::request || kind == FrameKind::notification;
    frame.target = routed ? "fuzz" : "";
    frame.method = routed ? "say" : "";
    frame.source = routed ? "host" : "";
    const bool has_body = routed || kind == FrameKind::answer || kind == FrameKind::error;
    frame.format = has_body ? BodyFormat::json : BodyFormat::none;
    frame.body = has_body ? R"({"code":-32603,"message":"no","data":{}})" : "";
    encode_frame(frame, stream);
  }
  Envelope shared;
  shared.kind = FrameKind::notification;
  shared.format = BodyFormat::json;
  shared.target = "fuzz";
  shared.method = "say";
  shared.source = "host";
  shared.body_is_shared = true;
  std::string reference;
  ArenaReference{0, 1, 64, 20}.encode(reference);
  shared.body = reference;
  encode_frame(shared, stream);
  return {"\x01" + stream, "\x02" + stream, std::string("\0", 1) + stream};
}
