#include <symphony/ipc/bus.h>

#include <gtest/gtest.h>

#include <thread>

#include <symphony/ipc/limits.h>

#include "raw_client.h"
#include "waiting.h"

namespace symphony::ipc {
namespace {

using nlohmann::json;
using test::RawClient;
using namespace std::chrono_literals;

class PeerTest : public ::testing::Test {
 protected:
  PeerOptions options(std::string endpoint = "peer",
                      std::vector<std::string> grants = {"echo:*", "silent:*", "other:*"}) {
    PeerOptions peer;
    peer.endpoint = std::move(endpoint);
    peer.grants = std::move(grants);
    peer.on_ready = [this] { ready.put(true); };
    peer.on_closed = [this](const Error& reason) { closed.put(reason); };
    return peer;
  }
  RawClient connect(std::string endpoint = "peer", const char* format = "json") {
    RawClient client = RawClient::attach(*bus, options(std::move(endpoint)));
    client.greet(format);
    EXPECT_TRUE(ready.next());
    return client;
  }
  void SetUp() override {
    ASSERT_TRUE(bus->register_endpoint("echo", [](Incoming incoming, Responder responder) {
      EXPECT_EQ(incoming.source, "peer");
      responder.answer(std::move(incoming.body));
    }));
    ASSERT_TRUE(bus->register_endpoint("silent", [this](Incoming incoming, Responder responder) {
      asked.put({std::move(incoming), std::make_shared<Responder>(std::move(responder))});
    }));
  }
  std::uint64_t count(std::string_view id, std::uint64_t EndpointStatistics::*field) {
    for (const auto& endpoint : bus->statistics().endpoints) {
      if (endpoint.id == id) {
        return endpoint.*field;
      }
    }
    return 0;
  }

