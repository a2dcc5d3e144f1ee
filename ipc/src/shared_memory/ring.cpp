#include "shared_memory/ring.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include <symphony/ipc/stream_limits.h>

namespace symphony::ipc {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t length_bytes = sizeof(std::uint32_t);
static_assert(sizeof(Ring::Header) <= Ring::header_bytes);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

Error corrupted(const char* what) { return {ErrorCode::data_corrupted, std::string("The stream is broken: ") + what}; }

/// The sleeper announces itself, looks once more, then sleeps; the waker publishes, then looks for sleepers. With
/// sequential consistency one of the two sees the other.
template <class Ready>
StreamEvent sleep_until(SharedWord& sleeps, const std::atomic<bool>& gave_up, Clock::time_point until,
                        const Ready& ready) {
  for (;;) {
    sleeps.store(1);
    if (ready()) {
      sleeps.store(0, std::memory_order_relaxed);
      return StreamEvent::done;
    }
    if (gave_up.load()) {
      return StreamEvent::ended;
    }
    if (!wait_on(sleeps, 1, until)) {
      return ready() ? StreamEvent::done : StreamEvent::timed_out;
    }
  }
}

void wake(SharedWord& sleeps) {
  if (sleeps.load() != 0 && sleeps.exchange(0) != 0) {
    wake_all(sleeps);
  }
}

void give_up_on(std::atomic<bool>& gave_up, SharedWord& sleeps) noexcept {
  gave_up.store(true);
  sleeps.store(0);
  wake_all(sleeps);
}

}  // namespace

Result<SharedRegion> Ring::make_region(std::size_t capacity) {
  if (!std::has_single_bit(capacity) || capacity < header_bytes || capacity > limits::stream_ring_bytes) {
    return Error{ErrorCode::invalid_request, "A stream's memory must be a power of two within its limits."};
  }
  return SharedRegion::create(header_bytes + capacity);
}

Result<Ring> Ring::over(SharedRegion region) {
  const std::size_t size = region.bytes().size();
  if (size <= header_bytes || !std::has_single_bit(size - header_bytes) ||
      size - header_bytes > limits::stream_ring_bytes) {
    return Error{ErrorCode::invalid_request, "The shared memory is not of the size of a stream."};
  }
  return Ring(std::move(region));
}

void Ring::copy_in(std::uint64_t position, std::string_view bytes) const noexcept {
  char* const data = region_.bytes().data() + header_bytes;
  const std::size_t at = position & (capacity() - 1);
  const std::size_t first = std::min(bytes.size(), capacity() - at);
  std::memcpy(data + at, bytes.data(), first);
  std::memcpy(data, bytes.data() + first, bytes.size() - first);
}

void Ring::copy_out(std::uint64_t position, char* bytes, std::size_t count) const noexcept {
  const char* const data = region_.bytes().data() + header_bytes;
  const std::size_t at = position & (capacity() - 1);
  const std::size_t first = std::min(count, capacity() - at);
  std::memcpy(bytes, data + at, first);
  std::memcpy(bytes + first, data, count - first);
}

RingWriter::~RingWriter() {
  Ring::Header& header = ring_.header();
  header.ended.store(1);
  header.reader_sleeps.store(0);
  wake_all(header.reader_sleeps);
}

Result<StreamEvent> RingWriter::send(std::string_view message, Clock::time_point until) {
  const std::size_t size = length_bytes + message.size();
  if (message.size() > limits::stream_message_bytes || size > ring_.capacity()) {
    return Error{ErrorCode::payload_too_large,
                 "The message is larger than the stream takes.",
                 {{"limit", std::min(limits::stream_message_bytes, ring_.capacity() - length_bytes)}}};
  }
  Ring::Header& header = ring_.header();
  // What the reader says it has read is only believed where it is possible.
  std::uint64_t unread = written_ - header.read.load(std::memory_order_acquire);
  const auto fits = [&] {
    unread = written_ - header.read.load();
    return unread > ring_.capacity() || unread + size <= ring_.capacity();
  };
  if (gave_up_.load(std::memory_order_relaxed)) {
    return StreamEvent::ended;
  }
  if (unread + size > ring_.capacity() && unread <= ring_.capacity()) {
    if (const StreamEvent event = sleep_until(header.writer_sleeps, gave_up_, until, fits);
        event != StreamEvent::done) {
      return event;
    }
  }
  if (unread > ring_.capacity()) {
    return corrupted("its reader has a position that is not possible.");
  }
  const auto length = static_cast<std::uint32_t>(message.size());
  ring_.copy_in(written_, {reinterpret_cast<const char*>(&length), length_bytes});
  ring_.copy_in(written_ + length_bytes, message);
  written_ += size;
  header.written.store(written_);
  wake(header.reader_sleeps);
  return StreamEvent::done;
}

void RingWriter::give_up() noexcept { give_up_on(gave_up_, ring_.header().writer_sleeps); }

Result<StreamEvent> RingReader::receive(std::string& message, Clock::time_point until) {
  Ring::Header& header = ring_.header();
  std::uint64_t available = header.written.load(std::memory_order_acquire) - read_;
  if (available == 0) {
    const auto ready = [&] {
      // The end is looked at first: what was written before it is then seen.
      const bool ended = header.ended.load() != 0;
      available = header.written.load() - read_;
      return available != 0 || ended;
    };
    if (const StreamEvent event = sleep_until(header.reader_sleeps, gave_up_, until, ready);
        event != StreamEvent::done) {
      return event;
    }
    if (available == 0) {
      return StreamEvent::ended;
    }
  }
  if (available > ring_.capacity() || available < length_bytes) {
    return corrupted("its writer has a position that is not possible.");
  }
  std::uint32_t length = 0;
  ring_.copy_out(read_, reinterpret_cast<char*>(&length), length_bytes);
  if (length > limits::stream_message_bytes || length > available - length_bytes) {
    return corrupted("a message is longer than what was written.");
  }
  message.resize(length);
  ring_.copy_out(read_ + length_bytes, message.data(), length);
  read_ += length_bytes + length;
  header.read.store(read_);
  wake(header.writer_sleeps);
  return StreamEvent::done;
}

void RingReader::give_up() noexcept { give_up_on(gave_up_, ring_.header().reader_sleeps); }

}  // namespace symphony::ipc
