#include "process_instance.h"

namespace symphony::ipc {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds time_to_shut_down{200};
constexpr milliseconds time_to_terminate{150};
/// A process whose connection has ended but which does not end itself.
constexpr milliseconds time_to_follow_its_connection{200};

/// Who was told to end is told again: somebody may have stopped it in between.
constexpr milliseconds time_to_be_killed_again{500};

/// A process that nobody asks about any more.
struct Remains {
  SpawnedProcess process;
  boost::asio::posix::stream_descriptor pidfd;
  boost::asio::steady_timer timer;
};

void kill_again(const std::shared_ptr<Remains>& remains) {
  remains->timer.expires_after(time_to_be_killed_again);
  remains->timer.async_wait([weak = std::weak_ptr<Remains>(remains)](const boost::system::error_code& failure) {
    if (const auto left = weak.lock(); left && !failure) {
      end_tree(left->process);
      kill_again(left);
    }
  });
}

void reap_later(std::shared_ptr<Remains> remains, std::shared_ptr<SupervisionContext> context) {
  Remains& here = *remains;
  here.pidfd.async_wait(
      boost::asio::posix::stream_descriptor::wait_read,
      [remains = std::move(remains), context = std::move(context)](const boost::system::error_code& failure) mutable {
        if (!failure && !has_ended(remains->process)) {
          reap_later(std::move(remains), std::move(context));
          return;
        }
        if (!failure) {
          (void)reap(remains->process, true, context->memory_kills);
        }
        context->one_less();
      });
}

}  // namespace

ProcessInstance::ProcessInstance(std::shared_ptr<SupervisionContext> context, std::weak_ptr<ProcessOwner> owner,
                                 std::string id, std::string instance)
    : context_(std::move(context)),
      owner_(std::move(owner)),
      id_(std::move(id)),
      instance_(std::move(instance)),
      pidfd_(context_->bus.context()),
      timer_(context_->bus.context()) {}

void ProcessInstance::after(milliseconds delay, std::function<void()> action) {
  timer_.expires_after(delay);
  timer_.async_wait([weak = weak_from_this(), action = std::move(action)](const boost::system::error_code& error) {
    if (const auto self = weak.lock(); self && !error) {
      action();
    }
  });
}

bool ProcessInstance::move(ProcessState to, const std::string& reason) {
  if (!life_.move(to, reason)) {
    return false;
  }
  if (const auto owner = owner_.lock()) {
    owner->moved(*this, reason);
  }
  return true;
}

void ProcessInstance::launch(std::shared_ptr<const ProcessSpec> spec) {
  {
    const std::lock_guard lock(context_->mutex);
    // A timer's handler that was already queued runs although it was cancelled since.
    if (context_->closing || process_) {
      return;
    }
  }
  spec_ = std::move(spec);
  ++serial_;
  version_ = spec_->version;
  unanswered_ = 0;
  welcomed_ = false;
  lost_ = false;
  killed_as_ = ExitKind::none;
  killed_because_.clear();
  ControlGroup group;
  if (spec_->sandbox) {
    group = context_->governor.prepare(id_, *spec_->sandbox);
  }
  auto process = spawn_process(context_->options.launcher, *spec_, group.joining_files(),
                               !group.kept_by(Controller::memory).empty());
  if (process) {
    process_ = std::move(*process);
    {
      const std::lock_guard lock(context_->mutex);
      ++context_->processes;
    }
    show_limits(group);
    if (spec_->sandbox) {
      ResourceGovernor::Callbacks callbacks;
      callbacks.memory_pressure = [weak = weak_from_this()](std::uint64_t used, std::uint64_t limit) {
        if (const auto self = weak.lock()) {
          SendOptions send;
          send.instance = self->instance_;
          self->context_->bus.notify(
              supervisor_endpoint,
              {self->id_, "contract.memory_pressure", nlohmann::json{{"used", used}, {"limit", limit}}}, send);
        }
      };
      callbacks.exceeded = [weak = weak_from_this()](bool memory, const std::string& because) {
        if (const auto self = weak.lock()) {
          self->kill(memory ? ExitKind::out_of_memory : ExitKind::killed, because);
        }
      };
      const auto leader = [weak = weak_from_this()]() -> pid_t {
        const auto self = weak.lock();
        return self && self->process_ ? leader_of_extension(*self->process_) : 0;
      };
      context_->governor.watch(key(), id_, leader, *spec_->sandbox, std::move(group), std::move(callbacks));
    }
  }
  move(ProcessState::starting, "started");
  if (!process) {
    if (const auto owner = owner_.lock()) {
      owner->ended(*this, {ExitKind::failed_to_start, process.error().message});
    }
    return;
  }
  if (process_->output) {
    context_->output->record(std::move(process_->output), spec_->log);
  }
  boost::system::error_code error;
  pidfd_.assign(process_->pidfd.release(), error);
  watch_end();
  const auto late = [this] {
    kill(ExitKind::failed_to_start, "it was not ready within " + std::to_string(spec_->start_timeout.count()) + " ms");
  };
  after(spec_->start_timeout, late);
  connect();
}

