#include "instance_group.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <set>
#include <thread>
#include <tuple>

#include <symphony/ipc/limits.h>

#include "call.h"
#include "raw_client.h"
#include "waiting.h"

namespace symphony::ipc {
namespace {

using nlohmann::json;
using test::RawClient;
using namespace std::chrono_literals;

/// Processes behind the endpoint "pool", and "asker", a process that may ask them.
class InstanceGroupTest : public ::testing::Test {
 protected:
  RawClient connect(const std::string& instance, std::uint32_t weight = 1, const std::string& version = "") {
    PeerOptions peer;
    peer.endpoint = "pool";
    peer.instance = instance;
    peer.weight = weight;
    peer.version = version;
    peer.grants = {"keeper:*"};
    peer.on_ready = [this] { ready.put(true); };
    peer.on_closed = [this, instance](const Error&) { closed.put(instance); };
    RawClient client = RawClient::attach(*bus, std::move(peer));
    client.greet();
    EXPECT_TRUE(ready.next());
    return client;
  }
  RawClient connect_asker() {
    PeerOptions peer;
    peer.endpoint = "asker";
    peer.grants = {"pool:*"};
    RawClient client = RawClient::attach(*bus, std::move(peer));
    client.greet();
    return client;
  }
  RequestId send(std::string source = "test", SendOptions options = {}, std::string method = "work") {
    return bus->send_request(std::move(source), {"pool", std::move(method), json::object()}, std::move(options),
                             [this](Result<Payload> outcome) { replies.put(std::move(outcome)); });
  }
  /// Frames that wait at `client`, told by a ping that the host answers behind them.
  static std::vector<test::ReceivedFrame> drain(RawClient& client) {
    std::vector<test::ReceivedFrame> frames;
    client.send_signal(FrameKind::ping, 77);
    for (;;) {
      auto frame = client.receive();
      if (!frame || frame->kind == FrameKind::pong) {
        return frames;
      }
      frames.push_back(std::move(*frame));
    }
  }
  EndpointStatistics pool() {
    for (const auto& endpoint : bus->statistics().endpoints) {
      if (endpoint.id == "pool") {
        return endpoint;
      }
    }
    return {};
  }
  static SendOptions idempotent() {
    SendOptions options;
    options.idempotent = true;
    return options;
  }

