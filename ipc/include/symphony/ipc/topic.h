#pragma once
// Publishing and subscribing: who wants to hear of a topic says so; who publishes need not know who does.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include <symphony/ipc/error.h>
#include <symphony/ipc/limits.h>

namespace symphony::ipc {

/// What becomes of messages a subscriber does not read in time. Its slowness is nobody else's.
struct TopicPolicy {
  enum class WhenFull : std::uint8_t {
    /// The oldest that waits makes room.
    drop_oldest,
    /// Of each topic only the newest waits, however little does; past the budget also drop_oldest.
    latest_wins,
    /// Its connection is closed: for who would rather begin anew than miss something.
    disconnect,
  };
  WhenFull when_full = WhenFull::drop_oldest;
  /// What may wait for it; from limits::smallest_topic_queue_bytes to limits::queued_bytes_per_peer.
  std::size_t queue_bytes = limits::topic_queue_bytes;
};

/// "files.changed" (one topic), "files.*" (every topic that begins with "files."), or "*" (every topic).
/// Errors: invalid_params.
Result<void> check_topic_pattern(std::string_view pattern);
bool topic_matches(std::string_view pattern, std::string_view topic) noexcept;

struct TopicSubscription {
  std::string pattern;
  TopicPolicy policy;
};

/// The parameters of `bus.subscribe` (docs/protocol.md section 12). Errors: invalid_params.
Result<TopicSubscription> read_subscription(const nlohmann::json& params);
nlohmann::json subscription_document(const TopicSubscription& subscription);

}  // namespace symphony::ipc
