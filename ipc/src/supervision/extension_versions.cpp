// Two versions at a time: one replaces the other while it serves, or both serve until the person chooses.

#include <algorithm>

#include "extension.h"

namespace symphony::ipc {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// What an old process still owes an answer for is waited for so long.
constexpr seconds time_to_drain{30};
constexpr milliseconds time_to_snapshot{2000};

}  // namespace

void SupervisedExtension::offer(ProcessSpec spec) {
  offered_ = std::make_shared<Version>();
  offered_->spec = std::make_shared<const ProcessSpec>(std::move(spec));
}

std::optional<Error> SupervisedExtension::why_no_second_version() const {
  if (swap_ || experiment_) {
    return Error{ErrorCode::invalid_request, "\"" + id_ + "\" already has another version beside the running one."};
  }
  if (!offered_) {
    return Error{ErrorCode::not_found, "No other version of \"" + id_ + "\" is known."};
  }
  return std::nullopt;
}

bool SupervisedExtension::all_serve() {
  const auto serving = slots_with(ProcessRole::serving);
  return std::all_of(serving.begin(), serving.end(), [](const Slot* slot) {
    return slot->process->state() == ProcessState::healthy && slot->process->connected();
  });
}

void SupervisedExtension::swap(Supervisor::Outcome then) {
  if (auto reason = why_no_second_version()) {
    then(std::move(*reason));
    return;
  }
  if (stopping_idle_ || !all_serve()) {
    swap_in_place(std::move(then));
    return;
  }
  const VersionPtr version = std::exchange(offered_, nullptr);
  drop_spare();
  std::vector<HotSwap::Pair> pairs;
  for (Slot* old : slots_with(ProcessRole::serving)) {
    if (pairs.size() < version->spec->instances) {
      pairs.push_back({old->process, add_slot(version, ProcessRole::incoming).process, old->saved});
    }
  }
  HotSwap::Callbacks callbacks;
  callbacks.commit = [this, version](std::vector<std::optional<json>> states) {
    commit_swap(version, std::move(states));
  };
  callbacks.done = [this, version, then](std::chrono::microseconds pause) {
    swap_done(pause);
    then(json{{"version", version->spec->version}, {"generation", shown_generation_}, {"pause_us", pause.count()}});
  };
  callbacks.failed = [this, then](Error reason) {
    swap_failed(reason);
    then(std::move(reason));
  };
  swap_ = std::make_shared<HotSwap>(context_, id_, std::move(pairs), std::move(callbacks));
  const auto swap = swap_;
  for (const HotSwap::Pair& pair : swap->pairs()) {
    pair.old->move(ProcessState::updating, "being updated to " + version->spec->version);
  }
  for (const HotSwap::Pair& pair : swap->pairs()) {
    if (!swap->over()) {
      pair.fresh->launch(version->spec);
    }
  }
}

void SupervisedExtension::swap_in_place(Supervisor::Outcome then) {
  version_ = std::exchange(offered_, nullptr);
  drop_spare();
  bool started = false;
  for (Slot* slot : slots_with(ProcessRole::serving)) {
    slot->version = version_;
    const ProcessState state = slot->process->state();
    started = started || (state != ProcessState::created && state != ProcessState::terminated);
  }
  if (started && !stopping_idle_) {
    restart();
  }
  refresh();
  then(json{{"version", version_->spec->version}, {"generation", shown_generation_}, {"pause_us", 0}});
}

void SupervisedExtension::commit_swap(const VersionPtr& version, std::vector<std::optional<json>> states) {
  version_ = version;
  ProcessInstance* leads = nullptr;
  for (std::size_t index = 0; index < swap_->pairs().size(); ++index) {
    const HotSwap::Pair& pair = swap_->pairs()[index];
    Slot& fresh = slot_of(*pair.fresh);
    fresh.role = ProcessRole::serving;
    fresh.saved = std::move(states[index]);
    Slot& old = slot_of(*pair.old);
    old.role = ProcessRole::leaving;
    leads = is_lead(old) || leads == nullptr ? pair.fresh.get() : leads;
  }
  apply_weights();
  lead(slot_of(*leads), "updated to " + version->spec->version);
}

void SupervisedExtension::swap_done(std::chrono::microseconds pause) {
  const auto swap = std::exchange(swap_, nullptr);
  last_pause_us_ = pause.count();
  for (const auto& slot : slots_) {
    const bool replaced = slot->role == ProcessRole::leaving && slot->process->state() == ProcessState::updating;
    const bool surplus = slot->role == ProcessRole::serving && slot->version != version_;
    if (replaced || surplus) {
      retire(*slot, "replaced by " + version_->spec->version);
    }
  }
  for (std::size_t count = slots_with(ProcessRole::serving).size(); count < version_->spec->instances; ++count) {
    launch(add_slot(version_, ProcessRole::serving));
  }
  idle_watch_.reset();
  watch_idleness();
  keep_spare();
  refresh();
}

void SupervisedExtension::swap_failed(const Error& reason) {
  const auto swap = std::exchange(swap_, nullptr);
  for (const HotSwap::Pair& pair : swap->pairs()) {
    if (Slot* const fresh = find_slot(*pair.fresh); fresh != nullptr && fresh->role == ProcessRole::incoming) {
      give_up(*fresh, "the update was given up");
    }
    if (pair.old->running() && pair.old->connected()) {
      pair.old->move(ProcessState::healthy, "not updated: " + reason.message);
    }
  }
  keep_spare();
}

