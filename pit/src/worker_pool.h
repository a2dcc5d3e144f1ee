#pragma once
// A few threads for the Pit methods that wait for a disk.

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace symphony::pit {

class WorkerPool {
 public:
  /// Its token stops when the pool does. Must not throw.
  using Task = std::function<void(const std::stop_token&)>;
  /// Tasks waiting at most; submit() refuses more.
  static constexpr std::size_t longest_queue = 1024;

  explicit WorkerPool(unsigned threads);
  /// Drops what has not begun (its captures are destroyed), stops what has and waits for it.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// False when the queue is full or the pool is stopping; the task is left as it was.
  bool submit(Task& task);
  /// Waits as long as a task takes: who closes the Pit bounds that (Pit::close).
  void stop();

 private:
  void work(const std::stop_token& stop);

  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<Task> queue_;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace symphony::pit
