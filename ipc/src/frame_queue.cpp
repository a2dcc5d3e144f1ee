#include "frame_queue.h"

#include <algorithm>
#include <utility>

namespace symphony::ipc {
namespace {

/// A body that has an owner is worth a copy up to this size.
constexpr std::size_t largest_copied = 1024;
/// A run is not filled beyond this.
constexpr std::size_t run_bytes = std::size_t{32} * 1024;
/// What an empty run may keep.
constexpr std::size_t spare_bytes = 2 * run_bytes;

void give_back(const FrameQueue::Note& note, std::size_t bytes) {
  if (note.account) {
    note.account->give_back(bytes);
  }
}

}  // namespace

FrameQueue::Run& FrameQueue::run_for(std::size_t size) {
  if (!runs_.empty() && !runs_.back().body && runs_.back().bytes.size() + size <= run_bytes) {
    return runs_.back();
  }
  return runs_.emplace_back(std::exchange(spare_, {}));
}

void FrameQueue::push(std::string_view head, std::string_view body, std::shared_ptr<const std::string> owner, Note note,
                      std::size_t done) {
  const std::size_t size = head.size() + body.size();
  if (note.account) {
    note.account->charge(size);
  }
  const bool shared = owner && body.size() > largest_copied;
  begun_ = begun_ || done > 0;  // only the first frame of all is ever pushed with something done
  Run& run = shared ? runs_.emplace_back() : run_for(size);
  run.done += done;
  run.bytes.append(head);
  if (shared) {
    run.body = std::move(owner);
  } else {
    run.bytes.append(body);
  }
  run.entries.push_back({std::move(note), size, size - done});
  ++frames_;
  bytes_ += size - done;
}

std::size_t FrameQueue::Run::gather(std::span<iovec> parts, std::size_t begin, std::size_t end) const {
  std::size_t count = 0;
  const auto add = [&](std::string_view whole, std::size_t from, std::size_t to) {
    from = std::min(from, whole.size());
    to = std::min(to, whole.size());
    if (from < to && count < parts.size()) {
      parts[count++] = {const_cast<char*>(whole.data()) + from, to - from};
    }
  };
  add(bytes, begin, end);
  if (body) {
    const std::size_t head = bytes.size();
    add(*body, begin - std::min(begin, head), end - std::min(end, head));
  }
  return count;
}

std::size_t FrameQueue::gather_front(std::span<iovec> parts) const {
  const Run& run = runs_.front();
  return run.gather(parts, run.done, run.done + run.front().left);
}

std::size_t FrameQueue::gather(std::span<iovec> parts, bool without_front) const {
  std::size_t count = 0;
  for (const Run& run : runs_) {
    const std::size_t skipped = std::exchange(without_front, false) ? run.front().left : 0;
    count += run.gather(parts.subspan(count), run.done + skipped, run.size());
    if (count == parts.size()) {
      break;
    }
  }
  return count;
}

void FrameQueue::took(std::size_t written) {
  bytes_ -= written;
  while (written > 0) {
    Run& run = runs_.front();
    Entry& entry = run.front();
    const std::size_t part = std::min(written, entry.left);
    entry.left -= part;
    run.done += part;
    written -= part;
    begun_ = entry.left > 0;
    if (begun_) {
      return;
    }
    give_back(entry.note, entry.size);
    --frames_;
    if (++run.first == run.entries.size()) {
      retire(run);
      runs_.pop_front();
    }
  }
}

bool FrameQueue::take_out(std::uint64_t request, Note& note) {
  for (auto run = runs_.begin(); run != runs_.end(); ++run) {
    std::size_t at = run->done;
    for (std::size_t index = run->first; index < run->entries.size(); ++index) {
      Entry& entry = run->entries[index];
      if (entry.note.request != request || entry.left != entry.size) {
        at += entry.left;
        continue;
      }
      give_back(entry.note, entry.size);
      note = std::move(entry.note);
      bytes_ -= entry.size;
      --frames_;
      if (run->entries.size() - run->first == 1) {
        runs_.erase(run);
      } else {
        run->bytes.erase(at, entry.size);
        run->entries.erase(run->entries.begin() + static_cast<std::ptrdiff_t>(index));
      }
      return true;
    }
  }
  return false;
}

void FrameQueue::retire(Run& run) {
  if (run.bytes.capacity() > spare_.bytes.capacity() && run.bytes.capacity() <= spare_bytes) {
    spare_.bytes = std::move(run.bytes);
    spare_.bytes.clear();
    spare_.entries = std::move(run.entries);
    spare_.entries.clear();
  }
}

void FrameQueue::clear() {
  for (const Run& run : runs_) {
    for (std::size_t index = run.first; index < run.entries.size(); ++index) {
      give_back(run.entries[index].note, run.entries[index].size);
    }
  }
  runs_.clear();
  frames_ = 0;
  bytes_ = 0;
  begun_ = false;
}

}  // namespace symphony::ipc
