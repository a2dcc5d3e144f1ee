#pragma once
// Structured logs: one JSON object a line, {"time","level","component","message", …fields}, a file for each component.
// What a user typed, what files hold, and tokens are never logged: a field that sounds like a secret is blanked.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include <symphony/ipc/error.h>
#include <symphony/ipc/limits.h>

namespace symphony::ipc {

enum class LogLevel : std::uint8_t { debug, info, warning, error };
std::string_view name_of(LogLevel level) noexcept;
std::optional<LogLevel> log_level_from(std::string_view name) noexcept;

struct LogEntry {
  LogLevel level = LogLevel::info;
  std::string component;
  std::string message;
  /// An object of text, numbers, booleans and nulls; what is none of these is left out. May be null.
  nlohmann::json fields = nullptr;
  std::chrono::system_clock::time_point time = std::chrono::system_clock::now();
};

/// One line of text without its line feed; valid UTF-8, cut to limits::log_message_bytes and limits::log_fields.
std::string log_line(const LogEntry& entry);

/// A file that keeps about limits::log_file_bytes and, as "<file>.1", as much again. One thread at a time.
class LogFile {
 public:
  /// 0600, not through a symbolic link. Errors: io_error and its kin.
  static Result<LogFile> open(std::filesystem::path path, std::size_t limit = limits::log_file_bytes);
  ~LogFile();
  LogFile(LogFile&& other) noexcept;
  LogFile& operator=(LogFile&& other) noexcept;
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  /// Appends `line` and a line feed. False: the disk refused; the line is lost.
  bool write(std::string_view line);

 private:
  LogFile(std::filesystem::path path, int descriptor, std::size_t limit, std::size_t size);
  void rotate();

  std::filesystem::path path_;
  int descriptor_ = -1;
  std::size_t limit_ = 0;
  std::size_t size_ = 0;
};

/// A directory of log files, "<component>.log", written by a thread of its own: nobody who logs waits for a disk.
class LogBook {
 public:
  /// Creates the directory (0700). Errors: io_error and its kin; resource_exhausted.
  static Result<std::unique_ptr<LogBook>> open(std::filesystem::path directory);
  /// Writes what still waits.
  ~LogBook();
  LogBook(const LogBook&) = delete;
  LogBook& operator=(const LogBook&) = delete;

  /// From any thread; does not block. The component's name is an address (a-z 0-9 _ . : -). False: more than
  /// limits::log_entries_queued wait, or there are limits::log_components files already.
  bool write(LogEntry entry);
  const std::filesystem::path& directory() const noexcept;

 private:
  struct State;
  explicit LogBook(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace symphony::ipc
