#include <symphony/app/workspace_argument.h>

#include <cerrno>
#include <filesystem>

#include <symphony/app/catalogue.h>
#include <symphony/ipc/path_text.h>

namespace symphony::app {

ipc::Result<std::string> resolve_workspace(const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path real = fs::canonical(folder, error);
  const std::string shown = ipc::display_path(ipc::escape_path(folder));
  if (error == std::errc::no_such_file_or_directory) {
    return error_of(ipc::ErrorCode::not_found, Sentence::folder_missing, {{"path", shown}}, {{"path", shown}});
  }
  if (error) return system_error_of(Sentence::folder_cannot_open, folder, error.value());
  if (!fs::is_directory(real, error)) {
    return error_of(ipc::ErrorCode::invalid_params, Sentence::folder_not_one, {{"path", shown}}, {{"path", "/folder"}});
  }
  const fs::directory_iterator probe(real, error);
  if (error) return system_error_of(Sentence::folder_cannot_read, folder, error.value());
  return ipc::escape_path(real.string());
}

}  // namespace symphony::app
