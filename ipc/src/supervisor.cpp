#include <symphony/ipc/supervisor.h>

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <map>
#include <mutex>
#include <optional>

#include <symphony/interfaces/supervisor.h>
#include <symphony/ipc/interface.h>
#include <symphony/ipc/limits.h>

#include "child_process.h"
#include "lifecycle.h"
#include "resource_governor.h"
#include "supervision/output_recorder.h"
#include "telemetry.h"

namespace symphony::ipc {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

namespace messages = interfaces::supervisor;

constexpr const char* supervisor_endpoint = "supervisor";
constexpr milliseconds time_to_shut_down{200};
constexpr milliseconds time_to_terminate{150};
/// A process whose connection has ended but which does not end itself.
constexpr milliseconds time_to_follow_its_connection{200};
/// After SIGKILL: only the kernel can keep a process longer (a dead disk or network mount), and nobody can hurry that.
constexpr milliseconds time_to_be_reaped{3000};
constexpr milliseconds first_backoff{250};
constexpr milliseconds longest_backoff{30000};

/// One extension, through all its processes. Changed on the bus thread only.
struct Managed {
  Managed(boost::asio::io_context& context, ProcessSpec what) : spec(std::move(what)), pidfd(context), timer(context) {}

  ProcessSpec spec;
  Lifecycle life;
  std::optional<SpawnedProcess> process;
  boost::asio::posix::stream_descriptor pidfd;
  boost::asio::steady_timer timer;  // to start, to stop, to follow its connection, to back off: one at a time
  std::deque<Clock::time_point> restarts;
  std::optional<nlohmann::json> saved_state;
  std::optional<std::int64_t> crash_seen_us;
  bool welcomed = false;
  bool start_after_stop = false;
  /// Why this host killed it, when it did.
  ExitKind killed_as = ExitKind::none;
  std::string killed_because;

  ProcessStatus status;  // guarded by State::mutex
};

}  // namespace

nlohmann::json ProcessStatus::to_json() const {
  return {{"id", id},
          {"pid", pid},
          {"state", name_of(state)},
          {"generation", generation},
          {"restarts", restarts},
          {"last_exit", name_of(last_exit)},
          {"last_exit_detail", last_exit_detail},
          {"quarantined", quarantined},
          {"last_recovery_us", last_recovery_us},
          {"rss_bytes", rss_bytes},
          {"limits", limits},
          {"sandbox", sandbox}};
}

struct Supervisor::State : std::enable_shared_from_this<Supervisor::State> {
  using ManagedPtr = std::shared_ptr<Managed>;

  State(Bus& on_bus, SupervisorOptions with, std::unique_ptr<OutputRecorder> recorder)
      : bus(on_bus), options(std::move(with)), output(std::move(recorder)), memory_kills(out_of_memory_kills()) {}

  Bus& bus;
  const SupervisorOptions options;
  const std::unique_ptr<OutputRecorder> output;
  std::uint64_t memory_kills;
  std::unique_ptr<ResourceGovernor> governor;

  mutable std::mutex mutex;
  std::condition_variable all_ended;
  std::map<std::string, ManagedPtr, std::less<>> managed;
  StateListener listener;
  bool closing = false;

  ManagedPtr find(std::string_view id) const {
    const std::lock_guard lock(mutex);
    const auto found = managed.find(id);
    return found == managed.end() ? nullptr : found->second;
  }

  /// `action` later, unless the supervisor or this process' turn is gone by then.
  void after(const ManagedPtr& entry, milliseconds delay, void (State::*action)(const ManagedPtr&)) {
    entry->timer.expires_after(delay);
    entry->timer.async_wait([weak = weak_from_this(), entry, action](const boost::system::error_code& error) {
      const auto self = weak.lock();
      if (!error && self) {
        ((*self).*action)(entry);
      }
    });
  }

