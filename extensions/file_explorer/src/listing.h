#pragma once
// The entries of one directory, read with as few system calls as the file system allows.

#include <sys/types.h>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace symphony::explorer {

enum class EntryKind : std::uint8_t { file, directory, link, link_to_directory, other };

constexpr bool is_directory(EntryKind kind) {
  return kind == EntryKind::directory || kind == EntryKind::link_to_directory;
}

/// Directories first, then in natural order. Eight bytes an entry beside its name.
class Listing {
 public:
  /// How many symbolic links are followed to see whether they lead to a directory; the rest are shown as plain links.
  static constexpr std::size_t most_links_followed = 2000;

  std::size_t size() const noexcept { return entries_.size(); }
  std::string_view name(std::size_t index) const noexcept {
    return std::string_view(names_).substr(entries_[index].offset, entries_[index].length);
  }
  EntryKind kind(std::size_t index) const noexcept { return entries_[index].kind; }
  /// The index of the entry with this name.
  std::optional<std::size_t> find(std::string_view name) const noexcept;

  /// For reading.
  void add(std::string_view name, EntryKind kind);
  void sort();

 private:
  struct Entry {
    std::uint32_t offset;
    std::uint16_t length;
    EntryKind kind;
  };
  std::string names_;
  std::vector<Entry> entries_;
};

/// Identifies a directory whatever path leads to it.
struct DirectoryIdentity {
  dev_t device = 0;
  ino_t inode = 0;
  bool operator==(const DirectoryIdentity&) const = default;
};

struct ReadDirectory {
  int error_number = 0;  // errno; 0: read
  Listing listing;
  DirectoryIdentity identity;
};

/// `.` , `..` and `.git` are left out. Follows a symbolic link at the end of the path.
ReadDirectory read_directory(const std::string& path);
/// Nothing when it cannot be examined.
std::optional<DirectoryIdentity> identify_directory(const std::string& path);

}  // namespace symphony::explorer
