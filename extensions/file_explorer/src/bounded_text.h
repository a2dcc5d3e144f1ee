#pragma once
// Text within the lengths the host takes (ui/schemas/components.json).

#include <cstddef>
#include <string>
#include <string_view>

namespace symphony::explorer {

/// A row's key: at most 8,192 bytes; a longer one keeps its beginning and ends with a hash of the whole.
std::string bounded_key(std::string key);
/// At most `limit` bytes, cut at a character with an ellipsis behind it.
std::string bounded_text(std::string text, std::size_t limit);

}  // namespace symphony::explorer
