#pragma once
// Files that are there as a whole or not at all, and transactions that outlive a power cut.

#include <filesystem>
#include <string>
#include <string_view>

#include <symphony/ipc/error.h>

#include "artifact_store/sqlite.h"

namespace symphony::pit {

/// Beside it first, then renamed; synchronised with its directory, which is made where it is missing. Errors: io_error,
/// resource_exhausted (disk full); the file is then as it was.
ipc::Result<void> write_durably(const std::filesystem::path& file, std::string_view bytes);
/// The errno, or 0.
int write_all(int descriptor, std::string_view bytes);
/// So that names made or changed in it outlive a power cut, where the file system can do that.
void synchronise_directory(const std::filesystem::path& directory);
/// Errors: not_found, io_error, data_corrupted when it is longer than `most`.
ipc::Result<std::string> read_whole(const std::filesystem::path& file, std::size_t most);

/// Durable when it returns: an acknowledged artifact survives a power cut, not only the end of the process.
class FullSynchronous {
 public:
  explicit FullSynchronous(Database& database) : database_(database) { database_.execute("PRAGMA synchronous=FULL"); }
  ~FullSynchronous() { sqlite3_exec(database_.handle(), "PRAGMA synchronous=NORMAL", nullptr, nullptr, nullptr); }
  FullSynchronous(const FullSynchronous&) = delete;
  FullSynchronous& operator=(const FullSynchronous&) = delete;

 private:
  Database& database_;
};

}  // namespace symphony::pit