  void move(const ManagedPtr& entry, ProcessState to, const std::string& reason);
  void launch(const ManagedPtr& entry);
  void show_limits(const ManagedPtr& entry, const ControlGroup& group);
  void make_governor();
  void connect(const ManagedPtr& entry);
  void welcomed(const ManagedPtr& entry);
  void restore(const ManagedPtr& entry);
  void became_healthy(const ManagedPtr& entry);
  void ask(const ManagedPtr& entry, const char* method, nlohmann::json params, milliseconds deadline,
           std::function<void(const ManagedPtr&, const Result<Payload>&)> then);
  void kill(const ManagedPtr& entry, ExitKind as, std::string because);
  void start_timed_out(const ManagedPtr& entry);
  void connection_ended(const ManagedPtr& entry);
  void outlived_its_connection(const ManagedPtr& entry);
  void ended(const ManagedPtr& entry);
  void failed(const ManagedPtr& entry, const ExitReport& report);
  void begin_stop(const ManagedPtr& entry, const std::string& reason);
  void restart_now(const ManagedPtr& entry);
  void terminate(const ManagedPtr& entry);
  void kill_stopping(const ManagedPtr& entry);
  void received(const Incoming& incoming, Responder responder);
  void received_notification(const Incoming& incoming);
  bool all_are_gone() const;
};

void Supervisor::State::move(const ManagedPtr& entry, ProcessState to, const std::string& reason) {
  if (!entry->life.move(to, reason)) {
    return;
  }
  ProcessStatus shown;
  StateListener listen;
  {
    const std::lock_guard lock(mutex);
    entry->status.state = to;
    entry->status.pid = entry->process ? extension_pid(*entry->process) : 0;
    shown = entry->status;
    listen = listener;
  }
  if (listen) {
    listen(shown);
  }
  bus.notify(supervisor_endpoint, {"ui", "ui.extension",
                                   nlohmann::json{{"id", shown.id},
                                                  {"state", name_of(shown.state)},
                                                  {"generation", shown.generation},
                                                  {"restarts", shown.restarts},
                                                  {"quarantined", shown.quarantined},
                                                  {"message", reason}}});
  if (to == ProcessState::terminated) {
    all_ended.notify_all();
  }
}

void Supervisor::State::launch(const ManagedPtr& entry) {
  {
    const std::lock_guard lock(mutex);
    // A timer's handler that was already queued runs although it was cancelled since.
    if (closing || entry->process) {
      return;
    }
    ++entry->status.generation;
  }
  entry->welcomed = false;
  entry->killed_as = ExitKind::none;
  entry->killed_because.clear();
  ControlGroup group;
  if (entry->spec.sandbox) {
    group = governor->prepare(entry->spec.id, *entry->spec.sandbox);
  }
  auto process =
      spawn_process(options.launcher, entry->spec, group.joining_files(), !group.kept_by(Controller::memory).empty());
  if (process) {
    entry->process = std::move(*process);
    show_limits(entry, group);
    if (entry->spec.sandbox) {
      governor->watch(
          entry->spec.id, [entry] { return entry->process ? leader_of_extension(*entry->process) : 0; },
          *entry->spec.sandbox, std::move(group));
    }
  }
  move(entry, ProcessState::starting, "started");
  if (!process) {
    failed(entry, {ExitKind::failed_to_start, process.error().message});
    return;
  }
  if (entry->process->output) {
    output->record(std::move(entry->process->output), entry->spec.log);
  }
  boost::system::error_code error;
  entry->pidfd.assign(entry->process->pidfd.release(), error);
  entry->pidfd.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                          [weak = weak_from_this(), entry](const boost::system::error_code& failure) {
                            const auto self = weak.lock();
                            if (!failure && self) {
                              self->ended(entry);
                            }
                          });
  after(entry, entry->spec.start_timeout, &State::start_timed_out);
  connect(entry);
}

void Supervisor::State::show_limits(const ManagedPtr& entry, const ControlGroup& group) {
  nlohmann::json limits;
  nlohmann::json sandbox;
  if (entry->spec.sandbox) {
    limits = ResourceGovernor::report(*entry->spec.sandbox, group);
    sandbox = {{"landlock", sandbox_support().landlock_version}, {"bubblewrap", entry->process->outer}};
  }
  const std::lock_guard lock(mutex);
  entry->status.limits = std::move(limits);
  entry->status.sandbox = std::move(sandbox);
}

void Supervisor::State::make_governor() {
  ResourceGovernor::Callbacks callbacks;
  callbacks.memory_pressure = [this](const std::string& id, std::uint64_t used, std::uint64_t limit) {
    bus.notify(supervisor_endpoint, {id, "contract.memory_pressure", nlohmann::json{{"used", used}, {"limit", limit}}});
  };
  callbacks.exceeded = [this](const std::string& id, bool memory, const std::string& because) {
    if (const ManagedPtr entry = find(id)) {
      kill(entry, memory ? ExitKind::out_of_memory : ExitKind::killed, because);
    }
  };
  governor = std::make_unique<ResourceGovernor>(bus.context(), std::move(callbacks), options.control_groups);
}

