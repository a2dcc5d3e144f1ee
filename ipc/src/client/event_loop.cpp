#include "client/event_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace symphony::ipc {

EventLoop::EventLoop()
    : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)),
      poller_(::epoll_create1(EPOLL_CLOEXEC)) {}

Result<void> EventLoop::usable() const {
  if (wake_ && timer_ && poller_ && observe(wake_.get(), EPOLLIN) && observe(timer_.get(), EPOLLIN)) {
    return {};
  }
  return io_error("The connection to the host cannot be used", "", errno);
}

bool EventLoop::observe(int descriptor, std::uint32_t events) const {
  epoll_event event{};
  event.events = events;
  event.data.fd = descriptor;
  return ::epoll_ctl(poller_.get(), EPOLL_CTL_ADD, descriptor, &event) == 0 ||
         (errno == EEXIST && ::epoll_ctl(poller_.get(), EPOLL_CTL_MOD, descriptor, &event) == 0);
}

bool EventLoop::serve(Client& client, int descriptor, std::uint32_t events) {
  client_ = &client;
  client_descriptor_ = descriptor;
  return observe(descriptor, events);
}

void EventLoop::leave(const Client& client) {
  if (client_ == &client) {
    ::epoll_ctl(poller_.get(), EPOLL_CTL_DEL, client_descriptor_, nullptr);
    client_ = nullptr;
    client_descriptor_ = -1;
  }
}

Result<void> EventLoop::wait() {
  constexpr int events_at_once = 16;
  std::array<epoll_event, events_at_once> events{};
  const int count = ::epoll_wait(poller_.get(), events.data(), events_at_once, -1);
  if (count < 0 && errno != EINTR) {
    return io_error("Waiting for messages failed", "", errno);
  }
  for (int index = 0; index < count; ++index) {
    const epoll_event& event = events[static_cast<std::size_t>(index)];
    const int descriptor = event.data.fd;
    std::uint64_t ignored = 0;
    if (descriptor == client_descriptor_) {
      client_->socket_ready(event.events);
    } else if (descriptor == wake_.get()) {
      [[maybe_unused]] const ssize_t read = ::read(descriptor, &ignored, sizeof ignored);
    } else if (descriptor == timer_.get()) {
      [[maybe_unused]] const ssize_t read = ::read(descriptor, &ignored, sizeof ignored);
      run_timer();
    } else {
      run_watch(descriptor);
    }
  }
  return {};
}

void EventLoop::post(Clock::time_point when, std::function<void()> action) {
  {
    const std::lock_guard lock(mutex_);
    actions_.emplace(when, std::make_shared<std::function<void()>>(std::move(action)));
  }
  arm(when);
}

void EventLoop::watch(int descriptor, std::function<void()> ready) {
  {
    const std::lock_guard lock(mutex_);
    watches_.insert_or_assign(descriptor, std::make_shared<std::function<void()>>(std::move(ready)));
  }
  observe(descriptor, EPOLLIN);
}

void EventLoop::unwatch(int descriptor) {
  {
    const std::lock_guard lock(mutex_);
    watches_.erase(descriptor);
  }
  ::epoll_ctl(poller_.get(), EPOLL_CTL_DEL, descriptor, nullptr);
}

void EventLoop::arm(Clock::time_point when) {
  if (when >= armed_.load()) {
    return;
  }
  const std::lock_guard lock(mutex_);
  if (when >= armed_.load()) {
    return;
  }
  armed_ = when;
  // The standard's steady clock is CLOCK_MONOTONIC here. A time of zero would stop the timer.
  const auto since =
      std::max<std::int64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(when.time_since_epoch()).count(), 1);
  constexpr std::int64_t second = 1'000'000'000;
  itimerspec wanted{};
  wanted.it_value.tv_sec = since / second;
  wanted.it_value.tv_nsec = since % second;
  ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &wanted, nullptr);
}

void EventLoop::run_timer() {
  const auto now = Clock::now();
  // Before anybody looks for what is next: who adds something after the look then arms the timer by itself.
  armed_ = Clock::time_point::max();
  if (client_ != nullptr) {
    arm(client_->run_due(now));
  }
  for (;;) {
    Action action;
    auto next = Clock::time_point::max();
    {
      const std::lock_guard lock(mutex_);
      if (!actions_.empty() && actions_.begin()->first <= now) {
        action = actions_.begin()->second;
        actions_.erase(actions_.begin());
      } else if (!actions_.empty()) {
        next = actions_.begin()->first;
      }
    }
    if (!action) {
      arm(next);
      return;
    }
    (*action)();
  }
}

void EventLoop::run_watch(int descriptor) {
  Action action;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = watches_.find(descriptor); found != watches_.end()) {
      action = found->second;
    }
  }
  if (action) {
    (*action)();
  }
}

void EventLoop::interrupt() {
  if (!on_its_thread()) {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof one);
  }
}

}  // namespace symphony::ipc
