#pragma once
// Where large bodies lie while both ends of a connection see them (docs/protocol.md section 4, "Large bodies"). There
// is one arena for each direction. What is in use is known to the sender alone, in memory of its own: nothing the other
// side can write decides where this side writes.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <symphony/ipc/error.h>

#include "shared_memory/region.h"

namespace symphony::ipc {

/// What a frame carries in place of a body that lies in an arena.
struct ArenaReference {
  static constexpr std::size_t encoded_bytes = 24;

  std::uint32_t block = 0;
  std::uint32_t generation = 0;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;

  void encode(std::string& out) const;
  /// Nothing when `bytes` has not the length of one.
  static std::optional<ArenaReference> decode(std::string_view bytes);
  /// What a release frame has for an id; never 0, because a generation counts from 1.
  std::uint64_t release_id() const noexcept { return std::uint64_t{generation} << 32U | block; }
};

/// The sender's side. Thread-safe.
class SendingArena : public std::enable_shared_from_this<SendingArena> {
 public:
  explicit SendingArena(SharedRegion region);

  /// Room for a body; returned when the pointer and every message that was sent with it are done with it. Null: none.
  std::shared_ptr<const std::span<char>> allocate(std::size_t bytes);
  /// A reference to `body`, which the receiver must release: where it lies when it is in this arena already, else a
  /// copy. Nothing when there is no room.
  std::optional<ArenaReference> send(std::string_view body);
  /// The receiver is done with a message. False: it never got one with that id, or has released it before.
  bool release(std::uint64_t release_id);
  std::size_t blocks_in_use() const;

 private:
  struct Block {
    std::size_t offset = 0;
    std::size_t bytes = 0;
    std::uint32_t generation = 0;
    std::uint32_t sent = 0;  // messages that are not released
    bool held = false;       // by allocate()'s pointer
    bool used = false;
  };

  std::optional<std::uint32_t> take(std::size_t bytes);
  void give_back(std::uint32_t block);
  ArenaReference reference(std::uint32_t block, std::size_t offset, std::size_t length);

  const SharedRegion region_;
  mutable std::mutex mutex_;
  std::vector<Block> blocks_;
  std::map<std::size_t, std::size_t> free_;         // offset → bytes, never two side by side
  std::map<std::size_t, std::uint32_t> by_offset_;  // of the blocks in use
};

/// The receiver's side. Thread-safe.
class ReceivingArena {
 public:
  explicit ReceivingArena(SharedRegion region) : region_(std::make_shared<SharedRegion>(std::move(region))) {}

  struct Body {
    std::string_view view;
    /// Keeps it readable; `release` is called when the last copy is gone.
    std::shared_ptr<const void> owner;
  };
  /// Errors: parse_error, when the reference names bytes outside the arena or more than a body may have.
  Result<Body> read(const ArenaReference& reference, std::function<void()> release) const;

 private:
  std::shared_ptr<const SharedRegion> region_;
};

}  // namespace symphony::ipc
