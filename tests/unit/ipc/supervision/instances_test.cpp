// Several processes of one extension: instances, a spare, one that is started by a message or stopped when idle.

#include <signal.h>

#include <map>
#include <set>

#include <symphony/ipc/limits.h>

#include "../process_end.h"
#include "supervisor_fixture.h"

namespace symphony::ipc {
namespace {

using nlohmann::json;
using test::SupervisorTest;
using namespace std::chrono_literals;

class InstancesTest : public SupervisorTest {};

TEST_F(InstancesTest, ShareTheirAddressAndOneCrashLeavesTheOthers) {
  ProcessSpec several = spec();
  several.instances = 3;
  ASSERT_TRUE(supervisor->start(several));
  const auto ready = wait_for(3, ProcessRole::serving, ProcessState::healthy);
  ASSERT_TRUE(ready);
  std::set<std::int64_t> pids;
  for (int asked = 0; asked < 30; ++asked) {
    pids.insert(tell("count")["pid"].get<std::int64_t>());
  }
  EXPECT_EQ(pids.size(), 3U);
  ::kill(static_cast<pid_t>(ready->pid), SIGKILL);
  const auto others_go_on = states.next_where([&](const ProcessStatus& status) { return status.pid != ready->pid; });
  ASSERT_TRUE(others_go_on);
  EXPECT_GT(others_go_on->generation, ready->generation);
  for (int asked = 0; asked < 30; ++asked) {
    EXPECT_NE(tell("count")["pid"], ready->pid);
  }
  const auto whole = wait_for(3, ProcessRole::serving, ProcessState::healthy);
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->restarts, 1U);
  EXPECT_FALSE(whole->quarantined);
  // The page was told which process draws from then on.
  const auto told =
      shown.next_where([&](const json& change) { return change["generation"] == others_go_on->generation; });
  EXPECT_NE((*told)["instance"], "1");
}

TEST_F(InstancesTest, EachKeepsTheStateItSaved) {
  ProcessSpec two = spec();
  two.instances = 2;
  ASSERT_TRUE(supervisor->start(two));
  const auto ready = wait_for(2, ProcessRole::serving, ProcessState::healthy);
  const auto tell_one = [&](const std::string& instance, const char* method, json params = json::object()) {
    SendOptions send;
    send.instance = instance;
    return test::ask(*bus, {"extension", method, std::move(params)}, send);
  };
  tell_one("1", "save", {{"text", "one"}}).value();
  tell_one("2", "save", {{"text", "two"}}).value();
  EXPECT_FALSE(tell_one("2", "crash"));
  const auto again = states.next_where([&](const ProcessStatus& status) {
    return status.restarts == 1 && those(status, ProcessRole::serving, ProcessState::healthy).size() == 2;
  });
  ASSERT_TRUE(again);
  EXPECT_EQ(again->pid, ready->pid);
  EXPECT_EQ(test::document_of(tell_one("2", "report"))["state"], (json{{"text", "two"}}));
}

TEST_F(InstancesTest, OneInQuarantineIsNotTheEndOfTheOthers) {
  ProcessSpec two = spec();
  two.instances = 2;
  two.restart_limit = 0;
  ASSERT_TRUE(supervisor->start(two));
  const auto ready = wait_for(2, ProcessRole::serving, ProcessState::healthy);
  ::kill(static_cast<pid_t>(ready->pid), SIGKILL);
  const auto left = states.next_where([](const ProcessStatus& status) {
    return those(status, ProcessRole::serving, ProcessState::crashed).size() == 1;
  });
  ASSERT_TRUE(left);
  EXPECT_FALSE(left->quarantined);
  EXPECT_NE(tell("count")["pid"], ready->pid);
  ::kill(static_cast<pid_t>(left->pid), SIGKILL);
  EXPECT_TRUE(states.next_where([](const ProcessStatus& status) { return status.quarantined; }));
  EXPECT_EQ(test::ask(*bus, {"extension", "count", {}}).error().code, ErrorCode::endpoint_unavailable);
  EXPECT_EQ(test::ask(*bus, {"supervisor", "process.start", json{{"id", "extension"}}}).error().code,
            ErrorCode::invalid_request);
}

TEST_F(InstancesTest, TheirNumberIsBounded) {
  ProcessSpec none = spec();
  none.instances = 0;
  EXPECT_EQ(supervisor->start(none).error().code, ErrorCode::invalid_params);
  none.instances = limits::instances_per_extension + 1;
  EXPECT_EQ(supervisor->start(none).error().code, ErrorCode::invalid_params);
}

TEST_F(InstancesTest, ASpareTakesOverWithTheStateAndIsReplaced) {
  ProcessSpec spared = spec();
  spared.spare = true;
  ASSERT_TRUE(supervisor->start(spared));
  const auto prepared = wait_for(1, ProcessRole::spare, ProcessState::running);
  ASSERT_TRUE(prepared);
  const std::int64_t spare = those(*prepared, ProcessRole::spare, ProcessState::running).front().pid;
  tell("save", {{"text", "needle"}});
  provoke("crash");
  EXPECT_EQ(outcomes.next()->error().code, ErrorCode::peer_disconnected);
  const auto again = states.next_where(
      [&](const ProcessStatus& status) { return status.pid == spare && status.state == ProcessState::healthy; });
  ASSERT_TRUE(again);
  EXPECT_EQ(again->generation, 2U);
  EXPECT_EQ(again->restarts, 1U);
  const json report = tell("report");
  EXPECT_EQ(report["pid"], spare);
  EXPECT_EQ(report["state"], (json{{"text", "needle"}}));
  EXPECT_EQ(report["init"]["generation"], 2);
  const auto next = states.next_where([&](const ProcessStatus& status) {
    const auto spares = those(status, ProcessRole::spare, ProcessState::running);
    return spares.size() == 1 && spares.front().pid != spare && status.instances.size() == 2;
  });
  ASSERT_TRUE(next);
  EXPECT_EQ(next->last_exit, ExitKind::crashed);
  EXPECT_NE(next->last_exit_detail.find("SIGABRT"), std::string::npos);
}

TEST_F(InstancesTest, AnIdempotentRequestIsAnsweredByTheSpare) {
  ProcessSpec spared = spec();
  spared.spare = true;
  ASSERT_TRUE(supervisor->start(spared));
  const auto prepared = wait_for(1, ProcessRole::spare, ProcessState::running);
  ASSERT_TRUE(prepared);
  SendOptions again;
  again.idempotent = true;
  test::Arrivals<Result<Payload>> answers;
  bus->send_request("test", {"extension", "slow", json{{"ms", 30}}}, again,
                    [&](Result<Payload> outcome) { answers.put(std::move(outcome)); });
  ::kill(static_cast<pid_t>(prepared->pid), SIGKILL);
  EXPECT_TRUE(answers.next()->has_value());
}

TEST_F(InstancesTest, ASpareThatDiesIsMadeAnewAndStopsWithTheRest) {
  ProcessSpec spared = spec();
  spared.spare = true;
  ASSERT_TRUE(supervisor->start(spared));
  const auto prepared = wait_for(1, ProcessRole::spare, ProcessState::running);
  const std::int64_t first = those(*prepared, ProcessRole::spare, ProcessState::running).front().pid;
  ::kill(static_cast<pid_t>(first), SIGKILL);
  const auto anew = states.next_where([&](const ProcessStatus& status) {
    const auto spares = those(status, ProcessRole::spare, ProcessState::running);
    return !spares.empty() && spares.front().pid != first;
  });
  ASSERT_TRUE(anew);
  EXPECT_EQ(anew->restarts, 0U);
  EXPECT_EQ(anew->pid, prepared->pid);
  const test::ProcessEnd serving(static_cast<pid_t>(anew->pid));
  const test::ProcessEnd spare(static_cast<pid_t>(those(*anew, ProcessRole::spare, ProcessState::running).front().pid));
  ASSERT_TRUE(supervisor->stop("extension"));
  EXPECT_TRUE(serving.ended());
  EXPECT_TRUE(spare.ended());
}

TEST_F(InstancesTest, TheFirstMessageStartsALazyOneAndWaitsForIt) {
  ProcessSpec lazy = spec();
  lazy.lazy = true;
  ASSERT_TRUE(supervisor->start(lazy));
  const auto waiting = states.next();
  EXPECT_EQ(waiting->state, ProcessState::created);
  EXPECT_EQ(waiting->pid, 0);
  EXPECT_EQ(bus->statistics().endpoints.front().state, "waiting");
  EXPECT_EQ(bus->statistics().endpoints.front().health, Health::ok);
  const json report = tell("report");
  EXPECT_EQ(report["init"]["generation"], 1);
  EXPECT_TRUE(wait_for(ProcessState::healthy));
  EXPECT_EQ(tell("count")["count"], 1);
}

TEST_F(InstancesTest, MessagesToALazyOneKeepTheirOrder) {
  ProcessSpec lazy = spec();
  lazy.lazy = true;
  ASSERT_TRUE(supervisor->start(lazy));
  constexpr int messages = 200;
  test::Arrivals<int> counts;
  for (int sent = 0; sent < messages; ++sent) {
    bus->send_request("test", {"extension", "count", {}}, {},
                      [&](Result<Payload> outcome) { counts.put(test::document_of(outcome)["count"].get<int>()); });
  }
  for (int expected = 1; expected <= messages; ++expected) {
    ASSERT_EQ(counts.next(), expected);
  }
}

TEST_F(InstancesTest, WhoWaitsForALazyOneWaitsNoLongerThanItsDeadline) {
  ProcessSpec silent = spec({"never-hello"});
  silent.lazy = true;
  ASSERT_TRUE(supervisor->start(silent));
  SendOptions soon;
  soon.deadline = 30ms;
  EXPECT_EQ(test::ask(*bus, {"extension", "report", {}}, soon).error().code, ErrorCode::deadline_exceeded);
  ASSERT_TRUE(supervisor->stop("extension"));
  EXPECT_TRUE(wait_for(ProcessState::terminated));
}

TEST_F(InstancesTest, ALazyOneThatCannotStartFailsWhatWaits) {
  ProcessSpec broken = spec({"exit-at-once"});
  broken.lazy = true;
  broken.restart_limit = 1;
  ASSERT_TRUE(supervisor->start(broken));
  EXPECT_EQ(test::ask(*bus, {"extension", "report", {}}).error().code, ErrorCode::endpoint_unavailable);
  EXPECT_TRUE(states.next_where([](const ProcessStatus& status) { return status.quarantined; }));
  // And from then on at once.
  EXPECT_EQ(test::ask(*bus, {"extension", "report", {}}).error().code, ErrorCode::endpoint_unavailable);
}

TEST_F(InstancesTest, ALazyOneIsStartedByHandToo) {
  ProcessSpec lazy = spec();
  lazy.lazy = true;
  ASSERT_TRUE(supervisor->start(lazy));
  test::ask(*bus, {"supervisor", "process.start", json{{"id", "extension"}}}).value();
  EXPECT_TRUE(wait_for(ProcessState::healthy));
  ASSERT_TRUE(supervisor->stop("extension"));
  ASSERT_TRUE(wait_for(ProcessState::terminated));
  EXPECT_EQ(test::ask(*bus, {"extension", "report", {}}).error().code, ErrorCode::endpoint_unavailable);
  // Only a person starts what a person stopped.
  ASSERT_TRUE(supervisor->activate("extension"));
  EXPECT_EQ(test::ask(*bus, {"extension", "report", {}}).error().code, ErrorCode::endpoint_unavailable);
  test::ask(*bus, {"supervisor", "process.start", json{{"id", "extension"}}}).value();
  EXPECT_TRUE(wait_for(ProcessState::healthy));
}

TEST_F(InstancesTest, AnIdleOneIsStoppedAndGoesOnWhereItWas) {
  ProcessSpec idle = spec();
  idle.idle_stop = 40ms;
  ASSERT_TRUE(supervisor->start(idle));
  ASSERT_TRUE(wait_for(ProcessState::healthy));
  tell("count");
  tell("count");
  const auto stopped = states.next_where(
      [](const ProcessStatus& status) { return status.state == ProcessState::created && status.pid == 0; });
  ASSERT_TRUE(stopped);
  EXPECT_EQ(stopped->last_exit, ExitKind::clean);
  EXPECT_EQ(tell("count")["count"], 3);
  const auto again = wait_for(ProcessState::healthy);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->generation, 2U);
  EXPECT_EQ(again->restarts, 0U);
}

