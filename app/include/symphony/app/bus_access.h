#pragma once
// The bus belongs to the Conductor, which makes and closes it; this is how the rest of the process may use it
// meanwhile.

#include <functional>
#include <shared_mutex>
#include <string>

#include <symphony/ipc/bus.h>

namespace symphony::app {

/// Thread-safe.
class BusAccess {
 public:
  void open(ipc::Bus& bus) {
    const std::unique_lock lock(mutex_);
    bus_ = &bus;
  }
  /// Waits for uses that are running.
  void close() {
    const std::unique_lock lock(mutex_);
    bus_ = nullptr;
  }
  /// Calls `use` with the bus; false when there is none. `use` must not block.
  bool with(const std::function<void(ipc::Bus&)>& use) const {
    const std::shared_lock lock(mutex_);
    if (bus_ == nullptr) return false;
    use(*bus_);
    return true;
  }
  /// Sends from endpoint `ui`; without a bus `on_reply` is called with endpoint_unavailable.
  void ask(ipc::Message message, ipc::ReplyHandler on_reply) const {
    const std::shared_lock lock(mutex_);
    if (bus_ == nullptr) {
      on_reply(ipc::Error{ipc::ErrorCode::endpoint_unavailable, "The Conductor is not running", nullptr});
    } else {
      bus_->send_request("ui", std::move(message), {}, std::move(on_reply));
    }
  }

 private:
  mutable std::shared_mutex mutex_;
  ipc::Bus* bus_ = nullptr;
};

}  // namespace symphony::app
