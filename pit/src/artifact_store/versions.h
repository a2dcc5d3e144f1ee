#pragma once
// The next version of an artifact, however its content came.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "artifact_store/parameters.h"
#include "artifact_store/tiers.h"

namespace symphony::pit {

/// What is said of a version when it is put.
struct NewVersion {
  /// Throws ParameterError when something is wrong that needs no look at the store.
  template <class Params>
  static NewVersion from(const Params& params) {
    NewVersion version{params.name, params.metadata.value_or(nlohmann::json::object()).dump(), params.parents,
                       params.tags, params.quality};
    version.check();
    return version;
  }
  void check() const;

  std::string name;
  std::string metadata;
  std::optional<std::vector<messages::ArtifactRef>> parents;
  std::optional<std::vector<std::string>> tags;
  std::optional<double> quality;
};

/// Throws ParameterError.
const std::string& checked_name(const std::string& name);

/// Where the content is; nothing when it is not there. What is `lost` is there.
std::optional<Tier> tier_of(Database& database, std::string_view hash);
/// Each in the transaction of the caller's. keep_*: the content is there from now on, and used now; for one that is
/// not, or is lost.
void keep_in_row(Database& database, std::string_view hash, std::string_view content, bool is_text,
                 std::int64_t now_ms);
void keep_in_chunks(Database& database, std::string_view hash, std::int64_t size, bool is_text, std::int64_t now_ms);
void note_use(Database& database, std::string_view hash, std::int64_t now_ms);
/// Its number. Throws ParameterError.
std::int64_t write_version(Database& database, const NewVersion& version, std::string_view hash, std::int64_t now_ms);

}  // namespace symphony::pit
