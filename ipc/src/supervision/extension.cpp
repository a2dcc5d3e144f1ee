#include "extension.h"

#include <algorithm>
#include <boost/asio/post.hpp>

#include <symphony/ipc/limits.h>
#include <symphony/ipc/trace.h>

namespace symphony::ipc {
namespace {

using std::chrono::milliseconds;

/// An extension that needs longer to say what it is to be restored from is stopped without.
constexpr milliseconds time_to_snapshot{2000};
/// The endpoint that shows pictures and tells their owner what the user did.
constexpr const char* picture_endpoint = "ui";

}  // namespace

std::shared_ptr<SupervisedExtension> SupervisedExtension::create(std::shared_ptr<SupervisionContext> context,
                                                                 ProcessSpec spec) {
  std::shared_ptr<SupervisedExtension> made(new SupervisedExtension(std::move(context), std::move(spec)));
  for (std::uint32_t index = 0; index < made->version_->spec->instances; ++index) {
    made->add_slot(made->version_, ProcessRole::serving);
  }
  made->lead_ = made->slots_.front()->process;
  made->refresh();
  return made;
}

SupervisedExtension::SupervisedExtension(std::shared_ptr<SupervisionContext> context, ProcessSpec spec)
    : context_(std::move(context)), id_(spec.id), spare_timer_(context_->bus.context()) {
  version_ = std::make_shared<Version>();
  version_->spec = std::make_shared<const ProcessSpec>(std::move(spec));
}

ProcessStatus SupervisedExtension::status() const {
  const std::lock_guard lock(context_->mutex);
  return status_;
}

bool SupervisedExtension::over() const {
  const std::lock_guard lock(context_->mutex);
  return std::all_of(status_.instances.begin(), status_.instances.end(), [](const InstanceStatus& instance) {
    return instance.state == ProcessState::terminated && instance.pid == 0;
  });
}

SupervisedExtension::Slot* SupervisedExtension::find_slot(const ProcessInstance& process) {
  const auto found =
      std::find_if(slots_.begin(), slots_.end(), [&](const auto& slot) { return slot->process.get() == &process; });
  return found == slots_.end() ? nullptr : found->get();
}

std::string SupervisedExtension::free_name() const {
  for (std::size_t number = 1;; ++number) {
    std::string name = std::to_string(number);
    if (std::none_of(slots_.begin(), slots_.end(), [&](const auto& slot) { return slot->process->name() == name; })) {
      return name;
    }
  }
}

SupervisedExtension::Slot& SupervisedExtension::add_slot(const VersionPtr& version, ProcessRole role) {
  auto slot = std::make_unique<Slot>();
  slot->process = std::make_shared<ProcessInstance>(context_, weak_from_this(), id_, free_name());
  slot->version = version;
  slot->role = role;
  return *slots_.emplace_back(std::move(slot));
}

std::vector<SupervisedExtension::Slot*> SupervisedExtension::slots_with(ProcessRole role) {
  std::vector<Slot*> found;
  for (const auto& slot : slots_) {
    if (slot->role == role) {
      found.push_back(slot.get());
    }
  }
  return found;
}

void SupervisedExtension::drop(const ProcessInstance& process) {
  boost::asio::post(context_->bus.context(), [extension = self(), gone = &process] {
    std::erase_if(extension->slots_, [&](const auto& slot) {
      return slot->process.get() == gone && !slot->process->running() && slot->process != extension->lead_;
    });
    extension->refresh();
  });
}

Result<void> SupervisedExtension::prepare() {
  if (!version_->spec->lazy) {
    return {};
  }
  waiting_ = true;
  return reserve();
}

void SupervisedExtension::start() {
  if (version_->spec->lazy) {
    publish("it starts with the first message to it");
    return;
  }
  launch_all();
}

void SupervisedExtension::launch_all() {
  for (Slot* slot : slots_with(ProcessRole::serving)) {
    launch(*slot);
  }
}

void SupervisedExtension::launch(Slot& slot) {
  if (slot.process->running() || context_->is_closing()) {
    return;
  }
  slot.generation = ++generation_;
  if (is_lead(slot)) {
    shown_generation_ = slot.generation;
  }
  slot.quarantined = false;
  slot.start_again = false;
  slot.process->launch(slot.version->spec);
}

void SupervisedExtension::begin(Slot& slot) {
  slot.process->initialise(slot.generation, slot.version->spec->init, slot.saved);
  if (is_lead(slot)) {
    context_->bus.pin(id_, picture_endpoint, slot.process->name());
  }
  // Behind contract.init in the same connection: what is sent from now on comes after it.
  set_weight(slot, share_of(slot));
}

std::uint32_t SupervisedExtension::share_of(const Slot& slot) const {
  constexpr std::uint32_t all = 100;
  if (slot.role != ProcessRole::serving) {
    return 0;
  }
  if (!experiment_ || !experiment_->running) {
    return 1;
  }
  return slot.version == experiment_->version ? experiment_->share : all - experiment_->share;
}

void SupervisedExtension::set_weight(Slot& slot, std::uint32_t weight) {
  slot.weight = weight;
  // One that is not connected gets its weight when it begins.
  (void)context_->bus.set_weight(id_, slot.process->name(), weight);
}

void SupervisedExtension::apply_weights() {
  for (const auto& slot : slots_) {
    set_weight(*slot, slot->process->connected() ? share_of(*slot) : 0);
  }
}

void SupervisedExtension::connected(ProcessInstance& process) {
  Slot& slot = slot_of(process);
  switch (slot.role) {
    case ProcessRole::serving:
      begin(slot);
      break;
    case ProcessRole::incoming:
      // Its generation is its own: nobody is shown what it draws yet.
      slot.generation = ++generation_;
      process.initialise(slot.generation, slot.version->spec->init, slot.saved);
      break;
    case ProcessRole::spare:
    case ProcessRole::leaving:
      process.rest();
      break;
  }
}

void SupervisedExtension::moved(ProcessInstance& process, const std::string& reason) {
  Slot& slot = slot_of(process);
  const Transition& step = process.life().history().back();
  if (history_.size() == limits::steps_kept) {
    history_.pop_front();
  }
  history_.push_back({process.name(), step.from, step.to, step.at_us, reason});
  const bool became_ready = step.to == ProcessState::healthy && step.from == ProcessState::running;
  if (became_ready && slot.crash_seen_us) {
    last_recovery_us_ = step.at_us - *slot.crash_seen_us;
    slot.crash_seen_us.reset();
  }
  if (is_lead(slot)) {
    publish(reason);
  } else {
    refresh();
    tell();
  }
  if (!became_ready) {
    return;
  }
  if (slot.role == ProcessRole::incoming) {
    if (swap_) {
      swap_->ready(process);
    } else if (experiment_) {
      experiment_ready();
    }
    return;
  }
  if (slot.role != ProcessRole::serving) {
    return;
  }
  release_waiting();
  keep_spare();
  watch_idleness();
}

void SupervisedExtension::watch_idleness() {
  const ProcessSpec& spec = *version_->spec;
  if (spec.idle_stop.count() > 0 && !idle_watch_) {
    idle_watch_ = std::make_unique<IdleWatch>(context_->bus, id_, spec.idle_stop, [this] { idle(); });
    idle_watch_->set_shown(shown_);
    idle_watch_->start();
  }
}

void SupervisedExtension::refused_state(ProcessInstance& process, const Error& reason) {
  Slot& slot = slot_of(process);
  // A state that brings it down must not bring down the next one too.
  slot.saved.reset();
  if (slot.role == ProcessRole::incoming && experiment_) {
    experiment_failed({reason.code, "The offered version did not take the state: " + reason.message});
  }
}

void SupervisedExtension::stop(const std::string& reason) {
  abandon_versions({ErrorCode::cancelled, "The extension is being stopped."});
  idle_watch_.reset();
  stopping_idle_ = false;
  awakened_ = false;
  spare_timer_.cancel();
  for (const auto& slot : slots_) {
    slot->start_again = false;
    const bool stays = slot->role == ProcessRole::serving && slot->version == version_;
    slot->role = stays ? ProcessRole::serving : ProcessRole::leaving;
    slot->process->stop(reason);
    if (!stays && !slot->process->running()) {
      drop(*slot->process);
    }
  }
  if (experiment_) {
    end_experiment();
  }
  release_waiting();
}

void SupervisedExtension::restart() {
  abandon_versions({ErrorCode::cancelled, "The extension is being restarted."});
  drop_spare();
  stopping_idle_ = false;
  for (Slot* slot : slots_with(ProcessRole::serving)) {
    slot->restarts.clear();
    slot->quarantined = false;
    if (slot->process->running()) {
      slot->process->stop("restarting");
      slot->start_again = true;
    } else {
      slot->process->rest();
      launch(*slot);
    }
  }
  spare_restarts_.clear();
}

void SupervisedExtension::renew() {
  const ProcessState state = lead_->state();
  if (state != ProcessState::created && state != ProcessState::terminated && !stopping_idle_) {
    restart();
  }
}

Result<void> SupervisedExtension::activate(bool by_hand) {
  const auto serving = slots_with(ProcessRole::serving);
  if (std::any_of(serving.begin(), serving.end(), [](const Slot* slot) { return slot->quarantined; })) {
    return Error{ErrorCode::invalid_request, "\"" + id_ + "\" is quarantined; a restart ends that."};
  }
  if (stopping_idle_) {
    awakened_ = true;
    return {};
  }
  for (Slot* slot : serving) {
    const ProcessState state = slot->process->state();
    if (state == ProcessState::created || (by_hand && state == ProcessState::terminated)) {
      launch(*slot);
    }
  }
  return {};
}

void SupervisedExtension::set_shown(bool shown) {
  shown_ = shown;
  if (idle_watch_) {
    idle_watch_->set_shown(shown);
  }
}

void SupervisedExtension::set_init(const nlohmann::json& init) {
  const auto change = [&](const VersionPtr& version) {
    if (version) {
      auto changed = std::make_shared<ProcessSpec>(*version->spec);
      changed->init = init;
      version->spec = std::move(changed);
    }
  };
  change(version_);
  change(offered_);
  change(experiment_ ? experiment_->version : nullptr);
}

void SupervisedExtension::set_sandbox(const SandboxProfile& profile, std::string_view version) {
  const bool of_current = version.empty() || version == version_->spec->version;
  const VersionPtr target = of_current ? version_ : experiment_ ? experiment_->version : offered_;
  if (!target || (!of_current && target->spec->version != version)) {
    return;
  }
  auto changed = std::make_shared<ProcessSpec>(*target->spec);
  changed->sandbox = profile;
  target->spec = std::move(changed);
  if (of_current) {
    // It was started with what it may no longer reach.
    drop_spare();
    keep_spare();
  }
}

void SupervisedExtension::save(const std::string& instance, nlohmann::json state) {
  for (const auto& slot : slots_) {
    if (slot->process->name() == instance) {
      slot->saved = std::move(state);
    }
  }
}

Result<void> SupervisedExtension::reserve() {
  return context_->bus.reserve(id_, [weak = weak_from_this()] {
    if (const auto extension = weak.lock()) {
      (void)extension->activate(false);
    }
  });
}

void SupervisedExtension::wait_for_event(const std::string& reason) {
  const auto reserved = reserve();
  waiting_ = reserved.has_value();
  publish(reserved ? reason : reserved.error().message);
}

void SupervisedExtension::release_waiting() {
  if (std::exchange(waiting_, false)) {
    (void)context_->bus.resume(id_);
  }
}

void SupervisedExtension::idle() {
  if (swap_ || experiment_ || stopping_idle_) {
    idle_watch_->start();
    return;
  }
  stopping_idle_ = true;
  awakened_ = false;
  drop_spare();
  // From here on messages wait: for the next process, should this one be gone by then.
  wait_for_event("idle, so it is being stopped");
  for (Slot* slot : slots_with(ProcessRole::serving)) {
    const auto answered = [weak = weak_from_this(), process = slot->process](const Result<Payload>& outcome) {
      const auto extension = weak.lock();
      if (!extension || !extension->stopping_idle_) {
        return;
      }
      auto document = outcome ? outcome->document() : Result<nlohmann::json>(outcome.error());
      if (document && document->is_object() && document->contains("state")) {
        extension->slot_of(*process).saved = std::move((*document)["state"]);
      }
      process->stop("idle");
    };
    slot->process->ask("contract.snapshot", nlohmann::json::object(), time_to_snapshot, false, answered);
  }
  // The watch is on the stack.
  boost::asio::post(context_->bus.context(), [extension = self()] {
    if (extension->stopping_idle_) {
      extension->idle_watch_.reset();
    }
  });
}

void SupervisedExtension::idle_stopped() {
  const auto serving = slots_with(ProcessRole::serving);
  if (std::any_of(serving.begin(), serving.end(), [](const Slot* slot) { return slot->process->running(); })) {
    return;
  }
  stopping_idle_ = false;
  // Not ended but waiting: the next process begins where a lazy one does.
  for (Slot* slot : serving) {
    const bool leads = is_lead(*slot);
    slot->process = std::make_shared<ProcessInstance>(context_, weak_from_this(), id_, slot->process->name());
    if (leads) {
      lead_ = slot->process;
    }
  }
  publish("it was idle and starts again with the next message to it");
  if (std::exchange(awakened_, false)) {
    launch_all();
  }
}

void SupervisedExtension::keep_spare() {
  if (!version_->spec->spare || stopping_idle_ || swap_ || !slots_with(ProcessRole::spare).empty()) {
    return;
  }
  const bool serves = std::any_of(slots_.begin(), slots_.end(), [](const auto& slot) {
    return slot->role == ProcessRole::serving && slot->process->state() == ProcessState::healthy;
  });
  if (!serves || context_->is_closing()) {
    return;
  }
  // After what is going on now, which somebody may be waiting for.
  boost::asio::post(context_->bus.context(), [extension = self()] {
    if (extension->version_->spec->spare && extension->slots_with(ProcessRole::spare).empty() &&
        !extension->context_->is_closing() && !extension->stopping_idle_ &&
        extension->lead_->state() != ProcessState::stopping && extension->lead_->state() != ProcessState::terminated) {
      Slot& spare = extension->add_slot(extension->version_, ProcessRole::spare);
      spare.process->launch(spare.version->spec);
    }
  });
}

void SupervisedExtension::drop_spare() {
  for (Slot* slot : slots_with(ProcessRole::spare)) {
    slot->role = ProcessRole::leaving;
    slot->process->stop("not needed any more");
  }
}

void SupervisedExtension::lead(Slot& slot, const std::string& reason) {
  if (!is_lead(slot)) {
    lead_ = slot.process;
    // Never a number the page has seen before: it tells a new picture by it.
    shown_generation_ = slot.process->generation() > shown_generation_ ? slot.process->generation() : ++generation_;
  }
  context_->bus.pin(id_, picture_endpoint, slot.process->name());
  publish(reason);
}

void SupervisedExtension::lead_elsewhere(const std::string& reason) {
  for (Slot* slot : slots_with(ProcessRole::serving)) {
    if (slot->process->state() == ProcessState::healthy && slot->process->connected()) {
      lead(*slot, reason);
      return;
    }
  }
}

void SupervisedExtension::refresh() {
  ProcessStatus shown;
  const Slot& first = slot_of(*lead_);
  const ProcessInstance& process = *lead_;
  shown.id = id_;
  shown.version = first.version->spec->version;
  shown.pid = process.pid();
  shown.state = process.state();
  shown.generation = shown_generation_;
  shown.restarts = restarts_;
  shown.last_exit = last_exit_.kind;
  shown.last_exit_detail = last_exit_.detail;
  shown.last_recovery_us = last_recovery_us_;
  shown.last_pause_us = last_pause_us_;
  shown.limits = process.limits();
  shown.sandbox = process.sandbox();
  shown.quarantined = first.quarantined;
  for (const auto& slot : slots_) {
    const ProcessInstance& each = *slot->process;
    shown.instances.push_back({each.name(), slot->version->spec->version, slot->role, each.state(), each.pid(),
                               each.generation(), slot->weight, 0, slot->quarantined, each.last_exit(),
                               each.last_exit_detail()});
  }
  if (experiment_) {
    shown.split = {{"version", experiment_->version->spec->version},
                   {"share", experiment_->share},
                   {"by", experiment_->sticky ? "sender" : "message"}};
  }
  const std::size_t steps = std::min(history_.size(), limits::steps_shown);
  shown.history.assign(history_.end() - static_cast<std::ptrdiff_t>(steps), history_.end());
  const std::lock_guard lock(context_->mutex);
  status_ = std::move(shown);
}

ProcessStatus SupervisedExtension::tell() const {
  ProcessStatus shown;
  Supervisor::StateListener listen;
  {
    const std::lock_guard lock(context_->mutex);
    shown = status_;
    listen = context_->listener;
  }
  if (listen) {
    listen(shown);
  }
  return shown;
}

void SupervisedExtension::publish(const std::string& reason) {
  refresh();
  const ProcessStatus shown = tell();
  context_->bus.notify(supervisor_endpoint, {picture_endpoint, "ui.extension",
                                             nlohmann::json{{"id", shown.id},
                                                            {"state", name_of(shown.state)},
                                                            {"generation", shown.generation},
                                                            {"instance", lead_->name()},
                                                            {"restarts", shown.restarts},
                                                            {"quarantined", shown.quarantined},
                                                            {"message", reason}}});
}

}  // namespace symphony::ipc
