#pragma once
// One process of an extension, from its start to its end, and the next one in its place. What becomes of it then is
// decided by its owner. On the bus thread only.

#include <sys/types.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include <symphony/ipc/bus.h>
#include <symphony/ipc/supervisor.h>

#include "child_process.h"
#include "context.h"
#include "lifecycle.h"

namespace symphony::ipc {

class ProcessInstance;

class ProcessOwner {
 public:
  virtual ~ProcessOwner() = default;
  /// It took a step of its lifecycle.
  virtual void moved(ProcessInstance& process, const std::string& reason) = 0;
  /// It has greeted and waits for initialise().
  virtual void connected(ProcessInstance& process) = 0;
  /// It did not take the state it was to be restored from.
  virtual void refused_state(ProcessInstance& process, const Error& reason) = 0;
  /// Its connection has ended unasked; it will soon be reaped.
  virtual void lost(ProcessInstance& process) = 0;
  /// It was reaped, or could not be started. The owner calls settle().
  virtual void ended(ProcessInstance& process, ExitReport report) = 0;
};

class ProcessInstance : public std::enable_shared_from_this<ProcessInstance> {
 public:
  using Then = std::function<void(const Result<Payload>&)>;

  ProcessInstance(std::shared_ptr<SupervisionContext> context, std::weak_ptr<ProcessOwner> owner, std::string id,
                  std::string instance);

  const std::string& name() const noexcept { return instance_; }
  ProcessState state() const noexcept { return life_.state(); }
  const Lifecycle& life() const noexcept { return life_; }
  /// It was started and not reaped yet.
  bool running() const noexcept { return process_.has_value(); }
  /// It had got as far as the handshake.
  bool welcomed() const noexcept { return welcomed_; }
  /// Its connection is there.
  bool connected() const noexcept { return process_ && welcomed_ && !lost_; }
  std::int64_t pid() const { return process_ ? extension_pid(*process_) : 0; }
  std::uint64_t generation() const noexcept { return generation_; }
  const std::string& version() const noexcept { return version_; }
  ExitKind last_exit() const noexcept { return last_exit_; }
  const std::string& last_exit_detail() const noexcept { return last_exit_detail_; }
  const nlohmann::json& limits() const noexcept { return limits_; }
  const nlohmann::json& sandbox() const noexcept { return sandbox_; }

  /// Only when it is not running. It gets no traffic before somebody gives it weight.
  void launch(std::shared_ptr<const ProcessSpec> spec);
  /// contract.init and, with a state, contract.restore, written at once; healthy when both are answered.
  void initialise(std::uint64_t generation, nlohmann::json init, const std::optional<nlohmann::json>& state);
  /// It is to wait, connected, for as long as it takes.
  void rest() { timer_.cancel(); }
  /// False: not allowed from where it is.
  bool move(ProcessState to, const std::string& reason);
  /// contract.shutdown, then SIGTERM, then SIGKILL.
  void stop(const std::string& reason);
  /// stop() once it owes no answer, or after `limit`.
  void stop_when_drained(std::chrono::milliseconds limit, std::string reason);
  void kill(ExitKind as, std::string because);
  /// `then` only if this very process is still there.
  void ask(const char* method, nlohmann::json params, std::chrono::milliseconds deadline, bool overtaking, Then then);
  /// The owner's word on an end: crashed or terminated.
  void settle(ProcessState to, const ExitReport& report);
  /// `action` later, in place of what was to be done later before.
  void after(std::chrono::milliseconds delay, std::function<void()> action);

 private:
  void connect();
  void on_ready();
  void answered(const char* what, const Result<Payload>& outcome);
  void connection_ended();
  /// Calls reaped() once the process has ended.
  void watch_end();
  void reaped();
  /// What the process left behind is waited for by itself; from here on there is none.
  void leave_to_be_reaped();
  void end(ExitReport report);
  void terminate();
  void show_limits(const ControlGroup& group);
  std::string key() const { return id_ + " " + instance_; }

  const std::shared_ptr<SupervisionContext> context_;
  const std::weak_ptr<ProcessOwner> owner_;
  const std::string id_;
  const std::string instance_;

  Lifecycle life_;
  std::shared_ptr<const ProcessSpec> spec_;
  std::optional<SpawnedProcess> process_;
  boost::asio::posix::stream_descriptor pidfd_;
  boost::asio::steady_timer timer_;  // to start, to stop, to follow its connection, to be started again: one at a time
  std::uint64_t serial_ = 0;         // counts its processes
  std::uint64_t generation_ = 0;
  std::string version_;
  unsigned unanswered_ = 0;  // of initialise()
  bool welcomed_ = false;
  bool lost_ = false;
  ExitKind killed_as_ = ExitKind::none;  // why this host killed it, when it did
  std::string killed_because_;

  ExitKind last_exit_ = ExitKind::none;
  std::string last_exit_detail_;
  nlohmann::json limits_;
  nlohmann::json sandbox_;
};

}  // namespace symphony::ipc
