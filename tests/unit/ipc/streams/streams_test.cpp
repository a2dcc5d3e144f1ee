// Streams between a host and its clients: how they are opened, what passes, how they end. What the memory itself holds
// to is in shared_memory/ring_test.cpp.

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <thread>

#include <symphony/ipc/client_connection.h>
#include <symphony/ipc/stream.h>

#include "raw_client.h"
#include "streams/credit.h"
#include "waiting.h"

namespace symphony::ipc {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;
using Direction = StreamOptions::Direction;
using WhenFull = StreamOptions::WhenFull;

std::chrono::steady_clock::time_point soon() { return std::chrono::steady_clock::now() + test::patience; }

/// A client with its loop on a thread of its own.
class Client {
 public:
  explicit Client(std::unique_ptr<ClientConnection> connection) : connection_(std::move(connection)) {}
  Client(Client&&) = default;
  ~Client() { stop(); }
  ClientConnection& operator*() const { return *connection_; }
  ClientConnection* operator->() const { return connection_.get(); }
  void run() {
    loop_ = std::jthread([this] { EXPECT_TRUE(connection_->run()); });
  }
  void stop() {
    if (loop_.joinable()) {
      connection_->stop();
      loop_.join();
    }
  }
  void disconnect() {
    stop();
    connection_.reset();
  }

 private:
  std::unique_ptr<ClientConnection> connection_;
  std::jthread loop_;
};

class StreamsTest : public ::testing::Test {
 protected:
  /// Who serves "server" and what it gets.
  StreamHandler taking(test::Arrivals<Stream>& streams) {
    return [&](const StreamOffer& offer) -> Result<StreamTaker> {
      offers.put(offer);
      if (offer.method == "numbers.refused") {
        return Error{ErrorCode::not_found, "There are no such numbers."};
      }
      return StreamTaker([&streams](Stream stream) { streams.put(std::move(stream)); });
    };
  }
  PeerOptions options(std::string endpoint) {
    PeerOptions peer;
    peer.endpoint = std::move(endpoint);
    peer.grants = {"server:numbers.*", "host:numbers.*", "client:numbers.*", "nobody:*"};
    peer.on_ready = [this] { ready.put(true); };
    return peer;
  }
  Client open(const std::string& endpoint) {
    std::array<int, 2> pair{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()), 0);
    EXPECT_TRUE(bus->attach(pair[0], options(endpoint)));
    Client opened(std::move(ClientConnection::open(pair[1], {"test", "1", ""}).value()));
    EXPECT_TRUE(ready.next());
    return opened;
  }
  Result<Stream> ask(Client& client, StreamRequest request) {
    auto outcome = std::make_shared<test::Arrivals<Result<Stream>>>();
    client->open_stream(std::move(request), [outcome](Result<Stream> stream) { outcome->put(std::move(stream)); });
    auto arrived = outcome->next();
    return arrived ? std::move(*arrived) : Result<Stream>(Error{ErrorCode::deadline_exceeded, "no answer"});
  }
  static StreamRequest numbers(std::string target, StreamOptions options = {}) {
    return {std::move(target), "numbers.all", options, {{"from", 1}}};
  }

  test::Arrivals<bool> ready;
  test::Arrivals<StreamOffer> offers;
  test::Arrivals<Stream> taken;
  std::unique_ptr<Bus> bus = test::make_bus();
};

void expect_numbers(StreamWriter& writer, StreamReader& reader, int count) {
  std::jthread sender([&] {
    for (int number = 0; number < count; ++number) {
      const auto sent = writer.send(std::string(static_cast<std::size_t>(number) % 300, 'x') + std::to_string(number));
      ASSERT_TRUE(sent) << sent.error().message;
      ASSERT_EQ(*sent, StreamEvent::done);
    }
    writer.close();
  });
  std::string message;
  for (int number = 0; number < count; ++number) {
    const auto got = reader.receive(message, soon());
    ASSERT_TRUE(got) << got.error().message;
    ASSERT_EQ(*got, StreamEvent::done) << number;
    ASSERT_EQ(message, std::string(static_cast<std::size_t>(number) % 300, 'x') + std::to_string(number));
  }
  const auto end = reader.receive(message, soon());
  ASSERT_TRUE(end) << end.error().message;
  EXPECT_EQ(*end, StreamEvent::ended);
}

