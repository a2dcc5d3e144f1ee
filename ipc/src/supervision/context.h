#pragma once
// What all supervised extensions share.

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include <symphony/ipc/bus.h>
#include <symphony/ipc/supervisor.h>

#include "output_recorder.h"
#include "resource_governor.h"

namespace symphony::ipc {

inline constexpr const char* supervisor_endpoint = "supervisor";

struct SupervisionContext {
  SupervisionContext(Bus& on_bus, SupervisorOptions with, std::unique_ptr<OutputRecorder> recorder);

  // On the bus thread.
  Bus& bus;
  const SupervisorOptions options;
  const std::unique_ptr<OutputRecorder> output;
  ResourceGovernor governor;
  std::uint64_t memory_kills;
  std::function<double()> random;

  // On any thread, with the mutex.
  mutable std::mutex mutex;
  std::condition_variable all_ended;
  Supervisor::StateListener listener;
  bool closing = false;
  std::size_t processes = 0;  // not reaped yet

  /// A process was reaped.
  void one_less() {
    const std::lock_guard lock(mutex);
    --processes;
    all_ended.notify_all();
  }
  bool is_closing() const {
    const std::lock_guard lock(mutex);
    return closing;
  }
};

}  // namespace symphony::ipc
