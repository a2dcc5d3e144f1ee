#pragma once
// The query as it is typed: the older question is taken back, the newer one asked, the last answer kept meanwhile.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <symphony/sdk/extension.h>

#include "search_results.h"

namespace symphony::explorer {

class SearchSession {
 public:
  static constexpr std::size_t most_results = 500;
  static constexpr std::chrono::milliseconds busy_after{300};
  static constexpr std::chrono::milliseconds retry_after{500};

  /// `changed` is called when there is something new to show.
  SearchSession(sdk::Extension& extension, std::function<void()> changed);

  void set_query(std::string query);
  /// Asks again: something changed, or the user says so.
  void repeat();
  const std::string& query() const noexcept { return query_; }

  /// Of the last answered query, which may be an older one; none while the query is empty.
  const SearchResults* results() const noexcept { return results_ ? &*results_ : nullptr; }
  bool up_to_date() const noexcept { return results_ && !waiting_ && results_->query() == query_; }
  const sdk::Error* error() const noexcept { return error_ ? &*error_ : nullptr; }
  /// Slow enough that the user should be told.
  bool busy() const noexcept { return busy_; }

 private:
  void ask();
  void answered(const sdk::Answer& answer);

  sdk::Extension& extension_;
  std::function<void()> changed_;
  std::string query_;
  std::optional<SearchResults> results_;
  std::optional<sdk::Error> error_;
  sdk::RequestHandle pending_;
  std::uint64_t serial_ = 0;  // of the question; an answer to an older one is not for us
  bool waiting_ = false;
  bool busy_ = false;
};

}  // namespace symphony::explorer