TEST_F(StreamsTest, FromExtensionToExtension) {
  Client server = open("server");
  server->serve_streams(taking(taken));
  server.run();
  Client client = open("client");
  client.run();
  StreamOptions small;
  small.bytes = 4096;
  auto opened = ask(client, numbers("server", small));
  ASSERT_TRUE(opened) << opened.error().message;
  ASSERT_TRUE(opened->writer && !opened->reader);
  EXPECT_TRUE(opened->writer->uses_shared_memory());
  const auto offer = offers.next();
  EXPECT_EQ(offer->source, "client");
  EXPECT_EQ(offer->method, "numbers.all");
  EXPECT_EQ(offer->options.direction, Direction::receive) << "as the other side sees it";
  EXPECT_EQ(offer->params, (json{{"from", 1}}));
  auto stream = taken.next();
  ASSERT_TRUE(stream && stream->reader && !stream->writer);
  // Many times what the memory holds.
  expect_numbers(*opened->writer, *stream->reader, 5000);
}

TEST_F(StreamsTest, ToWhoeverOpensIt) {
  Client server = open("server");
  server->serve_streams(taking(taken));
  server.run();
  Client client = open("client");
  client.run();
  StreamOptions receiving;
  receiving.direction = Direction::receive;
  auto opened = ask(client, numbers("server", receiving));
  ASSERT_TRUE(opened && opened->reader);
  auto stream = taken.next();
  ASSERT_TRUE(stream->writer);
  expect_numbers(*stream->writer, *opened->reader, 3000);
}

TEST_F(StreamsTest, BetweenTheHostAndAnExtensionBothWays) {
  ASSERT_TRUE(bus->register_endpoint("host", [](const Incoming&, Responder) {}));
  ASSERT_TRUE(bus->serve_streams("host", taking(taken)));
  Client client = open("client");
  test::Arrivals<Stream> at_client;
  client->serve_streams(taking(at_client));
  client.run();
  auto opened = ask(client, numbers("host"));
  ASSERT_TRUE(opened) << opened.error().message;
  auto in_host = taken.next();
  EXPECT_TRUE(in_host->reader->uses_shared_memory());
  expect_numbers(*opened->writer, *in_host->reader, 2000);
  test::Arrivals<Result<Stream>> outcome;
  bus->open_stream("host", numbers("client"), [&](Result<Stream> stream) { outcome.put(std::move(stream)); });
  auto from_host = outcome.next();
  ASSERT_TRUE(from_host && *from_host);
  auto in_client = at_client.next();
  expect_numbers(*(*from_host)->writer, *in_client->reader, 2000);
}

TEST_F(StreamsTest, BetweenTwoEndpointsOfTheHost) {
  ASSERT_TRUE(bus->register_endpoint("host", [](const Incoming&, Responder) {}));
  ASSERT_TRUE(bus->serve_streams("host", taking(taken)));
  test::Arrivals<Result<Stream>> outcome;
  bus->open_stream("other", numbers("host"), [&](Result<Stream> stream) { outcome.put(std::move(stream)); });
  auto opened = outcome.next();
  ASSERT_TRUE(*opened) << opened->error().message;
  auto stream = taken.next();
  expect_numbers(*(*opened)->writer, *stream->reader, 2000);
}

