// Two versions of one extension: one replaces the other while it serves, or both serve.

#include <signal.h>

#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "../process_end.h"
#include "supervisor_fixture.h"

namespace symphony::ipc {
namespace {

using nlohmann::json;
using test::SupervisorTest;
using namespace std::chrono_literals;

class VersionsTest : public SupervisorTest {
 protected:
  void start() {
    ASSERT_TRUE(supervisor->start(version("1.0.0")));
    first = wait_for(ProcessState::healthy)->pid;
  }
  /// The old version goes on as if nothing had been tried.
  void expect_unchanged(int count) {
    const json answer = tell("count");
    EXPECT_EQ(answer["pid"], first);
    EXPECT_EQ(answer["version"], "1.0.0");
    EXPECT_EQ(answer["count"], count);
    const ProcessStatus status = supervisor->processes().front();
    EXPECT_EQ(status.version, "1.0.0");
    EXPECT_EQ(status.state, ProcessState::healthy);
    EXPECT_EQ(status.restarts, 0U);
  }
  std::map<std::string, int> answered_by(int requests, const std::function<std::string(int)>& source) {
    std::map<std::string, int> versions;
    test::Arrivals<std::string> answers;
    for (int sent = 0; sent < requests; ++sent) {
      bus->send_request(source(sent), {"extension", "count", {}}, {}, [&](Result<Payload> outcome) {
        answers.put(test::document_of(outcome)["version"].get<std::string>());
      });
      ++versions[answers.next().value()];
    }
    return versions;
  }

