#pragma once
// The far end of a connection, frame by frame: says what no well-behaved client would.

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <string>

#include <symphony/descriptor/descriptor.h>
#include <symphony/ipc/bus.h>

#include "handshake.h"

namespace symphony::ipc::test {

/// A frame that owns its text.
struct ReceivedFrame {
  FrameKind kind{};
  BodyFormat format{};
  std::uint64_t id = 0;
  std::uint32_t deadline_ms = 0;
  std::optional<TraceContext> trace;
  std::string target;
  std::string method;
  std::string source;
  std::string body;
  nlohmann::json document() const { return decode_document(format, body).value(); }
  Error error() const { return Error::from_json(document()); }
};

class RawClient {
 public:
  explicit RawClient(int descriptor) : socket_(descriptor) {}

  /// Attached to `bus` as `endpoint`, not greeted yet.
  static RawClient attach(Bus& bus, PeerOptions options) {
    std::array<int, 2> pair{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()), 0);
    EXPECT_TRUE(bus.attach(pair[0], std::move(options)));
    return RawClient(pair[1]);
  }

  int descriptor() const { return socket_.get(); }
  int release() { return socket_.release(); }
  void close() { socket_.reset(); }

  void send_bytes(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) {
        return;
      }
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  void send(const Envelope& envelope) {
    std::string bytes;
    encode_frame(envelope, bytes);
    send_bytes(bytes);
  }
  /// Without shared memory: this client reads nothing but the socket.
  static nlohmann::json plain_hello() {
    nlohmann::json document = hello_document("raw", "1", "");
    document.erase("features");
    return document;
  }
  void send_hello(const nlohmann::json& document = plain_hello()) {
    const std::string body = document.dump();
    Envelope hello;
    hello.kind = FrameKind::hello;
    hello.format = BodyFormat::json;
    hello.body = body;
    send(hello);
  }
  void greet(const char* format = "json") {
    nlohmann::json document = plain_hello();
    document["formats"] = {format};
    send_hello(document);
    const auto welcome = receive();
    ASSERT_TRUE(welcome);
    ASSERT_EQ(welcome->kind, FrameKind::welcome);
  }
  void send_request(std::uint64_t id, std::string_view target, std::string_view method, std::string_view body = "{}",
                    std::uint32_t deadline_ms = 0) {
    Envelope request;
    request.kind = FrameKind::request;
    request.format = BodyFormat::json;
    request.id = id;
    request.deadline_ms = deadline_ms;
    request.target = target;
    request.method = method;
    request.body = body;
    send(request);
  }
  /// From now on what these features need may come.
  void expect(const WireFeatures& features) { parser_.expect(features); }
  void send_answer(std::uint64_t id, std::string_view body = "{}") {
    Envelope answer;
    answer.kind = FrameKind::answer;
    answer.format = BodyFormat::json;
    answer.id = id;
    answer.body = body;
    send(answer);
  }
  void send_signal(FrameKind kind, std::uint64_t id) {
    Envelope signal;
    signal.kind = kind;
    signal.id = id;
    send(signal);
  }

  /// The next frame; nothing when the host has closed.
  std::optional<ReceivedFrame> receive() {
    for (;;) {
      const auto frame = parser_.next();
      EXPECT_TRUE(frame);
      if (!frame) {
        return std::nullopt;
      }
      if (*frame) {
        const Envelope& view = **frame;
        return ReceivedFrame{view.kind,
                             view.format,
                             view.id,
                             view.deadline_ms,
                             view.trace,
                             std::string(view.target),
                             std::string(view.method),
                             std::string(view.source),
                             std::string(view.body)};
      }
      const auto room = parser_.prepare(65536);
      const ssize_t count = ::recv(socket_.get(), room.data(), room.size(), 0);
      if (count <= 0) {
        return std::nullopt;
      }
      parser_.commit(static_cast<std::size_t>(count));
    }
  }

 private:
  Descriptor socket_;
  FrameParser parser_;
};

}  // namespace symphony::ipc::test
