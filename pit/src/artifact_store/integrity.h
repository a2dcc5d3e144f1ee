#pragma once
// store.check: what is kept is compared with its hashes, and repaired from what else has the same bytes.

#include <nlohmann/json.hpp>
#include <stop_token>

#include "artifact_store/parameters.h"
#include "artifact_store/store.h"

namespace symphony::pit {

/// Throws ParameterError or DatabaseError. A content of any size is read chunk by chunk.
nlohmann::json check_contents(Store& store, const messages::StoreCheckParams& asked, const std::stop_token& stop);

}  // namespace symphony::pit
