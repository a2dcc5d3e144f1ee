#pragma once
// inotify over every listed directory of a folder.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>

#include <symphony/descriptor/descriptor.h>

namespace symphony::pit {

/// Used by one thread; unread() and descriptor() by any.
class FolderWatch {
 public:
  /// What a batch of events amounts to.
  struct Events {
    /// Called with each path that changed ("" is the folder itself).
    std::function<void(std::string path)> changed;
    /// Events were lost: look at everything again.
    std::function<void()> overflowed;
    /// The folder itself was deleted, moved or unmounted.
    std::function<void()> root_gone;
  };

  explicit FolderWatch(std::string root);
  /// Whether the kernel gave us a watch at all (else limit() tells why not).
  bool works() const noexcept { return static_cast<bool>(inotify_); }
  /// Watches a directory; false when the system's limit is reached. A directory gone meanwhile is no failure.
  bool add(const std::string& directory);
  void remove_below(const std::string& directory);
  bool watches(const std::string& directory) const { return watches_.contains(directory); }
  std::size_t count() const noexcept { return watches_.size(); }
  void read(const Events& events);
  int descriptor() const noexcept { return inotify_.get(); }
  /// Changes the kernel has noted and read() has not.
  bool unread() const noexcept;

 private:
  void forget(int watch);

  std::string root_;
  Descriptor inotify_;
  std::unordered_map<int, std::string> paths_;
  std::map<std::string, int> watches_;
};

}  // namespace symphony::pit
