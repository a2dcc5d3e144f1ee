#pragma once
// Where the modules get the time from, so that a test can say what time it is.

#include <chrono>
#include <cstdint>

namespace symphony::pit {

/// Any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  /// For lengths of time; from an unknown beginning, so it means nothing in another process or a snapshot.
  virtual std::int64_t monotonic_us() const noexcept = 0;
  /// Milliseconds since 1970 for people and snapshots. May jump, also back: nothing is decided by it while running.
  virtual std::int64_t wall_ms() const noexcept = 0;

 protected:
  Clock() = default;
  Clock(const Clock&) = default;
  Clock& operator=(const Clock&) = default;
};

class SystemClock final : public Clock {
 public:
  std::int64_t monotonic_us() const noexcept override {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }
  std::int64_t wall_ms() const noexcept override {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
};

/// The machine's own; lives as long as the program.
inline const Clock& system_clock() noexcept {
  static const SystemClock clock;
  return clock;
}

}  // namespace symphony::pit
