#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "shared_memory/futex.h"

namespace symphony::ipc {

bool wait_on(const SharedWord& word, std::uint32_t expected, std::chrono::steady_clock::time_point until) noexcept {
  timespec limit{};
  const timespec* timeout = nullptr;
  if (until != std::chrono::steady_clock::time_point::max()) {
    const auto since = std::max(std::chrono::duration_cast<std::chrono::nanoseconds>(until.time_since_epoch()),
                                std::chrono::nanoseconds(0));
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since);
    limit.tv_sec = seconds.count();
    limit.tv_nsec = (since - seconds).count();
    timeout = &limit;
  }
  // The bit set form takes a point in time, of the clock that steady_clock is.
  const long outcome =
      ::syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, expected, timeout, nullptr, FUTEX_BITSET_MATCH_ANY);
  return outcome == 0 || errno != ETIMEDOUT;
}

void wake_all(const SharedWord& word) noexcept {
  ::syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

}  // namespace symphony::ipc
