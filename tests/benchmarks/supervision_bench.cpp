// What supervision costs and how soon it repairs; one JSON object a line. This program is also the extension it starts.
// Arguments: the rows to measure (repair, pending, spare, swap, idle, many); none: all.

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <symphony/ipc/bus.h>
#include <symphony/ipc/client_connection.h>
#include <symphony/ipc/supervisor.h>

extern char** environ;

namespace {

using namespace symphony::ipc;
using nlohmann::json;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

const std::filesystem::path self = std::filesystem::canonical("/proc/self/exe");

double microseconds_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::micro>(Clock::now() - begin).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

void row(const std::string& name, double value, const char* unit, const std::string& goal, bool holds,
         json more = json::object()) {
  json line{{"name", name}, {"value", value}, {"unit", unit}};
  line["goal"] = goal.empty() ? json(nullptr) : json(goal);
  line["holds"] = goal.empty() ? json(nullptr) : json(holds);
  line.update(more);
  std::printf("%s\n", line.dump().c_str());
  std::fflush(stdout);
}

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "supervision_bench: %s\n", what.c_str());
  std::_Exit(1);
}

/// Counts what it is asked, and hands the count on.
int serve() {
  auto host = ClientConnection::open(3, {"bench", "1", ""});
  if (!host) {
    return 1;
  }
  std::int64_t count = 0;
  (*host)->on_message([&](const Incoming& incoming, Responder responder) {
    if (incoming.method == "contract.snapshot") {
      responder.answer(json{{"state", {{"count", count}}}});
    } else if (incoming.method == "contract.restore") {
      count = incoming.body.document().value()["state"].value("count", std::int64_t{0});
      responder.answer(json::object());
    } else if (incoming.method == "count") {
      responder.answer(json{{"count", ++count}});
    } else if (incoming.method == "wait") {
      static std::vector<Responder> waiting;
      waiting.push_back(std::move(responder));
    } else if (incoming.method == "contract.shutdown") {
      responder.answer(json::object());
      (*host)->stop();
    } else {
      responder.answer(json::object());
    }
  });
  return (*host)->run() ? 0 : 1;
}

ProcessSpec sandboxed(std::string id) {
  ProcessSpec spec;
  spec.id = std::move(id);
  spec.executable = self;
  spec.arguments = {"--serve"};
  spec.working_directory = self.parent_path();
  spec.restart_limit = 100'000;
  spec.init = {{"workspace", nullptr}, {"config", json::object()}};
  spec.sandbox = SandboxProfile{};
  spec.sandbox->execute = {self.parent_path()};
  spec.sandbox->memory_bytes = std::uint64_t{256} << 20U;
  spec.sandbox->processes = 0;
  spec.sandbox->files = 256;
  return spec;
}

/// A bus and a supervisor, and the newest status of what it supervises.
class Host {
 public:
  Host() {
    SupervisorOptions options;
    options.launcher = SYMPHONY_LAUNCHER;
    supervisor = Supervisor::create(*bus, options).value();
    supervisor->on_state([this](const ProcessStatus& status) {
      const std::lock_guard lock(mutex_);
      newest_ = status;
      ++changes_;
      changed_.notify_all();
    });
  }
  ProcessStatus wait(const std::function<bool(const ProcessStatus&)>& fits) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, 30s, [&] { return fits(newest_); })) {
      fail("a process did not get where it should: " + newest_.to_json().dump());
    }
    return newest_;
  }
  Result<Payload> ask(const std::string& id, const char* method) const {
    std::mutex mutex;
    std::condition_variable answered;
    std::optional<Result<Payload>> outcome;
    bus->send_request("bench", {id, method, json::object()}, {}, [&](Result<Payload> result) {
      const std::lock_guard lock(mutex);
      outcome.emplace(std::move(result));
      answered.notify_one();
    });
    std::unique_lock lock(mutex);
    answered.wait(lock, [&] { return outcome.has_value(); });
    return std::move(*outcome);
  }

  std::unique_ptr<Bus> bus = Bus::create({}).value();
  std::unique_ptr<Supervisor> supervisor;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  ProcessStatus newest_;
  std::uint64_t changes_ = 0;
};