void Supervisor::State::connect(const ManagedPtr& entry) {
  PeerOptions peer;
  peer.endpoint = entry->spec.id;
  peer.grants = entry->spec.grants;
  peer.grants.emplace_back("supervisor:contract.save");
  peer.grants.emplace_back("supervisor:telemetry.spans");
  peer.grants.emplace_back("host:log.write");
  peer.heartbeat = options.heartbeat;
  // A connection's last word may come when its successor is there already: each knows its own generation.
  const std::uint64_t generation = entry->status.generation;
  const auto current = [weak = weak_from_this(), entry, generation]() -> std::shared_ptr<State> {
    auto self = weak.lock();
    return self && entry->process && entry->status.generation == generation ? self : nullptr;
  };
  peer.heartbeat->on_unresponsive = [current, entry] {
    if (const auto self = current()) {
      self->kill(entry, ExitKind::unresponsive, "it did not answer a ping");
    }
  };
  peer.on_ready = [current, entry] {
    if (const auto self = current()) {
      self->welcomed(entry);
    }
  };
  peer.on_closed = [current, entry](const Error&) {
    if (const auto self = current()) {
      self->connection_ended(entry);
    }
  };
  if (const auto attached = bus.attach(entry->process->socket.release(), std::move(peer)); !attached) {
    kill(entry, ExitKind::failed_to_start, attached.error().message);
  }
}

void Supervisor::State::ask(const ManagedPtr& entry, const char* method, nlohmann::json params, milliseconds deadline,
                            std::function<void(const ManagedPtr&, const Result<Payload>&)> then) {
  SendOptions send;
  send.deadline = deadline;
  send.control_priority = true;
  const std::uint64_t generation = entry->status.generation;
  bus.send_request(
      supervisor_endpoint, {entry->spec.id, method, std::move(params)}, send,
      [weak = weak_from_this(), entry, generation, then = std::move(then)](const Result<Payload>& outcome) {
        const auto self = weak.lock();
        if (self && entry->process && entry->status.generation == generation) {
          then(entry, outcome);
        }
      });
}

void Supervisor::State::welcomed(const ManagedPtr& entry) {
  entry->welcomed = true;
  move(entry, ProcessState::running, "connected");
  nlohmann::json init;
  {
    const std::lock_guard lock(mutex);
    init = entry->spec.init.is_object() ? entry->spec.init : nlohmann::json::object();
  }
  init["generation"] = entry->status.generation;
  if (entry->life.state() != ProcessState::running) {
    return;  // being stopped
  }
  ask(entry, "contract.init", std::move(init), entry->spec.start_timeout,
      [this](const ManagedPtr& process, const Result<Payload>& outcome) {
        if (!outcome && outcome.error().code != ErrorCode::method_not_found) {
          kill(process, ExitKind::failed_to_start, "contract.init failed: " + outcome.error().message);
        } else {
          restore(process);
        }
      });
}

void Supervisor::State::restore(const ManagedPtr& entry) {
  if (entry->life.state() != ProcessState::running) {
    return;
  }
  if (!entry->saved_state) {
    became_healthy(entry);
    return;
  }
  ask(entry, "contract.restore", {{"state", *entry->saved_state}}, entry->spec.start_timeout,
      [this](const ManagedPtr& process, const Result<Payload>& outcome) {
        if (!outcome && outcome.error().code != ErrorCode::method_not_found) {
          // A state that brings it down must not bring down the next one too.
          process->saved_state.reset();
        }
        became_healthy(process);
      });
}

void Supervisor::State::became_healthy(const ManagedPtr& entry) {
  if (entry->life.state() != ProcessState::running) {
    return;
  }
  entry->timer.cancel();
  if (const auto seen = std::exchange(entry->crash_seen_us, std::nullopt)) {
    const std::lock_guard lock(mutex);
    entry->status.last_recovery_us = monotonic_us() - *seen;
  }
  move(entry, ProcessState::healthy, "ready");
}

void Supervisor::State::kill(const ManagedPtr& entry, ExitKind as, std::string because) {
  if (entry->process) {
    entry->killed_as = as;
    entry->killed_because = std::move(because);
    end_tree(*entry->process);
  }
}

void Supervisor::State::start_timed_out(const ManagedPtr& entry) {
  kill(entry, ExitKind::failed_to_start,
       "it was not ready within " + std::to_string(entry->spec.start_timeout.count()) + " ms");
}