void ProcessInstance::watch_end() {
  pidfd_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                    [weak = weak_from_this(), serial = serial_](const boost::system::error_code& failure) {
                      const auto self = weak.lock();
                      if (!self || failure || !self->process_ || self->serial_ != serial) {
                        return;
                      }
                      if (has_ended(*self->process_)) {
                        self->reaped();
                      } else {
                        self->watch_end();
                      }
                    });
}

void ProcessInstance::show_limits(const ControlGroup& group) {
  limits_ = nullptr;
  sandbox_ = nullptr;
  if (spec_->sandbox) {
    limits_ = ResourceGovernor::report(*spec_->sandbox, group);
    sandbox_ = {{"landlock", sandbox_support().landlock_version}, {"bubblewrap", process_->outer}};
  }
}

void ProcessInstance::connect() {
  PeerOptions peer;
  peer.endpoint = id_;
  peer.instance = instance_;
  peer.version = version_;
  peer.weight = 0;
  peer.grants = spec_->grants;
  peer.grants.emplace_back("supervisor:contract.save");
  peer.grants.emplace_back("supervisor:telemetry.spans");
  peer.grants.emplace_back("host:log.write");
  peer.heartbeat = context_->options.heartbeat;
  // A connection's last word may come when its successor is there already: each knows its own number.
  const auto current = [weak = weak_from_this(), serial = serial_]() -> std::shared_ptr<ProcessInstance> {
    auto self = weak.lock();
    return self && self->process_ && self->serial_ == serial ? self : nullptr;
  };
  peer.heartbeat->on_unresponsive = [current] {
    if (const auto self = current()) {
      self->kill(ExitKind::unresponsive, "it did not answer a ping");
    }
  };
  peer.on_ready = [current] {
    if (const auto self = current()) {
      self->on_ready();
    }
  };
  peer.on_closed = [current](const Error&) {
    if (const auto self = current()) {
      self->connection_ended();
    }
  };
  if (const auto attached = context_->bus.attach(process_->socket.release(), std::move(peer)); !attached) {
    kill(ExitKind::failed_to_start, attached.error().message);
  }
}

void ProcessInstance::on_ready() {
  welcomed_ = true;
  if (!move(ProcessState::running, "connected")) {
    return;  // being stopped
  }
  if (const auto owner = owner_.lock()) {
    owner->connected(*this);
  }
}

void ProcessInstance::ask(const char* method, nlohmann::json params, milliseconds deadline, bool overtaking,
                          Then then) {
  SendOptions send;
  send.deadline = deadline;
  send.control_priority = overtaking;
  send.instance = instance_;
  context_->bus.send_request(
      supervisor_endpoint, {id_, method, std::move(params)}, send,
      [weak = weak_from_this(), serial = serial_, then = std::move(then)](const Result<Payload>& outcome) {
        const auto self = weak.lock();
        if (self && self->process_ && self->serial_ == serial) {
          then(outcome);
        }
      });
}

void ProcessInstance::initialise(std::uint64_t generation, nlohmann::json init,
                                 const std::optional<nlohmann::json>& state) {
  if (life_.state() != ProcessState::running) {
    return;
  }
  generation_ = generation;
  if (!init.is_object()) {
    init = nlohmann::json::object();
  }
  init["generation"] = generation;
  unanswered_ = state ? 2 : 1;
  const auto late = [this] {
    kill(ExitKind::failed_to_start, "it was not ready within " + std::to_string(spec_->start_timeout.count()) + " ms");
  };
  after(spec_->start_timeout, late);
  // Both are written before either is answered: a process reads them in this order, and traffic after them.
  ask("contract.init", std::move(init), spec_->start_timeout, true,
      [this](const Result<Payload>& outcome) { answered("contract.init", outcome); });
  if (state) {
    ask("contract.restore", {{"state", *state}}, spec_->start_timeout, true,
        [this](const Result<Payload>& outcome) { answered("contract.restore", outcome); });
  }
}

