#pragma once
// The Pool Manager of docs/pit.md: the pool's messages.

#include <memory>

#include <symphony/interfaces/pool_manager.h>
#include <symphony/pit/module.h>

#include "clock.h"
#include "pool_manager/pool.h"

namespace symphony::pit {

class PoolManager final : public Module {
 public:
  /// The clock must outlive it.
  explicit PoolManager(const Clock& clock = system_clock()) : pool_(clock) {}

  std::string_view id() const noexcept override { return "pool_manager"; }
  Traits traits() const noexcept override { return {.keeping = Keeping::host, .holder_gone = "pool.holder_gone"}; }
  /// {"room": {"count","memory_bytes"}} where it is not the usual one.
  Result<void> init(const nlohmann::json& config) override;
  Execution execution(std::string_view) const noexcept override { return Execution::inline_call; }
  Result<nlohmann::json> handle_message(const Call& call) override;
  Result<nlohmann::json> snapshot() override;
  Result<void> restore(const nlohmann::json& state) override;
  void shutdown() noexcept override {}

  pool::Pool& pool() noexcept { return pool_; }

 private:
  class Messages;
  pool::Pool pool_;
};

}  // namespace symphony::pit
