#include "listing.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <memory>

#include "natural_order.h"

namespace symphony::explorer {
namespace {

/// d_type answers without a system call on the file systems people use; links are followed to see what they lead to.
EntryKind kind_of(int directory, const dirent& entry, std::size_t& links) {
  unsigned char type = entry.d_type;
  struct stat status {};
  if (type == DT_UNKNOWN && ::fstatat(directory, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) == 0) {
    type = static_cast<unsigned char>(IFTODT(status.st_mode));
  }
  switch (type) {
    case DT_DIR:
      return EntryKind::directory;
    case DT_REG:
      return EntryKind::file;
    case DT_LNK:
      if (links++ < Listing::most_links_followed && ::fstatat(directory, entry.d_name, &status, 0) == 0 &&
          S_ISDIR(status.st_mode)) {
        return EntryKind::link_to_directory;
      }
      return EntryKind::link;
    default:
      return EntryKind::other;
  }
}

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

}  // namespace

void Listing::add(std::string_view name, EntryKind kind) {
  if (names_.size() + name.size() > std::numeric_limits<std::uint32_t>::max()) return;
  entries_.push_back({static_cast<std::uint32_t>(names_.size()), static_cast<std::uint16_t>(name.size()), kind});
  names_ += name;
}

void Listing::sort() {
  const std::string_view names = names_;
  std::sort(entries_.begin(), entries_.end(), [names](const Entry& a, const Entry& b) {
    const bool first = is_directory(a.kind);
    if (first != is_directory(b.kind)) return first;
    return natural_compare(names.substr(a.offset, a.length), names.substr(b.offset, b.length)) < 0;
  });
  names_.shrink_to_fit();
  entries_.shrink_to_fit();
}

std::optional<std::size_t> Listing::find(std::string_view name) const noexcept {
  // Directories and the rest are each in order.
  const auto boundary =
      std::partition_point(entries_.begin(), entries_.end(), [](const Entry& e) { return is_directory(e.kind); });
  const auto search = [&](auto begin, auto end) -> std::optional<std::size_t> {
    const auto found = std::partition_point(begin, end, [&](const Entry& e) {
      return natural_compare(std::string_view(names_).substr(e.offset, e.length), name) < 0;
    });
    if (found == end || std::string_view(names_).substr(found->offset, found->length) != name) return std::nullopt;
    return static_cast<std::size_t>(found - entries_.begin());
  };
  if (const auto found = search(entries_.begin(), boundary)) return found;
  return search(boundary, entries_.end());
}

ReadDirectory read_directory(const std::string& path) {
  ReadDirectory result;
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) {
    result.error_number = errno;
    return result;
  }
  const std::unique_ptr<DIR, CloseDirectory> directory(::fdopendir(descriptor));
  if (!directory) {
    result.error_number = errno;
    ::close(descriptor);
    return result;
  }
  struct stat status {};
  if (::fstat(descriptor, &status) == 0) result.identity = {status.st_dev, status.st_ino};
  std::size_t links = 0;
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(directory.get());
    if (entry == nullptr) {
      result.error_number = errno;
      break;
    }
    const std::string_view name = entry->d_name;
    if (name == "." || name == ".." || name == ".git") continue;
    result.listing.add(name, kind_of(descriptor, *entry, links));
  }
  result.listing.sort();
  return result;
}

std::optional<DirectoryIdentity> identify_directory(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return std::nullopt;
  return DirectoryIdentity{status.st_dev, status.st_ino};
}

}  // namespace symphony::explorer
