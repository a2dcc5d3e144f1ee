#pragma once
// Owns a file descriptor.

#include <unistd.h>

#include <cerrno>
#include <utility>

namespace symphony {

/// Moves, does not copy; closes what it owns. What it is made of is believed to be nobody else's. Not thread-safe.
class Descriptor {
 public:
  Descriptor() = default;
  /// Negative: none, as a system call that failed gives.
  explicit Descriptor(int value) noexcept : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      reset(other.release());
    }
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { reset(); }

  int get() const noexcept { return value_; }
  explicit operator bool() const noexcept { return value_ >= 0; }
  /// The caller closes it from now on.
  int release() noexcept { return std::exchange(value_, -1); }
  /// Closes what it owned; errno stays what it was, so that a reason can still be told.
  void reset(int value = -1) noexcept {
    if (const int old = std::exchange(value_, value); old >= 0) {
      const int reason = errno;
      ::close(old);
      errno = reason;
    }
  }

 private:
  int value_ = -1;
};

}  // namespace symphony
