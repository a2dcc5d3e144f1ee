#pragma once
// Answers a search from the index.

#include <stop_token>

#include "artifact_store/search_hits.h"
#include "artifact_store/searchable_files.h"
#include "artifact_store/store.h"

namespace symphony::pit {

/// {"hits","files","truncated"}. Throws DatabaseError (SQLITE_INTERRUPT when stopped).
nlohmann::json search_index(Store& store, const SearchableFiles& files, const SearchRequest& request,
                            const std::stop_token& stop);

}  // namespace symphony::pit
