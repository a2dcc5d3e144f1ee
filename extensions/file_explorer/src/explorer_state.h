#pragma once
// What the explorer saves, so that the process after a crash shows the same picture.

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>

namespace symphony::explorer {

struct ExplorerState {
  /// A window of rows, end exclusive.
  struct Window {
    std::size_t start = 0;
    std::size_t end = 0;
  };

  std::optional<std::string> workspace;         // escaped
  std::set<std::string, std::less<>> expanded;  // bytes
  std::string query;
  std::uint64_t edit = 0;
  std::string active;  // bytes
  std::uint64_t active_edit = 0;
  Window tree;
  Window results;

  /// At most about 200 KiB: directories beyond are left out (they come back collapsed).
  nlohmann::json to_json() const;
  /// Fields of another kind than expected are left at their defaults: the document comes from outside.
  static ExplorerState from_json(const nlohmann::json& document);
};

}  // namespace symphony::explorer
