#pragma once
// What one thread of a client waits with: a connection, descriptors of others, and actions for later.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include <symphony/descriptor/descriptor.h>
#include <symphony/ipc/error.h>

namespace symphony::ipc {

/// One thread runs it; post(), watch(), unwatch(), arm() and interrupt() may be called on any.
class EventLoop {
 public:
  using Clock = std::chrono::steady_clock;

  /// The connection: called directly, because it is what a loop is mostly about.
  class Client {
   public:
    virtual ~Client() = default;
    /// Its descriptor is ready for `events` (of epoll).
    virtual void socket_ready(std::uint32_t events) = 0;
    /// Does what is due by now; when there will be something next (max: not known).
    virtual Clock::time_point run_due(Clock::time_point now) = 0;
  };

  EventLoop();
  /// Errors: io_error.
  Result<void> usable() const;

  /// `client`'s descriptor, and what it waits for from now on; again to change that. There is one client at a time.
  bool serve(Client& client, int descriptor, std::uint32_t events);
  /// Its descriptor may be closed then.
  void leave(const Client& client);

  /// From now on this thread is the one that runs it.
  void adopt() noexcept { thread_ = std::this_thread::get_id(); }
  bool on_its_thread() const noexcept { return thread_.load() == std::this_thread::get_id(); }
  /// Waits until something is ready, and does it. Errors: io_error.
  Result<void> wait();

  void post(Clock::time_point when, std::function<void()> action);
  void watch(int descriptor, std::function<void()> ready);
  void unwatch(int descriptor);
  /// The client's run_due() is called at `when` at the latest.
  void arm(Clock::time_point when);
  /// wait() returns soon; nothing on its own thread, which is not waiting.
  void interrupt();

 private:
  using Action = std::shared_ptr<std::function<void()>>;

  bool observe(int descriptor, std::uint32_t events) const;
  void run_timer();
  void run_watch(int descriptor);

  Descriptor wake_;
  /// For the earliest of the client's and the actions' times. Not stopped when that one is done: it then fires once in
  /// vain, which is cheaper than two system calls for each request.
  Descriptor timer_;
  Descriptor poller_;
  std::atomic<std::thread::id> thread_{};
  Client* client_ = nullptr;
  int client_descriptor_ = -1;

  std::atomic<Clock::time_point> armed_{Clock::time_point::max()};
  std::mutex mutex_;
  std::multimap<Clock::time_point, Action> actions_;
  std::map<int, Action> watches_;
};

}  // namespace symphony::ipc
