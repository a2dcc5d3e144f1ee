#pragma once
// Where Symphony keeps things of its user (XDG Base Directory Specification).

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <symphony/ipc/error.h>

namespace symphony::app {

using Environment = std::function<std::optional<std::string>(const char* name)>;
/// The process's own.
std::optional<std::string> environment_variable(const char* name);

struct UserDirectories {
  std::filesystem::path data;
  /// 0700; sockets live here.
  std::filesystem::path runtime;
  /// `data` is a temporary directory: nothing will be remembered.
  bool data_is_temporary = false;
  /// Sentences for the user.
  std::vector<std::string> warnings;

  /// Finds and creates them; a home that cannot be written leads to a temporary directory and a warning.
  /// Errors: io_error when not even that is possible.
  static ipc::Result<UserDirectories> prepare(const Environment& environment = environment_variable);
};

}  // namespace symphony::app
