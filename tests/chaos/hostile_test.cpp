// Extension processes that break the protocol: each loses its connection at most, and nobody else notices.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>

#include "dice.h"
#include "stage.h"

namespace symphony::chaos {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using namespace std::chrono_literals;

/// Sanitizers keep freed memory for a while.
constexpr std::size_t memory_allowed = 256U << 20U;

class Hostile : public ::testing::Test {
 protected:
  void SetUp() override {
    stage.bus()
        .register_endpoint("judge",
                           [this](const ipc::Incoming& incoming, const ipc::Responder&) {
                             const std::lock_guard lock(mutex);
                             verdicts.push_back(incoming.body.document().value().dump());
                           })
        .value();
    for (const std::string& worker : workers) {
      stage.start(worker, CHAOS_EXTENSION);
    }
    ASSERT_TRUE(stage.wait_all_healthy());
  }

  /// Starts the hostile one again and again, `times` times in all, while the workers work.
  void endure(const char* role, std::uint32_t times, bool asked_too = false) {
    Dice dice(number);
    const Census before = stage.at_rest();
    const std::size_t memory_before = resident_bytes();
    stage.start("hostile", HOSTILE_EXTENSION, {role, std::to_string(number)},
                [&](ipc::ProcessSpec& spec) { spec.restart_limit = times - 1; });
    const auto over = [](const Stage::Statuses& all) { return all.at("hostile").quarantined; };
    while (!over({{"hostile", stage.status("hostile")}}) && stage.ledger().room() > 1) {
      stage.ledger().wait_below(16);
      stage.ledger().send(stage.bus(), {dice.one_of(workers)});
      // One at a time: of two requests it has, it may well answer one in place of the other.
      if (asked_too && stage.ledger().outstanding("hostile") == 0 &&
          stage.status("hostile").state == ipc::ProcessState::healthy) {
        stage.ledger().send(stage.bus(), {"hostile", "work", json::object(), 100ms});
      }
    }
    ASSERT_TRUE(stage.wait(over));
    EXPECT_EQ(stage.status("hostile").generation, times);
    for (const std::string& worker : workers) {
      EXPECT_EQ(stage.status(worker).generation, 1U);
    }
    stage.supervisor().stop("hostile").value();
    ASSERT_TRUE(stage.wait([](const auto& all) { return all.at("hostile").state == ipc::ProcessState::terminated; }));
    stage.forget("hostile");
    EXPECT_THAT(stage.left_behind_since(before), ElementsAre());
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    EXPECT_LT(stage.pulse().most_memory(), memory_before + memory_allowed);
#else
    static_cast<void>(memory_before);
#endif
    const std::lock_guard lock(mutex);
    EXPECT_THAT(verdicts, ElementsAre());
  }

  const std::uint64_t number = seed();
  std::mutex mutex;
  std::vector<std::string> verdicts;
  std::vector<std::string> workers{"worker0", "worker1"};
  Stage stage{{.messages = 200'000, .heartbeat = {}}};
};

TEST_F(Hostile, MalformedFramesEndTheConnectionAndNothingElse) {
  endure("garbage", static_cast<std::uint32_t>(budget(60)));
  EXPECT_THAT(stage.finish({}), ElementsAre());
}

TEST_F(Hostile, TruncatedFramesAreTheEndOfTheirSender) {
  endure("truncated", static_cast<std::uint32_t>(budget(30)));
  EXPECT_THAT(stage.finish({}), ElementsAre());
}

TEST_F(Hostile, WrongAnswersAnswerNothingButTheirOwnRequest) {
  endure("answers", static_cast<std::uint32_t>(budget(6)), true);
  EXPECT_THAT(stage.finish({ErrorCode::peer_disconnected, ErrorCode::endpoint_unavailable, ErrorCode::parse_error,
                            ErrorCode::internal_error, ErrorCode::deadline_exceeded}),
              ElementsAre());
}

TEST_F(Hostile, LiesInSharedMemoryReadNothingElse) {
  endure("arena", static_cast<std::uint32_t>(budget(20)));
  EXPECT_THAT(stage.finish({}), ElementsAre());
}

TEST_F(Hostile, DescriptorsNobodyAskedForAreNotKept) {
  endure("descriptors", static_cast<std::uint32_t>(budget(10)));
  EXPECT_THAT(stage.finish({}), ElementsAre());
}

TEST_F(Hostile, FloodsFillNothingButTheirOwnQueue) {
  std::vector<ipc::Responder> kept;
  std::mutex kept_mutex;
  stage.bus()
      .register_endpoint("never",
                         [&](const ipc::Incoming&, ipc::Responder responder) {
                           const std::lock_guard lock(kept_mutex);
                           kept.push_back(std::move(responder));
                         })
      .value();
  // Every kind of flood; its number is how often the flooder was started.
  endure("flood", static_cast<std::uint32_t>(budget(8)));
  stage.bus().unregister_endpoint("never");
  kept.clear();
  // A worker that is flooded says so to others as well.
  EXPECT_THAT(stage.finish({ErrorCode::overloaded}), ElementsAre());
}

}  // namespace
}  // namespace symphony::chaos
