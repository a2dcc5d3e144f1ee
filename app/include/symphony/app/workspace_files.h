#pragma once
// Reading files of the open workspace, and of nothing else, for the page.

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include <symphony/descriptor/descriptor.h>
#include <symphony/ipc/error.h>

namespace symphony::app {

/// Thread-safe.
class WorkspaceFiles {
 public:
  /// Larger files are not handed to the page.
  static constexpr std::int64_t file_bytes = 64LL * 1024 * 1024;

  struct File {
    Descriptor descriptor;
    std::int64_t size = 0;
  };

  /// `folder` is bytes, absolute; empty: no workspace.
  void set_folder(const std::string& folder);
  std::string folder() const;

  /// Opens a regular file by its escaped workspace-relative path (docs/protocol.md section 10). The kernel resolves it
  /// beneath the folder, so neither `..` nor a symbolic link leads out. Errors: invalid_params, not_found,
  /// permission_denied (leads out), invalid_request (not a regular file), payload_too_large, io_error.
  ipc::Result<File> open(std::string_view escaped_path) const;
  /// {"size","kind","message"}; kind is text, binary, large, missing, unreadable or directory. Never fails.
  nlohmann::json describe(std::string_view escaped_path) const;

 private:
  mutable std::mutex mutex_;
  std::string folder_;
  Descriptor root_;
};

}  // namespace symphony::app
