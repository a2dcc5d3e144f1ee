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
  /// Asked for at once, which fill the window; when nothing was typed for `rest_after`; and when the user has come to
  /// their end: more is for the query to say.
  static constexpr std::size_t first_results = 100;
  static constexpr std::size_t usual_results = 500;
  static constexpr std::size_t most_results = 5000;
  static constexpr std::chrono::milliseconds rest_after{60};
  static constexpr std::chrono::milliseconds busy_after{300};
  static constexpr std::chrono::milliseconds retry_after{500};

  /// `changed` is called when there is something new to show.
  SearchSession(sdk::Extension& extension, std::function<void()> changed);

  /// `results`: how many are wanted at first.
  void set_query(std::string query, std::size_t results = first_results);
  /// The user has come to the end of the results: asks for what follows them, if there is any.
  void more();
  /// Asks again: something changed, or the user says so.
  void repeat();
  const std::string& query() const noexcept { return query_; }

  /// Of the last answered query, which may be an older one; none while the query is empty.
  const SearchResults* results() const noexcept { return results_ ? &*results_ : nullptr; }
  bool up_to_date() const noexcept { return results_ && !waiting_ && results_->query() == query_; }
  const sdk::Error* error() const noexcept { return error_ ? &*error_ : nullptr; }
  /// Something follows the results that can be asked for.
  bool has_more() const noexcept { return results_ && results_->truncated() && limit_ < most_results; }
  /// What follows them was asked for in vain; more() tries again.
  bool more_failed() const noexcept { return more_failed_; }
  /// Slow enough that the user should be told.
  bool busy() const noexcept { return busy_; }

 private:
  void ask(std::size_t limit);
  void later(std::chrono::milliseconds delay, std::size_t limit);
  void answered(std::size_t limit, const sdk::Answer& answer);

  sdk::Extension& extension_;
  std::function<void()> changed_;
  std::string query_;
  std::optional<SearchResults> results_;
  std::optional<sdk::Error> error_;
  sdk::RequestHandle pending_;
  std::uint64_t serial_ = 0;           // of the question; an answer to an older one is not for us
  std::size_t limit_ = first_results;  // of the results, or of the first question
  std::size_t asked_limit_ = first_results;
  bool more_failed_ = false;
  bool waiting_ = false;
  bool busy_ = false;
};

}  // namespace symphony::explorer
