#include "idle_watch.h"

#include <algorithm>

namespace symphony::ipc {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

/// Seldom: a process that does nothing shall cost nothing.
constexpr milliseconds soonest_look{10};
constexpr milliseconds latest_look{30000};

}  // namespace

IdleWatch::IdleWatch(Bus& bus, std::string endpoint, milliseconds idle_after, std::function<void()> on_idle)
    : bus_(bus),
      endpoint_(std::move(endpoint)),
      idle_after_(idle_after),
      on_idle_(std::move(on_idle)),
      timer_(bus.context()) {}

void IdleWatch::start() {
  messages_ = bus_.activity(endpoint_).messages;
  busy_at_ = Clock::now();
  look_later();
}

void IdleWatch::set_shown(bool shown) {
  shown_ = shown;
  busy_at_ = Clock::now();
}

void IdleWatch::look_later() {
  timer_.expires_after(std::clamp(idle_after_ / 4, soonest_look, latest_look));
  timer_.async_wait([this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
    if (!error && alive.lock()) {
      look();
    }
  });
}

void IdleWatch::look() {
  const auto now = Clock::now();
  const EndpointActivity activity = bus_.activity(endpoint_);
  if (shown_ || activity.waiting || activity.messages != messages_) {
    messages_ = activity.messages;
    busy_at_ = now;
  } else if (now - busy_at_ >= idle_after_) {
    on_idle_();
    return;
  }
  look_later();
}

}  // namespace symphony::ipc
