#include <symphony/app/workspace_argument.h>

#include <cerrno>
#include <filesystem>

#include <symphony/ipc/path_text.h>

namespace symphony::app {

ipc::Result<std::string> resolve_workspace(const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path real = fs::canonical(folder, error);
  const std::string shown = ipc::display_path(ipc::escape_path(folder));
  if (error == std::errc::no_such_file_or_directory) {
    return ipc::Error{
        ipc::ErrorCode::not_found, shown + " does not exist. It may have been moved or unmounted.", {{"path", shown}}};
  }
  if (error) return ipc::io_error("The folder cannot be opened", shown, error.value());
  if (!fs::is_directory(real, error))
    return ipc::invalid_params(shown + " is not a folder. Open the folder it is in.", "/folder");
  const fs::directory_iterator probe(real, error);
  if (error) return ipc::io_error("The folder cannot be read", shown, error.value());
  return ipc::escape_path(real.string());
}

}  // namespace symphony::app
