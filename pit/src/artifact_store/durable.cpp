#include "artifact_store/durable.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include <symphony/descriptor/descriptor.h>

namespace symphony::pit {

namespace {

constexpr mode_t only_the_user = 0600;

}  // namespace

int write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno != EINTR) return errno;
    if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return 0;
}

void synchronise_directory(const std::filesystem::path& directory) {
  // Where a directory cannot be synchronised, the rename still is whole.
  const Descriptor descriptor(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor) ::fsync(descriptor.get());
}

ipc::Result<void> write_durably(const std::filesystem::path& file, std::string_view bytes) {
  std::error_code ignored;
  // What went wrong is said when opening.
  if (std::filesystem::create_directories(file.parent_path(), ignored))
    synchronise_directory(file.parent_path().parent_path());
  std::filesystem::path next = file;
  next += ".next";
  int error = 0;
  {
    const Descriptor descriptor(
        ::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, only_the_user));
    if (!descriptor) return ipc::io_error("The file cannot be written", next.string(), errno);
    error = write_all(descriptor.get(), bytes);
    if (error == 0 && ::fsync(descriptor.get()) != 0) error = errno;
  }
  if (error == 0 && ::rename(next.c_str(), file.c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlink(next.c_str());
    return ipc::io_error("The file cannot be written", file.string(), error);
  }
  synchronise_directory(file.parent_path());
  return {};
}

ipc::Result<std::string> read_whole(const std::filesystem::path& file, std::size_t most) {
  const Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!descriptor) return ipc::io_error("The file cannot be read", file.string(), errno);
  struct stat about {};
  if (::fstat(descriptor.get(), &about) != 0) return ipc::io_error("The file cannot be read", file.string(), errno);
  if (!S_ISREG(about.st_mode) || static_cast<std::uintmax_t>(about.st_size) > most) {
    return ipc::Error{ipc::ErrorCode::data_corrupted, "The file is none of ours.", {{"path", file.string()}}};
  }
  std::string bytes(static_cast<std::size_t>(about.st_size), '\0');
  std::size_t got = 0;
  while (got < bytes.size()) {
    const ssize_t count = ::read(descriptor.get(), bytes.data() + got, bytes.size() - got);
    if (count == 0) break;
    if (count < 0 && errno != EINTR) return ipc::io_error("The file cannot be read", file.string(), errno);
    if (count > 0) got += static_cast<std::size_t>(count);
  }
  bytes.resize(got);
  return bytes;
}

}  // namespace symphony::pit
