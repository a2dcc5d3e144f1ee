// What a sandbox costs at the start of a process, and how exactly limits are kept; one JSON object a line.

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <functional>
#include <future>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <symphony/ipc/bus.h>
#include <symphony/ipc/supervisor.h>

#include "child_process.h"
#include "control_group.h"

extern char** environ;

namespace {

using namespace symphony::ipc;
using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr int rounds = 200;
constexpr const char* program = "/bin/true";
constexpr std::uint64_t mebibyte = 1U << 20U;

void row(const std::string& name, double value, const char* unit, const std::string& goal = {}, bool holds = false,
         const char* ratio_to = nullptr) {
  json line{{"name", name}, {"value", value}, {"unit", unit}};
  line["goal"] = goal.empty() ? json(nullptr) : json(goal);
  line["holds"] = goal.empty() ? json(nullptr) : json(holds);
  if (ratio_to != nullptr) line["ratio_to"] = ratio_to;
  std::printf("%s\n", line.dump().c_str());
  std::fflush(stdout);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// Returns the processor time it took, from its first instruction as a copy of this process on.
double wait_for_end(pid_t process) {
  int status = 0;
  rusage usage{};
  ::wait4(process, &status, 0, &usage);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    std::fprintf(stderr, "sandbox_bench: a process failed with %d\n", status);
    std::exit(1);
  }
  const auto microseconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  return microseconds(usage.ru_utime) + microseconds(usage.ru_stime);
}

double start_plainly() {
  std::string name = program;
  std::array<char*, 2> arguments{name.data(), nullptr};
  pid_t process = 0;
  if (::posix_spawn(&process, program, nullptr, nullptr, arguments.data(), environ) != 0) std::exit(1);
  return wait_for_end(process);
}

double start_through_launcher(const std::optional<SandboxProfile>& sandbox,
                              const std::vector<std::filesystem::path>& joins) {
  ProcessSpec spec;
  spec.id = "bench";
  spec.executable = program;
  spec.sandbox = sandbox;
  const auto process = spawn_process(SYMPHONY_LAUNCHER, spec, joins);
  if (!process) std::exit(1);
  return wait_for_end(process->pid);
}

void measure_starts() {
  SandboxProfile full;
  full.read = {"/var/tmp"};
  full.write = {"/var/tmp"};
  full.memory_bytes = 256 * mebibyte;
  full.processes = 0;
  full.files = 256;
  SandboxProfile outer = full;
  outer.outer = true;
  const ControlGroup group = ControlGroup::create(ControlGroupPlaces::find(), "bench", full);
  struct Way {
    std::string name;
    std::function<double()> start;
    std::vector<double> times;
    std::vector<double> processor;
  };
  std::vector<Way> ways{
      {"posix_spawn (the floor)", start_plainly, {}, {}},
      {"the launcher without a profile", [] { return start_through_launcher(std::nullopt, {}); }, {}, {}},
      {"the launcher with a full profile", [&] { return start_through_launcher(full, {}); }, {}, {}},
      {"the same, in control groups", [&] { return start_through_launcher(full, group.joining_files()); }, {}, {}},
  };
  if (group.joining_files().empty()) ways.pop_back();
  if (!sandbox_support().bubblewrap.empty()) {
    ways.push_back({"the same, in bubblewrap", [&] { return start_through_launcher(outer, {}); }, {}, {}});
  }
  for (int round = 0; round < rounds; ++round) {
    for (Way& way : ways) {
      const auto begin = Clock::now();
      way.processor.push_back(way.start());
      way.times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
    }
  }
  const double floor = median(ways.front().times);
  for (const Way& way : ways) {
    row("start and end of /bin/true by " + way.name, median(way.times), "us");
    row("its processor time by " + way.name, median(way.processor), "us");
  }
  row("start in a full sandbox", median(ways[2].times) / floor, "ratio", {}, false, "posix_spawn, same rounds");
  row("processor time of a start in a full sandbox", median(ways[2].processor) / median(ways[0].processor), "ratio", {},
      false, "posix_spawn, same rounds");
}

/// An extension with limits, asked one thing; how it ended, if it did.
class Limited {
 public:
  Limited(const SandboxProfile& limits, bool control_groups) {
    SupervisorOptions options;
    options.launcher = SYMPHONY_LAUNCHER;
    options.control_groups = control_groups;
    supervisor_ = Supervisor::create(*bus_, options).value();
    supervisor_->on_state([this](const ProcessStatus& status) {
      if (status.state == ProcessState::healthy) healthy_.set_value();
      if (status.state == ProcessState::crashed) ended_.set_value(status);
    });
    ProcessSpec spec;
    spec.id = "extension";
    spec.executable = TEST_EXTENSION;
    spec.working_directory = spec.executable.parent_path();
    spec.restart = RestartPolicy::manual;
    spec.sandbox = limits;
    spec.sandbox->execute = {spec.working_directory};
    supervisor_->start(spec).value();
    healthy_.get_future().wait();
  }
  Result<Payload> ask(const char* method, json params) {
    std::promise<Result<Payload>> answer;
    bus_->send_request("bench", {"extension", method, std::move(params)}, {},
                       [&](const Result<Payload>& outcome) { answer.set_value(outcome); });
    return answer.get_future().get();
  }
  ProcessStatus end() { return ended_.get_future().get(); }

 private:
  std::unique_ptr<Bus> bus_ = Bus::create({}).value();
  std::promise<void> healthy_;
  std::promise<ProcessStatus> ended_;
  std::unique_ptr<Supervisor> supervisor_;
};

void measure_memory(bool groups, const std::string& by) {
  constexpr double limit = 256;
  constexpr int tries = 5;
  std::vector<double> used;
  for (int attempt = 0; attempt < tries; ++attempt) {
    SandboxProfile limits;
    limits.memory_bytes = static_cast<std::uint64_t>(limit) * mebibyte;
    limits.processes = 0;
    Limited extension(limits, groups);
    (void)extension.ask("take", {{"mib", 4096}});
    const ProcessStatus status = extension.end();
    unsigned reached = 0;
    if (status.last_exit != ExitKind::out_of_memory ||
        std::sscanf(status.last_exit_detail.c_str(), "\"extension\" used %u MiB", &reached) != 1) {
      std::fprintf(stderr, "sandbox_bench: it ended otherwise: %s\n", status.last_exit_detail.c_str());
      std::exit(1);
    }
    used.push_back(reached);
  }
  const double off = (median(used) / limit - 1) * 100;
  row("memory at the end of a runaway beyond its limit, kept " + by, off, "%", "<= 10", off <= 10);
}

void measure_processor(bool groups, const std::string& by) {
  constexpr std::uint32_t share = 30;
  constexpr int wall_ms = 3000;
  SandboxProfile limits;
  limits.cpu_percent = share;
  limits.processes = 0;
  Limited extension(limits, groups);
  const json answer = extension.ask("spin", {{"ms", wall_ms}}).value().document().value();
  const double got = answer["cpu_ms"].get<double>() / wall_ms * 100;
  const double off = (got / share - 1) * 100;
  row("processor time off its share of 30 %, kept " + by, off, "%", "within 20", off <= 20 && off >= -20);
}

}  // namespace

int main() {
  measure_starts();
  if (!ControlGroupPlaces::find().of(Controller::memory).parent.empty()) {
    measure_memory(true, "by a control group");
    measure_processor(true, "by a control group");
  }
  measure_memory(false, "by measuring");
  measure_processor(false, "by measuring");
}
