#pragma once
// The modules this program is built with.

#include <array>
#include <memory>
#include <string_view>

#include <symphony/pit/module.h>

#include "stale_manager/stale_manager.h"

namespace symphony::pit {

/// In the order in which they start.
inline constexpr std::array<std::string_view, 5> built_in_ids = {"artifact_store", "pool_manager", "arbitration_engine",
                                                                 "dag_tracker", "stale_manager"};

/// Of a Stale Manager outside of the host's process: there is no Artifact Store to ask, and it says so
/// (endpoint_unavailable).
Result<nlohmann::json> no_store(std::string_view method, const nlohmann::json& params);

/// Not initialised; null when there is none with the id. `ask_store` is for the Stale Manager.
std::unique_ptr<Module> make_built_in(std::string_view id, StaleManager::AskStore ask_store = no_store);

}  // namespace symphony::pit
