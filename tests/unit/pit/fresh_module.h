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

namespace symphony::pit::tests {

inline constexpr std::array<std::string_view, 4> module_ids = {"artifact_store", "pool_manager", "arbitration_engine",
                                                               "dag_tracker"};

/// Not initialised; null when there is no such module.
inline std::unique_ptr<Module> fresh_module(std::string_view id, const Clock& clock) {
  if (id == "artifact_store") return std::make_unique<ArtifactStore>();
  if (id == "pool_manager") return std::make_unique<PoolManager>(clock);
  if (id == "arbitration_engine") return std::make_unique<ArbitrationEngine>(clock);
  if (id == "dag_tracker") return std::make_unique<DagTracker>(clock);
  return nullptr;
}

}  // namespace symphony::pit::tests