TEST_F(StreamsTest, AnEventLoopIsToldWhenItIsItsTurn) {
  // Both ends live in loops: nobody blocks, everything goes by bells.
  Client server = open("server");
  test::Arrivals<std::string> got;
  test::Arrivals<bool> ended;
  std::optional<StreamReader> reader;
  server->serve_streams([&](const StreamOffer&) -> Result<StreamTaker> {
    return StreamTaker([&](Stream stream) {
      reader.emplace(std::move(*stream.reader));
      reader->for_each([&](std::string_view message) { got.put(std::string(message)); },
                       [&](const Result<void>& how) { ended.put(how.has_value()); });
    });
  });
  server.run();
  Client client = open("client");
  client.run();
  StreamOptions small;
  small.bytes = 4096;
  auto opened = ask(client, numbers("server", small));
  ASSERT_TRUE(opened);
  constexpr int count = 3000;
  int next = 0;
  std::function<void()> write = [&] {
    while (next < count) {
      const auto sent = opened->writer->try_send(std::string(100, 'y') + std::to_string(next));
      ASSERT_TRUE(sent);
      if (*sent == StreamEvent::timed_out) {
        opened->writer->when_room(write);
        return;
      }
      ++next;
    }
    opened->writer->close();
  };
  client->post(0ms, write);
  for (int number = 0; number < count; ++number) {
    const auto message = got.next();
    ASSERT_TRUE(message) << number;
    ASSERT_EQ(*message, std::string(100, 'y') + std::to_string(number));
  }
  EXPECT_EQ(ended.next(), true);
  server.stop();
  client.stop();
}

TEST_F(StreamsTest, IsRefusedWithTheReason) {
  Client server = open("server");
  server->serve_streams(taking(taken));
  server.run();
  Client client = open("client");
  client.run();
  EXPECT_EQ(ask(client, {"server", "numbers.refused", {}, nullptr}).error().code, ErrorCode::not_found);
  EXPECT_EQ(ask(client, {"server", "letters.all", {}, nullptr}).error().code, ErrorCode::permission_denied);
  EXPECT_EQ(ask(client, {"nobody", "numbers.all", {}, nullptr}).error().code, ErrorCode::endpoint_not_found);
  EXPECT_EQ(ask(client, {"client", "numbers.all", {}, nullptr}).error().code, ErrorCode::method_not_found);
  StreamOptions odd;
  odd.bytes = 5000;
  EXPECT_EQ(ask(client, numbers("server", odd)).error().code, ErrorCode::invalid_params);
  odd.bytes = 2 * limits::stream_ring_bytes;
  EXPECT_EQ(ask(client, numbers("server", odd)).error().code, ErrorCode::invalid_params);
  EXPECT_EQ(ask(client, {"server", "numbers.all", {}, json::array()}).error().code, ErrorCode::invalid_params);
  ASSERT_TRUE(bus->register_endpoint("host", [](const Incoming&, Responder) {}));
  EXPECT_EQ(ask(client, numbers("host")).error().code, ErrorCode::method_not_found);
  EXPECT_EQ(bus->serve_streams("server", {}).error().code, ErrorCode::invalid_request);
}

TEST_F(StreamsTest, ToItselfItIsRefused) {
  Client client = open("client");
  client->serve_streams(taking(taken));
  client.run();
  EXPECT_EQ(ask(client, numbers("client")).error().code, ErrorCode::invalid_request);
}

TEST_F(StreamsTest, HasALimitForEachConnection) {
  Client server = open("server");
  server->serve_streams(taking(taken));
  server.run();
  Client client = open("client");
  client.run();
  StreamOptions huge;
  huge.bytes = limits::stream_ring_bytes;
  std::vector<Stream> kept;
  for (std::size_t number = 0; number < limits::stream_bytes_per_peer / limits::stream_ring_bytes; ++number) {
    auto opened = ask(client, numbers("server", huge));
    ASSERT_TRUE(opened) << opened.error().message;
    kept.push_back(std::move(*opened));
  }
  EXPECT_EQ(ask(client, numbers("server", huge)).error().code, ErrorCode::overloaded);
  kept.pop_back();
  EXPECT_TRUE(ask(client, numbers("server", huge))) << "what one that ended had is free again";
  kept.clear();
  StreamOptions small;
  small.bytes = 4096;
  for (std::size_t number = 0; number < limits::streams_per_peer; ++number) {
    auto opened = ask(client, numbers("server", small));
    ASSERT_TRUE(opened) << opened.error().message;
    kept.push_back(std::move(*opened));
  }
  EXPECT_EQ(ask(client, numbers("server", small)).error().code, ErrorCode::overloaded);
}

