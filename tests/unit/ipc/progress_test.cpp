// How far a request has come, from every kind of handler to every kind of asker.

#include "progress.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <thread>

#include <symphony/ipc/client_connection.h>
#include <symphony/ipc/limits.h>

#include "raw_client.h"
#include "waiting.h"

namespace symphony::ipc {
namespace {

using nlohmann::json;

class ProgressTest : public ::testing::Test {
 protected:
  /// Three steps, then the answer, which says whether anybody wanted to hear of them.
  static void work(const Incoming& incoming, Responder responder) {
    for (int step = 1; step <= 3 && incoming.report; ++step) {
      incoming.report({step / 4.0, "step " + std::to_string(step)});
    }
    responder.answer(json{{"wanted", static_cast<bool>(incoming.report)}});
  }
  PeerOptions options(std::string endpoint) {
    PeerOptions peer;
    peer.endpoint = std::move(endpoint);
    peer.grants = {"server:*", "host:*"};
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
  SendOptions listening() {
    SendOptions options;
    options.on_progress = [this](const Progress& progress) { heard.put(progress); };
    return options;
  }
  /// On the way to a process that did not read yet, a step gives way to the one after it.
  void expect_steps_in_order() {
    int heard_last = 0;
    while (heard.size() > 0) {
      const auto progress = heard.next();
      ASSERT_TRUE(progress && progress->fraction);
      const int step = static_cast<int>(std::lround(*progress->fraction * 4));
      EXPECT_EQ(progress->text, "step " + std::to_string(step));
      EXPECT_GT(step, heard_last);
      heard_last = step;
    }
    EXPECT_GE(heard_last, 1);
  }
  void expect_steps() {
    for (int step = 1; step <= 3; ++step) {
      const auto progress = heard.next();
      ASSERT_TRUE(progress && progress->fraction);
      EXPECT_DOUBLE_EQ(*progress->fraction, step / 4.0);
      EXPECT_EQ(progress->text, "step " + std::to_string(step));
    }
  }

  test::Arrivals<bool> ready;
  test::Arrivals<Progress> heard;
  std::unique_ptr<Bus> bus = test::make_bus();
};

TEST_F(ProgressTest, FromAProcessToAProcess) {
  const auto server = open("server");
  server->on_message(work);
  std::jthread loop([&] { EXPECT_TRUE(server->run()); });
  const auto client = open("client");
  EXPECT_EQ(test::document_of(client->ask({"server", "work", {}}, listening())), (json{{"wanted", true}}));
  expect_steps_in_order();
  EXPECT_EQ(test::document_of(client->ask({"server", "work", {}})), (json{{"wanted", false}}));
  server->stop();
}

TEST_F(ProgressTest, FromAndToTheHost) {
  ASSERT_TRUE(bus->register_endpoint("host", work));
  const auto client = open("client");
  EXPECT_EQ(test::document_of(client->ask({"host", "work", {}}, listening())), (json{{"wanted", true}}));
  expect_steps();
  const auto server = open("server");
  server->on_message(work);
  std::jthread loop([&] { EXPECT_TRUE(server->run()); });
  EXPECT_EQ(test::document_of(test::ask(*bus, {"server", "work", {}}, listening())), (json{{"wanted", true}}));
  expect_steps();
  EXPECT_EQ(test::document_of(test::ask(*bus, {"host", "work", {}}, listening())), (json{{"wanted", true}}));
  expect_steps();
  server->stop();
}

TEST_F(ProgressTest, OfManyOnlyTheNewestWaitsForASlowReader) {
  std::shared_ptr<Responder> responder;
  test::Arrivals<ProgressHandler> reports;
  ASSERT_TRUE(bus->register_endpoint("host", [&](Incoming incoming, Responder given) {
    responder = std::make_shared<Responder>(std::move(given));
    reports.put(incoming.report);
  }));
  auto raw = test::RawClient::attach(*bus, options("raw"));
  json hello = test::RawClient::plain_hello();
  hello["features"] = {"progress"};
  raw.send_hello(hello);
  ASSERT_TRUE(raw.receive());
  raw.expect(WireFeatures{.progress = true});
  Envelope request;
  request.kind = FrameKind::request;
  request.id = 5;
  request.target = "host";
  request.method = "work";
  request.wants_progress = true;
  raw.send(request);
  const auto report = reports.next();
  ASSERT_TRUE(report && *report);
  // Nobody reads: the socket fills, then of all that follow the newest is kept.
  constexpr int count = 20'000;
  for (int number = 1; number <= count; ++number) {
    (*report)({static_cast<double>(number) / count, std::string(900, 't')});
  }
  int seen = 0;
  double newest = 0;
  while (newest < 1) {
    const auto frame = raw.receive();
    ASSERT_TRUE(frame);
    ASSERT_EQ(frame->kind, FrameKind::progress);
    ASSERT_EQ(frame->id, 5U);
    const double fraction = frame->document().at("fraction");
    ASSERT_GT(fraction, newest) << "in order";
    newest = fraction;
    ++seen;
  }
  EXPECT_LT(seen, count / 2);
  responder->answer(json::object());
  EXPECT_EQ(raw.receive()->kind, FrameKind::answer);
  // What comes after the answer is nothing.
  (*report)({0.5, ""});
  raw.send_signal(FrameKind::ping, 1);
  EXPECT_EQ(raw.receive()->kind, FrameKind::pong);
}

TEST_F(ProgressTest, OnlyWhoWasAskedCanSayAndOnlyWhatIsDocumented) {
  auto server = test::RawClient::attach(*bus, options("server"));
  json hello = test::RawClient::plain_hello();
  hello["features"] = {"progress"};
  server.send_hello(hello);
  ASSERT_TRUE(server.receive());
  server.expect(WireFeatures{.progress = true});
  EXPECT_TRUE(ready.next());
  test::Arrivals<Result<Payload>> outcomes;
  bus->send_request("test", {"server", "work", {}}, listening(),
                    [&](Result<Payload> outcome) { outcomes.put(std::move(outcome)); });
  const auto request = server.receive();
  ASSERT_EQ(request->kind, FrameKind::request);
  const auto say = [&](test::RawClient& who, const std::string& body) {
    Envelope frame;
    frame.kind = FrameKind::progress;
    frame.format = body.empty() ? BodyFormat::none : BodyFormat::json;
    frame.id = request->id;
    frame.body = body;
    who.send(frame);
  };
  auto thief = test::RawClient::attach(*bus, options("thief"));
  thief.send_hello(hello);
  ASSERT_TRUE(thief.receive());
  say(thief, R"({"fraction":0.9,"text":"stolen"})");
  thief.send_signal(FrameKind::ping, 1);
  ASSERT_TRUE(thief.receive());
  for (const char* wrong : {"", "7", "[]", "{", R"({"text":)"}) {
    say(server, wrong);
  }
  say(server, "\"" + std::string(5000, 'x') + "\"");
  say(server, R"({"fraction":"much","text":7})");
  auto progress = heard.next();
  EXPECT_FALSE(progress->fraction);
  EXPECT_EQ(progress->text, "");
  say(server, R"({"fraction":-3,"text":"below"})");
  EXPECT_DOUBLE_EQ(*heard.next()->fraction, 0);
  say(server, R"({"fraction":3})");
  EXPECT_DOUBLE_EQ(*heard.next()->fraction, 1);
  server.send_answer(request->id);
  EXPECT_TRUE(*outcomes.next());
  EXPECT_EQ(heard.size(), 0U);
}

TEST(ProgressDocument, IsWithinItsBounds) {
  EXPECT_EQ(progress_document({std::nullopt, "a"}), (json{{"fraction", nullptr}, {"text", "a"}}));
  EXPECT_EQ(progress_document({std::numeric_limits<double>::quiet_NaN(), ""}).at("fraction"), json());
  EXPECT_EQ(progress_document({7.0, ""}).at("fraction"), 1.0);
  std::string text(limits::progress_text_bytes - 1, 'x');
  text += "\u00e4 and more";
  EXPECT_EQ(progress_document({0.5, text}).at("text"), std::string(limits::progress_text_bytes - 1, 'x'))
      << "cut at a character's border";
}

}  // namespace
}  // namespace symphony::ipc
