#pragma once
// How much each component may log.

#include <algorithm>
#include <chrono>

#include <symphony/ipc/limits.h>

namespace symphony::ipc {

/// A bucket of limits::log_burst messages that fills again at limits::log_messages_per_second.
class LogAllowance {
 public:
  using Clock = std::chrono::steady_clock;

  bool take(Clock::time_point now) noexcept {
    const double seconds = std::chrono::duration<double>(now - last_).count();
    last_ = now;
    level_ = std::min<double>(limits::log_burst, level_ + seconds * limits::log_messages_per_second);
    if (level_ < 1) {
      return false;
    }
    level_ -= 1;
    return true;
  }

 private:
  double level_ = limits::log_burst;
  Clock::time_point last_ = Clock::now();
};

}  // namespace symphony::ipc
