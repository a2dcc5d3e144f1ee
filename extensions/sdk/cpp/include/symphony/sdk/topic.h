#pragma once
// Publishing and subscribing: who publishes need not know who listens.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include <symphony/sdk/payload.h>

namespace symphony::sdk {

/// What becomes of messages that are not read in time.
struct TopicOptions {
  enum class WhenFull : std::uint8_t {
    /// The oldest that waits makes room.
    drop_oldest,
    /// Of each topic only the newest ever waits.
    latest_wins,
    /// The extension is disconnected, and so started anew: for what must not miss anything.
    disconnect,
  };
  WhenFull when_full = WhenFull::drop_oldest;
  /// What may wait: 1 KiB to 8 MiB.
  std::size_t queue_bytes = std::size_t{1} << 20U;
};

struct Published {
  std::string topic;
  /// Who published it; filled in by the host.
  std::string source;
  Body body;
};

using OnPublished = std::function<void(const Published&)>;

}  // namespace symphony::sdk
