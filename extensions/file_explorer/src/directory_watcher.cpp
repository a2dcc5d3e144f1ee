#include "directory_watcher.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace symphony::explorer {
namespace {

constexpr std::uint32_t listing_changes = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;
constexpr std::uint32_t gone_changes = IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED;

}  // namespace

DirectoryWatcher::DirectoryWatcher() : descriptor_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}

DirectoryWatcher::~DirectoryWatcher() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

int DirectoryWatcher::watch(const std::string& path, const std::string& absolute) {
  if (descriptor_ < 0) return EMFILE;
  const int watch = ::inotify_add_watch(descriptor_, absolute.c_str(),
                                        listing_changes | IN_DELETE_SELF | IN_MOVE_SELF | IN_CLOSE_WRITE | IN_ONLYDIR);
  if (watch < 0) return errno;
  if (const auto before = by_path_.find(path); before != by_path_.end() && before->second != watch) unwatch(path);
  by_path_[path] = watch;
  by_watch_[watch].insert(path);
  return 0;
}

void DirectoryWatcher::unwatch(const std::string& path) {
  const auto found = by_path_.find(path);
  if (found == by_path_.end()) return;
  const int watch = found->second;
  by_path_.erase(found);
  const auto paths = by_watch_.find(watch);
  if (paths == by_watch_.end()) return;
  paths->second.erase(path);
  if (!paths->second.empty()) return;
  by_watch_.erase(paths);
  ::inotify_rm_watch(descriptor_, watch);
}

void DirectoryWatcher::clear() {
  for (const auto& [watch, paths] : by_watch_)
    ::inotify_rm_watch(descriptor_, watch);
  by_watch_.clear();
  by_path_.clear();
}

void DirectoryWatcher::read(const std::function<void(const std::string&, Change)>& report) {
  alignas(inotify_event) std::array<char, 16 * 1024> buffer;
  while (true) {
    const ssize_t count = ::read(descriptor_, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    for (std::size_t at = 0; at < static_cast<std::size_t>(count);) {
      inotify_event event;
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const std::string_view name(event.len > 0 ? buffer.data() + at + sizeof event : "");
      at += sizeof event + event.len;
      if ((event.mask & IN_Q_OVERFLOW) != 0) {
        report({}, Change::everything);
        continue;
      }
      const auto found = by_watch_.find(event.wd);
      if (found == by_watch_.end()) continue;
      const std::set<std::string> paths = found->second;
      if ((event.mask & gone_changes) != 0) {
        if ((event.mask & IN_IGNORED) != 0) {
          by_watch_.erase(found);
          for (const std::string& path : paths)
            by_path_.erase(path);
        }
        for (const std::string& path : paths)
          report(path, Change::gone);
      } else if ((event.mask & listing_changes) != 0 || name == ".gitignore") {
        for (const std::string& path : paths)
          report(path, Change::entries);
      }
    }
  }
}

}  // namespace symphony::explorer