/// The same program on the same kind of connection, started by nothing but posix_spawn: until contract.init is
/// answered.
class Floor {
 public:
  double start_once() {
    std::array<int, 2> pair{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) {
      fail("no socket pair");
    }
    bool ready = false;
    PeerOptions peer;
    peer.endpoint = "floor";
    peer.on_ready = [&] {
      bus_->send_request("bench", {"floor", "contract.init", json::object()}, {}, [&](const Result<Payload>&) {
        const std::lock_guard lock(mutex_);
        ready = true;
        changed_.notify_one();
      });
    };
    peer.on_closed = [&](const Error&) {
      const std::lock_guard lock(mutex_);
      gone_ = true;
      changed_.notify_one();
    };
    gone_ = false;
    const auto begin = Clock::now();
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, pair[1], 3);
    std::string program = self.native();
    std::string word = "--serve";
    std::array<char*, 3> arguments{program.data(), word.data(), nullptr};
    pid_t process = 0;
    if (::posix_spawn(&process, program.c_str(), &actions, nullptr, arguments.data(), environ) != 0) {
      fail("posix_spawn");
    }
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(pair[1]);
    bus_->attach(pair[0], peer).value();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return ready; });
    const double took = microseconds_since(begin);
    ::kill(process, SIGKILL);
    ::waitpid(process, nullptr, 0);
    changed_.wait(lock, [&] { return gone_; });
    return took;
  }

 private:
  std::unique_ptr<Bus> bus_ = Bus::create({}).value();
  std::mutex mutex_;
  std::condition_variable changed_;
  bool gone_ = false;
};

bool is_serving(const ProcessStatus& status) { return status.state == ProcessState::healthy && status.pid > 0; }

void measure_repair() {
  constexpr int rounds = 101;
  Host host;
  Floor floor;
  host.supervisor->start(sandboxed("victim")).value();
  std::vector<double> floors;
  std::vector<double> ours;
  std::vector<double> ratios;
  for (int round = 0; round < rounds; ++round) {
    const ProcessStatus before = host.wait(is_serving);
    ::kill(static_cast<pid_t>(before.pid), SIGKILL);
    const ProcessStatus after =
        host.wait([&](const ProcessStatus& status) { return is_serving(status) && status.pid != before.pid; });
    ours.push_back(static_cast<double>(after.last_recovery_us));
    floors.push_back(floor.start_once());
    ratios.push_back(ours.back() / floors.back());
  }
  const double ratio = median(ratios);
  constexpr double limit = 1.5;
  row("crash seen → replaced and serving, sandboxed", ratio, "ratio", "≤ 1.5", ratio <= limit,
      {{"ratio_to", "posix_spawn of the same program until it serves"},
       {"us", median(ours)},
       {"floor_us", median(floors)}});
}

void measure_pending() {
  constexpr int rounds = 51;
  constexpr std::size_t requests = 64;
  Host host;
  host.supervisor->start(sandboxed("victim")).value();
  std::vector<double> times;
  for (int round = 0; round < rounds; ++round) {
    const ProcessStatus before = host.wait(is_serving);
    std::mutex mutex;
    std::condition_variable all;
    std::size_t failed = 0;
    Clock::time_point last;
    for (std::size_t sent = 0; sent < requests; ++sent) {
      host.bus->send_request("bench", {"victim", "wait", json::object()}, {}, [&](const Result<Payload>& outcome) {
        const std::lock_guard lock(mutex);
        if (outcome || outcome.error().code != ErrorCode::peer_disconnected) {
          fail("a pending request was not failed as it should be");
        }
        last = Clock::now();
        if (++failed == requests) {
          all.notify_one();
        }
      });
    }
    if (!host.ask("victim", "count")) {
      fail("the process did not read its requests");
    }
    std::unique_lock lock(mutex);
    const auto begin = Clock::now();
    ::kill(static_cast<pid_t>(before.pid), SIGKILL);
    all.wait(lock, [&] { return failed == requests; });
    times.push_back(std::chrono::duration<double, std::micro>(last - begin).count());
    lock.unlock();
    host.wait([&](const ProcessStatus& status) { return is_serving(status) && status.pid != before.pid; });
  }
  const double middle = median(times) / 1000;
  row("SIGKILL → its 64 pending requests failed", middle, "ms", "< 1", middle < 1);
}

void measure_spare() {
  constexpr int rounds = 101;
  Host host;
  ProcessSpec spec = sandboxed("victim");
  spec.spare = true;
  host.supervisor->start(spec).value();
  std::vector<double> times;
  const auto has_spare = [](const ProcessStatus& status) {
    return is_serving(status) && std::any_of(status.instances.begin(), status.instances.end(), [](const auto& each) {
             return each.role == ProcessRole::spare && each.state == ProcessState::running;
           });
  };
  for (int round = 0; round < rounds; ++round) {
    const ProcessStatus before = host.wait(has_spare);
    ::kill(static_cast<pid_t>(before.pid), SIGKILL);
    const ProcessStatus after =
        host.wait([&](const ProcessStatus& status) { return is_serving(status) && status.pid != before.pid; });
    times.push_back(static_cast<double>(after.last_recovery_us));
    host.wait([&](const ProcessStatus& status) { return has_spare(status) && status.instances.size() == 2; });
  }
  const double middle = median(times) / 1000;
  constexpr double limit = 0.3;
  row("crash seen → replaced by the spare and serving", middle, "ms", "< 0.3", middle < limit,
      {{"worst", *std::max_element(times.begin(), times.end()) / 1000}});
}

