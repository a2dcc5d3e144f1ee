#pragma once
// What a stream may hold; limits.h has everything else.

#include <cstddef>

namespace symphony::ipc::limits {

/// Memory of one stream: a power of two, between these.
inline constexpr std::size_t smallest_stream_bytes = 4096;
inline constexpr std::size_t stream_bytes = 256U * 1024U;
inline constexpr std::size_t stream_ring_bytes = 16U * 1024U * 1024U;
inline constexpr std::size_t stream_message_bytes = 1024U * 1024U;
/// Through a socket a message counts this much more than its bytes, so that empty ones are not free.
inline constexpr std::size_t stream_message_overhead = 32;
/// Of one connection, at either end.
inline constexpr std::size_t streams_per_peer = 64;
/// Memory of all streams one connection opened.
inline constexpr std::size_t stream_bytes_per_peer = 64U * 1024U * 1024U;

}  // namespace symphony::ipc::limits
