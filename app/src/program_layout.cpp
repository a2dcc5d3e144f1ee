#include <symphony/app/program_layout.h>

#include <symphony/app/catalogue.h>

namespace symphony::app {

ProgramLayout ProgramLayout::beside(const std::filesystem::path& executable) {
  const std::filesystem::path prefix = executable.parent_path().parent_path();
  const std::filesystem::path library = prefix / "lib" / "symphony";
  return {library / "symphony-launcher", library / "extensions", library / "python",
          prefix / "share" / "symphony" / "ui"};
}

ipc::Result<ProgramLayout> ProgramLayout::of_this_program() {
  std::error_code error;
  const std::filesystem::path executable = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return system_error_of(Sentence::program_lost, "/proc/self/exe", error.value());
  return beside(executable);
}

}  // namespace symphony::app