TEST_F(StreamsTest, TheReaderMayEndItToo) {
  Client server = open("server");
  server->serve_streams(taking(taken));
  server.run();
  Client client = open("client");
  client.run();
  for (const bool with_reason : {false, true}) {
    StreamOptions small;
    small.bytes = 4096;
    auto opened = ask(client, numbers("server", small));
    ASSERT_TRUE(opened);
    auto stream = taken.next();
    std::jthread waiting([&] {
      // Until the stream is full, then it sleeps, then it is told.
      for (;;) {
        const auto sent = opened->writer->send(std::string(1000, 'z'));
        if (!sent || *sent == StreamEvent::ended) {
          break;
        }
      }
    });
    stream->reader->close(with_reason ? std::optional(Error{ErrorCode::resource_exhausted, "The disk is full."})
                                      : std::nullopt);
    waiting.join();
    // The reason comes through the connection, so a moment later perhaps.
    test::Arrivals<bool> told;
    opened->writer->when_room([&] { told.put(true); });
    EXPECT_TRUE(told.next());
  }
}

TEST_F(StreamsTest, APeerThatDiesIsAnErrorAfterWhatItSaid) {
  Client server = open("server");
  server->serve_streams(taking(taken));
  server.run();
  Client client = open("client");
  client.run();
  auto opened = ask(client, numbers("server"));
  ASSERT_TRUE(opened);
  auto stream = taken.next();
  ASSERT_TRUE(opened->writer->send("last words"));
  bus->disconnect("client", {ErrorCode::peer_disconnected, "gone"});
  std::string message;
  ASSERT_EQ(stream->reader->receive(message, soon()).value(), StreamEvent::done);
  EXPECT_EQ(message, "last words");
  const auto end = stream->reader->receive(message, soon());
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().code, ErrorCode::peer_disconnected);
  // And the other way round: who writes to a dead reader.
  Client again = open("again");
  again.run();
  auto second = ask(again, numbers("server"));
  ASSERT_TRUE(second);
  auto reader = taken.next();
  bus->disconnect("server", {ErrorCode::peer_disconnected, "gone"});
  for (;;) {
    const auto sent = second->writer->send(std::string(10'000, 'z'), soon());
    if (!sent) {
      EXPECT_EQ(sent.error().code, ErrorCode::peer_disconnected);
      break;
    }
    ASSERT_EQ(*sent, StreamEvent::done);
  }
}

TEST_F(StreamsTest, WhoSleepsInTheMemoryHearsOfADeathWithoutItsLoop) {
  Client server = open("server");
  server->serve_streams(taking(taken));
  server.run();
  Client client = open("client");
  client.run();
  auto opened = ask(client, numbers("server"));
  ASSERT_TRUE(opened);
  auto stream = taken.next();
  server.stop();  // from now on only this thread looks
  std::jthread killer([&] { bus->disconnect("client", {ErrorCode::peer_disconnected, "gone"}); });
  std::string message;
  const auto end = stream->reader->receive(message, soon());
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().code, ErrorCode::peer_disconnected);
}

