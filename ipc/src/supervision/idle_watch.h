#pragma once
// When an extension has had nothing to do for so long that its process is not worth its memory. On the bus thread only.

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <symphony/ipc/bus.h>

namespace symphony::ipc {

class IdleWatch {
 public:
  IdleWatch(Bus& bus, std::string endpoint, std::chrono::milliseconds idle_after, std::function<void()> on_idle);

  /// From now on, until stop() or the one call of `on_idle`.
  void start();
  void stop() { timer_.cancel(); }
  /// While a view is shown it is not idle.
  void set_shown(bool shown);

 private:
  void look_later();
  void look();

  Bus& bus_;
  const std::string endpoint_;
  const std::chrono::milliseconds idle_after_;
  const std::function<void()> on_idle_;
  boost::asio::steady_timer timer_;
  bool shown_ = false;
  std::uint64_t messages_ = 0;
  std::chrono::steady_clock::time_point busy_at_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace symphony::ipc
