#include "artifact_store/pack_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "artifact_store/durable.h"

namespace symphony::pit {

namespace {

using ipc::Error;
using ipc::ErrorCode;

constexpr mode_t only_the_user = 0600;
/// So much is written before the kernel is asked to bring it to the disk, so that little is left for the end.
constexpr std::int64_t written_at_once = 8 << 20;

}  // namespace

std::filesystem::path pack_file(const std::filesystem::path& packs, std::int64_t pack) {
  return packs / (std::to_string(pack) + ".pack");
}

ipc::Result<PackWriter> PackWriter::create(const std::filesystem::path& packs, std::int64_t pack) {
  std::error_code ignored;
  // What went wrong is said when opening.
  if (std::filesystem::create_directories(packs, ignored)) synchronise_directory(packs.parent_path());
  std::filesystem::path file = pack_file(packs, pack);
  Descriptor descriptor(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, only_the_user));
  if (!descriptor) return ipc::io_error("The file cannot be written", file.string(), errno);
  return PackWriter(std::move(file), pack, std::move(descriptor));
}

PackWriter::~PackWriter() {
  if (descriptor_) ::unlink(file_.c_str());
}

ipc::Result<std::int64_t> PackWriter::append(std::string_view bytes) {
  const std::int64_t at = size_;
  if (const int error = write_all(descriptor_.get(), bytes); error != 0)
    return ipc::io_error("The file cannot be written", file_.string(), error);
  size_ += static_cast<std::int64_t>(bytes.size());
  if (size_ - written_ >= written_at_once) {
    // Only begun: what goes wrong is met again by synchronise().
    ::sync_file_range(descriptor_.get(), written_, size_ - written_, SYNC_FILE_RANGE_WRITE);
    written_ = size_;
  }
  return at;
}

ipc::Result<void> PackWriter::synchronise() {
  if (::fsync(descriptor_.get()) != 0) return ipc::io_error("The file cannot be written", file_.string(), errno);
  struct stat written {};
  struct stat named {};
  // A damaged database may have been set aside meanwhile, and its packs with it.
  if (::fstat(descriptor_.get(), &written) != 0 || ::stat(file_.c_str(), &named) != 0 || written.st_ino != named.st_ino)
    return ipc::io_error("The file is not there any more", file_.string(), ENOENT);
  synchronise_directory(file_.parent_path());
  return {};
}

ipc::Result<std::string> read_pack(const std::filesystem::path& file, std::int64_t at, std::size_t size) {
  const Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!descriptor) return ipc::io_error("The file cannot be read", file.string(), errno);
  std::string bytes(size, '\0');
  std::size_t got = 0;
  while (got < size) {
    const ssize_t count =
        ::pread(descriptor.get(), bytes.data() + got, size - got, static_cast<off_t>(at) + static_cast<off_t>(got));
    if (count == 0)
      return Error{ErrorCode::data_corrupted, "The file is shorter than it was.", {{"path", file.string()}}};
    if (count < 0 && errno != EINTR) return ipc::io_error("The file cannot be read", file.string(), errno);
    if (count > 0) got += static_cast<std::size_t>(count);
  }
  return bytes;
}

void release_gaps(const std::filesystem::path& file,
                  const std::vector<std::pair<std::int64_t, std::int64_t>>& used) noexcept {
  const Descriptor descriptor(::open(file.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
  struct stat about {};
  if (!descriptor || ::fstat(descriptor.get(), &about) != 0) return;
  std::int64_t end = 0;
  const auto release_until = [&](std::int64_t begin) {
    if (begin > end) {
      [[maybe_unused]] const int ignored =
          ::fallocate(descriptor.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, end, begin - end);
    }
  };
  for (const auto& [at, size] : used) {
    release_until(at);
    end = at + size;
  }
  release_until(about.st_size);
}

}  // namespace symphony::pit