TEST_F(StreamsTest, TheHostsEndEndsStreams) {
  Client server = open("server");
  server->serve_streams(taking(taken));
  server.run();
  Client client = open("client");
  client.run();
  auto opened = ask(client, numbers("server"));
  ASSERT_TRUE(opened);
  auto stream = taken.next();
  std::jthread closing([&] { bus.reset(); });
  std::string message;
  EXPECT_FALSE(stream->reader->receive(message, soon()));
  closing.join();
}

TEST_F(StreamsTest, DropsTheOldestWhereThatWasDeclared) {
  Client server = open("server");
  server->serve_streams(taking(taken));
  server.run();
  Client client = open("client");
  client.run();
  StreamOptions lossy;
  lossy.when_full = WhenFull::drop_oldest;
  lossy.bytes = 4096;
  auto opened = ask(client, numbers("server", lossy));
  ASSERT_TRUE(opened);
  auto stream = taken.next();
  for (int number = 0; number < 1000; ++number) {
    ASSERT_EQ(opened->writer->try_send(std::string(90, 'n') + std::to_string(number)).value(), StreamEvent::done);
  }
  opened->writer->close();
  EXPECT_GT(opened->writer->dropped(), 900U);
  std::string message;
  std::vector<std::string> got;
  for (;;) {
    const auto event = stream->reader->receive(message, soon());
    ASSERT_TRUE(event) << event.error().message;
    if (*event == StreamEvent::ended) {
      break;
    }
    got.push_back(message);
  }
  ASSERT_GT(got.size(), 10U);
  EXPECT_EQ(got.back(), std::string(90, 'n') + "999");
  EXPECT_EQ(got.size() + opened->writer->dropped(), 1000U);
  EXPECT_GE(stream->reader->dropped(), 1U);
}

/// A client without shared memory: the same stream through its socket.
class SocketStreamsTest : public StreamsTest {
 protected:
  test::RawClient greet(const std::string& endpoint) {
    auto raw = test::RawClient::attach(*bus, options(endpoint));
    json hello = test::RawClient::plain_hello();
    hello["features"] = {"streams"};
    hello["formats"] = {"json"};
    raw.send_hello(hello);
    const auto welcome = raw.receive();
    EXPECT_EQ(welcome->document().at("features"), (json{"streams"}));
    raw.expect(WireFeatures{.streams = true});
    EXPECT_TRUE(ready.next());
    return raw;
  }
  static std::uint64_t open_by_hand(test::RawClient& raw, json params) {
    raw.send_request(1, "bus", "bus.open_stream", params.dump());
    const auto answer = raw.receive();
    EXPECT_EQ(answer->kind, FrameKind::answer);
    EXPECT_EQ(answer->document().at("carrier"), "socket");
    return answer->document().at("stream");
  }
  static void send_message(test::RawClient& raw, std::uint64_t stream, std::string_view bytes) {
    Envelope frame;
    frame.kind = FrameKind::stream;
    frame.format = BodyFormat::bytes;
    frame.id = stream;
    frame.body = bytes;
    raw.send(frame);
  }
  static void send_credit(test::RawClient& raw, std::uint64_t stream, std::uint32_t bytes) {
    const auto encoded = encode_credit(bytes);
    Envelope frame;
    frame.kind = FrameKind::credit;
    frame.format = BodyFormat::bytes;
    frame.id = stream;
    frame.body = {encoded.data(), encoded.size()};
    raw.send(frame);
  }
};