  test::Arrivals<bool> ready;
  test::Arrivals<Error> closed;
  test::Arrivals<Result<Payload>> replies;
  test::Arrivals<std::pair<Incoming, std::shared_ptr<Responder>>> asked;
  std::unique_ptr<Bus> bus = test::make_bus({"symphony", "0.1.0", "symphony", nullptr});
};

TEST_F(PeerTest, IsWelcomedWithTheDocumentedDocument) {
  RawClient client = RawClient::attach(*bus, options());
  client.send_hello();
  const auto welcome = client.receive();
  ASSERT_TRUE(welcome);
  EXPECT_EQ(welcome->kind, FrameKind::welcome);
  EXPECT_EQ(welcome->format, BodyFormat::json);
  EXPECT_EQ(welcome->document(), (json{{"protocol", 1},
                                       {"contract", 1},
                                       {"endpoint", "peer"},
                                       {"format", "msgpack"},
                                       {"host", {{"name", "symphony"}, {"version", "0.1.0"}}},
                                       {"limits", {{"body_bytes", 16777216}, {"pending_requests", 1024}}}}));
}

TEST_F(PeerTest, AskedAndAnswered) {
  RawClient client = connect();
  client.send_request(7, "echo", "say", R"({"a":1})");
  const auto answer = client.receive();
  EXPECT_EQ(answer->kind, FrameKind::answer);
  EXPECT_EQ(answer->id, 7U);
  EXPECT_EQ(answer->document(), (json{{"a", 1}}));
}

TEST_F(PeerTest, AsksAndIsAnswered) {
  RawClient client = connect();
  SendOptions send;
  send.deadline = 1234ms;
  bus->send_request("conductor", {"peer", "work", json{{"n", 2}}}, send,
                    [&](Result<Payload> outcome) { replies.put(std::move(outcome)); });
  const auto request = client.receive();
  EXPECT_EQ(request->kind, FrameKind::request);
  EXPECT_EQ(request->target, "peer");
  EXPECT_EQ(request->method, "work");
  EXPECT_EQ(request->source, "conductor");
  EXPECT_EQ(request->deadline_ms, 1234U);
  EXPECT_EQ(request->document(), (json{{"n", 2}}));
  client.send_answer(request->id, "[3]");
  EXPECT_EQ(test::document_of(*replies.next()), json::array({3}));
}

struct BadStart {
  const char* name;
  void (*say)(RawClient&);
  ErrorCode code;
};
class BadStartTest : public PeerTest, public ::testing::WithParamInterface<BadStart> {};

TEST_P(BadStartTest, IsToldWhyAndClosed) {
  RawClient client = RawClient::attach(*bus, options());
  GetParam().say(client);
  const auto error = client.receive();
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind, FrameKind::error);
  EXPECT_EQ(error->id, 0U);
  EXPECT_EQ(error->error().code, GetParam().code);
  EXPECT_FALSE(client.receive());
  EXPECT_EQ(closed.next()->code, GetParam().code);
}

json hello_with(const char* key, const json& value) {
  json document = hello_document("raw", "1", "");
  document[key] = value;
  return document;
}

INSTANTIATE_TEST_SUITE_P(
    All, BadStartTest,
    ::testing::Values(
        BadStart{"request_first", [](RawClient& c) { c.send_request(1, "echo", "say"); }, ErrorCode::invalid_request},
        BadStart{"not_a_frame", [](RawClient& c) { c.send_bytes(std::string(64, 'x')); }, ErrorCode::parse_error},
        BadStart{"newer_protocol",
                 [](RawClient& c) {
                   c.send_hello(hello_with("protocol", {{"min", 2}, {"max", 9}}));
                 },
                 ErrorCode::version_mismatch},
        BadStart{"newer_contract",
                 [](RawClient& c) {
                   c.send_hello(hello_with("contract", {{"min", 2}, {"max", 2}}));
                 },
                 ErrorCode::version_mismatch},
        BadStart{"no_range", [](RawClient& c) { c.send_hello(hello_with("protocol", 1)); }, ErrorCode::invalid_params},
        BadStart{"reversed_range",
                 [](RawClient& c) {
                   c.send_hello(hello_with("protocol", {{"min", 3}, {"max", 1}}));
                 },
                 ErrorCode::invalid_params},
        BadStart{"unknown_formats", [](RawClient& c) { c.send_hello(hello_with("formats", {"xml"})); },
                 ErrorCode::invalid_params},
        BadStart{"long_name", [](RawClient& c) { c.send_hello(hello_with("name", std::string(257, 'n'))); },
                 ErrorCode::invalid_params},
        BadStart{"not_an_object", [](RawClient& c) { c.send_hello(json::array()); }, ErrorCode::invalid_params}),
    [](const auto& test) { return test.param.name; });

TEST_F(PeerTest, MismatchNamesBothRanges) {
  RawClient client = RawClient::attach(*bus, options());
  client.send_hello(hello_with("protocol", {{"min", 2}, {"max", 9}}));
  const Error error = client.receive()->error();
  EXPECT_EQ(error.data, (json{{"client", {{"min", 2}, {"max", 9}}}, {"host", {{"min", 1}, {"max", 1}}}}));
}

TEST_F(PeerTest, AMalformedFrameEndsTheConnection) {
  RawClient client = connect();
  client.send_request(1, "silent", "wait");
  const auto unanswered = asked.next();
  client.send_bytes(std::string(40, '\xEE'));
  const auto error = client.receive();
  EXPECT_EQ(error->id, 0U);
  EXPECT_EQ(error->error().code, ErrorCode::parse_error);
  EXPECT_FALSE(client.receive());
}

TEST_F(PeerTest, FramesThatAreNotAllowedEndTheConnection) {
  {
    RawClient client = connect();
    client.send_hello();
    EXPECT_EQ(client.receive()->error().code, ErrorCode::invalid_request);
    EXPECT_FALSE(client.receive());
    EXPECT_TRUE(closed.next());
  }
  {
    RawClient client = connect();
    Envelope forged;
    forged.kind = FrameKind::notification;
    forged.target = "echo";
    forged.method = "say";
    forged.source = "conductor";
    client.send(forged);
    EXPECT_EQ(client.receive()->error().code, ErrorCode::invalid_request);
    EXPECT_TRUE(closed.next());
  }
  {
    RawClient client = connect();
    client.send_request(5, "silent", "wait");
    client.send_request(5, "silent", "wait");
    EXPECT_EQ(client.receive()->error().code, ErrorCode::invalid_request);
    EXPECT_FALSE(client.receive());
  }
}

TEST_F(PeerTest, MayOnlyDoWhatItIsGranted) {
  RawClient client = RawClient::attach(*bus, options("peer", {"echo:say"}));
  client.greet();
  client.send_request(1, "echo", "shout");
  const Error error = client.receive()->error();
  EXPECT_EQ(error.code, ErrorCode::permission_denied);
  EXPECT_EQ(error.data["capability"], "echo:shout");
  client.send_request(2, "silent", "wait");
  EXPECT_EQ(client.receive()->error().code, ErrorCode::permission_denied);
  client.send_request(3, "echo", "say");
  EXPECT_EQ(client.receive()->kind, FrameKind::answer);
  EXPECT_EQ(count("peer", &EndpointStatistics::refused), 2U);
}

TEST_F(PeerTest, ACheckMayAllowWhatIsNotListed) {
  BusOptions with_check;
  with_check.capability_check = [](std::string_view source, std::string_view target,
                                   std::string_view method) -> Result<void> {
    EXPECT_EQ(source, "peer");
    EXPECT_EQ(target, "echo");
    return method == "say" ? Result<void>() : Error{ErrorCode::permission_denied, "ask the user"};
  };
  const auto checked = test::make_bus(std::move(with_check));
  ASSERT_TRUE(checked->register_endpoint(
      "echo", [](Incoming incoming, Responder responder) { responder.answer(std::move(incoming.body)); }));
  RawClient client = RawClient::attach(*checked, options("peer", {}));
  client.greet();
  client.send_request(1, "echo", "say");
  EXPECT_EQ(client.receive()->kind, FrameKind::answer);
  client.send_request(2, "echo", "shout");
  EXPECT_EQ(client.receive()->error().message, "ask the user");
}

TEST_F(PeerTest, UnknownAndAbsentTargetsAreAnswered) {
  RawClient client = connect();
  client.send_request(1, "other", "m");
  EXPECT_EQ(client.receive()->error().code, ErrorCode::endpoint_not_found);
  RawClient other = RawClient::attach(*bus, options("other"));
  client.send_request(2, "other", "m");
  EXPECT_EQ(client.receive()->error().code, ErrorCode::endpoint_unavailable);
}

TEST_F(PeerTest, ADeadlineIsToldToBothEnds) {
  RawClient client = connect();
  client.send_request(1, "silent", "wait", "{}", 5);
  const auto error = client.receive();
  EXPECT_EQ(error->id, 1U);
  EXPECT_EQ(error->error().code, ErrorCode::deadline_exceeded);
  EXPECT_TRUE(asked.next()->first.stop.stop_requested());

  SendOptions send;
  send.deadline = 5ms;
  bus->send_request("test", {"peer", "work", {}}, send,
                    [&](Result<Payload> outcome) { replies.put(std::move(outcome)); });
  const auto request = client.receive();
  EXPECT_EQ(replies.next()->error().code, ErrorCode::deadline_exceeded);
  const auto cancel = client.receive();
  EXPECT_EQ(cancel->kind, FrameKind::cancel);
  EXPECT_EQ(cancel->id, request->id);
  client.send_answer(request->id);  // late: dropped
  client.send_signal(FrameKind::ping, 9);
  EXPECT_EQ(client.receive()->kind, FrameKind::pong);
  EXPECT_EQ(replies.size(), 0U);
}

TEST_F(PeerTest, CancelReachesTheTarget) {
  RawClient client = connect();
  client.send_request(1, "silent", "wait");
  const auto waiting = asked.next();
  client.send_signal(FrameKind::cancel, 1);
  EXPECT_EQ(client.receive()->error().code, ErrorCode::cancelled);
  EXPECT_TRUE(waiting->first.stop.stop_requested());
  client.send_signal(FrameKind::cancel, 1);
  client.send_signal(FrameKind::cancel, 99);
  client.send_request(1, "echo", "say");  // the id is free again
  EXPECT_EQ(client.receive()->kind, FrameKind::answer);
}

TEST_F(PeerTest, ItsEndFailsWhatItOwesAndStopsWhatItAsked) {
  RawClient client = connect();
  client.send_request(1, "silent", "wait");
  const auto waiting = asked.next();
  bus->send_request("test", {"peer", "work", {}}, {},
                    [&](Result<Payload> outcome) { replies.put(std::move(outcome)); });
  client.close();
  EXPECT_EQ(replies.next()->error().code, ErrorCode::peer_disconnected);
  EXPECT_EQ(closed.next()->code, ErrorCode::peer_disconnected);
  EXPECT_TRUE(waiting->first.stop.stop_requested());
  waiting->second->answer(json(1));
  EXPECT_EQ(test::ask(*bus, {"peer", "work", {}}).error().code, ErrorCode::endpoint_unavailable);
}

TEST_F(PeerTest, ComesBackUnderItsAddress) {
  connect().close();
  EXPECT_TRUE(closed.next());
  RawClient again = connect();
  again.send_request(1, "echo", "say");
  EXPECT_EQ(again.receive()->kind, FrameKind::answer);
  std::array<int, 2> pair{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()), 0);
  const Descriptor ours(pair[1]);
  EXPECT_EQ(bus->attach(pair[0], options()).error().code, ErrorCode::invalid_request);
}

