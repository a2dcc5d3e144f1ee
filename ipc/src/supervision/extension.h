#pragma once
// One supervised extension: its processes, and what becomes of it when one of them ends. extension.cpp: started,
// stopped, restarted, idle; extension_crash.cpp: what a crash leads to; extension_versions.cpp: two versions at a time.
// On the bus thread, but for status().

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <symphony/ipc/supervisor.h>

#include "context.h"
#include "hot_swap.h"
#include "idle_watch.h"
#include "process_instance.h"
#include "restart_history.h"

namespace symphony::ipc {

class SupervisedExtension final : public ProcessOwner, public std::enable_shared_from_this<SupervisedExtension> {
 public:
  static std::shared_ptr<SupervisedExtension> create(std::shared_ptr<SupervisionContext> context, ProcessSpec spec);

  const std::string& id() const noexcept { return id_; }
  /// A copy of what is shown of it. On any thread.
  ProcessStatus status() const;
  /// None of its processes runs or will be started. On any thread.
  bool over() const;

  /// The address of a lazy one is there before it is started: what comes waits. On any thread, before anything else.
  /// Errors: those of Bus::reserve().
  Result<void> prepare();
  void start();
  void stop(const std::string& reason);
  void restart();
  /// As restart(), but only what was started and not stopped since.
  void renew();
  /// Starts what waits for an event; `by_hand` also what was stopped. Errors: invalid_request (quarantined).
  Result<void> activate(bool by_hand);
  void set_shown(bool shown);
  void set_init(const nlohmann::json& init);
  void set_sandbox(const SandboxProfile& profile, std::string_view version);
  void save(const std::string& instance, nlohmann::json state);

  void offer(ProcessSpec spec);
  void swap(Supervisor::Outcome then);
  void split(std::uint32_t share, bool sticky, Supervisor::Outcome then);
  void choose(std::string_view version, Supervisor::Outcome then);

  // ProcessOwner
  void moved(ProcessInstance& process, const std::string& reason) override;
  void connected(ProcessInstance& process) override;
  void refused_state(ProcessInstance& process, const Error& reason) override;
  void lost(ProcessInstance& process) override;
  void ended(ProcessInstance& process, ExitReport report) override;

 private:
  /// What is started under one version; shared by its processes.
  struct Version {
    std::shared_ptr<const ProcessSpec> spec;
  };
  using VersionPtr = std::shared_ptr<Version>;

  /// The place of a process; another one may take it, with all that belongs to it.
  struct Slot {
    std::shared_ptr<ProcessInstance> process;
    VersionPtr version;
    ProcessRole role = ProcessRole::serving;
    RestartHistory restarts;
    std::optional<nlohmann::json> saved;
    std::optional<std::int64_t> crash_seen_us;
    std::uint64_t generation = 0;
    std::uint32_t weight = 0;
    bool quarantined = false;
    bool start_again = false;
  };

  /// Two versions side by side, for as long as the person wants.
  struct Experiment {
    VersionPtr version;
    std::uint32_t share = 0;
    bool sticky = false;
    bool running = false;  // all its processes have been ready
    Supervisor::Outcome then;
  };

  SupervisedExtension(std::shared_ptr<SupervisionContext> context, ProcessSpec spec);

  std::shared_ptr<SupervisedExtension> self() { return shared_from_this(); }
  Slot* find_slot(const ProcessInstance& process);
  Slot& slot_of(const ProcessInstance& process) { return *find_slot(process); }
  Slot& add_slot(const VersionPtr& version, ProcessRole role);
  std::string free_name() const;
  std::vector<Slot*> slots_with(ProcessRole role);
  /// Later: its process is still on the stack.
  void drop(const ProcessInstance& process);

  void launch_all();
  void launch(Slot& slot);
  /// Sends contract.init; from then on it has its share of the traffic.
  void begin(Slot& slot);
  std::uint32_t share_of(const Slot& slot) const;
  void set_weight(Slot& slot, std::uint32_t weight);
  void apply_weights();
  /// Whose pictures are shown; the page is told.
  void lead(Slot& slot, const std::string& reason);
  void lead_elsewhere(const std::string& reason);
  bool is_lead(const Slot& slot) const { return lead_ == slot.process; }

  Result<void> reserve();
  void wait_for_event(const std::string& reason);
  void release_waiting();
  void watch_idleness();
  void idle();
  void idle_stopped();
  void keep_spare();
  void drop_spare();

  bool take_over(Slot& crashed);
  void failed(Slot& slot, ExitReport report);
  void start_again_later(Slot& slot, std::chrono::milliseconds delay);

  std::optional<Error> why_no_second_version() const;
  bool all_serve();
  void swap_in_place(Supervisor::Outcome then);
  void commit_swap(const VersionPtr& version, std::vector<std::optional<nlohmann::json>> states);
  void swap_done(std::chrono::microseconds pause);
  void swap_failed(const Error& reason);
  void launch_experiment(const std::optional<nlohmann::json>& state);
  void experiment_ready();
  void experiment_failed(const Error& reason);
  void end_experiment();
  /// It answers what it has, then ends.
  void retire(Slot& slot, const std::string& reason);
  void give_up(Slot& slot, const std::string& reason);
  void abandon_versions(const Error& reason);

  void refresh();
  /// The listener of the supervisor; returns what it was told.
  ProcessStatus tell() const;
  void publish(const std::string& reason);

  const std::shared_ptr<SupervisionContext> context_;
  const std::string id_;
  VersionPtr version_;
  VersionPtr offered_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::shared_ptr<ProcessInstance> lead_;
  std::shared_ptr<HotSwap> swap_;
  std::optional<Experiment> experiment_;
  std::unique_ptr<IdleWatch> idle_watch_;
  RestartHistory spare_restarts_;
  boost::asio::steady_timer spare_timer_;

  std::uint64_t generation_ = 0;  // counts its processes
  std::uint64_t shown_generation_ = 0;
  std::uint64_t restarts_ = 0;
  ExitReport last_exit_;
  std::int64_t last_recovery_us_ = 0;
  std::int64_t last_pause_us_ = 0;
  bool shown_ = false;
  bool waiting_ = false;  // the address is reserved: what comes waits
  bool stopping_idle_ = false;
  bool awakened_ = false;  // while it was being stopped
  std::deque<ProcessStep> history_;

  ProcessStatus status_;  // guarded by SupervisionContext::mutex
};

}  // namespace symphony::ipc
