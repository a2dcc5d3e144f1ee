#pragma once
// What is known of artifacts beside their content: tags, quality, pins, what was made from what; and their end.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <stop_token>
#include <string>

#include "artifact_store/parameters.h"
#include "artifact_store/store.h"

namespace symphony::pit {

/// A version with this tag is training data: it may be moved and not deleted.
inline constexpr std::string_view training_tag = "training";

/// The version asked for, or the newest; deleted ones are not there. Throws ParameterError (not_found).
std::int64_t find_version(Database& database, const std::string& name, std::optional<std::uint64_t> asked);

/// Each throws ParameterError or DatabaseError; what writes is durable when it returns.
nlohmann::json describe_artifact(Store& store, const messages::ArtifactDescribeParams& asked, std::stop_token stop);
nlohmann::json annotate_artifact(Store& store, const messages::ArtifactAnnotateParams& asked);
nlohmann::json pin_artifact(Store& store, const messages::ArtifactPinParams& asked);
nlohmann::json unpin_artifact(Store& store, const messages::ArtifactUnpinParams& asked);
nlohmann::json lineage_of(Store& store, const messages::ArtifactLineageParams& asked, std::stop_token stop);

/// Each throws ParameterError; `field` is where the tags came.
void check_tags(const std::vector<std::string>& tags, const char* field);
void check_quality(std::optional<double> quality);

/// Of a version that was just put, in the transaction of the caller's.
void write_tags(Database& database, const std::string& name, std::int64_t version,
                const std::vector<std::string>& tags);
void write_parents(Database& database, const std::string& name, std::int64_t version,
                   const std::vector<messages::ArtifactRef>& parents);

}  // namespace symphony::pit
