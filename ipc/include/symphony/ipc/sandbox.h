#pragma once
// What an extension's process may reach. Default: nothing but the programs of the system and its own folder.
// docs/sandbox.md says how each promise is kept, and which are not without bubblewrap. Any thread.

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include <symphony/ipc/error.h>

namespace symphony::ipc {

struct SandboxProfile {
  /// Absolute paths of folders, or of single files. One that is not there when the process starts grants nothing.
  std::vector<std::filesystem::path> read;
  std::vector<std::filesystem::path> execute;  // read, and started where `start_programs` allows it
  std::vector<std::filesystem::path> write;    // read and changed
  /// It may start other programs. The extension's own program needs no permission.
  bool start_programs = false;
  /// chmod, chown, utime and extended attributes; without bubblewrap these are not bound to `write`.
  bool change_metadata = false;
  /// INET sockets of its own. Without it the network is reached through the host only.
  bool raw_network = false;
  /// bubblewrap around it, where it is installed and works.
  bool outer = false;
  /// Of the process and all it started, in bytes.
  std::optional<std::uint64_t> memory_bytes;
  /// Of one processor, in percent; 200 is two processors.
  std::optional<std::uint32_t> cpu_percent;
  /// Besides its own; with 0 it cannot fork.
  std::optional<std::uint32_t> processes;
  /// Open descriptors, of one process.
  std::optional<std::uint32_t> files;
  /// Bytes of one file it writes.
  std::optional<std::uint64_t> file_bytes;

  /// The same names; paths escaped (docs/protocol.md section 10). Errors: invalid_params, with "path" naming the field.
  static Result<SandboxProfile> from_json(const nlohmann::json& document);
};

/// The text the launcher reads (profile_format.h), with what every program needs to start added. `outer`: bubblewrap's
/// path, or empty. `joins`: the control groups to join. Errors: invalid_params (a relative path, a zero byte, too many
/// trees, too long).
Result<std::string> encode_profile(const SandboxProfile& profile, const std::filesystem::path& executable,
                                   const std::filesystem::path& outer,
                                   const std::vector<std::filesystem::path>& joins = {});

/// What this machine can enforce. Found once, by trying it.
struct SandboxSupport {
  int landlock_version = 0;          // 0: none, and no sandboxed process can start
  std::filesystem::path bubblewrap;  // empty: not installed, or it does not work here
  std::string bubblewrap_missing;    // why
  nlohmann::json to_json() const;
};
const SandboxSupport& sandbox_support();

}  // namespace symphony::ipc
