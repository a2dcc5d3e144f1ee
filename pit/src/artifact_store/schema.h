#pragma once
// The store's tables and their history.

#include "artifact_store/sqlite.h"

namespace symphony::pit {

inline constexpr int schema_version = 3;

/// Sets what holds for every writing connection (WAL, checkpoints, cache).
void configure_writer(Database& database);
/// Brings an older or empty database to schema_version, in one transaction a step. Throws NewerDatabase for a newer
/// one, which is left as it is.
void migrate(Database& database);

class NewerDatabase : public std::runtime_error {
 public:
  explicit NewerDatabase(std::int64_t found);
};

}  // namespace symphony::pit