void Supervisor::State::connection_ended(const ManagedPtr& entry) {
  if (!entry->crash_seen_us) {
    entry->crash_seen_us = monotonic_us();
  }
  if (entry->life.state() != ProcessState::stopping) {
    after(entry, time_to_follow_its_connection, &State::outlived_its_connection);
  }
}

void Supervisor::State::outlived_its_connection(const ManagedPtr& entry) {
  kill(entry, ExitKind::crashed, "it closed its connection and did not end");
}

void Supervisor::State::ended(const ManagedPtr& entry) {
  ExitReport report = reap(*entry->process, entry->welcomed, memory_kills);
  const auto used_up = governor->forget(entry->spec.id);
  if (used_up && report.kind != ExitKind::clean) {
    report = {ExitKind::out_of_memory, *used_up};
  }
  if (entry->killed_as != ExitKind::none) {
    report = {entry->killed_as, entry->killed_because};
  }
  if (!entry->crash_seen_us) {
    entry->crash_seen_us = monotonic_us();
  }
  entry->timer.cancel();
  boost::system::error_code ignored;
  entry->pidfd.close(ignored);
  entry->process.reset();
  // A grandchild may hold the connection open; and its requests must fail with the reason.
  bus.disconnect(entry->spec.id, {ErrorCode::peer_disconnected,
                                  "The process of \"" + entry->spec.id + "\" has ended: " + report.detail + "."});
  const bool asked_to_stop = entry->life.state() == ProcessState::stopping;
  if (!asked_to_stop && (report.kind != ExitKind::clean || !entry->welcomed)) {
    if (report.kind == ExitKind::clean) {
      report = {ExitKind::failed_to_start, "it ended before it had connected"};
    }
    failed(entry, report);
    return;
  }
  entry->crash_seen_us.reset();
  {
    const std::lock_guard lock(mutex);
    entry->status.last_exit = report.kind;
    entry->status.last_exit_detail = report.detail;
  }
  move(entry, ProcessState::terminated, report.detail);
  if (std::exchange(entry->start_after_stop, false)) {
    launch(entry);
  }
}

void Supervisor::State::failed(const ManagedPtr& entry, const ExitReport& report) {
  entry->timer.cancel();
  const auto now = Clock::now();
  while (!entry->restarts.empty() && now - entry->restarts.front() > entry->spec.restart_window) {
    entry->restarts.pop_front();
  }
  const bool automatic = entry->spec.restart != RestartPolicy::manual;
  const bool quarantine = automatic && entry->restarts.size() >= entry->spec.restart_limit;
  std::string reason = report.detail;
  if (quarantine) {
    reason += "; stopped after " + std::to_string(entry->restarts.size()) + " restarts within " +
              std::to_string(entry->spec.restart_window.count()) + " s";
  }
  bool restart = automatic && !quarantine;
  {
    const std::lock_guard lock(mutex);
    entry->status.last_exit = report.kind;
    entry->status.last_exit_detail = reason;
    entry->status.quarantined = quarantine;
    restart = restart && !closing;
    entry->status.restarts += restart ? 1U : 0U;
  }
  move(entry, ProcessState::crashed, reason);
  all_ended.notify_all();
  if (!restart || entry->life.state() != ProcessState::crashed) {
    return;
  }
  entry->restarts.push_back(now);
  if (entry->spec.restart == RestartPolicy::immediate) {
    // Through the queue: a launcher that cannot start must not recurse.
    boost::asio::post(bus.context(), [weak = weak_from_this(), entry] {
      const auto self = weak.lock();
      if (self && entry->life.state() == ProcessState::crashed) {
        self->launch(entry);
      }
    });
    return;
  }
  const auto doublings = std::min<std::size_t>(entry->restarts.size() - 1, 16);
  after(entry, std::min(milliseconds(first_backoff.count() << doublings), longest_backoff), &State::launch);
}

void Supervisor::State::begin_stop(const ManagedPtr& entry, const std::string& reason) {
  if (entry->life.state() == ProcessState::stopping) {
    return;
  }
  entry->timer.cancel();
  if (!entry->process) {
    move(entry, ProcessState::terminated, reason);
    return;
  }
  const bool connected = entry->welcomed;
  move(entry, ProcessState::stopping, reason);
  if (!connected) {
    terminate(entry);
    return;
  }
  after(entry, time_to_shut_down, &State::terminate);
  // Whatever it answers: it is watched by its pidfd until it has ended.
  ask(entry, "contract.shutdown", nlohmann::json::object(), time_to_shut_down,
      [](const ManagedPtr&, const Result<Payload>&) {});
}

