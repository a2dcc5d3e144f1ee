#include "artifact_store/folder_walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <algorithm>
#include <cerrno>
#include <memory>
#include <vector>

namespace symphony::pit {

namespace {

struct Entry {
  std::string name;
  bool is_directory = false;

  /// Where the entry (or everything in it) stands among its neighbours in byte order of whole paths.
  std::string sort_key() const { return is_directory ? name + "/" : name; }
};

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

/// 0 or errno.
int list_directory(const std::string& path, std::vector<Entry>& entries) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (descriptor < 0) return errno;
  const std::unique_ptr<DIR, CloseDirectory> directory(::fdopendir(descriptor));
  if (!directory) return errno;
  errno = 0;
  while (const dirent* entry = ::readdir(directory.get())) {
    std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    bool is_directory = entry->d_type == DT_DIR;
    if (entry->d_type == DT_UNKNOWN) {
      struct stat info {};
      is_directory = ::fstatat(descriptor, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(info.st_mode);
    }
    entries.push_back({std::move(name), is_directory});
    errno = 0;
  }
  const int error = errno;
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    if (!a.is_directory && !b.is_directory) return a.name < b.name;
    return a.sort_key() < b.sort_key();
  });
  return error;
}

struct Level {
  std::string path;
  std::vector<Entry> entries;
  std::size_t next = 0;
};

class Walk {
 public:
  Walk(const std::string& root, IgnoreTree& ignore, const FolderVisitor& visitor)
      : root_(root), ignore_(ignore), visitor_(visitor) {}

  bool run(const std::string& below, const std::stop_token& stop) {
    enter(below);
    while (!levels_.empty()) {
      if (stop.stop_requested()) return false;
      Level& level = levels_.back();
      if (level.next == level.entries.size()) {
        levels_.pop_back();
        continue;
      }
      const Entry entry = std::move(level.entries[level.next++]);
      std::string path = join_path(level.path, entry.name);
      if (ignore_.ignores_entry(path, entry.is_directory)) continue;
      if (entry.is_directory) {
        enter(path);
      } else if (!visit_file(std::move(path))) {
        return true;
      }
    }
    return true;
  }

 private:
  std::string absolute(const std::string& path) const { return path.empty() ? root_ : root_ + "/" + path; }

  void enter(const std::string& path) {
    if (visitor_.directory) visitor_.directory(path);
    ignore_.enter(path);
    Level level{path, {}, 0};
    const int error = list_directory(absolute(path), level.entries);
    if (error != 0 && visitor_.unreadable) visitor_.unreadable(path, error);
    levels_.push_back(std::move(level));
  }

  bool visit_file(std::string path) {
    struct stat info {};
    if (::lstat(absolute(path).c_str(), &info) != 0) return true;  // gone meanwhile
    if (S_ISDIR(info.st_mode)) return true;                        // became one meanwhile: its own event will follow
    return visitor_.file(std::move(path), kind_of(info), stamp_of(info));
  }

  const std::string& root_;
  IgnoreTree& ignore_;
  const FolderVisitor& visitor_;
  std::vector<Level> levels_;
};

}  // namespace

bool walk_folder(const std::string& root, const std::string& below, IgnoreTree& ignore, const FolderVisitor& visitor,
                 const std::stop_token& stop) {
  return Walk(root, ignore, visitor).run(below, stop);
}

}  // namespace symphony::pit
