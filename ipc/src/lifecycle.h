#pragma once
// The life of one extension process: which steps are legal, and which were taken.

#include <cstdint>
#include <deque>
#include <string>

#include <symphony/ipc/error.h>
#include <symphony/ipc/supervisor.h>

namespace symphony::ipc {

struct Transition {
  ProcessState from;
  ProcessState to;
  std::int64_t at_us;  // CLOCK_MONOTONIC
  std::string reason;
};

class Lifecycle {
 public:
  static constexpr std::size_t history_kept = 64;

  ProcessState state() const noexcept { return state_; }
  /// Errors: invalid_request; the state is then unchanged.
  Result<void> move(ProcessState to, std::string reason);
  const std::deque<Transition>& history() const noexcept { return history_; }

 private:
  ProcessState state_ = ProcessState::created;
  std::deque<Transition> history_;
};

}  // namespace symphony::ipc
