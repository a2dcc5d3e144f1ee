#include "outer.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include <array>

namespace symphony::launcher {
namespace {

class Words {
 public:
  void add(const char* word) {
    if (count_ + 1 < words_.size()) {
      words_[count_++] = word;
    } else {
      full_ = true;
    }
  }
  template <class... Word>
  void add(const char* word, Word... others) {
    add(word);
    add(others...);
  }
  bool full() const { return full_; }
  // execve takes what it will not change as char*.
  char* const* get() { return const_cast<char* const*>(words_.data()); }

 private:
  std::array<const char*, 4096> words_{};
  std::size_t count_ = 0;
  bool full_ = false;
};

}  // namespace

sandbox::Failure execute_inside(const sandbox::ProfileView& profile, char* const* command, char* const* environment) {
  static Words words;
  static char launcher[PATH_MAX];
  static char directory[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", launcher, sizeof(launcher) - 1);
  if (length <= 0 || getcwd(directory, sizeof(directory)) == nullptr) {
    return {"cannot find its own place", "", errno};
  }
  words.add(profile.outer, "--die-with-parent", "--unshare-ipc", "--unshare-pid", "--unshare-uts",
            "--unshare-cgroup-try");
  if (!profile.raw_network) {
    words.add("--unshare-net");
  }
  words.add("--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp");
  // What may be written goes on top: it may lie inside what may only be read.
  for (const bool writable : {false, true}) {
    for (std::size_t index = 0; index < profile.tree_count; ++index) {
      const sandbox::Tree& tree = profile.trees[index];
      const bool own = tree.path[1] == 'p' && tree.path[2] == 'r' && tree.path[3] == 'o' && tree.path[4] == 'c';
      const bool device = tree.path[1] == 'd' && tree.path[2] == 'e' && tree.path[3] == 'v';
      if (!own && !device && writable == (tree.access == sandbox::TreeAccess::write)) {
        words.add(writable ? "--bind-try" : "--ro-bind-try", tree.path, tree.path);
      }
    }
  }
  words.add("--ro-bind", launcher, launcher, "--chdir", directory);
  words.add("--", launcher, "--inside", "--reason", "--profile", "--");
  for (; *command != nullptr; ++command) {
    words.add(*command);
  }
  if (words.full()) {
    return {"there are too many words for bubblewrap", "", E2BIG};
  }
  execve(profile.outer, words.get(), environment);
  return {"cannot start ", profile.outer, errno};
}

}  // namespace symphony::launcher
