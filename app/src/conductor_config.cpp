#include <symphony/app/conductor_config.h>

namespace symphony::app {

nlohmann::json conductor_config(ConductorMode mode, const ProgramLayout& layout, const UserDirectories& directories,
                                const std::string& workspace, bool listen, Extensions extensions) {
  const bool headless = mode == ConductorMode::headless;
  return {{"mode", headless ? "headless" : "desktop"},
          {"workspace", workspace.empty() ? nlohmann::json(nullptr) : nlohmann::json(workspace)},
          {"data_directory", directories.data.string()},
          {"runtime_directory", directories.runtime.string()},
          {"listen", listen},
          {"launcher", layout.launcher.string()},
          {"extensions_directory", layout.extensions.string()},
          {"start_extensions", true},
          {"safe_mode", extensions == Extensions::shipped},
          {"host_version", SYMPHONY_VERSION},
          {"log_file", (directories.data / "log" / (headless ? "headless.log" : "conductor.log")).string()}};
}

}  // namespace symphony::app
