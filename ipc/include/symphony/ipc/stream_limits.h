#pragma once
// What a stream through shared memory may hold; limits.h has everything else.

#include <cstddef>

namespace symphony::ipc::limits {

/// Memory of one stream: a power of two, at most this.
inline constexpr std::size_t stream_ring_bytes = 16U * 1024U * 1024U;
inline constexpr std::size_t stream_message_bytes = 1024U * 1024U;

}  // namespace symphony::ipc::limits
