#pragma once
// Reads one file as the index sees it: what it is, and its text when that is searched.

#include <sys/stat.h>
#include <cstdint>
#include <string>

namespace symphony::pit {

/// `special`: a device, socket or pipe, which is never opened.
enum class FileKind : std::uint8_t {
  text = 0,
  binary = 1,
  large = 2,
  unreadable = 3,
  symbolic_link = 4,
  special = 5,
  missing = 6,
  directory = 7
};

inline constexpr std::int64_t largest_indexed_file = 4 << 20;
/// A NUL within these first bytes makes a file binary.
inline constexpr std::size_t binary_test_bytes = 8192;

struct FileStamp {
  std::int64_t size = 0;
  std::int64_t mtime_ns = 0;
  std::uint64_t inode = 0;
  bool operator==(const FileStamp&) const = default;
};

FileStamp stamp_of(const struct stat& info) noexcept;
/// What can be known without reading: `text` stands for any regular file small enough.
FileKind kind_of(const struct stat& info) noexcept;

struct TextFile {
  FileKind kind = FileKind::missing;
  FileStamp stamp;
  std::string text;
};

/// Never follows a link, never waits (pipes). Any thread.
TextFile read_text_file(const std::string& path);

}  // namespace symphony::pit
