// Large bodies between a host and its clients: where they lie is decided by their size and by what the client
// announced.

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <array>
#include <thread>

#include <symphony/ipc/client_connection.h>

#include "frame_layout.h"
#include "outgoing_stream.h"
#include "raw_client.h"
#include "shared_memory/arena.h"
#include "waiting.h"

namespace symphony::ipc {
namespace {

using nlohmann::json;

json text_of(std::size_t bytes) { return std::string(bytes, 't'); }

class SharedBodyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(bus->register_endpoint(
        "echo", [](Incoming incoming, Responder responder) { responder.answer(std::move(incoming.body)); }));
    ASSERT_TRUE(bus->register_endpoint("keep", [this](Incoming incoming, Responder responder) {
      kept.push_back(std::move(incoming.body));
      responder.answer(json::object());
    }));
  }
  PeerOptions options(std::string endpoint) {
    PeerOptions peer;
    peer.endpoint = std::move(endpoint);
    peer.grants = {"echo:*", "keep:*", "server:*", "raw:*"};
    peer.on_ready = [this] { ready.put(true); };
    return peer;
  }
  std::unique_ptr<ClientConnection> open(const std::string& endpoint) {
    std::array<int, 2> pair{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()), 0);
    EXPECT_TRUE(bus->attach(pair[0], options(endpoint)));
    auto opened = std::move(ClientConnection::open(pair[1], {"test", "1", ""}).value());
    EXPECT_TRUE(ready.next());
    return opened;
  }
  std::uint64_t socket_bytes(std::string_view endpoint) const {
    for (const EndpointStatistics& statistics : bus->statistics().endpoints) {
      if (statistics.id == endpoint) {
        return statistics.bytes_in + statistics.bytes_out;
      }
    }
    return 0;
  }

  test::Arrivals<bool> ready;
  std::vector<Payload> kept;  // of the bus thread; looked at when it is idle
  std::unique_ptr<Bus> bus = test::make_bus();
};

