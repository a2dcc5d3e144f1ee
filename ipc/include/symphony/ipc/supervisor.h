#pragma once
// Extension processes: started through the launcher, watched, restarted, restored. All callbacks run on the bus thread.

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

struct ProcessSpec {
  /// The endpoint id of the process.
  std::string id;
  std::filesystem::path executable;
  std::vector<std::string> arguments;
  std::filesystem::path working_directory;
  std::vector<std::string> grants;
  RestartPolicy restart = RestartPolicy::immediate;
  /// Restarts within `restart_window` before it is quarantined with the reason.
  std::uint32_t restart_limit = 3;
  std::chrono::seconds restart_window{300};
  std::chrono::milliseconds start_timeout{10000};
  /// Sent as `contract.init`'s parameters, "generation" added.
  nlohmann::json init;
  /// Where its standard output and error go (this file and "<log>.1", of limits::log_bytes at most); empty: /dev/null.
  std::filesystem::path log;
  /// What it may reach. Without one it has all its user's rights: for programs the person wrote and debugs.
  std::optional<SandboxProfile> sandbox;
};

struct ProcessStatus {
  std::string id;
  std::int64_t pid = 0;
  ProcessState state = ProcessState::created;
  std::uint64_t generation = 0;  // counts starts
  std::uint64_t restarts = 0;
  ExitKind last_exit = ExitKind::none;
  std::string last_exit_detail;
  bool quarantined = false;
  std::int64_t last_recovery_us = 0;  // crash seen → healthy again
  std::int64_t rss_bytes = 0;
  /// What keeps each of its limits, and whether exactly; what its sandbox is made of. Null without a sandbox.
  nlohmann::json limits;
  nlohmann::json sandbox;
  nlohmann::json to_json() const;
};

struct SupervisorOptions {
  std::filesystem::path launcher;
  /// When a process counts as hung; its on_unresponsive is not used.
  Heartbeat heartbeat;
  /// Limits are kept by control groups where this machine has some for us; else, or without this, by measuring.
  bool control_groups = true;
};

class Supervisor {
 public:
  using StateListener = std::function<void(const ProcessStatus&)>;

  /// Registers the endpoint "supervisor" on the bus (docs/protocol.md sections 7 and 8). The bus must outlive it.
  static Result<std::unique_ptr<Supervisor>> create(Bus& bus, SupervisorOptions options);
  /// Stops every process (contract.shutdown, then SIGTERM, then SIGKILL) and waits for them; about 500 ms at most. Not
  /// on the bus thread.
  ~Supervisor();

  /// Starts it; returns at once. Errors: invalid_request (id taken), not_found (no executable).
  Result<void> start(ProcessSpec spec);
  Result<void> stop(std::string_view id);
  /// Ends quarantine and starts anew.
  Result<void> restart(std::string_view id);
  /// What `contract.init` will say from the next start on (the workspace changed).
  Result<void> set_init(std::string_view id, nlohmann::json init);
  /// What it may reach from the next start on: a running process keeps what it has.
  Result<void> set_sandbox(std::string_view id, SandboxProfile profile);
  std::vector<ProcessStatus> processes() const;
  void on_state(StateListener listener);

 private:
  struct State;
  explicit Supervisor(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace symphony::ipc
