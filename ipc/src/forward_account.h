#pragma once
// What one connection has waiting in the queues of others: who sends faster than its targets read is not read either.

#include <atomic>
#include <cstddef>
#include <functional>
#include <utility>

#include <symphony/ipc/limits.h>

namespace symphony::ipc {

/// Thread-safe.
class ForwardAccount {
 public:
  /// `on_low` is called, on whichever thread, when a watched account has sunk to limits::forward_low_bytes.
  explicit ForwardAccount(std::function<void()> on_low) : on_low_(std::move(on_low)) {}

  void charge(std::size_t bytes) noexcept { used_.fetch_add(bytes); }
  void give_back(std::size_t bytes) {
    const std::size_t left = used_.fetch_sub(bytes) - bytes;
    if (left <= limits::forward_low_bytes) {
      overdrawn_.store(false, std::memory_order_relaxed);
      if (watched_.load() && watched_.exchange(false)) {
        on_low_();
      }
    }
  }
  bool high() const noexcept { return used_.load() > limits::forward_high_bytes; }
  /// From now on `on_low` is called, once. False: it is low already.
  bool watch() {
    watched_.store(true);
    // Whoever gives back after this sees the watch; what was given back before is seen here.
    return used_.load() > limits::forward_low_bytes || !watched_.exchange(false);
  }
  void unwatch() noexcept { watched_.store(false); }

  /// It was not read for as long as is right, and its targets still do not read: until the account is low again, only
  /// what need not wait is taken from it.
  void overdraw() noexcept { overdrawn_.store(true, std::memory_order_relaxed); }
  bool overdrawn() const noexcept { return overdrawn_.load(std::memory_order_relaxed); }

 private:
  const std::function<void()> on_low_;
  std::atomic<std::size_t> used_{0};
  std::atomic<bool> watched_{false};
  std::atomic<bool> overdrawn_{false};
};

}  // namespace symphony::ipc
