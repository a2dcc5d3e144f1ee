#include "small_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace symphony::explorer {

std::optional<std::string> read_small_file(const std::string& path, std::size_t limit) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor < 0) return std::nullopt;
  std::optional<std::string> contents;
  struct stat status {};
  if (::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode)) {
    // One byte more than it should have, to see when it has grown beyond the limit.
    contents.emplace(std::min(limit, static_cast<std::size_t>(status.st_size)) + 1, '\0');
    std::size_t filled = 0;
    while (filled < contents->size()) {
      const ssize_t count = ::read(descriptor, contents->data() + filled, contents->size() - filled);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) contents.reset();
      if (count <= 0) break;
      filled += static_cast<std::size_t>(count);
    }
    if (contents && filled > limit) contents.reset();
    if (contents) contents->resize(filled);
  }
  ::close(descriptor);
  return contents;
}

}  // namespace symphony::explorer
