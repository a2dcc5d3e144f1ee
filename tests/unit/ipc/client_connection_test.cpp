#include <symphony/ipc/client_connection.h>

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <thread>

#include <symphony/descriptor/descriptor.h>

#include "frame_layout.h"
#include "waiting.h"

namespace symphony::ipc {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

class ClientConnectionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(bus->register_endpoint(
        "echo", [](Incoming incoming, Responder responder) { responder.answer(std::move(incoming.body)); }));
    ASSERT_TRUE(bus->register_endpoint("silent", [this](Incoming incoming, Responder responder) {
      asked.put({std::move(incoming), std::make_shared<Responder>(std::move(responder))});
    }));
    client = open("client");
  }
  std::unique_ptr<ClientConnection> open(const std::string& endpoint) {
    std::array<int, 2> pair{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()), 0);
    PeerOptions peer;
    peer.endpoint = endpoint;
    peer.grants = {"echo:*", "silent:*", "client:*"};
    peer.on_ready = [this] { ready.put(true); };
    EXPECT_TRUE(bus->attach(pair[0], std::move(peer)));
    auto opened = std::move(ClientConnection::open(pair[1], {"test", "1", ""}).value());
    EXPECT_TRUE(ready.next());
    return opened;
  }

  test::Arrivals<bool> ready;
  test::Arrivals<Result<Payload>> replies;
  test::Arrivals<std::pair<Incoming, std::shared_ptr<Responder>>> asked;
  std::unique_ptr<Bus> bus = test::make_bus();
  std::unique_ptr<ClientConnection> client;
};

TEST_F(ClientConnectionTest, AsksAndLearnsItsAddress) {
  EXPECT_EQ(client->endpoint(), "client");
  EXPECT_EQ(test::document_of(client->ask({"echo", "say", json{{"a", 1}}})), (json{{"a", 1}}));
  EXPECT_EQ(client->ask({"nobody", "say", {}}).error().code, ErrorCode::permission_denied);
  EXPECT_EQ(client->ask({"Bad Target", "say", {}}).error().code, ErrorCode::invalid_params);
  EXPECT_EQ(client->ask({"echo", "say", json(std::string((64U << 20U) + 1, 'x'))}).error().code,
            ErrorCode::payload_too_large);
}

TEST_F(ClientConnectionTest, LargeBodiesPassBothWays) {
  const json large(std::string(15U << 20U, 'x'));
  EXPECT_EQ(test::document_of(client->ask({"echo", "say", large})), large);
}

TEST_F(ClientConnectionTest, ServesRequestsAndNotificationsInOrder) {
  std::vector<std::string> seen;
  client->on_message([&](const Incoming& incoming, Responder responder) {
    seen.push_back(incoming.method + (incoming.is_request ? "?" : "!"));
    if (incoming.is_request) {
      responder.answer(json(seen));
      client->stop();
    }
  });
  bus->notify("test", {"client", "one", {}});
  bus->notify("test", {"client", "two", {}});
  bus->send_request("test", {"client", "three", {}}, {},
                    [&](Result<Payload> outcome) { replies.put(std::move(outcome)); });
  ASSERT_TRUE(client->run());
  EXPECT_EQ(test::document_of(*replies.next()), (json{"one!", "two!", "three?"}));
}

TEST_F(ClientConnectionTest, WithoutAHandlerItHasNoMethods) {
  bus->send_request("test", {"client", "m", {}}, {}, [&](Result<Payload> outcome) {
    replies.put(std::move(outcome));
    client->stop();
  });
  ASSERT_TRUE(client->run());
  EXPECT_EQ(replies.next()->error().code, ErrorCode::method_not_found);
}

TEST_F(ClientConnectionTest, AStopTokenStopsWhenTheSenderCancels) {
  RequestId request{};
  client->on_message([&](const Incoming& incoming, Responder responder) {
    // Kept unanswered until the cancel arrives.
    auto kept = std::make_shared<Responder>(std::move(responder));
    auto stopped = std::make_shared<std::optional<std::stop_callback<std::function<void()>>>>();
    stopped->emplace(incoming.stop, [&, kept] { client->stop(); });
    client->post(0ms, [&] { bus->cancel(request); });
    client->post(1h, [stopped] {});
  });
  request = bus->send_request("test", {"client", "m", {}}, {},
                              [&](Result<Payload> outcome) { replies.put(std::move(outcome)); });
  ASSERT_TRUE(client->run());
  EXPECT_EQ(replies.next()->error().code, ErrorCode::cancelled);
  client.reset();
}

