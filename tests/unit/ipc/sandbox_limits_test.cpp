// Limits of extension processes, kept by control groups where this machine has some for us, and by measuring.

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include <symphony/ipc/supervisor.h>

#include "control_group.h"
#include "waiting.h"

namespace symphony::ipc {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;
constexpr std::uint64_t mebibyte = 1U << 20U;

/// The parameter: whether control groups may be used.
class Limits : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (GetParam() && ControlGroupPlaces::find().of(Controller::memory).parent.empty()) {
      GTEST_SKIP() << "this machine gives us no control groups";
    }
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "a sanitizer's shadow memory exceeds every limit";
#endif
    SupervisorOptions options;
    options.launcher = SYMPHONY_LAUNCHER;
    options.control_groups = GetParam();
    supervisor = Supervisor::create(*bus, options).value();
    supervisor->on_state([this](const ProcessStatus& status) { states.put(status); });
  }
  void TearDown() override {
    supervisor.reset();
    bus.reset();
  }
  void start(const SandboxProfile& limits) {
    ProcessSpec spec;
    spec.id = "extension";
    spec.executable = TEST_EXTENSION;
    spec.working_directory = spec.executable.parent_path();
    spec.restart = RestartPolicy::manual;
    spec.sandbox = limits;
    spec.sandbox->execute = {spec.working_directory};
    ASSERT_TRUE(supervisor->start(spec));
    ASSERT_TRUE(wait_for(ProcessState::healthy));
  }
  std::optional<ProcessStatus> wait_for(ProcessState state) {
    return states.next_where([state](const ProcessStatus& status) { return status.state == state; });
  }
  void send(const char* method, json params) {
    bus->send_request("test", {"extension", method, std::move(params)}, {},
                      [this](Result<Payload> outcome) { outcomes.put(outcome); });
  }
  json tell(const char* method, json params = json::object()) {
    return test::document_of(test::ask(*bus, {"extension", method, std::move(params)}));
  }

  test::Arrivals<ProcessStatus> states;
  test::Arrivals<Result<Payload>> outcomes;
  std::unique_ptr<Bus> bus = test::make_bus();
  std::unique_ptr<Supervisor> supervisor;
};

TEST_P(Limits, MemoryWarnsFirst) {
  SandboxProfile limits;
  limits.memory_bytes = 64 * mebibyte;
  limits.processes = 0;
  start(limits);
  tell("take", {{"mib", 55}});
  json pressure;
  while (pressure.is_null()) {
    pressure = tell("report")["pressure"];
  }
  EXPECT_EQ(pressure["limit"], 64 * mebibyte);
  EXPECT_GE(pressure["used"], 64 * mebibyte * 8 / 10);
  EXPECT_EQ(supervisor->processes().front().state, ProcessState::healthy);
}

TEST_P(Limits, MemoryBeyondTheLimitEndsItWithASentence) {
  SandboxProfile limits;
  limits.memory_bytes = 64 * mebibyte;
  limits.processes = 0;
  start(limits);
  send("take", {{"mib", 1000}});
  EXPECT_EQ(outcomes.next()->error().code, ErrorCode::peer_disconnected);
  const auto ended = wait_for(ProcessState::crashed);
  EXPECT_EQ(ended->last_exit, ExitKind::out_of_memory);
  EXPECT_NE(ended->last_exit_detail.find("\"extension\" used "), std::string::npos) << ended->last_exit_detail;
  EXPECT_NE(ended->last_exit_detail.find("MiB; its limit is 64 MiB"), std::string::npos) << ended->last_exit_detail;
}

TEST_P(Limits, MemoryOfTheWholeTreeCounts) {
  SandboxProfile limits;
  limits.memory_bytes = 96 * mebibyte;
  limits.processes = 8;
  start(limits);
  tell("take", {{"mib", 20}});
  // Each child has the same pages; what it shares is counted once by a group and each time by measuring.
  if (GetParam()) {
    EXPECT_EQ(tell("fork", {{"count", 3}})["forked"], 3);
    EXPECT_EQ(supervisor->processes().front().state, ProcessState::healthy);
    return;
  }
  send("fork", {{"count", 8}});
  const auto ended = wait_for(ProcessState::crashed);
  EXPECT_EQ(ended->last_exit, ExitKind::out_of_memory) << ended->last_exit_detail;
}

TEST_P(Limits, ProcessesBeyondTheLimitEndIt) {
  SandboxProfile limits;
  limits.processes = 3;
  start(limits);
  EXPECT_EQ(tell("fork", {{"count", 3}})["forked"], 3);
  send("fork", {{"count", 40}});
  const auto ended = wait_for(ProcessState::crashed);
  EXPECT_EQ(ended->last_exit, ExitKind::killed);
  EXPECT_NE(ended->last_exit_detail.find("its limit is 3"), std::string::npos) << ended->last_exit_detail;
}

TEST_P(Limits, WithNoProcessesAllowedItCannotFork) {
  SandboxProfile limits;
  limits.processes = 0;
  start(limits);
  EXPECT_EQ(tell("fork", {{"count", 3}})["forked"], 0);
}

TEST_P(Limits, ProcessorTimeIsHeldToItsShare) {
  SandboxProfile limits;
  limits.cpu_percent = 30;
  limits.processes = 0;
  start(limits);
  const int spun = tell("spin", {{"ms", 1200}})["cpu_ms"];
  EXPECT_LE(spun, 1200 * 36 / 100 + 60);
  EXPECT_GT(spun, 0);  // how much less depends on who else wants the processor
}

TEST_P(Limits, StatusSaysWhatKeepsThem) {
  SandboxProfile limits;
  limits.memory_bytes = 64 * mebibyte;
  limits.cpu_percent = 50;
  limits.processes = 0;
  limits.files = 64;
  start(limits);
  const json status = supervisor->processes().front().to_json();
  EXPECT_EQ(status["limits"]["memory"]["limit"], 64 * mebibyte);
  EXPECT_EQ(status["limits"]["memory"]["enforced"], GetParam() ? "hard" : "best effort");
  EXPECT_EQ(status["limits"]["cpu"]["limit"], 50);
  EXPECT_EQ(status["limits"]["processes"]["by"], "seccomp");
  EXPECT_EQ(status["limits"]["files"]["enforced"], "hard");
  EXPECT_GE(status["sandbox"]["landlock"], 1);
  EXPECT_EQ(status["sandbox"]["bubblewrap"], false);
}

INSTANTIATE_TEST_SUITE_P(Kept, Limits, ::testing::Bool(), [](const auto& each) {
  return each.param ? std::string("ByControlGroups") : std::string("ByMeasuring");
});

}  // namespace
}  // namespace symphony::ipc
