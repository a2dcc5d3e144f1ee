#pragma once
// Reads a file that is small unless something is wrong.

#include <cstddef>
#include <optional>
#include <string>

namespace symphony::explorer {

/// Nothing when it is not a regular file, cannot be read, or is larger than `limit` bytes. Never blocks on a pipe.
std::optional<std::string> read_small_file(const std::string& path, std::size_t limit);

}  // namespace symphony::explorer
