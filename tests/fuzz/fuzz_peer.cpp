// Any bytes from a connected process: the bus closes the connection or answers, and goes on serving others.

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <future>

#include <symphony/ipc/bus.h>

#include "fuzz_target.h"

using namespace symphony::ipc;

namespace {

Bus& shared_bus() {
  static const std::unique_ptr<Bus> bus = [] {
    auto made = std::move(Bus::create({}).value());
    made->register_endpoint("echo",
                            [](Incoming incoming, Responder responder) {
                              const auto document = incoming.body.document();
                              document ? responder.answer(*document) : responder.fail(document.error());
                            })
        .value();
    return made;
  }();
  return *bus;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bus& bus = shared_bus();
  std::array<int, 2> pair{};
  symphony::fuzz::require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) == 0, "a socket pair");
  std::promise<void> closed;
  PeerOptions options;
  options.endpoint = "fuzz";
  options.grants = {"echo:*", "fuzz:*"};
  options.on_closed = [&](const Error&) { closed.set_value(); };
  symphony::fuzz::require(bus.attach(pair[0], std::move(options)).has_value(), "attach");
  [[maybe_unused]] const ssize_t sent = ::send(pair[1], data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
  ::shutdown(pair[1], SHUT_WR);
  closed.get_future().wait();
  ::close(pair[1]);
  bool answered = false;
  bus.send_request("test", {"echo", "say", nlohmann::json(1)}, {},
                   [&](const Result<Payload>& outcome) { answered = outcome.has_value(); });
  symphony::fuzz::require(answered, "others are still served");
  return 0;
}

std::vector<std::string> symphony::fuzz::seeds() {
  const std::string hello =
      R"({"protocol":{"min":1,"max":1},"contract":{"min":1,"max":1},"name":"f","version":"1","formats":["json"]})";
  std::string stream;
  Envelope frame;
  frame.kind = FrameKind::hello;
  frame.format = BodyFormat::json;
  frame.body = hello;
  encode_frame(frame, stream);
  const std::string greeting = stream;
  for (const char* target : {"echo", "fuzz", "nobody"}) {
    Envelope request;
    request.kind = FrameKind::request;
    request.format = BodyFormat::json;
    request.id = static_cast<std::uint64_t>(target[0]);
    request.target = target;
    request.method = "say";
    request.body = R"({"a":[1]})";
    encode_frame(request, stream);
    Envelope cancel;
    cancel.kind = FrameKind::cancel;
    cancel.id = request.id;
    encode_frame(cancel, stream);
  }
  Envelope answer;
  answer.kind = FrameKind::answer;
  answer.id = 1;
  encode_frame(answer, stream);
  return {greeting, stream};
}
