#include "worker_pool.h"

#include <algorithm>

namespace symphony::pit {

WorkerPool::WorkerPool(unsigned threads) {
  for (unsigned i = 0; i < std::max(threads, 1U); ++i)
    threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
}

WorkerPool::~WorkerPool() { stop(); }

void WorkerPool::stop() {
  std::deque<Task> dropped;
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    dropped.swap(queue_);
  }
  for (std::jthread& thread : threads_)
    thread.request_stop();
  threads_.clear();
}

bool WorkerPool::submit(Task& task) {
  {
    const std::scoped_lock lock(mutex_);
    if (stopping_ || queue_.size() >= longest_queue) return false;
    queue_.push_back(std::move(task));
  }
  wake_.notify_one();
  return true;
}

void WorkerPool::work(const std::stop_token& stop) {
  while (true) {
    Task task;
    {
      std::unique_lock lock(mutex_);
      if (!wake_.wait(lock, stop, [this] { return !queue_.empty(); })) return;
      task = std::move(queue_.front());
      queue_.pop_front();
    }
    task(stop);
  }
}

}  // namespace symphony::pit
