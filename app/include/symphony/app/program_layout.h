#pragma once
// Where the program's own parts are, relative to its executable: the same in the build tree and once installed.

#include <filesystem>

#include <symphony/ipc/error.h>

namespace symphony::app {

struct ProgramLayout {
  std::filesystem::path launcher;
  std::filesystem::path extensions;
  std::filesystem::path python_packages;
  std::filesystem::path page;  // the folder of index.html

  static ProgramLayout beside(const std::filesystem::path& executable);
  /// Of the running program. Errors: io_error.
  static ipc::Result<ProgramLayout> of_this_program();
};

}  // namespace symphony::app