TEST_F(InstancesTest, WhatOwesAnAnswerIsNotIdle) {
  ProcessSpec idle = spec();
  idle.idle_stop = 20ms;
  ASSERT_TRUE(supervisor->start(idle));
  ASSERT_TRUE(wait_for(ProcessState::healthy));
  EXPECT_TRUE(test::ask(*bus, {"extension", "slow", json{{"ms", 150}}}));
}

TEST_F(InstancesTest, EverythingEndsWithTheSupervisor) {
  ProcessSpec several = spec();
  several.instances = 2;
  several.spare = true;
  ASSERT_TRUE(supervisor->start(several));
  // Which is ready first is not said.
  const auto ready = states.next_where([&](const ProcessStatus& status) {
    return those(status, ProcessRole::serving, ProcessState::healthy).size() == 2 &&
           those(status, ProcessRole::spare, ProcessState::running).size() == 1;
  });
  ASSERT_TRUE(ready);
  std::vector<std::int64_t> pids;
  for (const InstanceStatus& instance : ready->instances) {
    pids.push_back(instance.pid);
  }
  ASSERT_EQ(pids.size(), 3U);
  supervisor.reset();
  for (const std::int64_t pid : pids) {
    EXPECT_FALSE(runs(pid));
  }
}

}  // namespace
}  // namespace symphony::ipc
