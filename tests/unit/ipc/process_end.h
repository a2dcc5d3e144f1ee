#pragma once
// Waiting for the end of a process that is nobody's child here.

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>

#include "waiting.h"

namespace symphony::ipc::test {

/// Made while the process runs: from then on its number cannot be mistaken for another's.
class ProcessEnd {
 public:
  explicit ProcessEnd(pid_t pid) : descriptor_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0U))) {}
  ~ProcessEnd() { ::close(descriptor_); }
  ProcessEnd(const ProcessEnd&) = delete;
  ProcessEnd& operator=(const ProcessEnd&) = delete;

  /// Whether it has ended within `within`. False also for a process that never was.
  bool ended(std::chrono::milliseconds within = patience) const {
    pollfd watched{descriptor_, POLLIN, 0};
    return descriptor_ >= 0 && ::poll(&watched, 1, static_cast<int>(within.count())) == 1;
  }

 private:
  int descriptor_;
};

}  // namespace symphony::ipc::test
