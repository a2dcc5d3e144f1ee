#pragma once

#include <atomic>

#include "clock.h"

namespace symphony::pit::tests {

/// Stands still until it is told otherwise.
class ManualClock final : public Clock {
 public:
  std::int64_t monotonic_us() const noexcept override { return monotonic_us_.load(); }
  std::int64_t wall_ms() const noexcept override { return wall_ms_.load(); }

  void advance_ms(std::int64_t milliseconds) {
    monotonic_us_ += milliseconds * 1000;
    wall_ms_ += milliseconds;
  }
  /// As when a person sets the clock, or a broken one goes back.
  void set_monotonic_us(std::int64_t value) { monotonic_us_ = value; }
  void set_wall_ms(std::int64_t value) { wall_ms_ = value; }

 private:
  std::atomic<std::int64_t> monotonic_us_{1'000'000'000};
  std::atomic<std::int64_t> wall_ms_{1'700'000'000'000};
};

}  // namespace symphony::pit::tests