TEST_F(SharedBodyTest, ALargeBodyDoesNotGoThroughTheSocket) {
  const auto client = open("client");
  for (const std::size_t bytes : {100'000UL, 4'000'000UL, 20'000'000UL, 60'000'000UL}) {
    const json body = text_of(bytes);
    EXPECT_EQ(test::document_of(client->ask({"echo", "say", body})), body) << bytes;
  }
  EXPECT_LT(socket_bytes("client"), 10'000U);
  EXPECT_EQ(test::document_of(client->ask({"echo", "say", text_of(60'000)})), text_of(60'000));
  // The answer may be read before the host has counted that it wrote it; a further one comes after that.
  EXPECT_EQ(test::document_of(client->ask({"echo", "say", json(1)})), json(1));
  EXPECT_GT(socket_bytes("client"), 120'000U) << "small ones do";
}

TEST_F(SharedBodyTest, TheRoomOfEveryBodyComesBack) {
  const auto client = open("client");
  // Many times what the arena holds.
  for (int round = 0; round < 40; ++round) {
    const auto outcome = client->ask({"echo", "say", text_of(20'000'000)});
    ASSERT_TRUE(outcome) << outcome.error().message;
    ASSERT_EQ(outcome->view().size(), 20'000'005U);
  }
}

TEST_F(SharedBodyTest, WhenTheArenaIsFullTheSocketTakesWhatItMay) {
  const auto client = open("client");
  for (int round = 0; round < 12; ++round) {
    ASSERT_TRUE(client->ask({"keep", "say", text_of(15'000'000)})) << round;
  }
  EXPECT_GT(socket_bytes("client"), 15'000'000U);
  const auto refused = client->ask({"keep", "say", text_of(30'000'000)});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::overloaded);
  EXPECT_EQ(kept.size(), 12U);
  for (const Payload& body : kept) {
    EXPECT_EQ(body.document().value(), text_of(15'000'000));
  }
  kept.clear();
  // The releases wait in the socket; whoever reads on finds them.
  ASSERT_TRUE(client->ask({"echo", "say", json::object()}));
  EXPECT_EQ(test::document_of(client->ask({"echo", "say", text_of(30'000'000)})), text_of(30'000'000));
}

TEST_F(SharedBodyTest, ABodyOutlivesItsConnection) {
  {
    const auto client = open("client");
    ASSERT_TRUE(client->ask({"keep", "say", text_of(300'000)}));
  }
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].document().value(), text_of(300'000));
}

TEST_F(SharedBodyTest, IsForwardedFromProcessToProcess) {
  const auto server = open("server");
  server->on_message([](Incoming incoming, Responder responder) { responder.answer(std::move(incoming.body)); });
  std::jthread loop([&] { EXPECT_TRUE(server->run()); });
  const auto client = open("client");
  for (int round = 0; round < 10; ++round) {
    EXPECT_EQ(test::document_of(client->ask({"server", "say", text_of(30'000'000)})), text_of(30'000'000));
  }
  server->stop();
}

TEST_F(SharedBodyTest, IsSentFromWhereItWasBuilt) {
  const auto client = open("client");
  auto buffer = client->body_buffer(1'000'000);
  ASSERT_TRUE(buffer);
  const std::string document = encode_document(BodyFormat::msgpack, text_of(500'000));
  std::copy(document.begin(), document.end(), buffer->bytes().begin());
  const Payload body = buffer->payload(BodyFormat::msgpack, document.size());
  buffer.reset();
  for (int round = 0; round < 5; ++round) {
    EXPECT_EQ(test::document_of(client->ask({"echo", "say", body})), text_of(500'000));
  }
  EXPECT_FALSE(client->body_buffer(limits::shared_body_bytes + 1));
}

TEST_F(SharedBodyTest, AClientThatDoesNotKnowSharedMemoryIsSpokenToAsBefore) {
  auto raw = test::RawClient::attach(*bus, options("raw"));
  raw.send_hello();
  const auto welcome = raw.receive();
  ASSERT_TRUE(welcome);
  EXPECT_FALSE(welcome->document().contains("arena"));
  ASSERT_TRUE(ready.next());
  // What others send it comes through the socket, if it may be that large at all.
  const auto client = open("client");
  EXPECT_EQ(client->ask({"raw", "say", text_of(20'000'000)}).error().code, ErrorCode::payload_too_large);
}

TEST_F(SharedBodyTest, WhatWasNotAgreedIsMalformed) {
  for (const std::uint8_t byte : {std::uint8_t{flag_shared_body}, std::uint8_t{0}}) {
    auto raw = test::RawClient::attach(*bus, options("raw" + std::to_string(byte)));
    raw.send_hello();
    ASSERT_TRUE(raw.receive());
    Envelope frame;
    frame.kind = byte != 0 ? FrameKind::request : FrameKind::release;
    frame.id = 1;
    const std::string reference(ArenaReference::encoded_bytes, '\1');
    if (byte != 0) {
      frame.format = BodyFormat::msgpack;
      frame.target = "echo";
      frame.method = "say";
      frame.body = reference;
      frame.body_is_shared = true;
    }
    raw.send(frame);
    const auto error = raw.receive();
    ASSERT_TRUE(error);
    EXPECT_EQ(error->id, 0U);
    EXPECT_FALSE(raw.receive());
    EXPECT_TRUE(ready.next());
  }
}

TEST_F(SharedBodyTest, ALieAboutSharedMemoryEndsTheConnectionAndNothingElse) {
  int liars = 0;
  const auto lie = [&](const Envelope& frame) {
    auto raw = test::RawClient::attach(*bus, options("raw" + std::to_string(++liars)));
    raw.send_hello(hello_document("raw", "1", ""));
    ASSERT_TRUE(raw.receive());
    raw.send(frame);
    const auto error = raw.receive();
    ASSERT_TRUE(error);
    EXPECT_EQ(error->kind, FrameKind::error);
    EXPECT_EQ(error->id, 0U);
    EXPECT_FALSE(raw.receive());
    EXPECT_TRUE(ready.next());
  };
  std::string bytes;
  ArenaReference{0, 1, limits::arena_bytes - 8, 16}.encode(bytes);
  Envelope frame;
  frame.kind = FrameKind::notification;
  frame.format = BodyFormat::msgpack;
  frame.target = "echo";
  frame.method = "say";
  frame.body = bytes;
  frame.body_is_shared = true;
  lie(frame);
  bytes.pop_back();
  frame.body = bytes;
  lie(frame);
  Envelope release;
  release.kind = FrameKind::release;
  release.id = (std::uint64_t{1} << 32U) | 5U;
  lie(release);
  const auto client = open("client");
  EXPECT_TRUE(client->ask({"echo", "say", text_of(200'000)}));
}

/// A host that sends `descriptors` and `bytes` with its welcome.
Result<std::unique_ptr<ClientConnection>> welcomed(std::size_t bytes, const std::vector<int>& descriptors) {
  std::array<int, 2> pair{};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()), 0);
  const Descriptor host(pair[0]);
  Welcome welcome;
  welcome.protocol = 1;
  welcome.contract = 1;
  welcome.endpoint = "client";
  welcome.arena_bytes = bytes;
  const std::string body = encode_document(BodyFormat::json, welcome_document(welcome));
  Envelope frame;
  frame.kind = FrameKind::welcome;
  frame.format = BodyFormat::json;
  frame.body = body;
  OutgoingStream out(host.get(), limits::queued_bytes_per_peer);
  if (descriptors.empty()) {
    EXPECT_EQ(out.send(frame, OutgoingStream::Importance::obligatory), OutgoingStream::Outcome::sent);
  } else {
    EXPECT_TRUE(out.send_first(frame, descriptors));
  }
  return ClientConnection::open(pair[1], {"test", "1", ""});
}

TEST(SharedBodyClient, RefusesMemoryThatIsNotWhatTheWelcomeSays) {
  const auto region = SharedRegion::create(8192);
  const int good = region->descriptor().get();
  EXPECT_TRUE(welcomed(8192, {good, good}));
  EXPECT_EQ(welcomed(4096, {good, good}).error().code, ErrorCode::invalid_request);
  EXPECT_EQ(welcomed(8192, {}).error().code, ErrorCode::parse_error);
  EXPECT_EQ(welcomed(8192, {good}).error().code, ErrorCode::parse_error);
  const Descriptor unsealed(::memfd_create("test", MFD_CLOEXEC));
  ASSERT_EQ(::ftruncate(unsealed.get(), 8192), 0);
  EXPECT_EQ(welcomed(8192, {good, unsealed.get()}).error().code, ErrorCode::invalid_request);
}

}  // namespace
}  // namespace symphony::ipc
