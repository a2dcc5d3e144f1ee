#pragma once
// What the Conductor found, as rows.

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <symphony/sdk/components.h>

namespace symphony::explorer {

/// Where a row leads. Without a line: the file itself.
struct Place {
  std::string path;  // escaped
  std::size_t line = 0;
  std::size_t column = 0;
  std::size_t length = 0;
};

/// The answer to one search.query: files whose name matches, then lines, all hits of a line in one row.
class SearchResults {
 public:
  /// Nothing when `answer` is not the document of docs/protocol.md section 8.
  static std::optional<SearchResults> read(const std::string& query, const nlohmann::json& answer);

  std::size_t row_count() const noexcept { return rows_.size(); }
  sdk::ListRow row(std::size_t index) const;
  const Place& place(std::size_t index) const { return rows_[index].place; }
  std::optional<std::size_t> find(std::string_view key) const;
  const std::string& query() const noexcept { return query_; }
  /// More was found than asked for.
  std::size_t hit_count() const noexcept { return hits_; }
  bool truncated() const noexcept { return truncated_; }
  /// These are the results of the same query with a higher limit: rows already shown keep their order and come first.
  void continue_after(const SearchResults& shown);
  /// "23 results in 7 files · index · 1.2 ms". `more`: scrolling on brings more.
  std::string summary(bool more = false) const;

 private:
  struct Row {
    Place place;
    std::string text;                                 // the line; empty for a file
    std::vector<std::array<std::size_t, 2>> columns;  // of its hits, [column, length]
  };
  std::string key(const Row& row) const;

  std::string query_;
  std::vector<Row> rows_;
  std::size_t hits_ = 0;
  std::size_t files_ = 0;
  bool truncated_ = false;
  std::string chosen_;
  double elapsed_ms_ = 0;
};

/// A line as a label: without the blanks before it, safe to show, and where in it (in bytes of UTF-8) the ranges of
/// bytes of the line are.
struct LineLabel {
  std::string label;
  std::vector<std::array<std::size_t, 2>> matches;
};
LineLabel line_label(std::string_view line, std::vector<std::array<std::size_t, 2>> ranges);
/// Where the hit at `column` (from 1, in the whole line) is in `text`, which is the line or a part cut out of it.
std::optional<std::array<std::size_t, 2>> locate_hit(std::string_view text, std::string_view query, std::size_t column,
                                                     std::size_t length);

}  // namespace symphony::explorer
