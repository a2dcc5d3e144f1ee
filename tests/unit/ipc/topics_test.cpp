#include "topics.h"

#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "raw_client.h"
#include "waiting.h"

namespace symphony::ipc {
namespace {

using nlohmann::json;
using test::RawClient;

class TopicsTest : public ::testing::Test {
 protected:
  RawClient connect(const std::string& endpoint, std::vector<std::string> grants = {"subscribe:*", "publish:*"},
                    const char* format = "json") {
    PeerOptions peer;
    peer.endpoint = endpoint;
    peer.grants = std::move(grants);
    peer.on_closed = [this](const Error& reason) { closed.put(reason); };
    RawClient client = RawClient::attach(*bus, std::move(peer));
    client.greet(format);
    return client;
  }
  static test::ReceivedFrame ask(RawClient& client, std::string_view method, const json& params) {
    client.send_request(77, "bus", method, params.dump());
    return client.receive().value();
  }
  static void publish(RawClient& client, std::string_view topic, std::string_view body) {
    Envelope frame;
    frame.format = BodyFormat::json;
    frame.target = "bus";
    frame.method = topic;
    frame.body = body;
    client.send(frame);
  }
  SubscriptionStatistics of(std::string_view subscriber) {
    for (const auto& subscription : bus->statistics().subscriptions) {
      if (subscription.subscriber == subscriber) {
        return subscription;
      }
    }
    return {};
  }

  test::Arrivals<Error> closed;
  std::unique_ptr<Bus> bus = test::make_bus();
};

TEST(Topic, PatternsAreCheckedAndMatched) {
  for (const char* good : {"a", "files.changed", "files.*", "*", "a.b.*"}) {
    EXPECT_TRUE(check_topic_pattern(good)) << good;
  }
  for (const char* bad : {"", ".*x", "a*", "**", "*.a", "A", "a/b"}) {
    EXPECT_FALSE(check_topic_pattern(bad)) << bad;
  }
  EXPECT_FALSE(check_topic_pattern(std::string(127, 'a')));
  EXPECT_TRUE(topic_matches("files.*", "files.changed"));
  EXPECT_FALSE(topic_matches("files.*", "files"));
  EXPECT_FALSE(topic_matches("files.*", "filesystem.full"));
  EXPECT_TRUE(topic_matches("*", "anything"));
  EXPECT_FALSE(topic_matches("a", "ab"));
}

TEST(Topic, ParametersAreReadOrRefused) {
  const TopicSubscription wanted{"files.*", {TopicPolicy::WhenFull::latest_wins, 4096}};
  const auto read = read_subscription(subscription_document(wanted));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->pattern, "files.*");
  EXPECT_EQ(read->policy.when_full, TopicPolicy::WhenFull::latest_wins);
  EXPECT_EQ(read->policy.queue_bytes, 4096U);
  for (const json& bad : {json(), json::object(), json{{"topic", 1}}, json{{"topic", "a"}, {"when_full", "never"}},
                          json{{"topic", "a"}, {"queue_bytes", 1}}, json{{"topic", "a"}, {"queue_bytes", -1}},
                          json{{"topic", "a"}, {"queue_bytes", 1ULL << 40U}}}) {
    const auto refused = read_subscription(bad);
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_params) << bad;
  }
}

TEST_F(TopicsTest, WhatIsPublishedReachesWhoSubscribed) {
  RawClient reader = connect("reader");
  RawClient other = connect("other", {"subscribe:*"}, "msgpack");
  RawClient writer = connect("writer");
  EXPECT_EQ(ask(reader, "bus.subscribe", {{"topic", "files.*"}}).kind, FrameKind::answer);
  EXPECT_EQ(ask(other, "bus.subscribe", {{"topic", "files.changed"}}).kind, FrameKind::answer);
  publish(writer, "files.changed", R"({"path":"a"})");
  publish(writer, "weather", "1");
  for (RawClient* client : {&reader, &other}) {
    const auto frame = client->receive();
    EXPECT_EQ(frame->kind, FrameKind::notification);
    EXPECT_EQ(frame->target, "topic");
    EXPECT_EQ(frame->method, "files.changed");
    EXPECT_EQ(frame->source, "writer");
    EXPECT_EQ(frame->document(), (json{{"path", "a"}}));
  }
  ASSERT_TRUE(bus->publish("conductor", "files.closed", json(2)));
  EXPECT_EQ(reader.receive()->document(), 2);
  EXPECT_EQ(ask(reader, "bus.unsubscribe", {{"topic", "files.*"}}).kind, FrameKind::answer);
  EXPECT_EQ(ask(reader, "bus.unsubscribe", {{"topic", "files.*"}}).error().code, ErrorCode::not_found);
  EXPECT_EQ(ask(reader, "bus.dance", json::object()).error().code, ErrorCode::method_not_found);
  EXPECT_EQ(bus->statistics().published, 3U);
}