TEST_F(SocketStreamsTest, CreditHoldsTheWriterAndNothingIsLost) {
  Client server = open("server");
  server->serve_streams(taking(taken));
  server.run();
  auto raw = greet("client");
  const auto id = open_by_hand(raw, {{"target", "server"}, {"method", "numbers.all"}, {"bytes", 4096}});
  auto stream = taken.next();
  ASSERT_TRUE(stream->reader);
  EXPECT_FALSE(stream->reader->uses_shared_memory());
  std::int64_t credit = 4096;
  std::string message;
  for (int number = 0; number < 500; ++number) {
    const std::string sent(200, static_cast<char>('a' + number % 26));
    while (credit <= 0) {
      const auto more = raw.receive();
      ASSERT_EQ(more->kind, FrameKind::credit);
      ASSERT_EQ(more->id, id);
      credit += decode_credit(more->body);
    }
    send_message(raw, id, sent);
    credit -= static_cast<std::int64_t>(sent.size() + limits::stream_message_overhead);
    ASSERT_EQ(stream->reader->receive(message, soon()).value(), StreamEvent::done);
    ASSERT_EQ(message, sent);
  }
  Envelope end;
  end.kind = FrameKind::end;
  end.id = id;
  raw.send(end);
  EXPECT_EQ(stream->reader->receive(message, soon()).value(), StreamEvent::ended);
}

TEST_F(SocketStreamsTest, AWriterOfOursWaitsForCredit) {
  Client server = open("server");
  server->serve_streams(taking(taken));
  server.run();
  auto raw = greet("client");
  const auto id =
      open_by_hand(raw, {{"target", "server"}, {"method", "numbers.all"}, {"bytes", 4096}, {"direction", "receive"}});
  auto stream = taken.next();
  ASSERT_TRUE(stream->writer);
  int sent = 0;
  while (stream->writer->try_send(std::string(480, 's')).value() == StreamEvent::done) {
    ++sent;
  }
  EXPECT_EQ(sent, 8) << "each counts 512";
  test::Arrivals<bool> room;
  stream->writer->when_room([&] { room.put(true); });
  for (int number = 0; number < sent; ++number) {
    const auto message = raw.receive();
    ASSERT_EQ(message->kind, FrameKind::stream);
    ASSERT_EQ(message->body, std::string(480, 's'));
  }
  send_credit(raw, id, 1024);
  EXPECT_TRUE(room.next());
  EXPECT_EQ(stream->writer->try_send("on").value(), StreamEvent::done);
  EXPECT_EQ(raw.receive()->body, "on");
  stream->writer->close();
  EXPECT_EQ(raw.receive()->kind, FrameKind::end);
}

TEST_F(SocketStreamsTest, WhoBreaksTheRulesLosesItsConnection) {
  Client server = open("server");
  server->serve_streams(taking(taken));
  server.run();
  int number = 0;
  const auto breaks = [&](const std::function<void(test::RawClient&, std::uint64_t)>& rule, const char* direction) {
    auto raw = greet("raw" + std::to_string(++number));
    const auto id =
        open_by_hand(raw, {{"target", "server"}, {"method", "numbers.all"}, {"bytes", 4096}, {"direction", direction}});
    auto stream = taken.next();
    rule(raw, id);
    for (;;) {
      const auto frame = raw.receive();
      ASSERT_TRUE(frame) << number;
      if (frame->kind == FrameKind::error) {
        EXPECT_EQ(frame->id, 0U);
        break;
      }
    }
    EXPECT_FALSE(raw.receive());
    // The other end hears of it.
    if (stream->reader) {
      std::string message;
      Result<StreamEvent> event = StreamEvent::done;
      while (event && *event == StreamEvent::done) {
        event = stream->reader->receive(message, soon());
      }
      EXPECT_EQ(event.error().code, ErrorCode::peer_disconnected);
    }
  };
  breaks(
      [](test::RawClient& raw, std::uint64_t id) {
        for (int message = 0; message < 100; ++message) {
          send_message(raw, id, std::string(1000, 'm'));
        }
      },
      "send");
  breaks([](test::RawClient& raw, std::uint64_t id) { send_credit(raw, id, 1); }, "send");
  breaks([](test::RawClient& raw, std::uint64_t id) { send_credit(raw, id, 1); }, "receive");
  breaks([](test::RawClient& raw, std::uint64_t id) { send_message(raw, id, "mine"); }, "receive");
  breaks([](test::RawClient& raw, std::uint64_t id) { raw.send_signal(FrameKind::bell, id); }, "send");
  // Another's stream.
  auto owner = greet("owner");
  const auto id = open_by_hand(owner, {{"target", "server"}, {"method", "numbers.all"}});
  auto stream = taken.next();
  auto thief = greet("thief");
  send_message(thief, id, "stolen");
  EXPECT_EQ(thief.receive()->kind, FrameKind::error);
  send_message(owner, id, "own");
  std::string message;
  EXPECT_EQ(stream->reader->receive(message, soon()).value(), StreamEvent::done);
  EXPECT_EQ(message, "own");
}

