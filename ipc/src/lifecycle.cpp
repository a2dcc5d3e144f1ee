#include "lifecycle.h"

#include <symphony/ipc/trace.h>

namespace symphony::ipc {

std::string_view name_of(ProcessState state) noexcept {
  switch (state) {
    case ProcessState::created:
      return "created";
    case ProcessState::starting:
      return "starting";
    case ProcessState::running:
      return "running";
    case ProcessState::healthy:
      return "healthy";
    case ProcessState::updating:
      return "updating";
    case ProcessState::stopping:
      return "stopping";
    case ProcessState::terminated:
      return "terminated";
    case ProcessState::crashed:
      return "crashed";
  }
  return "unknown";
}

bool may_follow(ProcessState from, ProcessState to) noexcept {
  switch (from) {
    case ProcessState::created:
      return to == ProcessState::starting || to == ProcessState::terminated;
    case ProcessState::starting:
      return to == ProcessState::running || to == ProcessState::stopping || to == ProcessState::crashed;
    case ProcessState::running:
      return to == ProcessState::healthy || to == ProcessState::stopping || to == ProcessState::terminated ||
             to == ProcessState::crashed;
    case ProcessState::healthy:
      return to == ProcessState::updating || to == ProcessState::stopping || to == ProcessState::terminated ||
             to == ProcessState::crashed;
    case ProcessState::updating:
      return to == ProcessState::healthy || to == ProcessState::stopping || to == ProcessState::terminated ||
             to == ProcessState::crashed;
    case ProcessState::stopping:
      return to == ProcessState::terminated;
    case ProcessState::terminated:
      return to == ProcessState::starting;
    case ProcessState::crashed:
      return to == ProcessState::starting || to == ProcessState::terminated;
  }
  return false;
}

std::string_view name_of(ExitKind kind) noexcept {
  switch (kind) {
    case ExitKind::none:
      return "none";
    case ExitKind::clean:
      return "clean";
    case ExitKind::crashed:
      return "crashed";
    case ExitKind::killed:
      return "killed";
    case ExitKind::out_of_memory:
      return "out_of_memory";
    case ExitKind::failed_to_start:
      return "failed_to_start";
    case ExitKind::unresponsive:
      return "unresponsive";
  }
  return "unknown";
}

Result<void> Lifecycle::move(ProcessState to, std::string reason) {
  if (!may_follow(state_, to)) {
    return Error{ErrorCode::invalid_request, "A process that is " + std::string(name_of(state_)) + " cannot become " +
                                                 std::string(name_of(to)) + "."};
  }
  if (history_.size() == history_kept) {
    history_.pop_front();
  }
  history_.push_back({state_, to, monotonic_us(), std::move(reason)});
  state_ = to;
  return {};
}

}  // namespace symphony::ipc