TEST_F(TopicsTest, AnEndpointInThisProcessIsCalledOnTheBusThread) {
  test::Arrivals<std::pair<std::string, json>> seen;
  ASSERT_TRUE(bus->register_endpoint("keeper", [&](const Incoming& incoming, Responder) {
    EXPECT_TRUE(bus->on_bus_thread());
    EXPECT_TRUE(incoming.published);
    EXPECT_FALSE(incoming.is_request);
    seen.put({incoming.source + " " + incoming.method, incoming.body.document().value()});
  }));
  ASSERT_TRUE(bus->subscribe("keeper", "a.*"));
  ASSERT_TRUE(bus->publish("test", "a.b", json(1)));
  EXPECT_EQ(seen.next(), std::make_pair(std::string("test a.b"), json(1)));
  bus->unsubscribe("keeper", "a.*");
  ASSERT_TRUE(bus->publish("test", "a.b", json(2)));
  ASSERT_TRUE(bus->subscribe("keeper", "a.c"));
  ASSERT_TRUE(bus->publish("test", "a.c", json(3)));
  EXPECT_EQ(seen.next()->second, 3);
  EXPECT_EQ(bus->subscribe("nobody", "a").error().code, ErrorCode::endpoint_not_found);
  EXPECT_EQ(bus->subscribe("keeper", "A").error().code, ErrorCode::invalid_params);
  EXPECT_EQ(bus->publish("test", "A", {}).error().code, ErrorCode::invalid_params);
  bus->unregister_endpoint("keeper");
  ASSERT_TRUE(bus->publish("test", "a.c", json(4)));
}

TEST_F(TopicsTest, BothSidesNeedTheCapability) {
  RawClient reader = connect("reader", {"subscribe:files.*"});
  RawClient writer = connect("writer", {"publish:files.changed"});
  const Error refused = ask(reader, "bus.subscribe", {{"topic", "*"}}).error();
  EXPECT_EQ(refused.code, ErrorCode::permission_denied);
  EXPECT_EQ(refused.data["capability"], "subscribe:*");
  EXPECT_EQ(ask(reader, "bus.subscribe", {{"topic", "files"}}).error().code, ErrorCode::permission_denied);
  EXPECT_EQ(ask(reader, "bus.subscribe", {{"topic", "files.*"}}).kind, FrameKind::answer);
  publish(writer, "files.closed", "1");
  publish(writer, "files.changed", "2");
  EXPECT_EQ(reader.receive()->document(), 2);
  for (const char* reserved : {"bus", "topic", "publish", "subscribe"}) {
    EXPECT_EQ(bus->register_endpoint(reserved, [](const Incoming&, Responder) {}).error().code,
              ErrorCode::invalid_request);
  }
}

