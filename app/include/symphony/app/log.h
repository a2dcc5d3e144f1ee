#pragma once
// The application's own log: standard error, and a file beside the Conductor's.

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string_view>

namespace symphony::app {

/// Thread-safe.
class Log {
 public:
  Log() = default;
  /// Appends to `file` from now on; one that grew past 1 MiB is begun anew, then and later.
  void open(const std::filesystem::path& file);
  /// Standard error and file: what the user should know.
  void warn(std::string_view line);
  /// File only.
  void note(std::string_view line);

 private:
  void write(std::string_view line);

  std::mutex mutex_;
  std::filesystem::path path_;
  std::uintmax_t written_ = 0;
  std::ofstream file_;
};

}  // namespace symphony::app
