#include <symphony/ipc/supervisor.h>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <utility>

#include "process_end.h"
#include "supervision/supervisor_fixture.h"

namespace symphony::ipc {
namespace {

using nlohmann::json;
using test::SupervisorTest;
using namespace std::chrono_literals;

/// What /proc/PID/status says behind `key`; empty when there is no such process.
std::string status_of(pid_t pid, const std::string& key) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(key + ":")) {
      return line.substr(line.find_first_not_of(" \t", key.size() + 1));
    }
  }
  return {};
}

pid_t parent_of(pid_t pid) { return static_cast<pid_t>(std::stol(status_of(pid, "PPid"))); }

bool waits_for(pid_t pid, int signal) {
  return (std::stoull(status_of(pid, "ShdPnd"), nullptr, 16) >> static_cast<unsigned>(signal - 1) & 1U) != 0;
}

TEST_F(SupervisorTest, StartsThroughEveryState) {
  ASSERT_TRUE(supervisor->start(spec()));
  EXPECT_EQ(states.next()->state, ProcessState::starting);
  EXPECT_EQ(states.next()->state, ProcessState::running);
  const auto healthy = states.next();
  EXPECT_EQ(healthy->state, ProcessState::healthy);
  EXPECT_EQ(healthy->generation, 1U);
  const json report = tell("report");
  EXPECT_EQ(report["init"], (json{{"workspace", "/somewhere"}, {"config", json::object()}, {"generation", 1}}));
  EXPECT_EQ(report["pid"], healthy->pid);
  EXPECT_GT(supervisor->processes().front().rss_bytes, 100'000);
  const auto last = shown.next_where([](const json& change) { return change["state"] == "healthy"; });
  EXPECT_EQ((*last)["id"], "extension");
  EXPECT_EQ((*last)["quarantined"], false);
}

TEST_F(SupervisorTest, TheLauncherRestrictsTheProcess) {
  ::setenv("SYMPHONY_TEST_SECRET", "1", 1);
  const int leaked = ::dup(2);  // not close-on-exec
  ASSERT_TRUE(supervisor->start(spec()));
  ASSERT_TRUE(wait_for(ProcessState::healthy));
  const json environment = tell("report")["environment"];
  ::close(leaked);
  EXPECT_EQ(environment["no_new_privileges"], 1);
  EXPECT_EQ(environment["core_limit"], 0);
  EXPECT_EQ(environment["death_signal"], SIGKILL);
  EXPECT_EQ(environment["session_leader"], true);
  EXPECT_EQ(environment["group_leader"], true);
  EXPECT_EQ(environment["descriptors"], (json{0, 1, 2, 3}));
  EXPECT_EQ(environment["directory"], std::filesystem::canonical(root).string());
  EXPECT_EQ(environment["secret"], false);
}

TEST_F(SupervisorTest, ACrashFailsItsRequestsAndIsRestoredWithItsState) {
  ASSERT_TRUE(supervisor->start(spec()));
  const auto first = wait_for(ProcessState::healthy);
  tell("save", {{"text", "needle"}});
  provoke("crash");
  EXPECT_EQ(outcomes.next()->error().code, ErrorCode::peer_disconnected);
  const auto crashed = wait_for(ProcessState::crashed);
  EXPECT_EQ(crashed->last_exit, ExitKind::crashed);
  EXPECT_NE(crashed->last_exit_detail.find("SIGABRT"), std::string::npos);
  const auto again = wait_for(ProcessState::healthy);
  EXPECT_EQ(again->generation, 2U);
  EXPECT_EQ(again->restarts, 1U);
  EXPECT_NE(again->pid, first->pid);
  EXPECT_GT(again->last_recovery_us, 0);
  const json report = tell("report");
  EXPECT_EQ(report["init"]["generation"], 2);
  EXPECT_EQ(report["state"], (json{{"text", "needle"}}));
  EXPECT_FALSE(bus->spans().spans().empty());
}

TEST_F(SupervisorTest, AKillIsToldFromACrash) {
  ASSERT_TRUE(supervisor->start(spec()));
  ASSERT_TRUE(wait_for(ProcessState::healthy));
  provoke("kill");
  EXPECT_EQ(wait_for(ProcessState::crashed)->last_exit, ExitKind::killed);
  EXPECT_TRUE(wait_for(ProcessState::healthy));
}

TEST_F(SupervisorTest, TooManyCrashesMeanQuarantineUntilRestarted) {
  ProcessSpec fragile = spec({"crash-after-init"});
  fragile.restart_limit = 2;
  ASSERT_TRUE(supervisor->start(fragile));
  const auto given_up = states.next_where([](const ProcessStatus& status) { return status.quarantined; });
  ASSERT_TRUE(given_up);
  EXPECT_EQ(given_up->state, ProcessState::crashed);
  EXPECT_EQ(given_up->generation, 3U);
  EXPECT_EQ(given_up->restarts, 2U);
  EXPECT_NE(given_up->last_exit_detail.find("2 restarts"), std::string::npos);
  ASSERT_TRUE(supervisor->restart("extension"));
  const auto anew = wait_for(ProcessState::starting);
  EXPECT_EQ(anew->generation, 4U);
  EXPECT_FALSE(anew->quarantined);
}

TEST_F(SupervisorTest, ManualPolicyWaitsForThePerson) {
  ProcessSpec manual = spec();
  manual.restart = RestartPolicy::manual;
  ASSERT_TRUE(supervisor->start(manual));
  ASSERT_TRUE(wait_for(ProcessState::healthy));
  provoke("crash");
  EXPECT_FALSE(wait_for(ProcessState::crashed)->quarantined);
  test::ask(*bus, {"supervisor", "process.restart", json{{"id", "extension"}}}).value();
  EXPECT_EQ(wait_for(ProcessState::healthy)->generation, 2U);
}

TEST_F(SupervisorTest, ItsOwnCleanEndIsNotACrash) {
  ASSERT_TRUE(supervisor->start(spec()));
  ASSERT_TRUE(wait_for(ProcessState::healthy));
  tell("leave");
  const auto ended = wait_for(ProcessState::terminated);
  EXPECT_EQ(ended->last_exit, ExitKind::clean);
  EXPECT_EQ(ended->restarts, 0U);
}

TEST_F(SupervisorTest, WhatCannotStartIsSaid) {
  ProcessSpec missing = spec();
  missing.executable = root / "nothing";
  EXPECT_EQ(supervisor->start(missing).error().code, ErrorCode::not_found);
  ProcessSpec broken = spec();
  broken.executable = root / "script";
  std::ofstream(broken.executable) << "no program";
  ASSERT_EQ(::chmod(broken.executable.c_str(), 0700), 0);
  broken.restart = RestartPolicy::manual;
  ASSERT_TRUE(supervisor->start(broken));
  const auto crashed = wait_for(ProcessState::crashed);
  EXPECT_EQ(crashed->last_exit, ExitKind::failed_to_start);
  supervisor.reset();  // until then the log may still be written
  std::ifstream log(broken.log);
  std::stringstream text;
  text << log.rdbuf();
  EXPECT_NE(text.str().find("cannot start"), std::string::npos) << text.str() << crashed->last_exit_detail;
  EXPECT_FALSE(Supervisor::create(*bus, {root / "no-launcher", {}}));
}

TEST_F(SupervisorTest, WhyTheLauncherGaveUpIsSaid) {
  ProcessSpec broken = spec();
  broken.executable = root / "script";
  std::ofstream(broken.executable) << "no program";
  ASSERT_EQ(::chmod(broken.executable.c_str(), 0700), 0);
  broken.restart = RestartPolicy::manual;
  broken.sandbox = SandboxProfile{};
  ASSERT_TRUE(supervisor->start(broken));
  const auto refused = wait_for(ProcessState::crashed);
  EXPECT_EQ(refused->last_exit, ExitKind::failed_to_start);
  EXPECT_NE(refused->last_exit_detail.find("cannot start " + broken.executable.string()), std::string::npos)
      << refused->last_exit_detail;
  ASSERT_TRUE(supervisor->stop("extension"));
  ASSERT_TRUE(wait_for(ProcessState::terminated));
  broken.sandbox->read = {"relative"};
  ASSERT_TRUE(supervisor->start(broken));
  EXPECT_NE(wait_for(ProcessState::crashed)->last_exit_detail.find("absolute path"), std::string::npos);
}

TEST_F(SupervisorTest, ASandboxedExtensionIsAnExtension) {
  ProcessSpec boxed = spec();
  boxed.working_directory = std::filesystem::path(TEST_EXTENSION).parent_path();
  boxed.sandbox = SandboxProfile{};
  boxed.sandbox->execute = {boxed.working_directory};
  boxed.sandbox->processes = 0;
  boxed.sandbox->files = 64;
  ASSERT_TRUE(supervisor->start(boxed));
  ASSERT_TRUE(wait_for(ProcessState::healthy));
  EXPECT_EQ(tell("report")["environment"]["descriptors"], (json{0, 1, 2, 3}));
  provoke("crash");
  const auto crashed = wait_for(ProcessState::crashed);
  EXPECT_NE(crashed->last_exit_detail.find("SIGABRT"), std::string::npos);
  EXPECT_TRUE(wait_for(ProcessState::healthy));
}

TEST_F(SupervisorTest, AFloodOfOutputFillsNoDisk) {
  ASSERT_TRUE(supervisor->start(spec()));
  ASSERT_TRUE(wait_for(ProcessState::healthy));
  tell("print", {{"bytes", 50'000'000}});
  const auto log = root / "extension.log";
  // Bounded while it goes on, not only afterwards. Between two files there is none for a moment.
  std::error_code between_files;
  const auto size = std::filesystem::file_size(log, between_files);
  EXPECT_TRUE(between_files == std::errc::no_such_file_or_directory || size <= limits::log_bytes);
  supervisor.reset();
  EXPECT_LE(std::filesystem::file_size(log), limits::log_bytes);
  EXPECT_LE(std::filesystem::file_size(root / "extension.log.1"), limits::log_bytes);
  std::stringstream text;
  text << std::ifstream(log).rdbuf();
  EXPECT_TRUE(text.str().ends_with("the last line\n"));
}

TEST_F(SupervisorTest, ALogThatCannotBeWrittenKeepsNobodyFromStarting) {
  ProcessSpec mute = spec();
  mute.log = root / "missing" / "extension.log";
  ASSERT_TRUE(supervisor->start(mute));
  ASSERT_TRUE(wait_for(ProcessState::healthy));
  tell("print", {{"bytes", 200'000}});
  EXPECT_EQ(tell("report")["init"]["generation"], 1);
}

TEST_F(SupervisorTest, EarlyEndsAreFailuresToStart) {
  ProcessSpec early = spec({"exit-at-once"});
  early.restart = RestartPolicy::manual;
  ASSERT_TRUE(supervisor->start(early));
  const auto crashed = wait_for(ProcessState::crashed);
  EXPECT_NE(crashed->last_exit_detail.find("status 7"), std::string::npos);
  ASSERT_TRUE(supervisor->stop("extension"));
  ASSERT_TRUE(wait_for(ProcessState::terminated));

  ProcessSpec silent = spec({"never-hello"});
  silent.restart = RestartPolicy::manual;
  silent.start_timeout = 50ms;
  ASSERT_TRUE(supervisor->start(silent));
  EXPECT_EQ(wait_for(ProcessState::crashed)->last_exit, ExitKind::failed_to_start);
  ASSERT_TRUE(supervisor->stop("extension"));
  ASSERT_TRUE(wait_for(ProcessState::terminated));

  ProcessSpec unwilling = spec({"init-fails"});
  unwilling.restart = RestartPolicy::manual;
  ASSERT_TRUE(supervisor->start(unwilling));
  const auto refused = wait_for(ProcessState::crashed);
  EXPECT_EQ(refused->last_exit, ExitKind::failed_to_start);
  EXPECT_NE(refused->last_exit_detail.find("I will not"), std::string::npos);
}

TEST_F(SupervisorTest, AHungProcessIsReplaced) {
  make(Heartbeat{5ms, 5ms, 3, nullptr});
  ASSERT_TRUE(supervisor->start(spec()));
  ASSERT_TRUE(wait_for(ProcessState::healthy));
  provoke("hang");
  EXPECT_EQ(outcomes.next()->error().code, ErrorCode::peer_disconnected);
  EXPECT_EQ(wait_for(ProcessState::crashed)->last_exit, ExitKind::unresponsive);
  EXPECT_EQ(wait_for(ProcessState::healthy)->generation, 2U);
}

TEST_F(SupervisorTest, AGrandchildDoesNotHideTheEndAndDoesNotOutliveIt) {
  ASSERT_TRUE(supervisor->start(spec()));
  ASSERT_TRUE(wait_for(ProcessState::healthy));
  const std::int64_t grandchild = tell("child")["pid"];
  const test::ProcessEnd grandchild_end(static_cast<pid_t>(grandchild));
  ASSERT_FALSE(grandchild_end.ended(0ms));
  provoke("crash");
  EXPECT_EQ(outcomes.next()->error().code, ErrorCode::peer_disconnected);
  EXPECT_TRUE(wait_for(ProcessState::healthy));
  EXPECT_TRUE(grandchild_end.ended());
}

TEST_F(SupervisorTest, ADaemonDoesNotOutliveItsExtension) {
  ASSERT_TRUE(supervisor->start(spec()));
  ASSERT_TRUE(wait_for(ProcessState::healthy));
  const test::ProcessEnd crashed_away(tell("daemon")["pid"].get<pid_t>());
  ASSERT_FALSE(crashed_away.ended(0ms));
  provoke("crash");
  ASSERT_TRUE(wait_for(ProcessState::healthy));
  EXPECT_TRUE(crashed_away.ended());
  const test::ProcessEnd stopped_away(tell("daemon")["pid"].get<pid_t>());
  ASSERT_TRUE(supervisor->stop("extension"));
  ASSERT_TRUE(wait_for(ProcessState::terminated));
  EXPECT_TRUE(stopped_away.ended());
}

/// A host of its own whose extension has started a daemon.
class HostProcess {
 public:
  HostProcess() {
    std::array<int, 2> output{};
    if (::pipe(output.data()) != 0) {
      return;
    }
    host_ = ::fork();
    if (host_ == 0) {
      ::dup2(output[1], STDOUT_FILENO);
      ::execl(TEST_EXTENSION, TEST_EXTENSION, "host", SYMPHONY_LAUNCHER, nullptr);
      ::_exit(99);
    }
    ::close(output[1]);
    const std::unique_ptr<FILE, int (*)(FILE*)> told(::fdopen(output[0], "r"), &::fclose);
    long long extension = 0;
    long long daemon = 0;
    if (std::fscanf(told.get(), "%lld %lld", &extension, &daemon) == 2) {
      extension_ = static_cast<pid_t>(extension);
      daemon_ = static_cast<pid_t>(daemon);
    }
  }
  ~HostProcess() { kill(); }
  HostProcess(const HostProcess&) = delete;
  HostProcess& operator=(const HostProcess&) = delete;

  void kill() {
    if (host_ > 0) {
      ::kill(host_, SIGKILL);
      ::waitpid(std::exchange(host_, 0), nullptr, 0);
    }
  }
  pid_t extension() const { return extension_; }
  pid_t daemon() const { return daemon_; }

 private:
  pid_t host_ = 0;
  pid_t extension_ = 0;
  pid_t daemon_ = 0;
};

TEST_F(SupervisorTest, NothingOutlivesAHostThatIsKilled) {
  HostProcess host;
  const test::ProcessEnd extension_end(host.extension());
  const test::ProcessEnd daemon_end(host.daemon());
  ASSERT_FALSE(daemon_end.ended(0ms));
  host.kill();
  EXPECT_TRUE(extension_end.ended());
  EXPECT_TRUE(daemon_end.ended());
}

TEST_F(SupervisorTest, NotEvenWithAWardenThatWasStopped) {
  HostProcess host;
  const test::ProcessEnd extension_end(host.extension());
  const test::ProcessEnd daemon_end(host.daemon());
  const pid_t warden = parent_of(host.extension());
  const test::ProcessEnd warden_end(warden);
  ASSERT_EQ(::kill(warden, SIGSTOP), 0);
  host.kill();
  EXPECT_TRUE(warden_end.ended());
  EXPECT_TRUE(extension_end.ended());
  EXPECT_TRUE(daemon_end.ended());
}

TEST_F(SupervisorTest, AStoppedWardenHoldsNothingUp) {
  ASSERT_TRUE(supervisor->start(spec()));
  const pid_t first = static_cast<pid_t>(wait_for(ProcessState::healthy)->pid);
  const pid_t warden = parent_of(first);
  const test::ProcessEnd warden_end(warden);
  ASSERT_EQ(::kill(warden, SIGSTOP), 0);
  provoke("crash");
  EXPECT_TRUE(wait_for(ProcessState::healthy));
  EXPECT_TRUE(warden_end.ended());
}

TEST_F(SupervisorTest, AnybodyMayContinueAWarden) {
  ASSERT_TRUE(supervisor->start(spec()));
  const pid_t warden = parent_of(static_cast<pid_t>(wait_for(ProcessState::healthy)->pid));
  const pid_t other = ::fork();
  if (other == 0) {
    ::_exit(::kill(warden, SIGCONT));
  }
  int status = 0;
  ASSERT_EQ(::waitpid(other, &status, 0), other);
  ASSERT_EQ(status, 0);
  while (waits_for(warden, SIGCONT)) {
    std::this_thread::yield();
  }
  tell("report");
  EXPECT_EQ(supervisor->processes().front().generation, 1U);
}

TEST_F(SupervisorTest, StopsAndRestartsOnDemand) {
  ASSERT_TRUE(supervisor->start(spec()));
  const auto first = wait_for(ProcessState::healthy);
  EXPECT_EQ(supervisor->start(spec()).error().code, ErrorCode::invalid_request);
  ASSERT_TRUE(supervisor->set_init("extension", {{"workspace", "/other"}}));
  ASSERT_TRUE(supervisor->restart("extension"));
  EXPECT_EQ(states.next()->state, ProcessState::stopping);
  EXPECT_EQ(states.next()->state, ProcessState::terminated);
  EXPECT_EQ(wait_for(ProcessState::healthy)->generation, 2U);
  EXPECT_FALSE(runs(first->pid));
  EXPECT_EQ(tell("report")["init"]["workspace"], "/other");
  ASSERT_TRUE(supervisor->stop("extension"));
  EXPECT_TRUE(wait_for(ProcessState::terminated));
  EXPECT_EQ(supervisor->stop("nobody").error().code, ErrorCode::not_found);
  EXPECT_EQ(supervisor->restart("nobody").error().code, ErrorCode::not_found);
}

TEST_F(SupervisorTest, EndingLeavesNoOrphans) {
  ASSERT_TRUE(supervisor->start(spec({"ignore-shutdown"})));
  ProcessSpec second = spec({"never-hello"});
  second.id = "second";
  ASSERT_TRUE(supervisor->start(second));
  ASSERT_TRUE(wait_for(ProcessState::healthy));
  std::vector<std::int64_t> pids;
  for (const auto& process : supervisor->processes()) {
    ASSERT_GT(process.pid, 0);
    pids.push_back(process.pid);
  }
  supervisor.reset();
  for (const std::int64_t pid : pids) {
    EXPECT_FALSE(runs(pid));
  }
}

TEST_F(SupervisorTest, AnswersQuestionsAboutItself) {
  ASSERT_TRUE(supervisor->start(spec()));
  ASSERT_TRUE(wait_for(ProcessState::healthy));
  const json list = test::document_of(test::ask(*bus, {"supervisor", "process.list", {}}));
  EXPECT_EQ(list["processes"][0]["state"], "healthy");
  EXPECT_EQ(test::ask(*bus, {"supervisor", "process.restart", {}}).error().code, ErrorCode::invalid_params);
  EXPECT_EQ(test::ask(*bus, {"supervisor", "process.restart", json{{"id", "x"}}}).error().code, ErrorCode::not_found);
  EXPECT_EQ(test::ask(*bus, {"supervisor", "x", {}}).error().code, ErrorCode::method_not_found);
}

TEST(Launcher, RefusesToStartWithoutItsHost) {
  const auto run = [](std::vector<const char*> words) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(2);
      words.insert(words.begin(), SYMPHONY_LAUNCHER);
      words.push_back(nullptr);
      ::execv(SYMPHONY_LAUNCHER, const_cast<char* const*>(words.data()));
      ::_exit(99);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  };
  EXPECT_EQ(run({}), 126);
  EXPECT_EQ(run({"--parent", "abc", "--", "/bin/true"}), 126);
  EXPECT_EQ(run({"--parent", "1", "--", "/bin/true"}), 126);
  const std::string self = std::to_string(::getpid());
  EXPECT_EQ(run({"--parent", self.c_str(), "--", "/bin/true"}), 0);
  EXPECT_EQ(run({"--parent", self.c_str(), "--", "/no/such/program"}), 126);
}

}  // namespace
}  // namespace symphony::ipc
