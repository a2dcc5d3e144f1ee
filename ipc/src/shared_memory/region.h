#pragma once
// Memory two processes see at once. How it is made and handed over is the platform's part (region_linux.cpp).

#include <cstddef>
#include <cstdint>
#include <span>

#include <symphony/descriptor/descriptor.h>
#include <symphony/ipc/error.h>

namespace symphony::ipc {

/// Owns the mapping; the descriptor may be given away, the mapping stays.
class SharedRegion {
 public:
  enum class Access : std::uint8_t { read, read_write };

  SharedRegion() = default;
  SharedRegion(SharedRegion&& other) noexcept;
  SharedRegion& operator=(SharedRegion&& other) noexcept;
  SharedRegion(const SharedRegion&) = delete;
  SharedRegion& operator=(const SharedRegion&) = delete;
  ~SharedRegion();

  /// Of zeros, of a size nobody can change any more. Pages are taken from the system when they are first written.
  /// Errors: resource_exhausted.
  static Result<SharedRegion> create(std::size_t bytes);
  /// What another process sent. A region that is not exactly `bytes` long, or that its sender could still cut short (a
  /// read past the new end would end this process), is refused. Errors: invalid_request.
  static Result<SharedRegion> open(Descriptor descriptor, std::size_t bytes, Access access);

  std::span<char> bytes() const noexcept { return {data_, size_}; }
  const Descriptor& descriptor() const noexcept { return descriptor_; }
  void close_descriptor() noexcept { descriptor_.reset(); }

 private:
  static Result<SharedRegion> map(Descriptor descriptor, std::size_t bytes, Access access);

  Descriptor descriptor_;
  char* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace symphony::ipc
