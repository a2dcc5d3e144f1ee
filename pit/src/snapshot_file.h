#pragma once
// A module's state in a file of its own, for modules whose state is in memory. One is replaced by the next atomically:
// whatever the program was doing when it died, the file holds a whole state.

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include <symphony/ipc/error.h>

namespace symphony::pit {

/// One thread at a time.
class SnapshotFile {
 public:
  /// The form of the file, not of the state in it.
  static constexpr int format_version = 1;
  /// A file that is larger is none of ours.
  static constexpr std::uintmax_t largest_bytes = 1U << 30U;

  /// `file` need not exist, nor its directory. `module` must be in it when it is read.
  SnapshotFile(std::filesystem::path file, std::string module);

  /// The state that was written last; nothing where there is none yet. Errors: version_mismatch (written by a newer
  /// program; the file is left alone and write() refuses from now on), data_corrupted (it has been set aside,
  /// data.set_aside says where), io_error.
  ipc::Result<std::optional<nlohmann::json>> read();
  /// Durable when it returns; nothing is written when the state is the one in the file. Errors: io_error,
  /// resource_exhausted (disk full), version_mismatch; the file is as it was.
  ipc::Result<void> write(const nlohmann::json& state);
  /// For a state that its module refuses: renames the file to NAME.corrupted-TIME. The path it has now; empty when that
  /// was not possible.
  std::filesystem::path set_aside() noexcept;
  /// For a state that a newer module wrote: write() refuses from now on.
  void keep_untouched() noexcept { untouchable_ = true; }

  const std::filesystem::path& file() const noexcept { return file_; }

 private:
  std::filesystem::path file_;
  std::string module_;
  /// Of the state in the file; empty when that is not known.
  std::string written_;
  bool untouchable_ = false;
};

}  // namespace symphony::pit
