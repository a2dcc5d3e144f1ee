#pragma once
// Where a large content is cut: where its own bytes say so, so that a change in one place changes the chunks around it
// and no others. A gear hash with two masks around the middle size, after W. Xia et al., "FastCDC: a Fast and Efficient
// Content-Defined Chunking Approach for Data Deduplication", USENIX ATC 2016.

#include <cstddef>
#include <string_view>

namespace symphony::pit {

inline constexpr std::size_t least_chunk_bytes = 64U << 10U;
/// Most chunks have about this size.
inline constexpr std::size_t middle_chunk_bytes = 256U << 10U;
/// Contents of at most so many bytes are kept in a row.
inline constexpr std::size_t most_chunk_bytes = 1U << 20U;

/// The size of the first chunk of `bytes`, which hold most_chunk_bytes at least or all there is. It depends on nothing
/// else. A change of it costs no content, and the room of what was cut before and comes again.
std::size_t first_chunk(std::string_view bytes) noexcept;

}  // namespace symphony::pit