TEST_F(PeerTest, IsForwardedUnreadAndBelievably) {
  RawClient client = connect();
  RawClient other = connect("other");
  const TraceContext trace = TraceContext::start();
  Envelope request;
  request.kind = FrameKind::request;
  request.format = BodyFormat::json;
  request.id = 41;
  request.deadline_ms = 7000;
  request.trace = trace;
  request.target = "other";
  request.method = "work";
  request.body = "{ not a document";
  client.send(request);
  const auto forwarded = other.receive();
  EXPECT_EQ(forwarded->body, "{ not a document");
  EXPECT_EQ(forwarded->source, "peer");
  EXPECT_EQ(forwarded->deadline_ms, 7000U);
  EXPECT_EQ(forwarded->trace->trace_id, trace.trace_id);
  EXPECT_NE(forwarded->trace->span_id, trace.span_id);
  // Only the one that was asked can answer.
  RawClient third = connect("third");
  third.send_answer(forwarded->id, "\"forged\"");
  third.send_signal(FrameKind::ping, 1);
  EXPECT_EQ(third.receive()->kind, FrameKind::pong);
  other.send_answer(forwarded->id, "{ nor this");
  const auto answer = client.receive();
  EXPECT_EQ(answer->kind, FrameKind::answer);
  EXPECT_EQ(answer->id, 41U);
  EXPECT_EQ(answer->body, "{ nor this");
  EXPECT_EQ(bus->spans().spans(trace.trace_id).size(), 1U);
}

