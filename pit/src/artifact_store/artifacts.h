#pragma once
// The artifact.* methods of docs/pit.md over one store.

#include <nlohmann/json.hpp>
#include <stop_token>

#include "artifact_store/parameters.h"
#include "artifact_store/store.h"

namespace symphony::pit {

inline constexpr std::size_t longest_artifact_name = 1024;

/// Each throws ParameterError or DatabaseError.
nlohmann::json put_artifact(Store& store, const Parameters& parameters);
nlohmann::json get_artifact(Store& store, const Parameters& parameters, std::stop_token stop);
nlohmann::json list_artifact_versions(Store& store, const Parameters& parameters, std::stop_token stop);
nlohmann::json list_artifacts(Store& store, const Parameters& parameters, std::stop_token stop);

}  // namespace symphony::pit
