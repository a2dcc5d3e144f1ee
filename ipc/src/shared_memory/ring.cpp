#include "shared_memory/ring.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace symphony::ipc {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t length_bytes = sizeof(std::uint32_t);
/// How often a reader starts over because the writer of a stream that drops the oldest has overtaken it.
constexpr int longest_chase = 64;
static_assert(sizeof(Ring::Header) <= Ring::header_bytes);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
static_assert(std::endian::native == std::endian::little, "the header's numbers are little-endian");

Error corrupted(const char* what) { return {ErrorCode::data_corrupted, std::string("The stream is broken: ") + what}; }

Error process_gone() { return {ErrorCode::peer_disconnected, "The process at the other end of the stream is gone."}; }

/// In a stream that drops the oldest a reader may copy what is being overwritten; it finds that afterwards. The two
/// fences order the copy and the position it is checked with. (The thread sanitizer knows neither fences nor a race
/// that is meant: for it the bytes are copied one by one as atomic ones.)
#if defined(__SANITIZE_THREAD__)
void release_fence() noexcept {}
void acquire_fence() noexcept {}
void copy_bytes(char* to, const char* from, std::size_t count) noexcept {
  for (std::size_t at = 0; at < count; ++at) {
    std::atomic_ref<char>(to[at]).store(
        std::atomic_ref<char>(const_cast<char&>(from[at])).load(std::memory_order_acquire), std::memory_order_release);
  }
}
#else
void release_fence() noexcept { std::atomic_thread_fence(std::memory_order_release); }
void acquire_fence() noexcept { std::atomic_thread_fence(std::memory_order_acquire); }
void copy_bytes(char* to, const char* from, std::size_t count) noexcept { std::memcpy(to, from, count); }
#endif

/// The sleeper announces itself, looks once more, then sleeps; the waker publishes, then looks for sleepers. With
/// sequential consistency one of the two sees the other.
template <class Ready>
StreamEvent sleep_until(SharedWord& sleeps, const std::atomic<bool>& gave_up, Clock::time_point until,
                        const Ready& ready) {
  if (until == Clock::time_point::min()) {
    return ready() ? StreamEvent::done : StreamEvent::timed_out;
  }
  for (;;) {
    sleeps.store(Ring::on_futex);
    if (ready()) {
      sleeps.store(Ring::awake, std::memory_order_relaxed);
      return StreamEvent::done;
    }
    if (gave_up.load()) {
      return StreamEvent::ended;
    }
    if (!wait_on(sleeps, Ring::on_futex, until)) {
      return ready() ? StreamEvent::done : StreamEvent::timed_out;
    }
  }
}

void wake(SharedWord& sleeps, const std::function<void()>& bell) {
  if (sleeps.load() == Ring::awake) {
    return;
  }
  const std::uint32_t how = sleeps.exchange(Ring::awake);
  if (how == Ring::until_bell && bell) {
    bell();
  } else if (how != Ring::awake) {
    wake_all(sleeps);
  }
}

/// Wakes a futex, whatever is written there: for what must be heard also by who never set its word.
void wake_surely(SharedWord& sleeps) noexcept {
  sleeps.store(Ring::awake);
  wake_all(sleeps);
}

void give_up_on(std::atomic<bool>& gave_up, SharedWord& sleeps) noexcept {
  gave_up.store(true);
  wake_surely(sleeps);
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
  char* const data = memory_ + header_bytes;
  const std::size_t at = position & (capacity() - 1);
  const std::size_t first = std::min(bytes.size(), capacity() - at);
  copy_bytes(data + at, bytes.data(), first);
  copy_bytes(data, bytes.data() + first, bytes.size() - first);
}

void Ring::copy_out(std::uint64_t position, char* bytes, std::size_t count) const noexcept {
  const char* const data = memory_ + header_bytes;
  const std::size_t at = position & (capacity() - 1);
  const std::size_t first = std::min(count, capacity() - at);
  copy_bytes(bytes, data + at, first);
  copy_bytes(bytes + first, data, count - first);
}

