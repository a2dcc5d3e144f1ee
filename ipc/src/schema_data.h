#pragma once
// A compiled schema: nodes in one vector, each naming its parts by index.

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <symphony/ipc/schema_check.h>

namespace symphony::ipc {

struct SchemaNode {
  enum class Kind : std::uint8_t { any, object, array, text, integer, number, boolean };
  using Index = std::uint32_t;

  struct Member {
    std::string name;
    Index node = 0;
  };

  Kind kind = Kind::any;
  bool nullable = false;
  /// Members that are not named are refused.
  bool closed = false;
  /// Sorted by name; at most 64, one bit each in `required`.
  std::vector<Member> members;
  std::uint64_t required = 0;
  /// The same as indices, in the definition's order: the first one that is missing is named.
  std::vector<std::uint8_t> required_in_order;
  std::optional<Index> items;
  std::size_t least_items = 0;
  std::size_t most_items = std::numeric_limits<std::size_t>::max();
  std::int64_t minimum = std::numeric_limits<std::int64_t>::min();
  std::int64_t maximum = std::numeric_limits<std::int64_t>::max();
  bool has_minimum = false;
  bool has_maximum = false;
  std::size_t least_length = 0;
  std::size_t most_length = std::numeric_limits<std::size_t>::max();
  std::size_t most_bytes = std::numeric_limits<std::size_t>::max();
  std::vector<std::string> choices;
  std::optional<SchemaFormat> format;

  static constexpr std::size_t unknown = std::numeric_limits<std::size_t>::max();
  /// The index of a member. `expected` is tried first: members mostly come in order.
  std::size_t find(std::string_view name, std::size_t expected) const noexcept;
};

struct Schema::Data {
  std::vector<SchemaNode> nodes;
  SchemaNode::Index root = 0;
};

/// Adds one step to a JSON Pointer, escaping `~` and `/` (RFC 6901 section 3).
std::string pointer_to(std::string_view parent, std::string_view step);

}  // namespace symphony::ipc
