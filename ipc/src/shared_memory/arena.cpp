#include "shared_memory/arena.h"

#include <algorithm>
#include <cstring>

#include <symphony/ipc/limits.h>

namespace symphony::ipc {
namespace {

/// Blocks begin on pages of their own: a receiver's cache lines are nobody else's.
constexpr std::size_t page = 4096;

template <class Integer>
void append_little_endian(Integer value, std::string& out) {
  for (std::size_t byte = 0; byte < sizeof value; ++byte) {
    out += static_cast<char>(static_cast<unsigned char>(value >> (8U * byte)));
  }
}

template <class Integer>
Integer load_little_endian(const char* at) {
  Integer value = 0;
  for (std::size_t byte = 0; byte < sizeof value; ++byte) {
    value = static_cast<Integer>(value | static_cast<Integer>(static_cast<unsigned char>(at[byte])) << (8U * byte));
  }
  return value;
}

}  // namespace

void ArenaReference::encode(std::string& out) const {
  append_little_endian(block, out);
  append_little_endian(generation, out);
  append_little_endian(offset, out);
  append_little_endian(length, out);
}

std::optional<ArenaReference> ArenaReference::decode(std::string_view bytes) {
  if (bytes.size() != encoded_bytes) {
    return std::nullopt;
  }
  ArenaReference reference;
  reference.block = load_little_endian<std::uint32_t>(bytes.data());
  reference.generation = load_little_endian<std::uint32_t>(bytes.data() + 4);
  reference.offset = load_little_endian<std::uint64_t>(bytes.data() + 8);
  reference.length = load_little_endian<std::uint64_t>(bytes.data() + 16);
  return reference;
}

SendingArena::SendingArena(SharedRegion region) : region_(std::move(region)) {
  free_.emplace(0, region_.bytes().size());
}

std::optional<std::uint32_t> SendingArena::take(std::size_t bytes) {
  const std::size_t wanted = (bytes + page - 1) / page * page;
  const auto room =
      std::find_if(free_.begin(), free_.end(), [wanted](const auto& part) { return part.second >= wanted; });
  if (bytes == 0 || wanted < bytes || room == free_.end()) {
    return std::nullopt;
  }
  const auto unused = std::find_if(blocks_.begin(), blocks_.end(), [](const Block& block) { return !block.used; });
  if (unused == blocks_.end() && blocks_.size() >= limits::arena_blocks) {
    return std::nullopt;
  }
  const auto index = static_cast<std::uint32_t>(unused - blocks_.begin());
  if (unused == blocks_.end()) {
    blocks_.emplace_back();
  }
  Block& block = blocks_[index];
  const auto [offset, size] = *room;
  free_.erase(room);
  if (size > wanted) {
    free_.emplace(offset + wanted, size - wanted);
  }
  block.offset = offset;
  block.bytes = wanted;
  block.used = true;
  block.generation += block.generation + 1 == 0 ? 2 : 1;  // 0 would make an id of 0
  by_offset_.emplace(offset, index);
  return index;
}

void SendingArena::give_back(std::uint32_t index) {
  Block& block = blocks_[index];
  if (block.held || block.sent > 0 || !block.used) {
    return;
  }
  block.used = false;
  by_offset_.erase(block.offset);
  auto [part, added] = free_.emplace(block.offset, block.bytes);
  if (const auto after = std::next(part); after != free_.end() && part->first + part->second == after->first) {
    part->second += after->second;
    free_.erase(after);
  }
  if (part != free_.begin()) {
    if (const auto before = std::prev(part); before->first + before->second == part->first) {
      before->second += part->second;
      free_.erase(part);
    }
  }
}

ArenaReference SendingArena::reference(std::uint32_t index, std::size_t offset, std::size_t length) {
  Block& block = blocks_[index];
  ++block.sent;
  return {index, block.generation, offset, length};
}

std::shared_ptr<const std::span<char>> SendingArena::allocate(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  const auto index = take(bytes);
  if (!index) {
    return nullptr;
  }
  Block& block = blocks_[*index];
  block.held = true;
  return {new std::span<char>(region_.bytes().subspan(block.offset, bytes)),
          [self = shared_from_this(), index = *index](const std::span<char>* span) {
            delete span;
            const std::lock_guard guard(self->mutex_);
            self->blocks_[index].held = false;
            self->give_back(index);
          }};
}

std::optional<ArenaReference> SendingArena::send(std::string_view body) {
  const std::span<char> all = region_.bytes();
  const auto start = reinterpret_cast<std::uintptr_t>(all.data());
  const auto at = reinterpret_cast<std::uintptr_t>(body.data());
  std::uint32_t index = 0;
  {
    const std::lock_guard lock(mutex_);
    if (at >= start && at - start < all.size()) {
      // The caller holds what it sends, so the block is in use and the body inside it.
      const std::size_t offset = at - start;
      return reference(std::prev(by_offset_.upper_bound(offset))->second, offset, body.size());
    }
    const auto taken = take(body.size());
    if (!taken) {
      return std::nullopt;
    }
    index = *taken;
    blocks_[index].held = true;  // while it is written, without the lock
  }
  const std::size_t offset = [&] {
    const std::lock_guard lock(mutex_);
    return blocks_[index].offset;
  }();
  std::memcpy(all.data() + offset, body.data(), body.size());
  const std::lock_guard lock(mutex_);
  blocks_[index].held = false;
  return reference(index, offset, body.size());
}

bool SendingArena::release(std::uint64_t release_id) {
  const auto index = static_cast<std::uint32_t>(release_id);
  const auto generation = static_cast<std::uint32_t>(release_id >> 32U);
  const std::lock_guard lock(mutex_);
  if (index >= blocks_.size() || blocks_[index].generation != generation || blocks_[index].sent == 0) {
    return false;
  }
  --blocks_[index].sent;
  give_back(index);
  return true;
}

std::size_t SendingArena::blocks_in_use() const {
  const std::lock_guard lock(mutex_);
  return by_offset_.size();
}

Result<ReceivingArena::Body> ReceivingArena::read(const ArenaReference& reference,
                                                  std::function<void()> release) const {
  const std::size_t size = region_->bytes().size();
  if (reference.offset > size || reference.length > size - reference.offset || reference.length == 0 ||
      reference.length > limits::shared_body_bytes || reference.generation == 0) {
    return Error{ErrorCode::parse_error, "A body is said to lie outside the shared memory."};
  }
  // One thing keeps both: the memory mapped, and the sender waiting.
  struct Held {
    std::shared_ptr<const SharedRegion> region;
    std::function<void()> release;
    ~Held() { release(); }
  };
  return Body{{region_->bytes().data() + reference.offset, static_cast<std::size_t>(reference.length)},
              std::shared_ptr<const Held>(new Held{region_, std::move(release)})};
}

}  // namespace symphony::ipc