void RingWriter::end() noexcept {
  Ring::Header& header = ring_.header();
  header.ended.store(Ring::as_meant);
  wake_surely(header.reader_sleeps);
}

void RingWriter::make_room(std::size_t size) {
  const std::uint64_t written = written_.load(std::memory_order_relaxed);
  if (written + size - oldest_ <= ring_.capacity()) {
    return;
  }
  const std::uint64_t read = ring_.header().read.load(std::memory_order_relaxed);  // for the count only
  while (written + size - oldest_ > ring_.capacity()) {
    if (oldest_ >= read) {
      dropped_.fetch_add(1, std::memory_order_relaxed);
    }
    oldest_ += sizes_.front();
    sizes_.pop_front();
  }
  ring_.header().oldest.store(oldest_);
  release_fence();
}

Result<StreamEvent> RingWriter::wait_for_room(std::size_t size, Clock::time_point until) {
  Ring::Header& header = ring_.header();
  const std::uint64_t written = written_.load(std::memory_order_relaxed);
  // What the reader says it has read is only believed where it is possible.
  std::uint64_t unread = written - header.read.load(std::memory_order_acquire);
  const auto ready = [&] {
    const bool abandoned = header.abandoned.load() != Ring::here;
    unread = written - header.read.load();
    return abandoned || unread > ring_.capacity() || unread + size <= ring_.capacity();
  };
  if (unread + size > ring_.capacity() && unread <= ring_.capacity()) {
    if (const StreamEvent event = sleep_until(header.writer_sleeps, gave_up_, until, ready);
        event != StreamEvent::done) {
      return event;
    }
    if (unread + size > ring_.capacity() && unread <= ring_.capacity()) {
      return StreamEvent::ended;
    }
  }
  if (unread > ring_.capacity()) {
    return corrupted("its reader has a position that is not possible.");
  }
  return StreamEvent::done;
}

Result<StreamEvent> RingWriter::send(std::string_view message, Clock::time_point until) {
  const std::size_t size = length_bytes + message.size();
  if (message.size() > limits::stream_message_bytes || size > ring_.capacity()) {
    return Error{ErrorCode::payload_too_large,
                 "The message is larger than the stream takes.",
                 {{"limit", std::min(limits::stream_message_bytes, ring_.capacity() - length_bytes)}}};
  }
  Ring::Header& header = ring_.header();
  StreamEvent room = StreamEvent::done;
  if (gave_up_.load(std::memory_order_relaxed) || header.abandoned.load(std::memory_order_relaxed) != Ring::here) {
    room = StreamEvent::ended;
  } else if (when_full_ == WhenFull::drop_oldest) {
    make_room(size);
    sizes_.push_back(static_cast<std::uint32_t>(size));
  } else if (const auto waited = wait_for_room(size, until)) {
    room = *waited;
  } else {
    return waited.error();
  }
  if (room == StreamEvent::ended && header.abandoned.load() == Ring::with_its_process) {
    return process_gone();
  }
  if (room != StreamEvent::done) {
    return room;
  }
  const auto length = static_cast<std::uint32_t>(message.size());
  const std::uint64_t written = written_.load(std::memory_order_relaxed);
  ring_.copy_in(written, {reinterpret_cast<const char*>(&length), length_bytes});
  ring_.copy_in(written + length_bytes, message);
  written_.store(written + size, std::memory_order_relaxed);
  header.written.store(written + size);
  wake(header.reader_sleeps, bell_);
  return StreamEvent::done;
}

bool RingWriter::room_or_bell(std::size_t message) {
  Ring::Header& header = ring_.header();
  header.writer_sleeps.store(Ring::until_bell);
  const std::uint64_t unread = written_.load(std::memory_order_relaxed) - header.read.load();
  const bool ready = when_full_ == WhenFull::drop_oldest || gave_up_.load() || header.abandoned.load() != Ring::here ||
                     unread > ring_.capacity() || unread + length_bytes + message <= ring_.capacity();
  if (ready) {
    header.writer_sleeps.store(Ring::awake, std::memory_order_relaxed);
  }
  return ready;
}