void Supervisor::State::restart_now(const ManagedPtr& entry) {
  entry->restarts.clear();
  {
    const std::lock_guard lock(mutex);
    entry->status.quarantined = false;
  }
  if (entry->process) {
    entry->start_after_stop = true;
    begin_stop(entry, "restarting");
  } else {
    entry->timer.cancel();
    launch(entry);
  }
}

void Supervisor::State::terminate(const ManagedPtr& entry) {
  if (entry->process) {
    ask_to_end(*entry->process);
    after(entry, time_to_terminate, &State::kill_stopping);
  }
}

void Supervisor::State::kill_stopping(const ManagedPtr& entry) {
  kill(entry, ExitKind::killed, "it did not end when asked to");
}

void Supervisor::State::received_notification(const Incoming& incoming) {
  if (incoming.body.held_bytes() > limits::body_bytes) {
    return;
  }
  auto params = incoming.body.document();
  if (!params) {
    return;
  }
  if (incoming.method == "telemetry.spans") {
    if (auto spans = read_spans(*params, incoming.source)) {
      for (Span& span : *spans) {
        bus.spans().record(std::move(span));
      }
    }
  } else if (incoming.method == "contract.save" && incoming.body.held_bytes() <= limits::saved_state_bytes) {
    if (const ManagedPtr entry = find(incoming.source)) {
      boost::asio::dispatch(bus.context(), [entry, state = std::move((*params)["state"])]() mutable {
        entry->saved_state = std::move(state);
      });
    }
  }
}

void Supervisor::State::received(const Incoming& incoming, Responder responder) {
  if (!incoming.is_request) {
    received_notification(incoming);
    return;
  }
  if (incoming.method != "process.list" && incoming.method != "process.restart") {
    responder.fail({ErrorCode::method_not_found, "The supervisor has no method \"" + incoming.method + "\"."});
    return;
  }
  if (incoming.method == "process.list") {
    nlohmann::json list = nlohmann::json::array();
    const std::lock_guard lock(mutex);
    for (const auto& [id, entry] : managed) {
      list.push_back(entry->status.to_json());
    }
    responder.answer(nlohmann::json{{"processes", std::move(list)}});
    return;
  }
  const auto asked = read<messages::ProcessRestartParams>(incoming.body);
  if (!asked) {
    responder.fail(asked.error());
    return;
  }
  const ManagedPtr entry = find(asked->id);
  if (!entry) {
    responder.fail({ErrorCode::not_found, "There is no such process.", {{"path", "/id"}}});
    return;
  }
  boost::asio::post(bus.context(), [weak = weak_from_this(), entry] {
    if (const auto self = weak.lock()) {
      self->restart_now(entry);
    }
  });
  responder.answer(nlohmann::json::object());
}

bool Supervisor::State::all_are_gone() const {
  return std::all_of(managed.begin(), managed.end(), [](const auto& each) {
    const ProcessState state = each.second->status.state;
    return state == ProcessState::terminated;
  });
}

Result<std::unique_ptr<Supervisor>> Supervisor::create(Bus& bus, SupervisorOptions options) {
  if (::access(options.launcher.c_str(), X_OK) != 0) {
    return io_error("The launcher cannot be used:", options.launcher.native(), errno);
  }
  auto recorder = OutputRecorder::create();
  if (!recorder) {
    return recorder.error();
  }
  auto state = std::make_shared<State>(bus, std::move(options), std::move(*recorder));
  state->make_governor();
  const auto registered = bus.register_endpoint(
      supervisor_endpoint,
      [weak = std::weak_ptr(state)](const Incoming& incoming, Responder responder) {
        if (const auto self = weak.lock()) {
          self->received(incoming, std::move(responder));
        }
      },
      Interface::built_in(supervisor_endpoint));
  if (!registered) {
    return registered.error();
  }
  return std::unique_ptr<Supervisor>(new Supervisor(std::move(state)));
}

Supervisor::Supervisor(std::shared_ptr<State> state) : state_(std::move(state)) {}

