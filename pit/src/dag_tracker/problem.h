#pragma once
// What is wrong with a graph somebody described, as a value.

#include <string>
#include <string_view>
#include <vector>

#include <symphony/ipc/error.h>

#include "dag_tracker/limits.h"

namespace symphony::pit::dag {

enum class ProblemKind : std::uint8_t {
  limit,
  value,
  duplicate_node,
  unknown_node,
  self_dependency,
  cycle,
  duplicate_output,
  unmet_input,
  already_begun,
  /// No fault, only unusual.
  orphan,
};

std::string_view name_of(ProblemKind kind) noexcept;

struct Problem {
  ProblemKind kind = ProblemKind::value;
  /// A sentence a person can act on.
  std::string message;
  /// JSON Pointer to the place in the description.
  std::string path;
  /// At most limits::names_of_a_problem. Of a cycle: each waits for the one before it, the first for the last.
  std::vector<std::string> nodes;
  /// Of ProblemKind::limit.
  std::size_t limit = 0;

  /// invalid_params, or payload_too_large for a limit; data has path, kind and nodes.
  ipc::Error to_error() const;
};

/// Keeps the first limits::problems of them.
class Problems {
 public:
  void add(Problem problem) {
    if (found_.size() < limits::problems) found_.push_back(std::move(problem));
  }
  bool full() const noexcept { return found_.size() >= limits::problems; }
  bool empty() const noexcept { return found_.empty(); }
  const std::vector<Problem>& all() const noexcept { return found_; }

 private:
  std::vector<Problem> found_;
};

}  // namespace symphony::pit::dag