void ProcessInstance::answered(const char* what, const Result<Payload>& outcome) {
  if (life_.state() != ProcessState::running) {
    return;
  }
  if (!outcome && outcome.error().code != ErrorCode::method_not_found) {
    if (std::string_view(what) == "contract.init") {
      kill(ExitKind::failed_to_start, "contract.init failed: " + outcome.error().message);
      return;
    }
    if (const auto owner = owner_.lock()) {
      owner->refused_state(*this, outcome.error());
    }
    if (life_.state() != ProcessState::running) {
      return;
    }
  }
  if (--unanswered_ == 0) {
    timer_.cancel();
    move(ProcessState::healthy, "ready");
  }
}

void ProcessInstance::kill(ExitKind as, std::string because) {
  if (!process_) {
    return;
  }
  if (killed_as_ == ExitKind::none) {
    killed_as_ = as;
    killed_because_ = std::move(because);
  }
  end_tree(*process_);
  after(time_to_be_killed_again, [this] { kill(killed_as_, killed_because_); });
}

void ProcessInstance::connection_ended() {
  if (life_.state() == ProcessState::stopping) {
    return;
  }
  lost_ = true;
  after(time_to_follow_its_connection, [this] { kill(ExitKind::crashed, "it closed its connection and did not end"); });
  // A crash need not be reaped before it is repaired: that takes as long as starting the next process.
  auto ending = welcomed_ ? report_of_ending(*process_, context_->memory_kills) : std::nullopt;
  if (const auto owner = owner_.lock()) {
    owner->lost(*this);
  }
  if (ending && process_) {
    leave_to_be_reaped();
    end(std::move(*ending));
  }
}

void ProcessInstance::leave_to_be_reaped() {
  auto remains = std::make_shared<Remains>(
      Remains{std::move(*process_), boost::asio::posix::stream_descriptor(context_->bus.context(), pidfd_.release()),
              boost::asio::steady_timer(context_->bus.context())});
  process_.reset();
  kill_again(remains);
  reap_later(std::move(remains), context_);
}

void ProcessInstance::reaped() {
  ExitReport report = reap(*process_, welcomed_, context_->memory_kills);
  boost::system::error_code ignored;
  pidfd_.close(ignored);
  process_.reset();
  end(std::move(report));
  context_->one_less();
}

void ProcessInstance::end(ExitReport report) {
  const auto used_up = context_->governor.forget(key());
  if (used_up && report.kind != ExitKind::clean) {
    report = {ExitKind::out_of_memory, *used_up};
  }
  if (killed_as_ != ExitKind::none) {
    report = {killed_as_, killed_because_};
  }
  timer_.cancel();
  // A grandchild may hold the connection open; and its requests must fail with the reason.
  context_->bus.disconnect(
      id_, instance_,
      {ErrorCode::peer_disconnected, "The process of \"" + id_ + "\" has ended: " + report.detail + "."});
  if (life_.state() != ProcessState::stopping && report.kind == ExitKind::clean && !welcomed_) {
    report = {ExitKind::failed_to_start, "it ended before it had connected"};
  }
  if (const auto owner = owner_.lock()) {
    owner->ended(*this, std::move(report));
  }
}

void ProcessInstance::settle(ProcessState to, const ExitReport& report) {
  last_exit_ = report.kind;
  last_exit_detail_ = report.detail;
  move(to, report.detail);
}

void ProcessInstance::stop(const std::string& reason) {
  if (life_.state() == ProcessState::stopping) {
    return;
  }
  timer_.cancel();
  if (!process_) {
    move(ProcessState::terminated, reason);
    return;
  }
  move(ProcessState::stopping, reason);
  if (!welcomed_ || lost_) {
    terminate();
    return;
  }
  after(time_to_shut_down, [this] { terminate(); });
  // Whatever it answers: it is watched by its pidfd until it has ended.
  ask("contract.shutdown", nlohmann::json::object(), time_to_shut_down, true, [](const Result<Payload>&) {});
}

void ProcessInstance::terminate() {
  if (process_) {
    ask_to_end(*process_);
    after(time_to_terminate, [this] { kill(ExitKind::killed, "it did not end when asked to"); });
  }
}

void ProcessInstance::stop_when_drained(milliseconds limit, std::string reason) {
  after(limit, [this, reason] { stop(reason + ", with requests unanswered"); });
  context_->bus.when_drained(id_, instance_, [weak = weak_from_this(), serial = serial_, reason = std::move(reason)] {
    const auto self = weak.lock();
    if (self && self->process_ && self->serial_ == serial && !self->lost_) {
      self->stop(reason);
    }
  });
}

}  // namespace symphony::ipc