TEST_F(PeerTest, FormatsAreTranslatedBetweenPeers) {
  RawClient client = connect("peer", "json");
  RawClient other = connect("other", "msgpack");
  client.send_request(1, "other", "work", R"({"a":[1,2]})");
  const auto forwarded = other.receive();
  EXPECT_EQ(forwarded->format, BodyFormat::msgpack);
  EXPECT_EQ(forwarded->document(), (json{{"a", {1, 2}}}));
  const std::string body = encode_document(BodyFormat::msgpack, json{{"b", 1}});
  Envelope answer;
  answer.kind = FrameKind::answer;
  answer.format = BodyFormat::msgpack;
  answer.id = forwarded->id;
  answer.body = body;
  other.send(answer);
  EXPECT_EQ(client.receive()->body, R"({"b":1})");
  client.send_request(2, "other", "work", "{ broken");
  EXPECT_EQ(client.receive()->error().code, ErrorCode::parse_error);
}

TEST_F(PeerTest, ADeadTargetFailsForwardedRequestsAtOnce) {
  RawClient client = connect();
  RawClient other = connect("other");
  client.send_request(1, "other", "work");
  EXPECT_TRUE(other.receive());
  other.close();
  EXPECT_EQ(client.receive()->error().code, ErrorCode::peer_disconnected);
}

