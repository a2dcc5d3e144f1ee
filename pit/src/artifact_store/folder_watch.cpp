#include "artifact_store/folder_watch.h"

#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <array>
#include <cerrno>
#include <cstring>

namespace symphony::pit {

namespace {

constexpr std::uint32_t watched_events = IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_CREATE | IN_DELETE |
                                         IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR |
                                         IN_DONT_FOLLOW | IN_EXCL_UNLINK;

}  // namespace

FolderWatch::FolderWatch(std::string root)
    : root_(std::move(root)), inotify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}

bool FolderWatch::add(const std::string& directory) {
  if (!inotify_) return false;
  const std::string path = directory.empty() ? root_ : root_ + "/" + directory;
  const int watch = ::inotify_add_watch(inotify_.get(), path.c_str(), watched_events);
  if (watch < 0) return errno != ENOSPC && errno != ENOMEM;
  // A directory that was renamed keeps its watch: it only has another name now.
  std::string& known = paths_[watch];
  if (known != directory || !watches_.contains(directory)) {
    if (const auto old = watches_.find(known); old != watches_.end() && old->second == watch) watches_.erase(old);
    known = directory;
    watches_[directory] = watch;
  }
  return true;
}

void FolderWatch::forget(int watch) {
  const auto path = paths_.find(watch);
  if (path == paths_.end()) return;
  if (const auto known = watches_.find(path->second); known != watches_.end() && known->second == watch)
    watches_.erase(known);
  paths_.erase(path);
}

void FolderWatch::remove_below(const std::string& directory) {
  const std::string prefix = directory + "/";
  auto at = watches_.lower_bound(directory);
  while (at != watches_.end() && (at->first == directory || at->first < directory + "0")) {
    if (at->first == directory || at->first.starts_with(prefix)) {
      ::inotify_rm_watch(inotify_.get(), at->second);
      paths_.erase(at->second);
      at = watches_.erase(at);
    } else {
      ++at;
    }
  }
}

bool FolderWatch::unread() const noexcept {
  int bytes = 0;
  return inotify_ && ::ioctl(inotify_.get(), FIONREAD, &bytes) == 0 && bytes > 0;
}

void FolderWatch::read(const Events& events) {
  alignas(inotify_event) std::array<char, 64 * 1024> buffer;
  while (true) {
    const ssize_t count = ::read(inotify_.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    for (std::size_t at = 0; at < static_cast<std::size_t>(count);) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const char* name = buffer.data() + at + sizeof event;
      at += sizeof event + event.len;
      if ((event.mask & IN_Q_OVERFLOW) != 0) {
        events.overflowed();
        continue;
      }
      const auto known = paths_.find(event.wd);
      if (known == paths_.end()) continue;
      const std::string directory = known->second;
      if ((event.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED)) != 0) {
        // A directory below the folder is told by its parent's event; the folder has only itself.
        if (directory.empty()) events.root_gone();
        if ((event.mask & IN_IGNORED) != 0) forget(event.wd);
        continue;
      }
      if (event.len == 0) {
        // Its own attributes: it may have become readable.
        if (!directory.empty() || (event.mask & IN_ATTRIB) != 0) events.changed(directory);
        continue;
      }
      events.changed(directory.empty() ? std::string(name) : directory + "/" + name);
    }
  }
}

}  // namespace symphony::pit
