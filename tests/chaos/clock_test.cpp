// The wall clock jumps, as it does when a laptop wakes, a time server answers, or a person sets it: deadlines, restarts
// and signs of life must not care. This program has a wall clock of its own, which it can set.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <mutex>

#include "dice.h"
#include "stage.h"

namespace {

std::atomic<std::int64_t> wall_clock_offset_s{0};

}  // namespace

// In place of the C library's, also for the standard library: what asks for the wall clock gets ours.
extern "C" int clock_gettime(clockid_t clock, timespec* time) {
  const long result = ::syscall(SYS_clock_gettime, clock, time);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    time->tv_sec += wall_clock_offset_s.load();
  }
  return static_cast<int>(result);
}

extern "C" time_t time(time_t* result) {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (result != nullptr) {
    *result = now.tv_sec;
  }
  return now.tv_sec;
}

extern "C" int gettimeofday(timeval* now, void* /*zone*/) {
  timespec precise{};
  const int result = clock_gettime(CLOCK_REALTIME, &precise);
  *now = {precise.tv_sec, precise.tv_nsec / 1000};
  return result;
}

namespace symphony::chaos {
namespace {

using ::testing::ElementsAre;
using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

std::int64_t true_wall_clock() {
  timespec now{};
  ::syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
  return now.tv_sec;
}

TEST(Clock, IsOurs) {
  wall_clock_offset_s = 1'000'000;
  const auto shown =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  EXPECT_NEAR(static_cast<double>(shown - true_wall_clock()), 1e6, 2);
  wall_clock_offset_s = 0;
}

TEST(Clock, JumpsChangeNoDeadlineAndEndNobody) {
  Dice dice(seed());
  StageOptions options;
  options.heartbeat.busy = 2s;
  options.heartbeat.idle = 2s;
  Stage stage(options);
  std::vector<std::string> workers{"worker0", "worker1", "victim"};
  for (const std::string& worker : workers) {
    stage.start(worker, CHAOS_EXTENSION, {},
                [](ipc::ProcessSpec& spec) { spec.restart = ipc::RestartPolicy::backoff; });
  }
  ASSERT_TRUE(stage.wait_all_healthy());
  std::vector<ipc::Responder> kept;
  std::mutex kept_mutex;
  stage.bus()
      .register_endpoint("never",
                         [&](const ipc::Incoming&, ipc::Responder responder) {
                           const std::lock_guard lock(kept_mutex);
                           kept.push_back(std::move(responder));
                         })
      .value();
  constexpr std::int64_t year = 366 * 24 * 3600;
  for (std::size_t left = budget(1500); left > 0; --left) {
    stage.ledger().wait_below(16);
    stage.ledger().send(stage.bus(), {dice.one_of(workers)});
    if (dice.one_in(5)) {
      wall_clock_offset_s = static_cast<std::int64_t>(dice.below(2 * year)) - year;
    }
    if (dice.one_in(500)) {
      stage.signal("victim", SIGKILL);
    }
    if (dice.one_in(300)) {
      // It comes after its time, and soon after, whatever the clock on the wall says.
      constexpr auto deadline = 200ms;
      ipc::SendOptions impatient;
      impatient.deadline = deadline;
      std::promise<ErrorCode> failed;
      const auto asked = Steady::now();
      stage.bus().send_request("test", {"never", "wait", {}}, impatient, [&](const ipc::Result<ipc::Payload>& outcome) {
        failed.set_value(outcome.error().code);
      });
      auto outcome = failed.get_future();
      wall_clock_offset_s = year;
      EXPECT_EQ(outcome.get(), ErrorCode::deadline_exceeded);
      EXPECT_GE(Steady::now() - asked, deadline);
      EXPECT_LT(Steady::now() - asked, deadline + 5s);
    }
  }
  ASSERT_TRUE(stage.wait_all_healthy());
  EXPECT_EQ(stage.status("worker0").generation, 1U);
  EXPECT_EQ(stage.status("worker1").generation, 1U);
  stage.bus().unregister_endpoint("never");
  kept.clear();
  wall_clock_offset_s = 0;
  EXPECT_THAT(stage.finish({ErrorCode::peer_disconnected, ErrorCode::endpoint_unavailable}), ElementsAre());
}

}  // namespace
}  // namespace symphony::chaos