TEST_F(PeerTest, ASlowReaderIsOverloadedAndCancelOvertakes) {
  RawClient client = connect();
  const json megabyte(std::string(1'000'000, 'x'));
  std::vector<RequestId> accepted;
  for (int index = 0; index < 40; ++index) {
    const RequestId request = bus->send_request("test", {"peer", "work", megabyte}, {},
                                                [&](Result<Payload> outcome) { replies.put(std::move(outcome)); });
    if (request.value != 0) {
      accepted.push_back(request);
    }
  }
  EXPECT_LT(accepted.size(), 14U);
  EXPECT_EQ(replies.next()->error().code, ErrorCode::overloaded);
  EXPECT_GT(count("peer", &EndpointStatistics::queued_bytes), 1'000'000U);
  // The first is with the socket: its cancel overtakes what is queued. The last is still here: it is never written.
  bus->cancel(accepted.front());
  bus->cancel(accepted.back());
  std::size_t requests = 0;
  std::size_t before_cancel = 0;
  while (requests + 1 < accepted.size() || before_cancel == 0) {
    const auto frame = client.receive();
    ASSERT_TRUE(frame);
    if (frame->kind == FrameKind::cancel) {
      EXPECT_EQ(frame->id, accepted.front().value);
      before_cancel = requests;
      continue;
    }
    EXPECT_NE(frame->id, accepted.back().value);
    EXPECT_EQ(frame->body.size(), 1'000'002U);
    ++requests;
  }
  EXPECT_LT(before_cancel, 5U);
  client.send_signal(FrameKind::ping, 5);
  EXPECT_EQ(client.receive()->kind, FrameKind::pong);
}

TEST_F(PeerTest, AnEndpointThatWentOrWasReplacedIsNotTakenForTheOneBefore) {
  RawClient client = connect();
  client.send_request(1, "echo", "say", "1");
  EXPECT_EQ(client.receive()->document(), 1);
  bus->unregister_endpoint("echo");
  client.send_request(2, "echo", "say", "2");
  EXPECT_EQ(client.receive()->error().code, ErrorCode::endpoint_not_found);
  ASSERT_TRUE(bus->register_endpoint(
      "echo", [](const Incoming&, Responder responder) { responder.answer(nlohmann::json("new")); }));
  client.send_request(3, "echo", "say", "3");
  EXPECT_EQ(client.receive()->document(), "new");
  // Neither is a permission remembered for what it was not given for.
  client.send_request(4, "forbidden", "say", "4");
  EXPECT_EQ(client.receive()->error().code, ErrorCode::permission_denied);
  client.send_request(5, "forbidden", "say", "5");
  EXPECT_EQ(client.receive()->error().code, ErrorCode::permission_denied);
}

TEST_F(PeerTest, AHandlerThatEndsItsSendersConnectionLeavesNoRequestBehind) {
  std::shared_ptr<Responder> kept;
  std::stop_token stop;
  ASSERT_TRUE(bus->register_endpoint("other", [&](const Incoming& incoming, Responder responder) {
    stop = incoming.stop;
    kept = std::make_shared<Responder>(std::move(responder));
    bus->disconnect("peer", {ErrorCode::invalid_request, "Enough."});
  }));
  RawClient client = connect();
  client.send_request(1, "other", "say");
  EXPECT_TRUE(closed.next());
  EXPECT_FALSE(client.receive());
  while (count("other", &EndpointStatistics::pending) > 0) {
    std::this_thread::yield();
  }
  EXPECT_TRUE(stop.stop_requested());
  EXPECT_EQ(count("other", &EndpointStatistics::cancelled), 1U);
  kept->answer(nlohmann::json("too late"));
}