void measure_swap() {
  constexpr int swaps = 5;
  constexpr auto pace = 200us;  // 5,000 a second
  Host host;
  ProcessSpec spec = sandboxed("worker");
  spec.version = "1.0.0";
  host.supervisor->start(spec).value();
  host.wait(is_serving);
  std::mutex mutex;
  std::vector<Clock::time_point> answered;
  std::vector<std::int64_t> counts;
  std::size_t failed = 0;
  std::atomic<bool> stop{false};
  std::atomic<std::size_t> sent{0};
  std::jthread sender([&] {
    auto due = Clock::now();
    while (!stop) {
      due += pace;
      ++sent;
      host.bus->send_request("bench", {"worker", "count", json::object()}, {}, [&](const Result<Payload>& outcome) {
        const auto now = Clock::now();
        const std::lock_guard lock(mutex);
        answered.push_back(now);
        if (outcome) {
          counts.push_back(outcome->document().value()["count"].get<std::int64_t>());
        } else {
          ++failed;
        }
      });
      std::this_thread::sleep_until(due);
    }
  });
  std::vector<double> pauses;
  std::vector<double> took;
  for (int swap = 0; swap < swaps; ++swap) {
    std::this_thread::sleep_for(500ms);
    ProcessSpec next = spec;
    next.version = "1.0." + std::to_string(swap + 1);
    host.supervisor->offer(next).value();
    std::mutex done_mutex;
    std::condition_variable done;
    bool over = false;
    const auto begin = Clock::now();
    host.supervisor->swap("worker", [&](const Result<json>& outcome) {
      const std::lock_guard lock(done_mutex);
      if (!outcome) {
        fail("the swap failed: " + outcome.error().message);
      }
      pauses.push_back((*outcome)["pause_us"].get<double>());
      over = true;
      done.notify_one();
    });
    std::unique_lock lock(done_mutex);
    done.wait(lock, [&] { return over; });
    took.push_back(microseconds_since(begin));
  }
  std::this_thread::sleep_for(500ms);
  stop = true;
  sender.join();
  for (int waited = 0; waited < 1000; ++waited) {
    const std::lock_guard lock(mutex);
    if (answered.size() == sent) {
      break;
    }
    std::this_thread::sleep_for(1ms);
  }
  const std::lock_guard lock(mutex);
  double gap = 0;
  for (std::size_t index = 1; index < answered.size(); ++index) {
    gap = std::max(gap, std::chrono::duration<double, std::milli>(answered[index] - answered[index - 1]).count());
  }
  std::sort(counts.begin(), counts.end());
  const auto repeated = static_cast<std::size_t>(counts.end() - std::unique(counts.begin(), counts.end()));
  const std::size_t lost = sent - counts.size();
  row("5 hot swaps at 5,000 messages a second: lost", static_cast<double>(lost), "messages", "0",
      lost == 0 && failed == 0, {{"sent", sent.load()}});
  row("5 hot swaps at 5,000 messages a second: counted twice", static_cast<double>(repeated), "messages", "0",
      repeated == 0);
  constexpr double limit = 50;
  row("5 hot swaps at 5,000 messages a second: longest gap between answers", gap, "ms", "< 50", gap < limit,
      {{"pause_us", median(pauses)}, {"swap_us", median(took)}});
}

/// Of the process and its warden.
struct Usage {
  double pss_kib = 0;
  double processor_us = 0;
};

Usage usage_of(pid_t pid) {
  Usage usage;
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(stat)), {});
  const int warden = std::atoi(text.c_str() + std::min(text.size(), text.rfind(')') + 4));
  for (const pid_t each : {pid, static_cast<pid_t>(warden)}) {
    std::ifstream rollup("/proc/" + std::to_string(each) + "/smaps_rollup");
    for (std::string line; std::getline(rollup, line);) {
      if (line.starts_with("Pss:")) {
        usage.pss_kib += std::strtod(line.c_str() + 4, nullptr);
      }
    }
    double nanoseconds = 0;
    std::ifstream("/proc/" + std::to_string(each) + "/schedstat") >> nanoseconds;
    usage.processor_us += nanoseconds / 1000;
  }
  return usage;
}