void RingWriter::give_up() noexcept { give_up_on(gave_up_, ring_.header().writer_sleeps); }

void RingReader::end() noexcept {
  Ring::Header& header = ring_.header();
  header.abandoned.store(Ring::as_meant);
  wake_surely(header.writer_sleeps);
}

bool RingReader::still_there() {
  if (when_full_ != WhenFull::drop_oldest) {
    return true;
  }
  acquire_fence();
  // Never back: the position is only believed where it moves on.
  const std::uint64_t oldest = ring_.header().oldest.load();
  if (oldest <= read_) {
    return true;
  }
  dropped_.fetch_add(1, std::memory_order_relaxed);
  read_ = oldest;
  return false;
}

Error RingReader::broken(const char* what) {
  broken_ = corrupted(what);
  return *broken_;
}

Result<StreamEvent> RingReader::receive(std::string& message, Clock::time_point until) {
  if (broken_) {
    return *broken_;
  }
  Ring::Header& header = ring_.header();
  for (int chase = 0; chase < longest_chase; ++chase) {
    std::uint64_t available = header.written.load(std::memory_order_acquire) - read_;
    if (available == 0) {
      std::uint32_t ended = Ring::here;
      const auto ready = [&] {
        // The end is looked at first: what was written before it is then seen.
        ended = header.ended.load();
        available = header.written.load() - read_;
        return available != 0 || ended != Ring::here;
      };
      if (const StreamEvent event = sleep_until(header.reader_sleeps, gave_up_, until, ready);
          event != StreamEvent::done) {
        return event;
      }
      if (available == 0) {
        return ended == Ring::with_its_process ? Result<StreamEvent>(process_gone()) : StreamEvent::ended;
      }
    }
    if (!still_there()) {
      continue;
    }
    std::uint32_t length = 0;
    ring_.copy_out(read_, reinterpret_cast<char*>(&length), length_bytes);
    if (!still_there()) {
      continue;
    }
    if (available > ring_.capacity() || available < length_bytes) {
      return broken("its writer has a position that is not possible.");
    }
    if (length > limits::stream_message_bytes || length > available - length_bytes) {
      return broken("a message is longer than what was written.");
    }
    message.resize(length);
    ring_.copy_out(read_ + length_bytes, message.data(), length);
    if (!still_there()) {
      continue;
    }
    const std::uint64_t after = read_.load(std::memory_order_relaxed) + length_bytes + length;
    read_.store(after, std::memory_order_relaxed);
    header.read.store(after);
    // A writer that waits is not woken for every message, but once there is room for some.
    if (available - length_bytes - length <= ring_.capacity() / 4 * 3) {
      wake(header.writer_sleeps, bell_);
    }
    return StreamEvent::done;
  }
  return StreamEvent::timed_out;  // the writer is too fast; there will be something the next time
}

bool RingReader::ready_or_bell() {
  Ring::Header& header = ring_.header();
  header.reader_sleeps.store(Ring::until_bell);
  const bool ready = header.ended.load() != Ring::here || header.written.load() != read_ || gave_up_.load();
  if (ready) {
    header.reader_sleeps.store(Ring::awake, std::memory_order_relaxed);
  }
  return ready;
}

void RingReader::give_up() noexcept { give_up_on(gave_up_, ring_.header().reader_sleeps); }

void writer_is_gone(const Ring& ring) noexcept {
  std::uint32_t here = Ring::here;
  ring.header().ended.compare_exchange_strong(here, Ring::with_its_process);
  wake_surely(ring.header().reader_sleeps);
}

void reader_is_gone(const Ring& ring) noexcept {
  std::uint32_t here = Ring::here;
  ring.header().abandoned.compare_exchange_strong(here, Ring::with_its_process);
  wake_surely(ring.header().writer_sleeps);
}

}  // namespace symphony::ipc
