// Extension processes that die, stall, multiply, or take all the memory there is.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <future>

#include "dice.h"
#include "stage.h"

namespace symphony::chaos {
namespace {

using ipc::ExitKind;
using ipc::ProcessState;
using nlohmann::json;
using ::testing::ElementsAre;
using namespace std::chrono_literals;

/// What a request may fail with because its process was killed or is being started again.
const std::set<ErrorCode> gone{ErrorCode::peer_disconnected, ErrorCode::endpoint_unavailable};

std::vector<std::string> names(const std::string& prefix, std::size_t count) {
  std::vector<std::string> all;
  for (std::size_t number = 0; number < count; ++number) {
    all.push_back(prefix + std::to_string(number));
  }
  return all;
}

void start_workers(Stage& stage, const std::vector<std::string>& workers) {
  for (const std::string& worker : workers) {
    stage.start(worker, CHAOS_EXTENSION);
  }
  ASSERT_TRUE(stage.wait_all_healthy());
}

TEST(Processes, KilledAtRandomAnswerOrFailEveryRequestOnce) {
  Dice dice(seed());
  Stage stage;
  auto workers = names("worker", 4);
  start_workers(stage, workers);
  const Census before = stage.at_rest();
  std::size_t killed = 0;
  for (std::size_t left = budget(4000); left > 0; --left) {
    stage.ledger().wait_below(64);
    const std::string& target = dice.one_of(workers);
    if (dice.one_in(8)) {
      // Through another process: two requests, either of whose ends may die.
      stage.ledger().send(stage.bus(), {target, "relay", {{"to", dice.one_of(workers)}, {"ms", 20'000}}});
    } else {
      const bool idempotent = dice.one_in(4);
      stage.ledger().send(stage.bus(), {target, "work", json::object(), 20s, idempotent});
    }
    if (dice.one_in(80)) {
      ++killed;
      const std::string& victim = dice.one_of(workers);
      switch (dice.below(3)) {
        case 0:
          stage.signal(victim, SIGKILL);
          break;
        case 1:
          stage.ledger().send(stage.bus(), {victim, "die"});
          break;
        default:
          stage.ledger().send(stage.bus(), {victim, "leave_in_the_middle"});
          break;
      }
    }
    if (dice.one_in(200)) {
      stage.wait_all_healthy();
    }
  }
  EXPECT_GT(killed, 10U);
  EXPECT_THAT(stage.left_behind_since(before), ElementsAre());
  EXPECT_GT(stage.messages().totals().answered, 1000U);
  EXPECT_THAT(stage.finish(gone), ElementsAre());
}

TEST(Processes, StalledAnswerLaterAndSlowNobodyElse) {
  Dice dice(seed());
  StageOptions options;
  options.heartbeat.busy = 30s;
  options.heartbeat.idle = 30s;
  Stage stage(options);
  auto workers = names("worker", 4);
  start_workers(stage, workers);
  std::set<std::string> stalled;
  const auto wake = [&](const std::string& worker) {
    stage.signal(worker, SIGCONT);
    stalled.erase(worker);
  };
  std::size_t stalls = 0;
  for (std::size_t left = budget(6000); left > 0; --left) {
    while (!stage.ledger().wait_below(64, stalled)) {
      wake(*stalled.begin());
    }
    stage.ledger().send(stage.bus(), {dice.one_of(workers)});
    if (dice.one_in(40)) {
      const std::string victim = dice.one_of(workers);
      if (stalled.contains(victim)) {
        wake(victim);
      } else if (stalled.size() + 1 < workers.size()) {
        stage.signal(victim, SIGSTOP);
        stalled.insert(victim);
        ++stalls;
      }
    }
  }
  EXPECT_GT(stalls, 20U);
  while (!stalled.empty()) {
    wake(*stalled.begin());
  }
  stage.ledger().wait_all();
  for (const std::string& worker : workers) {
    EXPECT_EQ(stage.status(worker).generation, 1U) << "a short stall is no reason to end a process";
  }
  EXPECT_THAT(stage.finish({}), ElementsAre());
}

TEST(Processes, StalledForGoodAreReplaced) {
  Dice dice(seed());
  StageOptions options;
  options.heartbeat.busy = 250ms;
  options.heartbeat.idle = 250ms;
  options.heartbeat.missed_limit = 2;
  Stage stage(options);
  auto workers = names("worker", 3);
  start_workers(stage, workers);
  for (std::size_t round = 0; round < budget(2); ++round) {
    const std::string& victim = dice.one_of(workers);
    const auto generation = stage.status(victim).generation;
    stage.signal(victim, SIGSTOP);
    for (int request = 0; request < 50; ++request) {
      stage.ledger().send(stage.bus(), {victim});
    }
    ASSERT_TRUE(stage.wait([&](const auto& all) {
      return all.at(victim).generation > generation && all.at(victim).state == ProcessState::healthy;
    }));
    EXPECT_EQ(stage.status(victim).last_exit, ExitKind::unresponsive) << stage.status(victim).last_exit_detail;
  }
  EXPECT_THAT(stage.finish(gone), ElementsAre());
}

TEST(Processes, ForkBombsEndWithAllTheirChildren) {
  Dice dice(seed());
  Stage stage;
  auto workers = names("worker", 2);
  start_workers(stage, workers);
  stage.start("bomb", CHAOS_EXTENSION, {}, [](ipc::ProcessSpec& spec) { spec.sandbox->processes = 8; });
  for (std::size_t round = 0; round < budget(2); ++round) {
    ASSERT_TRUE(stage.wait_healthy("bomb"));
    const auto generation = stage.status("bomb").generation;
    auto bombed = std::async(std::launch::async, [&] { return stage.ask("bomb", "fork_bomb", {{"limit", 250}}); });
    while (bombed.wait_for(0s) != std::future_status::ready) {
      stage.ledger().wait_below(16);
      stage.ledger().send(stage.bus(), {dice.one_of(workers)});
    }
    ASSERT_TRUE(stage.wait([&](const auto& all) { return all.at("bomb").generation > generation; }));
    EXPECT_NE(stage.status("bomb").last_exit_detail.find("its limit is 8"), std::string::npos)
        << stage.status("bomb").last_exit_detail;
  }
  // What is left of it is its newest process, and the warden of that.
  ASSERT_TRUE(stage.wait_healthy("bomb"));
  EXPECT_LE(stage.at_rest().processes.size(), 2 * 3U);
  EXPECT_THAT(stage.finish({}), ElementsAre());
}

TEST(Processes, MemoryHogsAreEndedAndNobodyElse) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer's shadow memory exceeds every limit";
#endif
  Dice dice(seed());
  Stage stage;
  auto workers = names("worker", 2);
  start_workers(stage, workers);
  auto hogs = names("hog", 3);
  for (const std::string& hog : hogs) {
    stage.start(hog, CHAOS_EXTENSION, {}, [](ipc::ProcessSpec& spec) { spec.sandbox->memory_bytes = 64U << 20U; });
  }
  ASSERT_TRUE(stage.wait_all_healthy());
  for (std::size_t round = 0; round < budget(1); ++round) {
    for (const std::string& hog : hogs) {
      stage.ledger().send(stage.bus(), {hog, "take", {{"mib", 2000}}});
    }
    for (int request = 0; request < 500; ++request) {
      stage.ledger().wait_below(16);
      stage.ledger().send(stage.bus(), {dice.one_of(workers)});
    }
    stage.ledger().wait_all();
    ASSERT_TRUE(stage.wait([&](const auto& all) {
      return std::all_of(hogs.begin(), hogs.end(),
                         [&](const std::string& hog) { return all.at(hog).last_exit == ExitKind::out_of_memory; });
    }));
    ASSERT_TRUE(stage.wait_all_healthy());
  }
  for (const std::string& hog : hogs) {
    EXPECT_EQ(stage.status(hog).last_exit, ExitKind::out_of_memory) << stage.status(hog).last_exit_detail;
  }
  for (const std::string& worker : workers) {
    EXPECT_EQ(stage.status(worker).generation, 1U);
  }
  EXPECT_THAT(stage.finish({ErrorCode::peer_disconnected}), ElementsAre());
}

TEST(Processes, FiftyAtOnceOfWhichHalfAreKilled) {
  Dice dice(seed());
  Stage stage;
  auto workers = names("worker", 50);
  start_workers(stage, workers);
  const Census before = stage.at_rest();
  const auto ask_everybody = [&] {
    for (std::size_t request = 0; request < budget(2000); ++request) {
      stage.ledger().wait_below(100);
      stage.ledger().send(stage.bus(), {dice.one_of(workers)});
    }
  };
  ask_everybody();
  for (std::size_t half = 0; half < workers.size() / 2; ++half) {
    stage.signal(dice.one_of(workers), SIGKILL);
  }
  ask_everybody();
  EXPECT_THAT(stage.left_behind_since(before), ElementsAre());
  ask_everybody();
  EXPECT_THAT(stage.finish(gone), ElementsAre());
}

TEST(Processes, TheHostEndsInTheMiddleOfEverything) {
  Dice dice(seed());
  for (std::size_t round = 0; round < budget(2); ++round) {
    Stage stage;
    auto workers = names("worker", 4);
    start_workers(stage, workers);
    for (int request = 0; request < 300; ++request) {
      stage.ledger().send(stage.bus(), {dice.one_of(workers)});
    }
    stage.signal(dice.one_of(workers), SIGSTOP);
    stage.signal(dice.one_of(workers), SIGKILL);
    // What is unanswered then fails, or was answered; nothing waits, nothing stays.
    EXPECT_THAT(stage.finish_now(gone), ElementsAre());
  }
}

}  // namespace
}  // namespace symphony::chaos
