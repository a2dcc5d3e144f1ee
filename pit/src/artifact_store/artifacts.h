#pragma once
// The artifact.* methods of docs/pit.md over one store.

#include <nlohmann/json.hpp>
#include <stop_token>

#include "artifact_store/parameters.h"
#include "artifact_store/store.h"
#include "clock.h"

namespace symphony::pit {

/// Each throws ParameterError or DatabaseError.
nlohmann::json put_artifact(Store& store, const messages::ArtifactPutParams& parameters,
                            const Clock& clock = system_clock());
nlohmann::json get_artifact(Store& store, const messages::ArtifactGetParams& parameters, std::stop_token stop,
                            const Clock& clock = system_clock());
nlohmann::json list_artifact_versions(Store& store, const messages::ArtifactVersionsParams& parameters,
                                      std::stop_token stop);
nlohmann::json list_artifacts(Store& store, const messages::ArtifactListParams& parameters, std::stop_token stop);

}  // namespace symphony::pit