void measure_idle() {
  constexpr int extensions = 50;
  constexpr auto watched = 10s;
  Host host;
  for (int index = 0; index < extensions; ++index) {
    host.supervisor->start(sandboxed("idle" + std::to_string(index))).value();
  }
  std::vector<pid_t> pids;
  for (const auto give_up = Clock::now() + 60s; pids.size() < extensions;) {
    pids.clear();
    for (const ProcessStatus& status : host.supervisor->processes()) {
      if (is_serving(status)) {
        pids.push_back(static_cast<pid_t>(status.pid));
      }
    }
    if (Clock::now() > give_up) {
      fail("not all idle extensions started");
    }
    std::this_thread::sleep_for(10ms);
  }
  std::this_thread::sleep_for(1s);  // what a start leaves behind
  double pss = 0;
  double before = 0;
  for (const pid_t pid : pids) {
    const Usage usage = usage_of(pid);
    pss += usage.pss_kib;
    before += usage.processor_us;
  }
  std::this_thread::sleep_for(watched);
  double after = 0;
  for (const pid_t pid : pids) {
    after += usage_of(pid).processor_us;
  }
  const double each = pss / extensions / 1024;
  row("50 idle extensions: memory of each, with its warden", each, "MiB", "≤ 3", each <= 3);
  const double share = (after - before) / std::chrono::duration<double, std::micro>(watched).count() * 100;
  constexpr double limit = 0.1;  // of one processor, all together: what nobody can measure
  row("50 idle extensions: processor time, all together", share, "%", "≤ 0.1", share <= limit);
}

/// Extensions on a bus of their own, started plainly; requests to the first.
class Connected {
 public:
  explicit Connected(int count) {
    for (int index = 0; index < count; ++index) {
      std::array<int, 2> pair{};
      if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) {
        fail("no socket pair");
      }
      posix_spawn_file_actions_t actions;
      ::posix_spawn_file_actions_init(&actions);
      ::posix_spawn_file_actions_adddup2(&actions, pair[1], 3);
      std::string program = self.native();
      std::string word = "--serve";
      std::array<char*, 3> arguments{program.data(), word.data(), nullptr};
      pid_t process = 0;
      if (::posix_spawn(&process, program.c_str(), &actions, nullptr, arguments.data(), environ) != 0) {
        fail("posix_spawn");
      }
      ::posix_spawn_file_actions_destroy(&actions);
      ::close(pair[1]);
      processes_.push_back(process);
      PeerOptions peer;
      peer.endpoint = "each" + std::to_string(index);
      peer.heartbeat = Heartbeat{};
      peer.on_ready = [this] {
        const std::lock_guard lock(mutex_);
        ++ready_;
        changed_.notify_one();
      };
      bus_->attach(pair[0], peer).value();
    }
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return ready_ == count; });
  }
  ~Connected() {
    bus_.reset();
    for (const pid_t process : processes_) {
      ::kill(process, SIGKILL);
      ::waitpid(process, nullptr, 0);
    }
  }
  double round_trips(int count) {
    std::vector<double> times;
    for (int index = 0; index < count; ++index) {
      const auto begin = Clock::now();
      bool answered = false;
      bus_->send_request("bench", {"each0", "count", json::object()}, {}, [&](const Result<Payload>&) {
        const std::lock_guard lock(mutex_);
        answered = true;
        changed_.notify_one();
      });
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return answered; });
      times.push_back(microseconds_since(begin));
    }
    return median(times);
  }

 private:
  std::unique_ptr<Bus> bus_ = Bus::create({}).value();
  std::mutex mutex_;
  std::condition_variable changed_;
  int ready_ = 0;
  std::vector<pid_t> processes_;
};

void measure_many() {
  constexpr int rounds = 21;
  constexpr int requests = 501;
  Connected alone(1);
  Connected crowd(100);
  std::vector<double> ratios;
  std::vector<double> times;
  for (int round = 0; round < rounds; ++round) {
    const double one = alone.round_trips(requests);
    times.push_back(crowd.round_trips(requests));
    ratios.push_back(times.back() / one);
  }
  const double ratio = median(ratios);
  constexpr double limit = 1.2;
  row("latency with 100 extensions connected", ratio, "ratio", "≤ 1.2", ratio <= limit,
      {{"ratio_to", "with 1, in the same rounds"}, {"us", median(times)}});
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words == std::vector<std::string>{"--serve"}) {
    return serve();
  }
  const std::vector<std::pair<std::string, void (*)()>> rows = {
      {"repair", measure_repair}, {"pending", measure_pending}, {"spare", measure_spare},
      {"swap", measure_swap},     {"idle", measure_idle},       {"many", measure_many}};
  for (const auto& [name, measure] : rows) {
    if (words.empty() || std::find(words.begin(), words.end(), name) != words.end()) {
      measure();
    }
  }
  return 0;
}