TEST_F(SocketStreamsTest, WhatIsOfAStreamThatHasEndedIsLateAndNothing) {
  Client server = open("server");
  server->serve_streams(taking(taken));
  server.run();
  auto raw = greet("client");
  send_message(raw, 12345, "to nobody");
  send_credit(raw, 12345, 1);
  raw.send_signal(FrameKind::bell, 12345);
  const auto id = open_by_hand(raw, {{"target", "server"}, {"method", "numbers.all"}});
  taken.next()->reader->close();
  EXPECT_EQ(raw.receive()->kind, FrameKind::end);
  send_message(raw, id, "late");
  raw.send_signal(FrameKind::ping, 7);
  EXPECT_EQ(raw.receive()->kind, FrameKind::pong);
}

TEST_F(SocketStreamsTest, DropsTheOldestWhileTheReaderGivesNoCredit) {
  Client server = open("server");
  server->serve_streams(taking(taken));
  server.run();
  auto raw = greet("client");
  const auto id = open_by_hand(raw, {{"target", "server"},
                                     {"method", "numbers.all"},
                                     {"bytes", 4096},
                                     {"direction", "receive"},
                                     {"when_full", "drop_oldest"}});
  auto stream = taken.next();
  for (int number = 0; number < 1000; ++number) {
    ASSERT_EQ(stream->writer->try_send(std::string(480, 'd') + std::to_string(number)).value(), StreamEvent::done);
  }
  EXPECT_GT(stream->writer->dropped(), 900U);
  std::string last;
  std::size_t got = 0;
  std::uint32_t unpaid = 0;
  while (last != std::string(480, 'd') + "999") {
    const auto message = raw.receive();
    ASSERT_EQ(message->kind, FrameKind::stream);
    last = message->body;
    ++got;
    unpaid += static_cast<std::uint32_t>(last.size() + limits::stream_message_overhead);
    if (unpaid >= 1024) {
      send_credit(raw, id, std::exchange(unpaid, 0));
    }
  }
  EXPECT_EQ(got + stream->writer->dropped(), 1000U);
}

TEST_F(SocketStreamsTest, AClientThatDoesNotKnowStreamsIsSpokenToAsBefore) {
  auto raw = test::RawClient::attach(*bus, options("server"));
  raw.greet();
  EXPECT_TRUE(ready.next());
  raw.send_request(1, "bus", "bus.open_stream", R"({"target":"server","method":"numbers.all"})");
  EXPECT_EQ(raw.receive()->error().code, ErrorCode::invalid_request);
  // It may even say yes: the stream then comes to nothing.
  Client client = open("client");
  client.run();
  test::Arrivals<Result<Stream>> outcome;
  client->open_stream(numbers("server"), [&](Result<Stream> stream) { outcome.put(std::move(stream)); });
  const auto offer = raw.receive();
  ASSERT_EQ(offer->method, "stream.offer");
  EXPECT_EQ(offer->source, "bus");
  raw.send_answer(offer->id);
  EXPECT_EQ(outcome.next()->error().code, ErrorCode::invalid_request);
  raw.send_signal(FrameKind::stream, 1);
  EXPECT_EQ(raw.receive()->kind, FrameKind::error) << "a frame that was not agreed on is malformed";
}

}  // namespace
}  // namespace symphony::ipc
