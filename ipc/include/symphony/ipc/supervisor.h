#pragma once
// Extension processes: started through the launcher, watched, restarted, restored, replaced while they serve. All
// callbacks run on the bus thread.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <symphony/ipc/bus.h>
#include <symphony/ipc/error.h>
#include <symphony/ipc/sandbox.h>

namespace symphony::ipc {

enum class ProcessState : std::uint8_t { created, starting, running, healthy, updating, stopping, terminated, crashed };
std::string_view name_of(ProcessState state) noexcept;
/// Whether the lifecycle of docs/architecture.md allows the step.
bool may_follow(ProcessState from, ProcessState to) noexcept;

enum class ExitKind : std::uint8_t { none, clean, crashed, killed, out_of_memory, failed_to_start, unresponsive };
std::string_view name_of(ExitKind kind) noexcept;

enum class RestartPolicy : std::uint8_t { immediate, backoff, manual };

/// What a process is to its extension.
enum class ProcessRole : std::uint8_t {
  /// It has its share of the traffic.
  serving,
  /// Started and connected, waiting for a serving one to crash.
  spare,
  /// A new version on its way; not serving yet.
  incoming,
  /// It answers what it has and then ends.
  leaving,
};
std::string_view name_of(ProcessRole role) noexcept;

struct ProcessSpec {
  /// The endpoint id of the process.
  std::string id;
  std::filesystem::path executable;
  std::vector<std::string> arguments;
  std::filesystem::path working_directory;
  std::vector<std::string> grants;
  RestartPolicy restart = RestartPolicy::immediate;
  /// Restarts of one instance within `restart_window` before it is quarantined with the reason.
  std::uint32_t restart_limit = 3;
  std::chrono::seconds restart_window{300};
  std::chrono::milliseconds start_timeout{10000};
  /// Sent as `contract.init`'s parameters, "generation" added.
  nlohmann::json init;
  /// Where its standard output and error go (this file and "<log>.1", of limits::log_bytes at most); empty: /dev/null.
  std::filesystem::path log;
  /// What it may reach. Without one it has all its user's rights: for programs the person wrote and debugs.
  std::optional<SandboxProfile> sandbox;
  /// Of the extension; figures are kept for each.
  std::string version;
  /// Processes that share the endpoint, 1 to limits::instances_per_extension.
  std::uint32_t instances = 1;
  /// Keeps one more process ready, which takes the place of one that crashes.
  bool spare = false;
  /// start() only reserves the address: the first message to it, or activate(), starts the process. The message waits
  /// within its deadline.
  bool lazy = false;
  /// After so long without a message and without a view that is shown it is stopped with its state kept, and started
  /// again as a lazy one is. 0: never.
  std::chrono::milliseconds idle_stop{0};
};

/// One process of an extension.
struct InstanceStatus {
  std::string instance;
  std::string version;
  ProcessRole role = ProcessRole::serving;
  ProcessState state = ProcessState::created;
  std::int64_t pid = 0;
  std::uint64_t generation = 0;
  std::uint32_t weight = 0;
  std::int64_t rss_bytes = 0;
  bool quarantined = false;
  ExitKind last_exit = ExitKind::none;
  std::string last_exit_detail;
};

/// A step of a process' lifecycle.
struct ProcessStep {
  std::string instance;
  ProcessState from;
  ProcessState to;
  std::int64_t at_us;  // CLOCK_MONOTONIC
  std::string reason;
};

/// An extension. What concerns one process is said of the one whose pictures are shown.
struct ProcessStatus {
  std::string id;
  std::string version;
  std::int64_t pid = 0;
  ProcessState state = ProcessState::created;
  std::uint64_t generation = 0;  // counts up whenever another process takes over
  std::uint64_t restarts = 0;
  ExitKind last_exit = ExitKind::none;
  std::string last_exit_detail;
  bool quarantined = false;           // no process of it is left that would serve
  std::int64_t last_recovery_us = 0;  // crash seen → healthy again
  std::int64_t last_pause_us = 0;     // how long messages waited in the last hot swap
  std::int64_t rss_bytes = 0;
  /// What keeps each of its limits, and whether exactly; what its sandbox is made of. Null without a sandbox.
  nlohmann::json limits;
  nlohmann::json sandbox;
  std::vector<InstanceStatus> instances;
  /// The experiment that runs: {"version","share","by"}; else null.
  nlohmann::json split;
  /// The newest steps of all its processes, limits::steps_shown at most.
  std::vector<ProcessStep> history;
  nlohmann::json to_json() const;
};

struct SupervisorOptions {
  std::filesystem::path launcher;
  /// When a process counts as hung; its on_unresponsive is not used.
  Heartbeat heartbeat;
  /// Limits are kept by control groups where this machine has some for us; else, or without this, by measuring.
  bool control_groups = true;
  /// Draws from [0, 1), on the bus thread: the jitter of RestartPolicy::backoff. Null: the machine's own chance.
  std::function<double()> random = nullptr;
};

class Supervisor {
 public:
  /// Told of every step of every process.
  using StateListener = std::function<void(const ProcessStatus&)>;
  /// Called once, on the bus thread.
  using Outcome = std::function<void(Result<nlohmann::json>)>;

