// Slow readers, bodies in shared memory, rings: much at once, and not at the same speed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <symphony/descriptor/descriptor.h>

#include "dice.h"
#include "shared_memory/ring.h"
#include "stage.h"

namespace symphony::chaos {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using namespace std::chrono_literals;

constexpr std::size_t news_bytes = 1000;

json subscription(const char* topic, const char* when_full, std::size_t queue_bytes, int slow_us = 0) {
  return {{"topic", topic}, {"when_full", when_full}, {"queue_bytes", queue_bytes}, {"slow_us", slow_us}};
}

const ipc::SubscriptionStatistics* find(const ipc::BusStatistics& all, const std::string& subscriber) {
  for (const auto& each : all.subscriptions) {
    if (each.subscriber == subscriber) {
      return &each;
    }
  }
  return nullptr;
}

TEST(Traffic, SlowReadersLoseTheirOwnMessagesOnly) {
  Dice dice(seed());
  Stage stage;
  for (const char* reader : {"fast", "oldest", "latest", "fragile", "worker"}) {
    stage.start(reader, CHAOS_EXTENSION);
  }
  ASSERT_TRUE(stage.wait_all_healthy());
  constexpr std::size_t mebibyte = 1U << 20U;
  ASSERT_TRUE(stage.ask("fast", "subscribe", subscription("news.*", "drop_oldest", 8 * mebibyte)));
  ASSERT_TRUE(stage.ask("oldest", "subscribe", subscription("news.*", "drop_oldest", 64 * 1024, 300)));
  ASSERT_TRUE(stage.ask("latest", "subscribe", subscription("news.*", "latest_wins", 64 * 1024, 300)));
  ASSERT_TRUE(stage.ask("fragile", "subscribe", subscription("news.*", "disconnect", 64 * 1024, 300)));
  // For the process that will be disconnected: it is started again, and is not subscribed any more.
  const std::size_t count = budget(4000);
  for (std::size_t sequence = 0; sequence < count; ++sequence) {
    const json news{{"sequence", sequence}, {"text", std::string(news_bytes, 'x')}};
    while (!stage.bus().publish("test", "news.item", news)) {
      stage.ask("worker", "ping").value();  // the bus is behind: a round trip later it is less so
    }
    if (dice.one_in(4)) {
      stage.ledger().wait_below(32);
      stage.ledger().send(stage.bus(), {"worker"});
    }
    if (dice.one_in(16)) {
      // Its budget is 8 MiB, and it need not lose anything as long as it gets to read.
      stage.ask("fast", "ping").value();
    }
  }
  json fast;
  do {
    fast = stage.ask("fast", "seen", {{"topic", "news.item"}}).value().document().value();
  } while (fast["count"] < count && fast["last"] != count - 1);
  EXPECT_EQ(fast["count"], count);
  EXPECT_EQ(fast["out_of_order"], 0);
  ASSERT_TRUE(stage.wait([](const auto& all) { return all.at("fragile").generation == 2; }));
  for (const char* slow : {"oldest", "latest"}) {
    const auto seen = stage.ask(slow, "seen", {{"topic", "news.item"}}).value().document().value();
    EXPECT_EQ(seen["out_of_order"], 0) << slow;
    const auto statistics = stage.bus().statistics();
    const auto* const own = find(statistics, slow);
    ASSERT_NE(own, nullptr);
    EXPECT_GT(own->dropped, 0U) << slow;
    EXPECT_LE(own->delivered + own->dropped, count) << slow;
    EXPECT_LE(own->queued_bytes, 64U * 1024 + 2 * news_bytes) << slow;
  }
  const auto statistics = stage.bus().statistics();
  EXPECT_EQ(find(statistics, "fast")->dropped, 0U);
  EXPECT_EQ(find(statistics, "fragile"), nullptr);
  ASSERT_TRUE(stage.wait_all_healthy());
  EXPECT_THAT(stage.finish({}), ElementsAre());
}

TEST(Traffic, LargeBodiesOfKilledProcessesLeaveNoMemoryBehind) {
  Dice dice(seed());
  Stage stage;
  std::vector<std::string> workers{"worker0", "worker1"};
  for (const std::string& worker : workers) {
    stage.start(worker, CHAOS_EXTENSION, {}, [](ipc::ProcessSpec& spec) { spec.sandbox->memory_bytes.reset(); });
  }
  ASSERT_TRUE(stage.wait_all_healthy());
  const Census before = stage.at_rest();
  for (std::size_t left = budget(300); left > 0; --left) {
    stage.ledger().wait_below(8);
    stage.ledger().send(stage.bus(), {dice.one_of(workers), "large", {{"bytes", 70'000 + dice.below(1'000'000)}}});
    if (dice.one_in(25)) {
      stage.signal(dice.one_of(workers), SIGKILL);
      ASSERT_TRUE(stage.wait_all_healthy());
    }
  }
  EXPECT_THAT(stage.left_behind_since(before), ElementsAre());
  EXPECT_THAT(stage.finish({ErrorCode::peer_disconnected, ErrorCode::endpoint_unavailable}), ElementsAre());
}

/// The other side of a ring, in a process of its own.
class RingProcess {
 public:
  template <class Work>
  explicit RingProcess(const ipc::SharedRegion& region, Work work) : pid_(::fork()) {
    if (pid_ == 0) {
      work(ipc::Ring::over(ipc::SharedRegion::open(Descriptor(::dup(region.descriptor().get())), region.bytes().size(),
                                                   ipc::SharedRegion::Access::read_write)
                               .value())
               .value());
      ::_exit(0);
    }
  }
  ~RingProcess() { end(); }
  RingProcess(const RingProcess&) = delete;
  RingProcess& operator=(const RingProcess&) = delete;
  void end() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
      pid_ = 0;
    }
  }

 private:
  pid_t pid_;
};

constexpr std::size_t ring_bytes = 1U << 16U;

TEST(Traffic, AWriterKilledInTheMiddleOfAStreamLeavesWholeMessages) {
  Dice dice(seed());
  for (std::size_t round = 0; round < budget(30); ++round) {
    auto region = std::move(ipc::Ring::make_region(ring_bytes).value());
    RingProcess writer(region, [dice = Dice(dice.number())](ipc::Ring ring) mutable {
      ipc::RingWriter out(std::move(ring));
      for (std::uint64_t sequence = 0;; ++sequence) {
        const std::string message = std::to_string(sequence) + " " + std::string(dice.below(3000), 'x');
        if (!out.send(message)) {
          return;
        }
      }
    });
    ipc::RingReader reader(std::move(ipc::Ring::over(std::move(region)).value()));
    std::string message;
    std::uint64_t expected = 0;
    const std::size_t received_alive = 20 + dice.below(200);
    bool alive = true;
    for (;;) {
      const auto got = reader.receive(
          message, alive ? std::chrono::steady_clock::time_point::max() : std::chrono::steady_clock::time_point());
      ASSERT_TRUE(got) << got.error().message;
      if (*got != ipc::StreamEvent::done) {
        break;
      }
      ASSERT_TRUE(message.starts_with(std::to_string(expected) + " ")) << message.substr(0, 30);
      ASSERT_EQ(message.find_first_not_of('x', message.find(' ') + 1), std::string::npos);
      if (++expected == received_alive) {
        writer.end();
        alive = false;
      }
    }
    EXPECT_GE(expected, received_alive);
  }
}

TEST(Traffic, AWriterThatLiesIsToldFromOneThatIsSlow) {
  Dice dice(seed());
  for (std::size_t round = 0; round < budget(30); ++round) {
    auto region = std::move(ipc::Ring::make_region(ring_bytes).value());
    // Honest messages first, and from then on anything in the positions, lengths and bytes, at full speed.
    RingProcess writer(region, [dice = Dice(dice.number())](const ipc::Ring& ring) mutable {
      for (;;) {
        const std::uint64_t number = dice.number();
        switch (dice.below(3)) {
          case 0:
            ring.header().written.store(number >> dice.below(64));
            break;
          case 1:
            ring.header().read.store(number >> dice.below(64));
            break;
          default:
            ring.copy_in(number % ring.capacity(), {reinterpret_cast<const char*>(&number), sizeof number});
            break;
        }
        ipc::wake_all(ring.header().reader_sleeps);
      }
    });
    ipc::RingReader reader(std::move(ipc::Ring::over(std::move(region)).value()));
    std::string message;
    for (std::size_t received = 0; received < 10'000; ++received) {
      const auto got = reader.receive(message, std::chrono::steady_clock::now() + 10ms);
      ASSERT_LE(message.size(), ring_bytes);
      if (!got) {
        EXPECT_EQ(got.error().code, ErrorCode::data_corrupted);
        // And so it stays, whatever is written there from now on.
        EXPECT_FALSE(reader.receive(message, std::chrono::steady_clock::time_point()));
        break;
      }
    }
  }
}

}  // namespace
}  // namespace symphony::chaos
