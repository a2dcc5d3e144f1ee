#pragma once
// The artifact.* methods of docs/pit.md over one store.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <stop_token>
#include <string>

#include "artifact_store/parameters.h"
#include "artifact_store/store.h"
#include "clock.h"

namespace symphony::pit {

/// The most bytes of a content in chunks that artifact.get answers; others are read in ranges.
inline constexpr std::int64_t most_inline_bytes = 8 << 20;

/// The bytes of a text that was sent. Throws ParameterError.
std::string decoded_content(const std::string& content, const std::optional<std::string>& encoding);

/// Each throws ParameterError or DatabaseError.
nlohmann::json put_artifact(Store& store, const messages::ArtifactPutParams& parameters,
                            const Clock& clock = system_clock());
nlohmann::json get_artifact(Store& store, const messages::ArtifactGetParams& parameters, std::stop_token stop,
                            const Clock& clock = system_clock());
nlohmann::json read_artifact(Store& store, const messages::ArtifactReadParams& parameters, const std::stop_token& stop,
                             const Clock& clock = system_clock());
nlohmann::json list_artifact_versions(Store& store, const messages::ArtifactVersionsParams& parameters,
                                      std::stop_token stop);
nlohmann::json list_artifacts(Store& store, const messages::ArtifactListParams& parameters, std::stop_token stop);

}  // namespace symphony::pit