  /// Registers the endpoint "supervisor" on the bus (docs/protocol.md sections 7 and 8). The bus must outlive it.
  static Result<std::unique_ptr<Supervisor>> create(Bus& bus, SupervisorOptions options);
  /// Stops every process (contract.shutdown, then SIGTERM, then SIGKILL) and waits for them; about 500 ms at most. Not
  /// on the bus thread.
  ~Supervisor();

  /// Starts it; returns at once. Errors: invalid_request (id taken), invalid_params, not_found (no executable).
  Result<void> start(ProcessSpec spec);
  Result<void> stop(std::string_view id);
  /// Ends quarantine and starts anew.
  Result<void> restart(std::string_view id);
  /// The same for one that has processes now or would have, were it not quarantined: not for one that waits for its
  /// first message, is idle or was stopped.
  Result<void> renew(std::string_view id);
  /// Starts one that is lazy or idle; nothing happens to one that runs or was stopped.
  Result<void> activate(std::string_view id);
  /// Whether a view of it is shown: while one is, it is not idle.
  Result<void> set_shown(std::string_view id, bool shown);
  /// What `contract.init` will say from the next start on (the workspace changed).
  Result<void> set_init(std::string_view id, nlohmann::json init);
  /// What it may reach from the next start on: a running process keeps what it has. `version`: only what is started of
  /// that version; empty: of the current one.
  Result<void> set_sandbox(std::string_view id, SandboxProfile profile, std::string_view version = {});

  /// Makes another version of the extension `spec.id` known, which swap() and split() then start; the last one counts.
  /// Errors: not_found (the extension or the executable), invalid_params.
  Result<void> offer(ProcessSpec spec);
  /// Replaces the running version by the offered one: started beside it, given its snapshot, then the traffic is cut
  /// over and the old one drained and stopped. Fails with the old one still serving. The outcome is {"version",
  /// "generation","pause_us"}, once the new one serves. Errors: not_found (nothing was offered), invalid_request (a
  /// swap or split is under way), and what kept the new one from starting or restoring.
  void swap(std::string_view id, Outcome then);
  /// Starts the offered version beside the running one, which gets `share` of 100 messages, or senders when `sticky`,
  /// until choose(). Errors as swap().
  void split(std::string_view id, std::uint32_t share, bool sticky, Outcome then);
  /// Ends the experiment: `version` goes on alone, the other is drained and stopped. Errors: not_found.
  void choose(std::string_view id, std::string_view version, Outcome then);

  std::vector<ProcessStatus> processes() const;
  void on_state(StateListener listener);

 private:
  struct State;
  explicit Supervisor(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace symphony::ipc
