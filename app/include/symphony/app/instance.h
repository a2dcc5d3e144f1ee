#pragma once
// The instance that is already running, seen from a second program of the same user.

#include <chrono>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include <symphony/descriptor/descriptor.h>
#include <symphony/ipc/client_connection.h>
#include <symphony/ipc/error.h>

namespace symphony::app {

using InstanceConnection = std::unique_ptr<ipc::ClientConnection>;

/// Errors: not_found when none runs.
ipc::Result<InstanceConnection> connect_instance(const std::filesystem::path& runtime_directory);
/// How long to wait for an answer that takes no work.
inline constexpr std::chrono::milliseconds usual_patience{10'000};
/// Asks one thing of `target` over a connection. Errors: what it answered.
ipc::Result<nlohmann::json> ask(ipc::ClientConnection& connection, const std::string& target, const std::string& method,
                                nlohmann::json params, std::chrono::milliseconds patience = usual_patience);
/// Asks the Conductor of the running instance. Errors: not_found when none runs; else what it answered.
ipc::Result<nlohmann::json> ask_instance(const std::filesystem::path& runtime_directory, const std::string& method,
                                         nlohmann::json params);
/// The right to be the program with the window, held until it is closed or the process ends. Empty when another holds
/// it. Errors: io_error.
ipc::Result<Descriptor> take_window_lock(const std::filesystem::path& runtime_directory);

}  // namespace symphony::app
