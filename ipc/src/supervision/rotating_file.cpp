#include "rotating_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace symphony::ipc {

RotatingFile::RotatingFile(std::filesystem::path path, std::uint64_t limit) : path_(std::move(path)), limit_(limit) {
  open();
}

void RotatingFile::open() {
  // Not through a link: the folder may be one that others write to.
  file_.reset(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  struct stat now {};
  size_ = file_ && ::fstat(file_.get(), &now) == 0 ? static_cast<std::uint64_t>(now.st_size) : 0;
}

void RotatingFile::append(std::string_view text) {
  if (!file_) {
    open();
  }
  if (size_ + text.size() > limit_) {
    std::filesystem::path old = path_;
    old += ".1";
    std::error_code error;
    std::filesystem::rename(path_, old, error);
    if (error && file_ && ::ftruncate(file_.get(), 0) != 0) {
      return;  // neither moved nor emptied: nothing more is written
    }
    open();
  }
  while (file_ && !text.empty()) {
    const ssize_t written = ::write(file_.get(), text.data(), text.size());
    if (written < 0) {
      if (errno == EINTR) {
        continue;
      }
      return;
    }
    size_ += static_cast<std::uint64_t>(written);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace symphony::ipc
