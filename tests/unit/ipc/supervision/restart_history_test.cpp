#include "supervision/restart_history.h"

#include <gtest/gtest.h>

namespace symphony::ipc {
namespace {

using namespace std::chrono_literals;
using Clock = RestartHistory::Clock;

TEST(RestartHistory, BackoffDoublesWithinItsJitterUpToTheLongest) {
  EXPECT_EQ(backoff_delay(0, 0.0), 125ms);
  EXPECT_EQ(backoff_delay(0, 0.5), 187ms);
  EXPECT_EQ(backoff_delay(1, 0.0), 250ms);
  EXPECT_EQ(backoff_delay(3, 0.0), 1000ms);
  EXPECT_LT(backoff_delay(3, 0.999), 2000ms);
  EXPECT_EQ(backoff_delay(10, 0.0), longest_backoff / 2);
  EXPECT_LE(backoff_delay(1'000'000, 0.999), longest_backoff);
}

TEST(RestartHistory, OnlyWhatLiesInTheWindowCounts) {
  RestartHistory history;
  const Clock::time_point start{};
  for (const auto at : {0s, 10s}) {
    EXPECT_TRUE(history.decide(RestartPolicy::immediate, 2, 60s, start + at, 0).delay);
    history.note(start + at);
  }
  const auto third = history.decide(RestartPolicy::immediate, 2, 60s, start + 20s, 0);
  EXPECT_TRUE(third.quarantine);
  EXPECT_FALSE(third.delay);
  EXPECT_EQ(third.restarts, 2U);
  const auto later = history.decide(RestartPolicy::immediate, 2, 60s, start + 61s, 0);
  EXPECT_FALSE(later.quarantine);
  EXPECT_EQ(later.delay, 0ms);
  history.note(start + 61s);
  history.clear();
  EXPECT_TRUE(history.decide(RestartPolicy::backoff, 1, 60s, start + 62s, 0).delay);
}

TEST(RestartHistory, ManualNeverStartsByItself) {
  RestartHistory history;
  const auto decision = history.decide(RestartPolicy::manual, 0, 60s, Clock::time_point{}, 0);
  EXPECT_FALSE(decision.delay);
  EXPECT_FALSE(decision.quarantine);
}

TEST(RestartHistory, NoRestartsAllowedMeansQuarantineAtOnce) {
  RestartHistory history;
  EXPECT_TRUE(history.decide(RestartPolicy::immediate, 0, 60s, Clock::time_point{}, 0).quarantine);
}

}  // namespace
}  // namespace symphony::ipc
