#include "built_in.h"

#include <utility>

#include "arbitration_engine/arbitration_engine.h"
#include "artifact_store/artifact_store.h"
#include "dag_tracker/dag_tracker.h"
#include "pool_manager/pool_manager.h"

namespace symphony::pit {

Result<nlohmann::json> no_store(std::string_view method, const nlohmann::json&) {
  // Through the host it would wait for one of the few threads that already wait for it.
  return Error{ErrorCode::endpoint_unavailable,
               "This Stale Manager runs outside of Symphony, where it has no Artifact Store to ask. Policies and plans "
               "can be looked at; to carry them out, run the built-in stale_manager.",
               {{"module", "stale_manager"}, {"needs", "artifact_store"}, {"method", method}}};
}

std::unique_ptr<Module> make_built_in(std::string_view id, StaleManager::AskStore ask_store) {
  if (id == "artifact_store") return std::make_unique<ArtifactStore>();
  if (id == "pool_manager") return std::make_unique<PoolManager>();
  if (id == "arbitration_engine") return std::make_unique<ArbitrationEngine>();
  if (id == "dag_tracker") return std::make_unique<DagTracker>();
  if (id == "stale_manager") return std::make_unique<StaleManager>(std::move(ask_store));
  return nullptr;
}

}  // namespace symphony::pit
