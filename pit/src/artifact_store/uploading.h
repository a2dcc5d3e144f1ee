#pragma once
// Chunks and uploads: what an upload has seen to be there must not go before it ends.

#include <mutex>

namespace symphony::pit {

/// Counts the uploads of a store. Any thread.
class Uploading {
 public:
  void begin() {
    const std::scoped_lock lock(mutex_);
    ++count_;
  }
  void end() noexcept {
    const std::scoped_lock lock(mutex_);
    --count_;
  }
  /// Owns its lock when there is none; none begins while it does. For who has the writing connection already: what is
  /// removed must be committed before it goes.
  std::unique_lock<std::mutex> none() {
    std::unique_lock lock(mutex_);
    if (count_ > 0) lock.unlock();
    return lock;
  }

 private:
  std::mutex mutex_;
  int count_ = 0;
};

}  // namespace symphony::pit