  test::Arrivals<bool> ready;
  test::Arrivals<std::string> closed;
  test::Arrivals<Result<Payload>> replies;
  std::unique_ptr<Bus> bus = test::make_bus();
};

TEST_F(InstanceGroupTest, TheLeastLoadedIsChosenAndIdleOnesTakeTurns) {
  RawClient first = connect("a");
  RawClient second = connect("b");
  for (int index = 0; index < 10; ++index) {
    send();
  }
  EXPECT_EQ(drain(first).size(), 5U);
  auto at_second = drain(second);
  ASSERT_EQ(at_second.size(), 5U);
  // The second is done with its own: the next five are its.
  for (const auto& request : at_second) {
    second.send_answer(request.id);
    ASSERT_TRUE(replies.next());
  }
  for (int index = 0; index < 5; ++index) {
    send();
  }
  EXPECT_EQ(drain(first).size(), 0U);
  EXPECT_EQ(drain(second).size(), 5U);
}

TEST_F(InstanceGroupTest, WeightsAreKeptExactlyAndMixed) {
  RawClient first = connect("a", 3, "1.0");
  RawClient second = connect("b", 1, "2.0");
  RawClient third = connect("c", 0);
  ASSERT_TRUE(bus->set_group("pool", {Balance::weighted, "source"}));
  for (int index = 0; index < 40; ++index) {
    send();
  }
  EXPECT_EQ(drain(first).size(), 30U);
  EXPECT_EQ(drain(second).size(), 10U);
  EXPECT_EQ(drain(third).size(), 0U);
  ASSERT_TRUE(bus->set_weight("pool", "a", 0));
  send();
  EXPECT_EQ(drain(second).size(), 1U);
  const EndpointStatistics shown = pool();
  ASSERT_EQ(shown.instances.size(), 3U);
  EXPECT_EQ(shown.instances[0].outstanding, 30U);
  EXPECT_EQ(shown.instances[1].requests, 11U);
  ASSERT_EQ(shown.versions.size(), 2U);
  EXPECT_EQ(shown.versions[1].version, "2.0");
  EXPECT_EQ(shown.versions[1].requests, 11U);
  EXPECT_EQ(shown.pending, 41U);
}

TEST_F(InstanceGroupTest, AStickySenderKeepsItsInstanceWhenOthersComeAndGo) {
  std::map<std::string, RawClient> clients;
  for (const char* name : {"a", "b", "c"}) {
    clients.emplace(name, connect(name));
  }
  ASSERT_TRUE(bus->set_group("pool", {Balance::sticky, "source"}));
  const auto ask_all = [&] {
    std::map<std::string, std::string> who;
    for (int index = 0; index < 60; ++index) {
      send("user-" + std::to_string(index));
    }
    for (auto& [name, client] : clients) {
      for (const auto& frame : drain(client)) {
        who[frame.source] = name;
      }
    }
    return who;
  };
  const auto before = ask_all();
  ASSERT_EQ(before.size(), 60U);
  EXPECT_EQ(ask_all(), before);
  clients.at("b").close();
  clients.erase("b");
  ASSERT_EQ(closed.next(), "b");
  std::set<std::string> used;
  for (const auto& [user, name] : ask_all()) {
    used.insert(before.at(user));
    if (before.at(user) != "b") {
      EXPECT_EQ(name, before.at(user)) << user;
    }
  }
  EXPECT_EQ(used.size(), 3U);
  EXPECT_EQ(bus->set_group("pool", {Balance::sticky, "moon"}).error().code, ErrorCode::invalid_params);
}

TEST_F(InstanceGroupTest, ADeadInstanceFailsOnlyWhatItOwed) {
  RawClient first = connect("a");
  RawClient second = connect("b");
  for (int index = 0; index < 4; ++index) {
    send();
  }
  const auto owed = drain(second);
  ASSERT_EQ(owed.size(), 2U);
  ASSERT_EQ(drain(first).size(), 2U);
  first.close();
  EXPECT_EQ(replies.next()->error().code, ErrorCode::peer_disconnected);
  EXPECT_EQ(replies.next()->error().code, ErrorCode::peer_disconnected);
  ASSERT_EQ(closed.next(), "a");
  send();
  EXPECT_EQ(drain(second).size(), 1U);
  second.send_answer(owed[0].id);
  EXPECT_TRUE(replies.next()->has_value());
  EXPECT_EQ(pool().state, "ready");
}

TEST_F(InstanceGroupTest, OnlyTheInstanceThatWasAskedMayAnswer) {
  RawClient first = connect("a");
  RawClient second = connect("b");
  SendOptions to_first;
  to_first.instance = "a";
  send("test", to_first);
  const auto request = first.receive();
  second.send_answer(request->id, "\"forged\"");
  drain(second);
  first.send_answer(request->id, "\"mine\"");
  EXPECT_EQ(test::document_of(*replies.next()), "mine");
}

TEST_F(InstanceGroupTest, AHoldLosesAndReordersNothing) {
  RawClient old = connect("old");
  RawClient asker = connect_asker();
  bus->notify("test", {"pool", "n0", {}});
  ASSERT_TRUE(bus->hold("pool"));
  bus->notify("test", {"pool", "n1", {}});
  send("test", {}, "r2");
  asker.send_request(5, "pool", "r3");
  drain(asker);
  SendOptions past;
  past.instance = "old";
  send("test", past, "contract.snapshot");
  EXPECT_EQ(pool().parked, 3U);
  std::vector<std::string> at_old;
  for (const auto& frame : drain(old)) {
    at_old.push_back(frame.method);
  }
  EXPECT_EQ(at_old, (std::vector<std::string>{"n0", "contract.snapshot"}));
  RawClient fresh = connect("fresh");
  ASSERT_TRUE(bus->set_weight("pool", "old", 0));
  ASSERT_TRUE(bus->resume("pool"));
  bus->notify("test", {"pool", "n4", {}});
  std::vector<std::string> at_fresh;
  for (int index = 0; index < 4; ++index) {
    at_fresh.push_back(fresh.receive()->method);
  }
  EXPECT_EQ(at_fresh, (std::vector<std::string>{"n1", "r2", "r3", "n4"}));
  EXPECT_EQ(drain(old).size(), 0U);
  EXPECT_EQ(pool().parked, 0U);
}

TEST_F(InstanceGroupTest, WhatIsParkedKeepsItsDeadlineAndMayBeTakenBack) {
  RawClient client = connect("a");
  ASSERT_TRUE(bus->hold("pool"));
  SendOptions soon;
  soon.deadline = 5ms;
  send("test", soon);
  EXPECT_EQ(replies.next()->error().code, ErrorCode::deadline_exceeded);
  const RequestId second = send();
  bus->cancel(second);
  EXPECT_EQ(replies.next()->error().code, ErrorCode::cancelled);
  SendOptions later;
  later.deadline = 10min;
  send("test", later, "third");
  ASSERT_TRUE(bus->resume("pool"));
  // Neither the others nor a cancel of what it never saw.
  const auto frame = client.receive();
  EXPECT_EQ(frame->method, "third");
  EXPECT_LE(frame->deadline_ms, 600000U);
  EXPECT_EQ(drain(client).size(), 0U);
}

TEST_F(InstanceGroupTest, AHoldHasALimitAndWhatWasGivenUpTakesNoRoom) {
  RawClient client = connect("a");
  ASSERT_TRUE(bus->hold("pool"));
  const RequestId first = send();
  for (std::size_t index = 1; index < limits::parked_messages; ++index) {
    bus->notify("test", {"pool", "n", {}});
  }
  EXPECT_EQ(send().value, 0U);
  EXPECT_EQ(replies.next()->error().code, ErrorCode::overloaded);
  bus->cancel(first);
  EXPECT_EQ(replies.next()->error().code, ErrorCode::cancelled);
  EXPECT_NE(send().value, 0U);
  bus.reset();
  EXPECT_EQ(replies.next()->error().code, ErrorCode::endpoint_unavailable);
}

TEST_F(InstanceGroupTest, AHoldBetweenThreadsKeepsEachSendersOrder) {
  RawClient client = connect("a");
  constexpr int per_sender = 400;
  std::vector<std::jthread> senders;
  for (const char* source : {"one", "two"}) {
    senders.emplace_back([this, source] {
      for (int index = 0; index < per_sender; ++index) {
        bus->notify(source, {"pool", "n", json(index)});
      }
    });
  }
  for (int round = 0; round < 50; ++round) {
    ASSERT_TRUE(bus->hold("pool"));
    ASSERT_TRUE(bus->resume("pool"));
  }
  std::map<std::string, int> next;
  for (int index = 0; index < 2 * per_sender; ++index) {
    const auto frame = client.receive();
    ASSERT_EQ(frame->document(), next[frame->source]++);
  }
}

TEST_F(InstanceGroupTest, DrainedMeansNothingIsOwed) {
  RawClient client = connect("a");
  test::Arrivals<int> drained;
  bus->when_drained("pool", "a", [&] {
    EXPECT_TRUE(bus->on_bus_thread());
    drained.put(0);
  });
  EXPECT_EQ(drained.next(), 0);
  send();
  send();
  bus->when_drained("pool", "a", [&] { drained.put(1); });
  client.send_answer(client.receive()->id);
  ASSERT_TRUE(replies.next());
  EXPECT_EQ(drained.size(), 0U);
  client.send_answer(client.receive()->id);
  EXPECT_EQ(drained.next(), 1);
  send();
  bus->when_drained("pool", "a", [&] { drained.put(2); });
  client.close();
  EXPECT_EQ(drained.next(), 2);
  bus->when_drained("pool", "gone", [&] { drained.put(3); });
  EXPECT_EQ(drained.next(), 3);
  EXPECT_EQ(drained.size(), 0U);
}

TEST_F(InstanceGroupTest, OneInstanceCanBeDisconnected) {
  RawClient first = connect("a");
  RawClient second = connect("b");
  bus->disconnect("pool", "a", {ErrorCode::peer_disconnected, "replaced"});
  EXPECT_EQ(closed.next(), "a");
  send();
  EXPECT_EQ(drain(second).size(), 1U);
}

TEST_F(InstanceGroupTest, WhoIsGoneIsToldAndWhetherItWasTheLast) {
  test::Arrivals<std::tuple<std::string, std::string, bool>> gone;
  bus->on_gone([&](const std::string& endpoint, const std::string& instance, bool last) {
    gone.put({endpoint, instance, last});
  });
  std::optional<RawClient> first = connect("a");
  std::optional<RawClient> second = connect("b");
  first.reset();
  EXPECT_EQ(gone.next(), std::tuple("pool", "a", false));
  bus->disconnect("pool", "b", {ErrorCode::peer_disconnected, "replaced"});
  EXPECT_EQ(gone.next(), std::tuple("pool", "b", true));
  bus->on_gone(nullptr);
  connect("c");
  EXPECT_EQ(closed.next(), "a");
  EXPECT_EQ(closed.next(), "b");
  EXPECT_EQ(closed.next(), "c");
  EXPECT_EQ(gone.size(), 0U);
}

TEST_F(InstanceGroupTest, WrongNamesAreRefused) {
  RawClient client = connect("a");
  ASSERT_TRUE(bus->register_endpoint("here", [](const Incoming&, Responder responder) { responder.answer({}); }));
  EXPECT_EQ(bus->hold("nobody").error().code, ErrorCode::endpoint_not_found);
  EXPECT_EQ(bus->hold("here").error().code, ErrorCode::invalid_request);
  EXPECT_EQ(bus->set_weight("pool", "z", 1).error().code, ErrorCode::not_found);
  std::array<int, 2> pair{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()), 0);
  const Descriptor ours(pair[1]);
  PeerOptions same;
  same.endpoint = "pool";
  same.instance = "a";
  EXPECT_EQ(bus->attach(pair[0], same).error().code, ErrorCode::invalid_request);
  SendOptions nowhere;
  nowhere.instance = "z";
  send("test", nowhere);
  EXPECT_EQ(replies.next()->error().code, ErrorCode::endpoint_unavailable);
}

TEST_F(InstanceGroupTest, TheHandlerLearnsWhichProcessSent) {
  test::Arrivals<std::string> seen;
  ASSERT_TRUE(bus->register_endpoint("keeper", [&](const Incoming& incoming, Responder responder) {
    seen.put(incoming.source + "#" + incoming.instance);
    responder.answer({});
  }));
  RawClient client = connect("b");
  client.send_request(1, "keeper", "contract.save");
  EXPECT_EQ(seen.next(), "pool#b");
}

TEST_F(InstanceGroupTest, AnIdempotentRequestGoesToAnotherInstanceOnce) {
  RawClient first = connect("a");
  RawClient second = connect("b");
  RawClient asker = connect_asker();
  SendOptions options = idempotent();
  options.instance = "a";
  send("test", options, "again");
  Envelope request;
  request.kind = FrameKind::request;
  request.format = BodyFormat::json;
  request.idempotent = true;
  request.id = 9;
  request.target = "pool";
  request.method = "also";
  request.body = R"({"n":1})";
  ASSERT_TRUE(bus->set_weight("pool", "b", 0));
  asker.send(request);
  drain(asker);
  ASSERT_TRUE(bus->set_weight("pool", "b", 1));
  EXPECT_EQ(drain(first).size(), 2U);
  first.close();
  const auto again = second.receive();
  EXPECT_EQ(again->method, "again");
  const auto also = second.receive();
  EXPECT_EQ(also->method, "also");
  EXPECT_EQ(also->source, "asker");
  EXPECT_EQ(also->document(), (json{{"n", 1}}));
  second.send_answer(also->id, "7");
  EXPECT_EQ(asker.receive()->document(), 7);
  // Once: the second death is the end of it.
  second.close();
  EXPECT_EQ(replies.next()->error().code, ErrorCode::peer_disconnected);
}

TEST_F(InstanceGroupTest, AnIdempotentRequestWaitsForTheNextProcessWithinItsDeadline) {
  RawClient first = connect("");
  send("test", idempotent(), "again");
  SendOptions soon = idempotent();
  soon.deadline = 100ms;
  send("test", soon, "late");
  EXPECT_EQ(drain(first).size(), 2U);
  first.close();
  ASSERT_TRUE(closed.next());
  EXPECT_EQ(replies.next()->error().code, ErrorCode::deadline_exceeded);
  RawClient next = connect("");
  const auto again = next.receive();
  EXPECT_EQ(again->method, "again");
  next.send_answer(again->id, "1");
  EXPECT_EQ(test::document_of(*replies.next()), 1);
  EXPECT_EQ(drain(next).size(), 0U);
}

TEST_F(InstanceGroupTest, ACancelNeverOvertakesItsRequest) {
  RawClient client = connect("a");
  constexpr int per_sender = 500;
  std::vector<std::jthread> senders;
  for (int sender = 0; sender < 2; ++sender) {
    senders.emplace_back([this] {
      for (int index = 0; index < per_sender; ++index) {
        bus->cancel(send());
      }
    });
  }
  std::set<std::uint64_t> open;
  int cancelled = 0;
  while (cancelled < 2 * per_sender) {
    const auto frame = client.receive();
    ASSERT_TRUE(frame);
    if (frame->kind == FrameKind::request) {
      EXPECT_TRUE(open.insert(frame->id).second);
    } else {
      ASSERT_EQ(frame->kind, FrameKind::cancel);
      EXPECT_EQ(open.erase(frame->id), 1U);
      ++cancelled;
    }
  }
  EXPECT_EQ(pool().instances.front().outstanding, 0U);
}

}  // namespace
}  // namespace symphony::ipc
