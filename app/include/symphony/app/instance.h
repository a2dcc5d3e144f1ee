#pragma once
// The instance that is already running, seen from a second program of the same user.

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include <symphony/ipc/error.h>

namespace symphony::app {

/// Asks the Conductor of the running instance. Errors: not_found when none runs; else what it answered.
ipc::Result<nlohmann::json> ask_instance(const std::filesystem::path& runtime_directory, const std::string& method,
                                         nlohmann::json params);

}  // namespace symphony::app
