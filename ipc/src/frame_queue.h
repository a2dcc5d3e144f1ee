#pragma once
// Frames that wait to be written, of one priority. Small ones lie one behind the other in a run of bytes: many of them
// cost one allocation and one part of a system call.

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "forward_account.h"

namespace symphony::ipc {

/// Not thread-safe.
class FrameQueue {
 public:
  /// What is to be known of a frame while it waits.
  struct Note {
    std::uint64_t request = 0;  // its id, when it is one
    std::uint64_t release = 0;  // of its body in the arena
    /// Charged with its bytes; gets them back when it has left the queue. May be null.
    std::shared_ptr<ForwardAccount> account;
  };

  /// The body is copied, unless `owner` keeps it alive and it is large. `done` bytes are written already.
  void push(std::string_view head, std::string_view body, std::shared_ptr<const std::string> owner, Note note,
            std::size_t done = 0);

  bool empty() const noexcept { return frames_ == 0; }
  std::size_t frames() const noexcept { return frames_; }
  /// Not yet written.
  std::size_t bytes() const noexcept { return bytes_; }
  /// Of the first frame; the queue is not empty.
  std::size_t front_left() const noexcept { return runs_.front().front().left; }
  /// Whether the first frame is partly written.
  bool front_begun() const noexcept { return begun_; }

  /// The first frame's bytes, as many parts as fit.
  std::size_t gather_front(std::span<iovec> parts) const;
  /// The bytes of all frames, or of all but the first one.
  std::size_t gather(std::span<iovec> parts, bool without_front) const;
  /// That many bytes were written from the beginning.
  void took(std::size_t written);
  /// Takes a request that is not begun out of the queue. False: it is not there.
  bool take_out(std::uint64_t request, Note& note);
  void clear();

 private:
  struct Entry {
    Note note;
    std::size_t size = 0;
    std::size_t left = 0;
  };
  struct Run {
    std::string bytes;
    std::shared_ptr<const std::string> body;  // of its only frame
    std::size_t done = 0;
    std::vector<Entry> entries;
    std::size_t first = 0;  // the entries before it are written
    Entry& front() noexcept { return entries[first]; }
    const Entry& front() const noexcept { return entries[first]; }
    std::size_t size() const noexcept { return bytes.size() + (body ? body->size() : 0); }
    /// Its bytes from `begin` to `end`, counted with those that are written.
    std::size_t gather(std::span<iovec> parts, std::size_t begin, std::size_t end) const;
  };

  Run& run_for(std::size_t size);
  void retire(Run& run);

  std::deque<Run> runs_;
  Run spare_;
  std::size_t frames_ = 0;
  std::size_t bytes_ = 0;
  bool begun_ = false;
};

}  // namespace symphony::ipc
