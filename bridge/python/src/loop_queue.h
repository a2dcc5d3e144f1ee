#pragma once
// Work handed from any C++ thread to the Python event loop, without taking the interpreter lock there.

#include <deque>
#include <memory>
#include <mutex>

namespace symphony::bridge {

/// Something to do on the loop's thread, with the interpreter lock.
class LoopWork {
 public:
  virtual ~LoopWork() = default;
  virtual void run() = 0;
  /// Instead of run() when the loop will not come back; on any thread, without the interpreter lock.
  virtual void abandon() noexcept = 0;
};

/// An eventfd the loop watches, and what it finds when that is readable.
class LoopQueue {
 public:
  enum class Bound { yes, no };

  /// Throws std::system_error when no descriptor is left.
  LoopQueue();
  ~LoopQueue();
  LoopQueue(const LoopQueue&) = delete;
  LoopQueue& operator=(const LoopQueue&) = delete;

  int descriptor() const noexcept { return descriptor_; }
  /// From any thread. With `Bound::yes` refused (false, nothing was taken) when `limit` pieces already wait.
  bool push(std::unique_ptr<LoopWork>& work, Bound bound);
  void push_always(std::unique_ptr<LoopWork> work);
  /// Everything that waits; resets the descriptor.
  std::deque<std::unique_ptr<LoopWork>> take();
  /// Abandons what waits and everything pushed later.
  void close() noexcept;

  /// Deliveries that may wait while the loop is busy; above it senders are told `overloaded`.
  static constexpr std::size_t limit = 4096;

 private:
  const int descriptor_;
  std::mutex mutex_;
  std::deque<std::unique_ptr<LoopWork>> waiting_;
  bool closed_ = false;
};

}  // namespace symphony::bridge