  std::int64_t first = 0;
};

TEST_F(VersionsTest, ASwapLosesNothingAndRepeatsNothing) {
  start();
  ASSERT_TRUE(supervisor->offer(version("2.0.0")));
  std::atomic<bool> swapped{false};
  std::atomic<int> sent{0};
  test::Arrivals<json> answers;
  const auto send_one = [&] {
    ++sent;
    bus->send_request("test", {"extension", "count", {}}, {},
                      [&](Result<Payload> outcome) { answers.put(test::document_of(outcome)); });
  };
  std::jthread sender([&] {
    while (!swapped) {
      // Never more than the process can hold, so that it is the swap that is tested.
      if (sent < static_cast<int>(answers.size()) + 200) {
        send_one();
      }
    }
    for (int more = 0; more < 50; ++more) {
      send_one();
    }
  });
  const auto outcome = swap();
  swapped = true;
  sender.join();
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ((*outcome)["version"], "2.0.0");
  std::string newest = "1.0.0";
  std::set<int> counts;
  for (int received = 0; received < sent; ++received) {
    const auto answer = answers.next();
    ASSERT_TRUE(answer);
    newest = std::max(newest, (*answer)["version"].get<std::string>());
    counts.insert((*answer)["count"].get<int>());
  }
  EXPECT_EQ(newest, "2.0.0");
  // Every request once, and the count went over with the state.
  EXPECT_EQ(counts.size(), static_cast<std::size_t>(sent));
  EXPECT_EQ(*counts.rbegin(), sent);
  EXPECT_EQ(supervisor->processes().front().version, "2.0.0");
}

TEST_F(VersionsTest, TheStatesOfASwapAreShown) {
  start();
  ASSERT_TRUE(supervisor->offer(version("2.0.0")));
  ASSERT_TRUE(swap());
  const auto updating = wait_for(ProcessState::updating);
  ASSERT_TRUE(updating);
  EXPECT_EQ(updating->generation, 1U);
  EXPECT_EQ(updating->pid, first);
  const auto after = wait_for(ProcessState::healthy);
  EXPECT_EQ(after->generation, 2U);
  EXPECT_NE(after->pid, first);
  const auto told = shown.next_where([](const json& change) { return change["generation"] == 2; });
  EXPECT_EQ((*told)["state"], "healthy");
  EXPECT_EQ((*told)["instance"], "2");
  const auto alone = states.next_where([](const ProcessStatus& status) {
    return !those(status, ProcessRole::leaving, ProcessState::terminated).empty();
  });
  ASSERT_TRUE(alone);
  const json list = test::document_of(test::ask(*bus, {"supervisor", "process.list", {}}));
  EXPECT_EQ(list["processes"][0]["version"], "2.0.0");
  EXPECT_FALSE(runs(first));
}

TEST_F(VersionsTest, WhatTheOldOneOwesItStillAnswers) {
  start();
  ASSERT_TRUE(supervisor->offer(version("2.0.0")));
  test::Arrivals<Result<Payload>> answers;
  bus->send_request("test", {"extension", "slow", json{{"ms", 200}}}, {},
                    [&](Result<Payload> outcome) { answers.put(std::move(outcome)); });
  ASSERT_TRUE(swap());
  EXPECT_EQ(tell("count")["version"], "2.0.0");
  EXPECT_EQ(test::document_of(answers.next().value())["version"], "1.0.0");
}

TEST_F(VersionsTest, AVersionThatDoesNotStartChangesNothing) {
  start();
  tell("count");
  int count = 1;
  for (const char* behaviour : {"exit-at-once", "init-fails", "restore-fails", "crash-after-init"}) {
    ASSERT_TRUE(supervisor->offer(version("2.0.0", behaviour)));
    const auto outcome = swap();
    ASSERT_FALSE(outcome) << behaviour;
    EXPECT_FALSE(outcome.error().message.empty());
    expect_unchanged(++count);
  }
  ProcessSpec silent = version("2.0.0", "never-hello");
  silent.start_timeout = 50ms;
  ASSERT_TRUE(supervisor->offer(silent));
  const auto late = swap();
  ASSERT_FALSE(late);
  EXPECT_NE(late.error().message.find("not ready within 50 ms"), std::string::npos) << late.error().message;
  expect_unchanged(++count);
}

TEST_F(VersionsTest, ACrashOfTheOldOneEndsTheSwapAndIsRepaired) {
  start();
  ASSERT_TRUE(supervisor->offer(version("2.0.0", "never-hello")));
  test::Arrivals<Result<json>> outcome;
  supervisor->swap("extension", [&](Result<json> result) { outcome.put(std::move(result)); });
  ASSERT_TRUE(wait_for(1, ProcessRole::incoming, ProcessState::starting));
  ::kill(static_cast<pid_t>(first), SIGKILL);
  EXPECT_EQ(outcome.next()->error().code, ErrorCode::endpoint_unavailable);
  const auto again = states.next_where(
      [&](const ProcessStatus& status) { return status.state == ProcessState::healthy && status.pid != first; });
  ASSERT_TRUE(again);
  EXPECT_EQ(again->version, "1.0.0");
}

TEST_F(VersionsTest, OnlyOneChangeAtATimeAndStopEndsIt) {
  start();
  EXPECT_EQ(swap().error().code, ErrorCode::not_found);
  EXPECT_EQ(split(50, false).error().code, ErrorCode::not_found);
  EXPECT_EQ(choose("1.0.0").error().code, ErrorCode::not_found);
  ASSERT_TRUE(supervisor->offer(version("2.0.0", "never-hello")));
  test::Arrivals<Result<json>> outcome;
  supervisor->swap("extension", [&](Result<json> result) { outcome.put(std::move(result)); });
  const auto incoming = wait_for(1, ProcessRole::incoming, ProcessState::starting);
  ASSERT_TRUE(incoming);
  ASSERT_TRUE(supervisor->offer(version("3.0.0")));
  EXPECT_EQ(swap().error().code, ErrorCode::invalid_request);
  EXPECT_EQ(split(50, false).error().code, ErrorCode::invalid_request);
  const auto started = those(*incoming, ProcessRole::incoming, ProcessState::starting).front();
  const test::ProcessEnd end(static_cast<pid_t>(started.pid));
  ASSERT_TRUE(supervisor->stop("extension"));
  EXPECT_EQ(outcome.next()->error().code, ErrorCode::cancelled);
  EXPECT_TRUE(end.ended());
}

TEST_F(VersionsTest, OneThatIsNotRunningIsSimplyAnotherNextTime) {
  ProcessSpec lazy = version("1.0.0");
  lazy.lazy = true;
  ASSERT_TRUE(supervisor->start(lazy));
  ASSERT_TRUE(supervisor->offer(version("2.0.0")));
  ASSERT_TRUE(swap());
  EXPECT_EQ(tell("count")["version"], "2.0.0");
}

TEST_F(VersionsTest, SeveralInstancesAreSwappedTogetherEachWithItsState) {
  ProcessSpec two = version("1.0.0");
  two.instances = 2;
  ASSERT_TRUE(supervisor->start(two));
  ASSERT_TRUE(wait_for(2, ProcessRole::serving, ProcessState::healthy));
  for (int sent = 0; sent < 10; ++sent) {
    tell("count");  // five each: idle ones take turns
  }
  ProcessSpec next = version("2.0.0");
  next.instances = 2;
  ASSERT_TRUE(supervisor->offer(next));
  ASSERT_TRUE(swap());
  std::multiset<int> counts;
  for (int sent = 0; sent < 2; ++sent) {
    const json answer = tell("count");
    EXPECT_EQ(answer["version"], "2.0.0");
    counts.insert(answer["count"].get<int>());
  }
  EXPECT_EQ(counts, (std::multiset<int>{6, 6}));
}

TEST_F(VersionsTest, TwoVersionsShareTheMessagesExactly) {
  start();
  ASSERT_TRUE(supervisor->offer(version("2.0.0")));
  const auto outcome = split(25, false);
  ASSERT_TRUE(outcome) << outcome.error().message;
  const auto shares = answered_by(100, [](int) { return "test"; });
  EXPECT_EQ(shares, (std::map<std::string, int>{{"1.0.0", 75}, {"2.0.0", 25}}));
  const BusStatistics statistics = bus->statistics();
  for (const auto& endpoint : statistics.endpoints) {
    if (endpoint.id == "extension") {
      ASSERT_EQ(endpoint.versions.size(), 2U);
      EXPECT_EQ(endpoint.versions[1].version, "2.0.0");
      EXPECT_GE(endpoint.versions[1].answers, 25U);
    }
  }
  const ProcessStatus status = supervisor->processes().front();
  EXPECT_EQ(status.split, (json{{"version", "2.0.0"}, {"share", 25}, {"by", "message"}}));
  EXPECT_EQ(status.pid, first);  // its pictures stay
  EXPECT_EQ(choose("3.0.0").error().code, ErrorCode::not_found);
  ASSERT_TRUE(choose("2.0.0"));
  EXPECT_EQ(answered_by(20, [](int) { return "test"; }), (std::map<std::string, int>{{"2.0.0", 20}}));
  EXPECT_TRUE(states.next_where([](const ProcessStatus& later) {
    return !those(later, ProcessRole::leaving, ProcessState::terminated).empty();
  }));
  EXPECT_TRUE(supervisor->processes().front().split.is_null());
}

TEST_F(VersionsTest, ASenderKeepsItsVersion) {
  start();
  ASSERT_TRUE(supervisor->offer(version("2.0.0")));
  ASSERT_TRUE(split(50, true));
  std::set<std::string> seen;
  for (int sender = 0; sender < 20; ++sender) {
    const auto versions = answered_by(4, [&](int) { return "sender" + std::to_string(sender); });
    ASSERT_EQ(versions.size(), 1U);
    seen.insert(versions.begin()->first);
  }
  EXPECT_EQ(seen.size(), 2U);
  ASSERT_TRUE(choose("1.0.0"));
  EXPECT_EQ(answered_by(20, [](int sent) { return "sender" + std::to_string(sent); }),
            (std::map<std::string, int>{{"1.0.0", 20}}));
  EXPECT_EQ(supervisor->processes().front().pid, first);
}

TEST_F(VersionsTest, ASplitThatCannotStartChangesNothing) {
  start();
  for (const char* behaviour : {"exit-at-once", "init-fails", "restore-fails"}) {
    ASSERT_TRUE(supervisor->offer(version("2.0.0", behaviour)));
    EXPECT_FALSE(split(50, false)) << behaviour;
  }
  expect_unchanged(1);
  ASSERT_TRUE(supervisor->offer(version("1.0.0")));
  EXPECT_EQ(split(50, false).error().code, ErrorCode::invalid_request);
  EXPECT_EQ(split(0, false).error().code, ErrorCode::invalid_params);
  EXPECT_EQ(split(100, false).error().code, ErrorCode::invalid_params);
}

TEST_F(VersionsTest, ACrashInOneOfTwoVersionsIsRepairedInThatOne) {
  start();
  ASSERT_TRUE(supervisor->offer(version("2.0.0")));
  ASSERT_TRUE(split(50, false));
  std::int64_t second = 0;
  for (const InstanceStatus& instance : supervisor->processes().front().instances) {
    second = instance.version == "2.0.0" ? instance.pid : second;
  }
  ASSERT_GT(second, 0);
  ::kill(static_cast<pid_t>(second), SIGKILL);
  ASSERT_TRUE(states.next_where([&](const ProcessStatus& status) {
    return status.restarts == 1 && those(status, ProcessRole::serving, ProcessState::healthy).size() == 2;
  }));
  EXPECT_EQ(answered_by(20, [](int) { return "test"; }), (std::map<std::string, int>{{"1.0.0", 10}, {"2.0.0", 10}}));
}

TEST_F(VersionsTest, TheBusAsksForTheSame) {
  start();
  const auto asked = [&](const char* method, json params) {
    return test::ask(*bus, {"supervisor", method, std::move(params)});
  };
  EXPECT_EQ(asked("process.swap", json::object()).error().code, ErrorCode::invalid_params);
  EXPECT_EQ(asked("process.swap", {{"id", "nobody"}}).error().code, ErrorCode::not_found);
  EXPECT_EQ(asked("process.split", {{"id", "extension"}, {"share", 100}}).error().code, ErrorCode::invalid_params);
  EXPECT_EQ(asked("process.split", {{"id", "extension"}, {"share", 5}, {"by", "luck"}}).error().code,
            ErrorCode::invalid_params);
  ASSERT_TRUE(supervisor->offer(version("2.0.0")));
  EXPECT_TRUE(asked("process.split", {{"id", "extension"}, {"share", 5}, {"by", "sender"}}));
  EXPECT_EQ(test::document_of(asked("process.choose", {{"id", "extension"}, {"version", "2.0.0"}}))["version"],
            "2.0.0");
  ASSERT_TRUE(supervisor->offer(version("3.0.0")));
  EXPECT_EQ(test::document_of(asked("process.swap", {{"id", "extension"}}))["version"], "3.0.0");
  EXPECT_TRUE(asked("process.stop", {{"id", "extension"}}));
  ASSERT_TRUE(wait_for(ProcessState::terminated));
}

}  // namespace
}  // namespace symphony::ipc
