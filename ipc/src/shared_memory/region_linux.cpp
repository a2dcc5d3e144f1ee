#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "shared_memory/region.h"

namespace symphony::ipc {

SharedRegion::SharedRegion(SharedRegion&& other) noexcept
    : descriptor_(std::move(other.descriptor_)),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

SharedRegion& SharedRegion::operator=(SharedRegion&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

SharedRegion::~SharedRegion() {
  if (data_ != nullptr) {
    ::munmap(data_, size_);
  }
}

Result<SharedRegion> SharedRegion::map(Descriptor descriptor, std::size_t bytes, Access access) {
  const int protection = access == Access::read ? PROT_READ : PROT_READ | PROT_WRITE;
  void* const data = ::mmap(nullptr, bytes, protection, MAP_SHARED, descriptor.get(), 0);
  if (data == MAP_FAILED) {
    return io_error("Shared memory cannot be mapped", "", errno);
  }
  SharedRegion region;
  region.descriptor_ = std::move(descriptor);
  region.data_ = static_cast<char*>(data);
  region.size_ = bytes;
  return region;
}

Result<SharedRegion> SharedRegion::create(std::size_t bytes) {
  Descriptor descriptor(::memfd_create("symphony", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!descriptor || ::ftruncate(descriptor.get(), static_cast<off_t>(bytes)) != 0 ||
      ::fcntl(descriptor.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    return io_error("Shared memory cannot be made", "", errno);
  }
  return map(std::move(descriptor), bytes, Access::read_write);
}

Result<SharedRegion> SharedRegion::open(Descriptor descriptor, std::size_t bytes, Access access) {
  struct stat status {};
  const int seals = ::fcntl(descriptor.get(), F_GET_SEALS);
  if (seals < 0 || (seals & F_SEAL_SHRINK) == 0) {
    return Error{ErrorCode::invalid_request, "The shared memory is not sealed against being cut short."};
  }
  if (::fstat(descriptor.get(), &status) != 0 || status.st_size < 0 ||
      static_cast<std::uint64_t>(status.st_size) != bytes || bytes == 0) {
    return Error{ErrorCode::invalid_request, "The shared memory is not of the size that was announced."};
  }
  return map(std::move(descriptor), bytes, access);
}

}  // namespace symphony::ipc
