#pragma once
// What the Conductor is started with (docs/conductor.md lists the keys).

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include <symphony/app/program_layout.h>
#include <symphony/app/user_directories.h>

namespace symphony::app {

enum class ConductorMode : std::uint8_t { desktop, headless };
/// Which are started; `shipped` is safe mode.
enum class Extensions : std::uint8_t { all, shipped };

/// `workspace`: absolute, escaped; empty: none.
nlohmann::json conductor_config(ConductorMode mode, const ProgramLayout& layout, const UserDirectories& directories,
                                const std::string& workspace, bool listen, Extensions extensions);

}  // namespace symphony::app
