#include "bus_hooks.h"

#include <mutex>
#include <utility>
#include <vector>

#include <symphony/bridge/python_runtime.h>

namespace symphony::bridge {
namespace {

struct Listeners {
  std::mutex mutex;
  std::vector<std::function<void(ipc::Bus&)>> created;
  std::vector<std::function<void()>> closing;
};

Listeners& listeners() {
  static Listeners instance;
  return instance;
}

}  // namespace

void on_bus_created(std::function<void(ipc::Bus&)> listener) {
  const std::lock_guard lock(listeners().mutex);
  listeners().created.push_back(std::move(listener));
}

void on_bus_closing(std::function<void()> listener) {
  const std::lock_guard lock(listeners().mutex);
  listeners().closing.push_back(std::move(listener));
}

// A listener may register another or send on the bus: neither under the lock.
void announce_bus_created(ipc::Bus& bus) {
  std::vector<std::function<void(ipc::Bus&)>> called;
  {
    const std::lock_guard lock(listeners().mutex);
    called = listeners().created;
  }
  for (const auto& listener : called) {
    listener(bus);
  }
}

void announce_bus_closing() {
  std::vector<std::function<void()>> called;
  {
    const std::lock_guard lock(listeners().mutex);
    called = listeners().closing;
  }
  for (const auto& listener : called) {
    listener();
  }
}

}  // namespace symphony::bridge