TEST_F(PeerTest, ManyFramesOfOneReadAreAnsweredInOrder) {
  RawClient client = connect();
  std::string bytes;
  for (std::uint64_t id = 1; id <= 300; ++id) {
    Envelope request;
    request.kind = FrameKind::request;
    request.format = BodyFormat::json;
    request.id = id;
    request.target = "echo";
    request.method = "say";
    const std::string body = std::to_string(id);
    request.body = body;
    encode_frame(request, bytes);
  }
  // What follows ends the connection; what was said before is answered all the same.
  client.send_bytes(bytes + std::string(40, '\xEE'));
  for (std::uint64_t id = 1; id <= 300; ++id) {
    const auto answer = client.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->id, id);
    EXPECT_EQ(answer->document(), id);
  }
  EXPECT_EQ(client.receive()->error().code, ErrorCode::parse_error);
}

TEST_F(PeerTest, TooManyUnansweredRequestsAreRefused) {
  RawClient client = connect();
  for (std::uint64_t id = 1; id <= limits::pending_requests_per_peer + 1; ++id) {
    client.send_request(id, "silent", "wait");
  }
  const auto refused = client.receive();
  EXPECT_EQ(refused->id, limits::pending_requests_per_peer + 1);
  EXPECT_EQ(refused->error().code, ErrorCode::overloaded);
}

TEST_F(PeerTest, ADuplicateIdEndsTheConnectionEvenAtTheLimit) {
  RawClient client = connect();
  for (std::uint64_t id = 1; id <= limits::pending_requests_per_peer; ++id) {
    client.send_request(id, "silent", "wait");
  }
  client.send_request(1, "silent", "wait");
  EXPECT_EQ(closed.next()->code, ErrorCode::invalid_request);
}

TEST_F(PeerTest, SilenceIsNoticed) {
  PeerOptions quick = options();
  test::Arrivals<bool> hung;
  quick.heartbeat = Heartbeat{2ms, 2ms, 3, [&] { hung.put(true); }};
  RawClient client = RawClient::attach(*bus, std::move(quick));
  client.greet();
  EXPECT_TRUE(hung.next());
  // As many as it may miss, then no more.
  for (std::uint64_t id = 1; id <= 3; ++id) {
    const auto ping = client.receive();
    EXPECT_EQ(ping->kind, FrameKind::ping);
    EXPECT_EQ(ping->id, id);
  }
  bus->disconnect("peer", {ErrorCode::peer_disconnected, "hung"});
  EXPECT_FALSE(client.receive());
}

TEST_F(PeerTest, ANotificationToAClosedPeerIsRefusedNotSent) {
  RawClient client = connect();
  client.close();
  EXPECT_TRUE(closed.next());
  bus->notify("test", {"peer", "tick", {}});
  EXPECT_EQ(count("peer", &EndpointStatistics::notifications), 0U);
  EXPECT_EQ(count("peer", &EndpointStatistics::refused), 1U);
}

TEST_F(PeerTest, DisconnectGivesTheReason) {
  RawClient client = connect();
  bus->send_request("test", {"peer", "work", {}}, {},
                    [&](Result<Payload> outcome) { replies.put(std::move(outcome)); });
  bus->disconnect("peer", {ErrorCode::peer_disconnected, "enough"});
  EXPECT_EQ(replies.next()->error().message, "enough");
  EXPECT_EQ(closed.next()->message, "enough");
}

TEST_F(PeerTest, NotificationsKeepTheirOrder) {
  RawClient client = connect();
  for (int index = 0; index < 100; ++index) {
    bus->notify("test", {"peer", "tick", json(index)});
  }
  for (int index = 0; index < 100; ++index) {
    const auto frame = client.receive();
    EXPECT_EQ(frame->kind, FrameKind::notification);
    EXPECT_EQ(frame->document(), index);
  }
}

}  // namespace
}  // namespace symphony::ipc
