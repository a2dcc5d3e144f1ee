#pragma once
// Whether a process that crashed is started again, and when.

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

#include <symphony/ipc/supervisor.h>

namespace symphony::ipc {

inline constexpr std::chrono::milliseconds first_backoff{250};
inline constexpr std::chrono::milliseconds longest_backoff{30000};

class RestartHistory {
 public:
  using Clock = std::chrono::steady_clock;

  struct Decision {
    /// How long to wait before the next start; nothing: it is not started again.
    std::optional<std::chrono::milliseconds> delay;
    /// Because it was started too often.
    bool quarantine = false;
    std::size_t restarts = 0;  // within the window
  };

  /// What becomes of it after a crash at `now`. `chance` is from [0, 1).
  Decision decide(RestartPolicy policy, std::size_t limit, std::chrono::seconds window, Clock::time_point now,
                  double chance);
  /// It is started again.
  void note(Clock::time_point now) { restarts_.push_back(now); }
  void clear() { restarts_.clear(); }

 private:
  std::deque<Clock::time_point> restarts_;
};

/// Doubles with each restart up to the longest; of that, between a half and the whole, by chance.
std::chrono::milliseconds backoff_delay(std::size_t earlier_restarts, double chance);

}  // namespace symphony::ipc
