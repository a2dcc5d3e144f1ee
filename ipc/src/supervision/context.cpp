#include "context.h"

#include <random>

#include "child_process.h"

namespace symphony::ipc {
namespace {

/// Two hosts that crash together must not come back together.
std::function<double()> own_chance() {
  return [engine = std::minstd_rand(std::random_device()())]() mutable {
    return std::uniform_real_distribution<double>(0.0, 1.0)(engine);
  };
}

}  // namespace

SupervisionContext::SupervisionContext(Bus& on_bus, SupervisorOptions with, std::unique_ptr<OutputRecorder> recorder)
    : bus(on_bus),
      options(std::move(with)),
      output(std::move(recorder)),
      governor(on_bus.context(), options.control_groups),
      memory_kills(out_of_memory_kills()),
      random(options.random ? options.random : own_chance()) {}

}  // namespace symphony::ipc
