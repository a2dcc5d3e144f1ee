#include "artifact_store/text_file.h"

#include <fcntl.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>

#include <symphony/descriptor/descriptor.h>

namespace symphony::pit {

namespace {

/// Appends up to `wanted` bytes; false on an error.
bool read_more(int descriptor, std::string& text, std::size_t wanted) {
  const std::size_t before = text.size();
  text.resize(before + wanted);
  std::size_t filled = before;
  while (filled < text.size()) {
    const ssize_t count = ::read(descriptor, text.data() + filled, text.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  text.resize(filled);
  return true;
}

FileKind kind_of_failure() {
  if (errno == ENOENT || errno == ENOTDIR) return FileKind::missing;
  return errno == ELOOP ? FileKind::symbolic_link : FileKind::unreadable;
}

FileKind read_regular(int descriptor, std::int64_t size, std::string& text) {
  text.reserve(static_cast<std::size_t>(size) + 1);
  if (!read_more(descriptor, text, std::min<std::size_t>(binary_test_bytes, static_cast<std::size_t>(size) + 1)))
    return FileKind::unreadable;
  if (std::memchr(text.data(), 0, std::min(text.size(), binary_test_bytes)) != nullptr) return FileKind::binary;
  // One byte more than expected tells a file that grew meanwhile.
  std::size_t wanted = static_cast<std::size_t>(size) + 1 - text.size();
  while (wanted > 0) {
    const std::size_t before = text.size();
    if (!read_more(descriptor, text, wanted)) return FileKind::unreadable;
    if (static_cast<std::int64_t>(text.size()) > largest_indexed_file) return FileKind::large;
    if (text.size() < before + wanted) break;
    wanted = 1 << 16;
  }
  // Small files were not yet tested as far as the rule goes.
  if (std::memchr(text.data(), 0, std::min(text.size(), binary_test_bytes)) != nullptr) return FileKind::binary;
  return FileKind::text;
}

}  // namespace

FileStamp stamp_of(const struct stat& info) noexcept {
  return {info.st_size, std::int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec, info.st_ino};
}

FileKind kind_of(const struct stat& info) noexcept {
  if (S_ISLNK(info.st_mode)) return FileKind::symbolic_link;
  if (S_ISDIR(info.st_mode)) return FileKind::directory;
  if (!S_ISREG(info.st_mode)) return FileKind::special;
  return info.st_size > largest_indexed_file ? FileKind::large : FileKind::text;
}

TextFile read_text_file(const std::string& path) {
  TextFile file;
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) {
    file.kind = kind_of_failure();
    return file;
  }
  file.stamp = stamp_of(info);
  file.kind = kind_of(info);
  if (file.kind != FileKind::text) return file;
  const Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (!descriptor) {
    file.kind = kind_of_failure();
    return file;
  }
  if (::fstat(descriptor.get(), &info) != 0) {
    file.kind = FileKind::unreadable;
    return file;
  }
  file.stamp = stamp_of(info);
  file.kind = kind_of(info);
  if (file.kind == FileKind::text) file.kind = read_regular(descriptor.get(), info.st_size, file.text);
  if (file.kind != FileKind::text) file.text = {};
  return file;
}

}  // namespace symphony::pit