Supervisor::~Supervisor() {
  state_->bus.unregister_endpoint(supervisor_endpoint);
  {
    const std::lock_guard lock(state_->mutex);
    state_->closing = true;
    state_->listener = nullptr;
  }
  boost::asio::post(state_->bus.context(), [state = state_] {
    std::vector<State::ManagedPtr> entries;
    {
      const std::lock_guard lock(state->mutex);
      for (const auto& [id, entry] : state->managed) {
        entries.push_back(entry);
      }
    }
    for (const auto& entry : entries) {
      entry->start_after_stop = false;
      state->begin_stop(entry, "the host is closing");
    }
    state->all_ended.notify_all();
  });
  std::unique_lock lock(state_->mutex);
  if (state_->all_ended.wait_for(lock, time_to_shut_down + time_to_terminate + time_to_be_reaped,
                                 [this] { return state_->all_are_gone(); })) {
    return;
  }
  for (const auto& [id, entry] : state_->managed) {
    if (entry->status.state != ProcessState::terminated) {
      entry->status.last_exit_detail = "killed and not reaped";
      std::fprintf(stderr, "symphony: \"%s\" (process %lld) was killed and not reaped\n", id.c_str(),
                   static_cast<long long>(entry->status.pid));
    }
  }
}

Result<void> Supervisor::start(ProcessSpec spec) {
  if (::access(spec.executable.c_str(), X_OK) != 0) {
    Error error = io_error("The extension cannot be started:", spec.executable.native(), errno);
    error.code = ErrorCode::not_found;
    return error;
  }
  auto entry = std::make_shared<Managed>(state_->bus.context(), std::move(spec));
  entry->status.id = entry->spec.id;
  {
    const std::lock_guard lock(state_->mutex);
    State::ManagedPtr& place = state_->managed[entry->spec.id];
    if (place && place->status.state != ProcessState::terminated) {
      return Error{ErrorCode::invalid_request, "\"" + entry->spec.id + "\" is supervised already."};
    }
    place = entry;
  }
  boost::asio::post(state_->bus.context(), [weak = std::weak_ptr(state_), entry] {
    const auto self = weak.lock();
    if (self && entry->life.state() == ProcessState::created) {
      self->launch(entry);
    }
  });
  return {};
}

Result<void> Supervisor::stop(std::string_view id) {
  const auto entry = state_->find(id);
  if (!entry) {
    return Error{ErrorCode::not_found, "\"" + std::string(id) + "\" is not supervised."};
  }
  boost::asio::post(state_->bus.context(), [weak = std::weak_ptr(state_), entry] {
    if (const auto self = weak.lock()) {
      entry->start_after_stop = false;
      self->begin_stop(entry, "stopped");
    }
  });
  return {};
}

Result<void> Supervisor::restart(std::string_view id) {
  const auto entry = state_->find(id);
  if (!entry) {
    return Error{ErrorCode::not_found, "\"" + std::string(id) + "\" is not supervised."};
  }
  boost::asio::post(state_->bus.context(), [weak = std::weak_ptr(state_), entry] {
    if (const auto self = weak.lock()) {
      self->restart_now(entry);
    }
  });
  return {};
}

Result<void> Supervisor::set_init(std::string_view id, nlohmann::json init) {
  const auto entry = state_->find(id);
  if (!entry) {
    return Error{ErrorCode::not_found, "\"" + std::string(id) + "\" is not supervised."};
  }
  const std::lock_guard lock(state_->mutex);
  entry->spec.init = std::move(init);
  return {};
}

Result<void> Supervisor::set_sandbox(std::string_view id, SandboxProfile profile) {
  const auto entry = state_->find(id);
  if (!entry) {
    return Error{ErrorCode::not_found, "\"" + std::string(id) + "\" is not supervised."};
  }
  boost::asio::post(state_->bus.context(),
                    [entry, profile = std::move(profile)]() mutable { entry->spec.sandbox = std::move(profile); });
  return {};
}

std::vector<ProcessStatus> Supervisor::processes() const {
  std::vector<ProcessStatus> shown;
  {
    const std::lock_guard lock(state_->mutex);
    for (const auto& [id, entry] : state_->managed) {
      shown.push_back(entry->status);
    }
  }
  for (ProcessStatus& status : shown) {
    status.rss_bytes = status.pid > 0 ? resident_bytes(static_cast<pid_t>(status.pid)) : 0;
  }
  return shown;
}

void Supervisor::on_state(StateListener listener) {
  const std::lock_guard lock(state_->mutex);
  state_->listener = std::move(listener);
}

}  // namespace symphony::ipc
