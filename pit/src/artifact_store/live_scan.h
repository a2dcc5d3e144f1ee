#pragma once
// Answers a search from the folder itself.

#include <nlohmann/json.hpp>
#include <stop_token>
#include <string>

#include "artifact_store/search_hits.h"

namespace symphony::pit {

/// {"hits","files","truncated"}; an error when the folder is gone or the search was stopped.
ipc::Result<nlohmann::json> scan_folder(const std::string& folder, const SearchRequest& request,
                                        const std::stop_token& stop);

/// Whether `folder` can be listed; the error says what is wrong with it.
ipc::Result<void> check_folder(const std::string& folder);

}  // namespace symphony::pit
