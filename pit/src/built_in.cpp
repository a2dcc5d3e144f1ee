#include "built_in.h"

#include "arbitration_engine/arbitration_engine.h"
#include "artifact_store/artifact_store.h"
#include "pool_manager/pool_manager.h"

namespace symphony::pit {

std::unique_ptr<Module> make_built_in(std::string_view id) {
  if (id == "artifact_store") return std::make_unique<ArtifactStore>();
  if (id == "pool_manager") return std::make_unique<PoolManager>();
  if (id == "arbitration_engine") return std::make_unique<ArbitrationEngine>();
  return nullptr;
}

}  // namespace symphony::pit
