#include "loop_queue.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace symphony::bridge {
namespace {

int open_event() {
  const int descriptor = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (descriptor < 0) {
    throw std::system_error(errno, std::generic_category(), "eventfd");
  }
  return descriptor;
}

}  // namespace

LoopQueue::LoopQueue() : descriptor_(open_event()) {}

LoopQueue::~LoopQueue() {
  close();
  ::close(descriptor_);
}

bool LoopQueue::push(std::unique_ptr<LoopWork>& work, Bound bound) {
  std::unique_ptr<LoopWork> abandoned;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) {
      abandoned = std::move(work);
    } else if (bound == Bound::yes && waiting_.size() >= limit) {
      return false;
    } else {
      waiting_.push_back(std::move(work));
      if (waiting_.size() == 1) {
        const std::uint64_t one = 1;
        // Cannot fail: the counter is reset before it could overflow, and the descriptor lives as long as this.
        [[maybe_unused]] const auto written = ::write(descriptor_, &one, sizeof one);
      }
    }
  }
  if (abandoned) {
    abandoned->abandon();
  }
  return true;
}

void LoopQueue::push_always(std::unique_ptr<LoopWork> work) { push(work, Bound::no); }

std::deque<std::unique_ptr<LoopWork>> LoopQueue::take() {
  std::deque<std::unique_ptr<LoopWork>> taken;
  const std::lock_guard lock(mutex_);
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = ::read(descriptor_, &count, sizeof count);
  taken.swap(waiting_);
  return taken;
}

void LoopQueue::close() noexcept {
  std::deque<std::unique_ptr<LoopWork>> left;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    left.swap(waiting_);
  }
  for (auto& work : left) {
    work->abandon();
  }
}

}  // namespace symphony::bridge
