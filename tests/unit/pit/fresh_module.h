#pragma once
// Every module by its id, for tests that are about all of them.

#include <symphony/pit/module.h>

#include <array>
#include <memory>
#include <string_view>

#include "arbitration_engine/arbitration_engine.h"
#include "artifact_store/artifact_store.h"
#include "clock.h"
#include "dag_tracker/dag_tracker.h"
#include "pool_manager/pool_manager.h"
#include "stale_manager/stale_manager.h"

namespace symphony::pit::tests {

inline constexpr std::array<std::string_view, 5> module_ids = {"artifact_store", "pool_manager", "arbitration_engine",
                                                               "dag_tracker", "stale_manager"};

/// The Stale Manager has something to manage; messages for the store go there.
class StaleManagerWithStore final : public Module {
 public:
  explicit StaleManagerWithStore(const Clock& clock)
      : store_(IndexOptions{}, clock),
        manager_(
            [this](std::string_view method, const nlohmann::json& params) {
              return store_.handle_message({method, params});
            },
            clock) {}

  std::string_view id() const noexcept override { return manager_.id(); }
  Traits traits() const noexcept override { return manager_.traits(); }
  Result<void> init(const nlohmann::json& config) override { return store_.init(config); }
  Execution execution(std::string_view method) const noexcept override { return manager_.execution(method); }
  Result<nlohmann::json> handle_message(const Call& call) override {
    const bool for_store = call.method.starts_with("artifact.") || call.method.starts_with("store.");
    return for_store ? store_.handle_message(call) : manager_.handle_message(call);
  }
  Result<nlohmann::json> snapshot() override { return manager_.snapshot(); }
  Result<void> restore(const nlohmann::json& state) override { return manager_.restore(state); }
  void shutdown() noexcept override { store_.shutdown(); }

 private:
  ArtifactStore store_;
  StaleManager manager_;
};

/// Not initialised; null when there is no such module.
inline std::unique_ptr<Module> fresh_module(std::string_view id, const Clock& clock) {
  if (id == "artifact_store") return std::make_unique<ArtifactStore>(IndexOptions{}, clock);
  if (id == "pool_manager") return std::make_unique<PoolManager>(clock);
  if (id == "arbitration_engine") return std::make_unique<ArbitrationEngine>(clock);
  if (id == "dag_tracker") return std::make_unique<DagTracker>(clock);
  if (id == "stale_manager") return std::make_unique<StaleManagerWithStore>(clock);
  return nullptr;
}

}  // namespace symphony::pit::tests