void SupervisedExtension::split(std::uint32_t share, bool sticky, Supervisor::Outcome then) {
  if (auto reason = why_no_second_version()) {
    then(std::move(*reason));
    return;
  }
  if (!all_serve()) {
    then(Error{ErrorCode::invalid_request, "\"" + id_ + "\" is not running; start it first."});
    return;
  }
  if (offered_->spec->version == version_->spec->version) {
    then(Error{ErrorCode::invalid_request, "Both are version " + version_->spec->version + ": nothing to compare."});
    return;
  }
  experiment_.emplace();
  experiment_->version = std::exchange(offered_, nullptr);
  experiment_->share = share;
  experiment_->sticky = sticky;
  experiment_->then = std::move(then);
  const auto answered = [weak = weak_from_this(), version = experiment_->version](const Result<Payload>& outcome) {
    const auto extension = weak.lock();
    if (!extension || !extension->experiment_ || extension->experiment_->version != version) {
      return;
    }
    auto document = outcome ? outcome->document() : Result<json>(outcome.error());
    const bool given = document && document->is_object() && document->contains("state");
    extension->launch_experiment(given ? std::optional<json>(std::move((*document)["state"]))
                                       : extension->slot_of(*extension->lead_).saved);
  };
  lead_->ask("contract.snapshot", json::object(), time_to_snapshot, false, answered);
}

void SupervisedExtension::launch_experiment(const std::optional<json>& state) {
  const VersionPtr version = experiment_->version;
  for (std::uint32_t count = 0; count < version->spec->instances && experiment_; ++count) {
    Slot& slot = add_slot(version, ProcessRole::incoming);
    slot.saved = state;
    slot.process->launch(version->spec);
  }
}

void SupervisedExtension::experiment_ready() {
  const auto incoming = slots_with(ProcessRole::incoming);
  if (incoming.size() < experiment_->version->spec->instances ||
      std::any_of(incoming.begin(), incoming.end(),
                  [](const Slot* slot) { return slot->process->state() != ProcessState::healthy; })) {
    return;
  }
  experiment_->running = true;
  for (Slot* slot : incoming) {
    slot->role = ProcessRole::serving;
  }
  const Balance balance = experiment_->sticky ? Balance::sticky : Balance::weighted;
  (void)context_->bus.set_group(id_, {balance, "source"});
  apply_weights();
  publish("compared with " + experiment_->version->spec->version);
  if (const auto then = std::exchange(experiment_->then, nullptr)) {
    then(json{{"version", experiment_->version->spec->version}, {"share", experiment_->share}});
  }
}

void SupervisedExtension::end_experiment() {
  experiment_.reset();
  (void)context_->bus.set_group(id_, {});
}

void SupervisedExtension::experiment_failed(const Error& reason) {
  const Experiment ending = std::move(*experiment_);
  end_experiment();
  for (const auto& slot : slots_) {
    if (slot->version == ending.version && slot->role != ProcessRole::leaving) {
      give_up(*slot, "the comparison was given up");
    }
  }
  apply_weights();
  refresh();
  if (ending.then) {
    ending.then(reason);
  }
}

void SupervisedExtension::choose(std::string_view version, Supervisor::Outcome then) {
  if (!experiment_ || !experiment_->running) {
    then(Error{ErrorCode::not_found, "Of \"" + id_ + "\" one version runs; there is nothing to choose."});
    return;
  }
  const VersionPtr offered = experiment_->version;
  if (version != version_->spec->version && version != offered->spec->version) {
    then(Error{ErrorCode::not_found,
               "\"" + id_ + "\" runs as " + version_->spec->version + " and " + offered->spec->version + ", not as " +
                   std::string(version) + ".",
               {{"path", "/version"}}});
    return;
  }
  const VersionPtr loser = version == offered->spec->version ? std::exchange(version_, offered) : offered;
  const auto winner = std::find_if(slots_.begin(), slots_.end(), [&](const auto& slot) {
    return slot->version == version_ && slot->role == ProcessRole::serving;
  });
  end_experiment();
  drop_spare();
  const std::string reason = version_->spec->version + " was chosen";
  if (slot_of(*lead_).version == loser) {
    lead(**winner, reason);
  }
  for (const auto& slot : slots_) {
    if (slot->version == loser && slot->role == ProcessRole::serving) {
      retire(*slot, reason);
    }
  }
  apply_weights();
  keep_spare();
  publish(reason);
  then(json{{"version", version_->spec->version}, {"generation", shown_generation_}});
}

void SupervisedExtension::retire(Slot& slot, const std::string& reason) {
  slot.role = ProcessRole::leaving;
  set_weight(slot, 0);
  if (slot.process->running()) {
    slot.process->stop_when_drained(time_to_drain, reason);
  } else {
    give_up(slot, reason);
  }
}

void SupervisedExtension::give_up(Slot& slot, const std::string& reason) {
  slot.role = ProcessRole::leaving;
  slot.process->stop(reason);
  if (!slot.process->running()) {
    drop(*slot.process);
  }
}

void SupervisedExtension::abandon_versions(const Error& reason) {
  if (swap_) {
    swap_->abandon(reason);
  }
  if (experiment_ && !experiment_->running) {
    experiment_failed(reason);
  }
}

}  // namespace symphony::ipc
