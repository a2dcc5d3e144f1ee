#include "dag_tracker/problem.h"

#include <array>

namespace symphony::pit::dag {

std::string_view name_of(ProblemKind kind) noexcept {
  constexpr std::array<std::string_view, 10> names = {"limit",           "value", "duplicate_node",   "unknown_node",
                                                      "self_dependency", "cycle", "duplicate_output", "unmet_input",
                                                      "already_begun",   "orphan"};
  return names[static_cast<std::size_t>(kind)];
}

ipc::Error Problem::to_error() const {
  ipc::Error error = ipc::invalid_params(message, path);
  error.data["kind"] = name_of(kind);
  error.data["nodes"] = nodes;
  if (kind == ProblemKind::limit) {
    error.code = ipc::ErrorCode::payload_too_large;
    error.data["limit"] = limit;
  }
  return error;
}

}  // namespace symphony::pit::dag
