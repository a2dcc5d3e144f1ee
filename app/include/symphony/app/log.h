#pragma once
// The application's own log: standard error, and the file of the component `application` beside the Conductor's.

#include <atomic>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string_view>

#include <symphony/ipc/log.h>

namespace symphony::app {

/// Thread-safe.
class Log {
 public:
  Log() = default;
  /// Appends to `file` from now on (ipc::LogFile). A file that cannot be written is said on standard error.
  void open(const std::filesystem::path& file);
  /// Standard error, always, and file: what the user should know.
  void warn(std::string_view line);
  /// File only.
  void note(std::string_view line);
  /// What is written to the file from now on.
  void set_level(ipc::LogLevel level) noexcept { level_ = level; }

 private:
  void write(ipc::LogLevel level, std::string_view line);

  std::atomic<ipc::LogLevel> level_ = ipc::LogLevel::info;
  std::mutex mutex_;
  std::optional<ipc::LogFile> file_;
};

}  // namespace symphony::app
