// What a crash leads to: a spare takes over, the process is started again, or it is left alone with the reason.

#include <algorithm>
#include <boost/asio/post.hpp>

#include <symphony/ipc/trace.h>

#include "extension.h"

namespace symphony::ipc {

using std::chrono::milliseconds;
using Clock = RestartHistory::Clock;

void SupervisedExtension::lost(ProcessInstance& process) {
  Slot& slot = slot_of(process);
  if (slot.role != ProcessRole::serving) {
    return;
  }
  slot.crash_seen_us = monotonic_us();
  if (swap_) {
    swap_->abandon({ErrorCode::endpoint_unavailable, "The running version ended meanwhile."});
  }
  if (!take_over(slot) && is_lead(slot)) {
    lead_elsewhere("another process of it goes on");
  }
}

void SupervisedExtension::ended(ProcessInstance& process, ExitReport report) {
  Slot& slot = slot_of(process);
  const bool asked = process.state() == ProcessState::stopping;
  const bool crashed = !asked && report.kind != ExitKind::clean;
  const ProcessState end = crashed ? ProcessState::crashed : ProcessState::terminated;
  if (slot.role != ProcessRole::serving) {
    const ProcessRole role = std::exchange(slot.role, ProcessRole::leaving);
    if (role == ProcessRole::leaving && !asked) {
      last_exit_ = report;
    }
    process.settle(end, report);
    drop(process);
    if (role == ProcessRole::spare && !asked) {
      const ProcessSpec& spec = *version_->spec;
      const auto decision = spare_restarts_.decide(RestartPolicy::backoff, spec.restart_limit, spec.restart_window,
                                                   Clock::now(), context_->random());
      if (decision.delay) {
        spare_restarts_.note(Clock::now());
        spare_timer_.expires_after(*decision.delay);
        spare_timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
          if (const auto extension = weak.lock(); extension && !error) {
            extension->keep_spare();
          }
        });
      }
    } else if (role == ProcessRole::incoming) {
      const Error reason{ErrorCode::endpoint_unavailable, "The offered version did not start: " + report.detail};
      if (swap_) {
        swap_->abandon(reason);
      } else if (experiment_ && !experiment_->running) {
        experiment_failed(reason);
      }
    }
    return;
  }
  if (swap_) {
    swap_->abandon({ErrorCode::endpoint_unavailable, "The running version ended meanwhile."});
  }
  if (crashed) {
    if (!slot.crash_seen_us) {
      slot.crash_seen_us = monotonic_us();
    }
    if (take_over(slot)) {  // its connection's end had not been seen
      last_exit_ = report;
      process.settle(end, report);
      drop(process);
    } else {
      failed(slot, std::move(report));
    }
    return;
  }
  slot.crash_seen_us.reset();
  last_exit_ = report;
  process.settle(end, report);
  if (stopping_idle_) {
    idle_stopped();
  } else if (std::exchange(slot.start_again, false)) {
    launch(slot);
  } else {
    drop_spare();
    idle_watch_.reset();
  }
}

bool SupervisedExtension::take_over(Slot& crashed) {
  const auto ready = std::find_if(slots_.begin(), slots_.end(), [&](const auto& slot) {
    return slot->role == ProcessRole::spare && slot->version == crashed.version && slot->process->connected() &&
           slot->process->state() == ProcessState::running;
  });
  if (ready == slots_.end() || context_->is_closing()) {
    return false;
  }
  const auto now = Clock::now();
  const ProcessSpec& spec = *crashed.version->spec;
  if (!crashed.restarts.decide(spec.restart, spec.restart_limit, spec.restart_window, now, 0).delay) {
    return false;
  }
  Slot& spare = **ready;
  spare.role = ProcessRole::serving;
  spare.restarts = std::move(crashed.restarts);
  spare.restarts.note(now);
  spare.saved = std::move(crashed.saved);
  spare.crash_seen_us = crashed.crash_seen_us;
  spare.generation = ++generation_;
  crashed.role = ProcessRole::leaving;
  crashed.weight = 0;
  ++restarts_;
  const bool led = is_lead(crashed);
  if (led) {
    lead_ = spare.process;
    shown_generation_ = spare.generation;
  }
  begin(spare);
  if (led) {
    publish("a spare process takes over");
  }
  return true;
}

void SupervisedExtension::failed(Slot& slot, ExitReport report) {
  ProcessInstance& process = *slot.process;
  const ProcessSpec& spec = *slot.version->spec;
  const auto now = Clock::now();
  const auto decision =
      slot.restarts.decide(spec.restart, spec.restart_limit, spec.restart_window, now, context_->random());
  if (decision.quarantine) {
    report.detail += "; stopped after " + std::to_string(decision.restarts) + " restarts within " +
                     std::to_string(spec.restart_window.count()) + " s";
  }
  slot.quarantined = decision.quarantine;
  last_exit_ = report;
  stopping_idle_ = false;
  const bool again = decision.delay && !context_->is_closing();
  if (again) {
    slot.restarts.note(now);
    ++restarts_;
  }
  process.settle(ProcessState::crashed, report);
  // The listener may have had it stopped.
  if (again && process.state() == ProcessState::crashed) {
    start_again_later(slot, *decision.delay);
    return;
  }
  const bool others = std::any_of(slots_.begin(), slots_.end(), [](const auto& other) {
    return other->role == ProcessRole::serving && other->process->running();
  });
  if (!others) {
    release_waiting();  // nobody will come for it
    drop_spare();
  } else if (is_lead(slot)) {
    lead_elsewhere("another process of it goes on");
  }
}

void SupervisedExtension::start_again_later(Slot& slot, milliseconds delay) {
  const auto again = [weak = weak_from_this(), process = slot.process] {
    const auto extension = weak.lock();
    if (extension && process->state() == ProcessState::crashed) {
      if (Slot* const place = extension->find_slot(*process)) {
        extension->launch(*place);
      }
    }
  };
  if (delay.count() > 0) {
    slot.process->after(delay, again);
  } else {
    // Through the queue: a launcher that cannot start must not recurse.
    boost::asio::post(context_->bus.context(), again);
  }
}

}  // namespace symphony::ipc
