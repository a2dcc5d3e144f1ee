#pragma once
// A search's answer as it grows, and the one rule for what a hit is: index and live scan must agree.

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "artifact_store/case_fold.h"
#include "artifact_store/parameters.h"

namespace symphony::pit {

inline constexpr std::size_t longest_hit_text = 400;

struct SearchRequest {
  explicit SearchRequest(messages::SearchRequest asked);

  std::string query;
  std::size_t limit;
};

/// What is behind the last '/' of a path; all of it where there is none.
std::string_view last_name(std::string_view path) noexcept;

/// Files must be given in path order. Not thread-safe.
class SearchHits {
 public:
  explicit SearchHits(const SearchRequest& request);

  /// Notes the file when its name matches: the last name of the path, or all of it for a query with a '/'.
  void add_name(std::string_view path);
  /// Adds the hits in one text; says whether there were any.
  bool add_text(std::string_view path, std::string_view text);
  /// There is at least one hit more than the limit: more texts would change nothing.
  bool text_full() const noexcept { return text_truncated_; }
  bool names_full() const noexcept { return names_truncated_; }
  const FoldedNeedle& needle() const noexcept { return needle_; }
  /// The query has a '/'.
  bool whole_paths() const noexcept { return whole_paths_; }
  /// {"hits","files","truncated"}
  nlohmann::json finish() &&;

 private:
  FoldedNeedle needle_;
  std::size_t limit_;
  bool whole_paths_;
  bool text_truncated_ = false;
  bool names_truncated_ = false;
  nlohmann::json::array_t hits_;
  nlohmann::json::array_t files_;
};

}  // namespace symphony::pit
