#pragma once
// A log that never takes more than two files of a fixed size. One thread at a time.

#include <cstdint>
#include <filesystem>
#include <string_view>

#include <symphony/descriptor/descriptor.h>

namespace symphony::ipc {

/// Appends to `path`; before that grows past `limit` bytes it becomes "<path>.1" and a new one is begun. What cannot be
/// written (a full disk) is lost: a log must never stop the program it is about.
class RotatingFile {
 public:
  RotatingFile(std::filesystem::path path, std::uint64_t limit);
  /// A single write is at most `limit` bytes.
  void append(std::string_view text);
  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  void open();

  const std::filesystem::path path_;
  const std::uint64_t limit_;
  Descriptor file_;
  std::uint64_t size_ = 0;
};

}  // namespace symphony::ipc
