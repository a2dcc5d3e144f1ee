#pragma once
// What is left when the program dies by a signal: registers, program counters, and the memory map to read them with.

#include <filesystem>
#include <vector>

namespace symphony::app {

/// One per process. The file is opened beforehand: after a crash there may be neither memory nor descriptors left.
class CrashReport {
 public:
  /// Installs handlers for SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT. Without a writable directory it does nothing.
  explicit CrashReport(const std::filesystem::path& directory);
  /// Orderly end: handlers and the empty file are removed.
  ~CrashReport();
  CrashReport(const CrashReport&) = delete;
  CrashReport& operator=(const CrashReport&) = delete;

  const std::filesystem::path& file() const noexcept { return file_; }

  /// Reports of earlier runs that crashed; each is told once: it is renamed to end in ".seen".
  static std::vector<std::filesystem::path> take_unseen(const std::filesystem::path& directory);

 private:
  std::filesystem::path file_;
};

}  // namespace symphony::app