TEST_F(ClientConnectionTest, DeadlinesAndCancelWork) {
  SendOptions soon;
  soon.deadline = 5ms;
  EXPECT_EQ(client->ask({"silent", "m", {}}, soon).error().code, ErrorCode::deadline_exceeded);
  bool replied = false;
  const RequestId request = client->send_request({"silent", "m", {}}, {}, [&](const Result<Payload>& outcome) {
    EXPECT_EQ(outcome.error().code, ErrorCode::cancelled);
    replied = true;
  });
  const auto expired = asked.next();
  const auto waiting = asked.next();
  client->cancel(request);
  EXPECT_TRUE(replied);
  test::Arrivals<bool> stopped;
  const std::stop_callback callback(waiting->first.stop, [&] { stopped.put(true); });
  EXPECT_TRUE(stopped.next());
}

TEST_F(ClientConnectionTest, OtherThreadsMaySend) {
  std::jthread loop([&] { EXPECT_TRUE(client->run()); });
  test::Arrivals<json> answers;
  std::vector<std::jthread> senders;
  for (int thread = 0; thread < 3; ++thread) {
    senders.emplace_back([&, thread] {
      for (int index = 0; index < 200; ++index) {
        client->send_request({"echo", "say", json(thread * 1000 + index)}, {},
                             [&](const Result<Payload>& outcome) { answers.put(test::document_of(outcome)); });
      }
    });
  }
  for (int index = 0; index < 600; ++index) {
    ASSERT_TRUE(answers.next());
  }
  senders.clear();
  client->stop();
}

TEST_F(ClientConnectionTest, WatchesAndTimers) {
  const Descriptor event(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  std::string order;
  client->watch(event.get(), [&] {
    std::uint64_t value = 0;
    ASSERT_EQ(::read(event.get(), &value, sizeof value), 8);
    order += "watch ";
    client->unwatch(event.get());
    client->stop();
  });
  client->post(2ms, [&] {
    order += "second ";
    const std::uint64_t one = 1;
    ASSERT_EQ(::write(event.get(), &one, sizeof one), 8);
  });
  client->post(1ms, [&] { order += "first "; });
  ASSERT_TRUE(client->run());
  EXPECT_EQ(order, "first second watch ");
}

TEST_F(ClientConnectionTest, ADescriptorClosedWithoutUnwatchIsDropped) {
  int calls = 0;
  {
    const Descriptor event(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    client->watch(event.get(), [&] { ++calls; });
  }
  client->post(20ms, [&] { client->stop(); });
  ASSERT_TRUE(client->run());
  EXPECT_EQ(calls, 0);
}

TEST_F(ClientConnectionTest, TheHostsEndIsAnEndNotAFault) {
  bool failed = false;
  client->send_request({"silent", "m", {}}, {}, [&](const Result<Payload>& outcome) {
    EXPECT_EQ(outcome.error().code, ErrorCode::peer_disconnected);
    failed = true;
  });
  const auto unanswered = asked.next();
  bus.reset();
  EXPECT_TRUE(client->run());
  EXPECT_TRUE(failed);
  EXPECT_EQ(client->ask({"echo", "say", {}}).error().code, ErrorCode::peer_disconnected);
}

TEST_F(ClientConnectionTest, ABodyThatDoesNotDecodeFailsOnlyItsRequest) {
  client->on_message([&](const Incoming& incoming, Responder responder) {
    const auto document = incoming.body.document();
    document ? responder.answer(*document) : responder.fail(document.error());
    client->stop();
  });
  bus->send_request("test", {"client", "m", Payload::from_bytes(BodyFormat::msgpack, "\xC1")}, {},
                    [&](Result<Payload> outcome) { replies.put(std::move(outcome)); });
  ASSERT_TRUE(client->run());
  EXPECT_EQ(replies.next()->error().code, ErrorCode::parse_error);
}

TEST(ClientConnectionOpen, SaysWhyItFailed) {
  std::array<int, 2> pair{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()), 0);
  ::close(pair[0]);
  EXPECT_EQ(ClientConnection::open(pair[1], {"test", "1", ""}).error().code, ErrorCode::peer_disconnected);
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()), 0);
  const Descriptor theirs(pair[0]);
  ASSERT_GT(::send(pair[0], std::string(64, 'x').data(), 64, 0), 0);
  EXPECT_EQ(ClientConnection::open(pair[1], {"test", "1", ""}).error().code, ErrorCode::parse_error);
}

}  // namespace
}  // namespace symphony::ipc
