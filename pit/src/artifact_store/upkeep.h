#pragma once
// The store.* methods of docs/pit.md: what the Stale Manager sees and does. Each call is a small piece, so that others
// come between two.

#include <nlohmann/json.hpp>
#include <optional>
#include <stop_token>
#include <string>

#include "artifact_store/parameters.h"
#include "artifact_store/store.h"

namespace symphony::pit {

/// Where a walk over hashes goes on. Throws ParameterError.
std::string after_from(const std::optional<std::string>& text);

/// Each throws ParameterError or DatabaseError.
nlohmann::json list_contents(Store& store, const messages::StoreContentsParams& asked, std::stop_token stop);
nlohmann::json move_to_tier(Store& store, const messages::StoreMoveParams& asked, std::int64_t now_ms);
nlohmann::json delete_version(Store& store, const messages::StoreDeleteParams& asked, std::int64_t now_ms);
nlohmann::json undo_changes(Store& store, const messages::StoreUndoParams& asked, std::int64_t now_ms,
                            const std::stop_token& stop);
nlohmann::json purge_deleted(Store& store, const messages::StorePurgeParams& asked, const std::stop_token& stop);
nlohmann::json usage_of(Store& store, std::stop_token stop);

}  // namespace symphony::pit