TEST_F(TopicsTest, ASlowReaderLosesTheOldestAndSlowsNobody) {
  RawClient slow = connect("slow");
  RawClient quick = connect("quick");
  ask(slow, "bus.subscribe", {{"topic", "t"}, {"queue_bytes", 300'000}});
  ask(quick, "bus.subscribe", {{"topic", "t"}});
  const std::string padding(100'000, 'x');
  constexpr int count = 100;
  for (int index = 0; index < count; ++index) {
    ASSERT_TRUE(bus->publish("test", "t", json{index, padding}));
    EXPECT_EQ(quick.receive()->document()[0], index);
  }
  const SubscriptionStatistics shown = of("slow");
  EXPECT_GT(shown.dropped, 50U);
  EXPECT_LE(shown.queued_bytes, 300'000U);
  EXPECT_EQ(of("quick").dropped, 0U);
  // What it reads at last is in order, and ends with the newest.
  int last = -1;
  std::uint64_t received = 0;
  while (last != count - 1) {
    const int index = slow.receive()->document()[0];
    EXPECT_GT(index, last);
    last = index;
    ++received;
  }
  EXPECT_EQ(received + shown.dropped, static_cast<std::uint64_t>(count));
}

TEST_F(TopicsTest, TheLatestOfEachTopicWins) {
  RawClient slow = connect("slow");
  ask(slow, "bus.subscribe", {{"topic", "*"}, {"when_full", "latest_wins"}, {"queue_bytes", 8'388'608}});
  const std::string padding(1'500'000, 'x');
  ASSERT_TRUE(bus->publish("test", "filler", json(padding)));
  ASSERT_TRUE(bus->publish("test", "filler.more", json(padding)));
  for (int index = 0; index < 50; ++index) {
    ASSERT_TRUE(bus->publish("test", "a", json(index)));
    ASSERT_TRUE(bus->publish("test", "b", json(index)));
  }
  // The bus has handed out everything once it answers behind it.
  test::Arrivals<bool> handed_out;
  ASSERT_TRUE(bus->register_endpoint("probe", [&](const Incoming&, Responder) { handed_out.put(true); }));
  ASSERT_TRUE(bus->subscribe("probe", "end"));
  ASSERT_TRUE(bus->publish("test", "end", json(0)));
  ASSERT_TRUE(handed_out.next());
  std::vector<std::string> small;
  for (;;) {
    const auto frame = slow.receive();
    if (frame->method == "end") {
      break;
    }
    if (!frame->method.starts_with("filler")) {
      small.push_back(frame->method + frame->body);
    }
  }
  EXPECT_EQ(small, (std::vector<std::string>{"a49", "b49"}));
}

TEST_F(TopicsTest, WhoWouldRatherNotMissAnythingIsDisconnected) {
  RawClient slow = connect("slow");
  ask(slow, "bus.subscribe", {{"topic", "t"}, {"when_full", "disconnect"}, {"queue_bytes", 4096}});
  const std::string padding(100'000, 'x');
  for (int index = 0; index < 60; ++index) {
    ASSERT_TRUE(bus->publish("test", "t", json(padding)));
  }
  EXPECT_EQ(closed.next()->code, ErrorCode::overloaded);
  EXPECT_TRUE(bus->statistics().subscriptions.empty());
}

TEST_F(TopicsTest, SubscriptionsHaveALimitAndEndWithTheirConnection) {
  RawClient reader = connect("reader");
  for (std::size_t index = 0; index < limits::subscriptions_per_peer; ++index) {
    ASSERT_EQ(ask(reader, "bus.subscribe", {{"topic", "t" + std::to_string(index)}}).kind, FrameKind::answer);
  }
  EXPECT_EQ(ask(reader, "bus.subscribe", {{"topic", "more"}}).error().code, ErrorCode::overloaded);
  EXPECT_EQ(ask(reader, "bus.subscribe", {{"topic", "t0"}, {"when_full", "latest_wins"}}).kind, FrameKind::answer);
  reader.close();
  EXPECT_TRUE(closed.next());
  EXPECT_TRUE(bus->statistics().subscriptions.empty());
}

TEST_F(TopicsTest, PublishersOnManyThreadsKeepTheirOrder) {
  RawClient reader = connect("reader");
  ask(reader, "bus.subscribe", {{"topic", "*"}, {"queue_bytes", 8'388'608}});
  constexpr int per_publisher = 1000;
  std::vector<std::jthread> publishers;
  for (const char* source : {"one", "two", "three"}) {
    publishers.emplace_back([this, source] {
      for (int index = 0; index < per_publisher; ++index) {
        EXPECT_TRUE(bus->publish(source, "t", json(index)));
      }
    });
  }
  std::map<std::string, int> next;
  for (int index = 0; index < 3 * per_publisher; ++index) {
    const auto frame = reader.receive();
    ASSERT_EQ(frame->document(), next[frame->source]++);
  }
}

}  // namespace
}  // namespace symphony::ipc
