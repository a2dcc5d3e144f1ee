#pragma once
// Tells which directories changed (inotify).

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

namespace symphony::explorer {

class DirectoryWatcher {
 public:
  enum class Change : std::uint8_t {
    entries,     // something in it was created, removed or renamed, or its .gitignore was written
    gone,        // it was itself removed, moved or unmounted; it is no longer watched
    everything,  // events were lost: any directory may have changed (the path is empty)
  };

  DirectoryWatcher();
  ~DirectoryWatcher();
  DirectoryWatcher(const DirectoryWatcher&) = delete;
  DirectoryWatcher& operator=(const DirectoryWatcher&) = delete;

  /// Readable when there is something to read(); -1 when inotify is not to be had.
  int descriptor() const noexcept { return descriptor_; }
  /// `path` names the directory in reports; watching it again is no error. An errno; ENOSPC: the system's limit of
  /// watches.
  int watch(const std::string& path, const std::string& absolute);
  void unwatch(const std::string& path);
  void clear();
  /// Reports what happened since the last call, a directory possibly more than once.
  void read(const std::function<void(const std::string& path, Change change)>& report);

 private:
  int descriptor_;
  std::unordered_map<std::string, int> by_path_;
  /// Several paths lead to one directory where symbolic links do.
  std::unordered_map<int, std::set<std::string>> by_watch_;
};

}  // namespace symphony::explorer
