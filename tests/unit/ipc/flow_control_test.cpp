// A peer that sends faster than its targets read: docs/protocol.md, flow control.

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include <symphony/ipc/bus.h>

#include "raw_client.h"
#include "waiting.h"

namespace symphony::ipc::test {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t body_bytes = 60'000;

class FlowControlTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(bus->register_endpoint(
        "echo", [](Incoming incoming, Responder responder) { responder.answer(std::move(incoming.body)); }));
  }
  RawClient connect(const std::string& endpoint, milliseconds pause) {
    PeerOptions options;
    options.endpoint = endpoint;
    options.grants = {"target:*", "echo:*"};
    options.longest_read_pause = pause;
    RawClient client = RawClient::attach(*bus, std::move(options));
    client.greet();
    return client;
  }
  EndpointStatistics shown(const std::string& endpoint) {
    for (EndpointStatistics& found : bus->statistics().endpoints) {
      if (found.id == endpoint) {
        return found;
      }
    }
    ADD_FAILURE() << endpoint;
    return {};
  }
  static void notify_target(RawClient& client, int number) {
    const std::string body = "\"" + std::to_string(number) + std::string(body_bytes, 'x') + "\"";
    Envelope frame;
    frame.format = BodyFormat::json;
    frame.target = "target";
    frame.method = "work";
    frame.body = body;
    client.send(frame);
  }
  /// Until the statistics of "flood" say so.
  bool wait_until(const std::function<bool(const EndpointStatistics&)>& holds) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < until) {
      if (holds(shown("flood"))) {
        return true;
      }
      std::this_thread::yield();
    }
    return false;
  }

  std::unique_ptr<Bus> bus = make_bus();
};

bool is_paused(const EndpointStatistics& flood) { return flood.instances.front().reading_paused; }

TEST_F(FlowControlTest, AFloodIsNotReadAndNothingIsLostOrReordered) {
  constexpr int messages = 200;
  RawClient target = connect("target", milliseconds{0});
  RawClient other = connect("other", milliseconds{0});
  RawClient flood = connect("flood", std::chrono::hours{1});
  std::jthread sender([&] {
    for (int number = 0; number < messages; ++number) {
      notify_target(flood, number);
    }
  });
  ASSERT_TRUE(wait_until(is_paused));
  const EndpointStatistics full = shown("target");
  EXPECT_GT(full.queued_bytes, limits::forward_high_bytes - 3 * body_bytes);
  EXPECT_LT(full.queued_bytes, limits::forward_high_bytes + 5 * body_bytes);
  EXPECT_GT(full.queued_frames, 10U);
  EXPECT_LT(full.queued_frames, 25U);
  // Nobody else is slowed by it, not even towards the same target.
  other.send_request(1, "echo", "say", "1");
  EXPECT_EQ(other.receive()->document(), 1);
  other.send_request(2, "target", "work", "{}", 1);
  EXPECT_EQ(other.receive()->error().code, ErrorCode::deadline_exceeded);
  for (int number = 0; number < messages; ++number) {
    const auto frame = target.receive();
    ASSERT_TRUE(frame);
    if (frame->kind != FrameKind::notification) {
      --number;  // what the other one asked, or its cancel
      continue;
    }
    ASSERT_EQ(frame->body.substr(1, std::to_string(number).size() + 1), std::to_string(number) + "x");
  }
  sender.join();
  EXPECT_TRUE(wait_until([](const EndpointStatistics& statistics) { return !is_paused(statistics); }));
  EXPECT_GT(shown("flood").read_pauses, 0U);
  EXPECT_EQ(shown("flood").instances.front().read_pauses, shown("flood").read_pauses);
  EXPECT_EQ(shown("target").refused, 0U);
  EXPECT_EQ(shown("target").queued_frames, 0U);
  EXPECT_EQ(shown("other").read_pauses, 0U);
}

TEST_F(FlowControlTest, ATargetThatNeverReadsDoesNotStopItsSendersForEver) {
  constexpr int messages = 100;
  RawClient target = connect("target", milliseconds{0});
  RawClient flood = connect("flood", milliseconds{1});
  for (int number = 0; number < messages; ++number) {
    notify_target(flood, number);
  }
  flood.send_request(1, "echo", "say", "1");
  EXPECT_EQ(flood.receive()->document(), 1);
  flood.send_request(2, "target", "work");
  EXPECT_EQ(flood.receive()->error().code, ErrorCode::overloaded);
  const EndpointStatistics full = shown("target");
  EXPECT_GT(full.refused, 10U);
  EXPECT_LT(full.queued_bytes, 2 * limits::forward_high_bytes);
  EXPECT_EQ(shown("flood").read_pauses, 1U);
  // Once it has read what waits, it gets everything again.
  int received = 0;
  while (full.notifications > static_cast<std::uint64_t>(received)) {
    ASSERT_TRUE(target.receive());
    ++received;
  }
  EXPECT_TRUE(wait_until([&](const EndpointStatistics&) { return shown("target").queued_frames == 0; }));
  notify_target(flood, 1000);
  EXPECT_EQ(target.receive()->body.substr(1, 5), "1000x");
}

TEST_F(FlowControlTest, AFloodWhoseTargetEndsIsReadAgain) {
  RawClient target = connect("target", milliseconds{0});
  RawClient flood = connect("flood", std::chrono::hours{1});
  std::jthread sender([&] {
    for (int number = 0; number < 100; ++number) {
      notify_target(flood, number);
    }
    flood.send_request(1, "echo", "say", "1");
  });
  ASSERT_TRUE(wait_until(is_paused));
  target.close();
  EXPECT_EQ(flood.receive()->document(), 1);
}

TEST_F(FlowControlTest, AFloodThatIsGoneLeavesNothingBehind) {
  RawClient target = connect("target", milliseconds{0});
  RawClient flood = connect("flood", milliseconds{1});
  // More than its socket takes, however much that is here.
  for (int number = 0; number < 100; ++number) {
    notify_target(flood, number);
  }
  flood.close();
  for (;;) {
    const auto statistics = shown("flood");
    if (statistics.state == "closed") {
      EXPECT_GT(statistics.read_pauses, 0U) << "counted with the endpoint";
      break;
    }
    std::this_thread::yield();
  }
  for (int number = 0; number < 20; ++number) {
    const auto frame = target.receive();
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->body.substr(1, std::to_string(number).size() + 1), std::to_string(number) + "x");
  }
}

}  // namespace
}  // namespace symphony::ipc::test
