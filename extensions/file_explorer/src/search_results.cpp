#include "search_results.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include <symphony/sdk/document.h>
#include <symphony/sdk/path_text.h>

#include "bounded_text.h"
#include "messages.h"
#include "tree_rows.h"

namespace symphony::explorer {
namespace {

using nlohmann::json;
using Range = std::array<std::size_t, 2>;

constexpr std::size_t most_matches = 64;
constexpr std::size_t longest_path_shown = 4000;

char folded(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool matches_at(std::string_view text, std::string_view query, std::size_t at) {
  if (at > text.size() || text.size() - at < query.size()) return false;
  return std::equal(query.begin(), query.end(), text.begin() + static_cast<std::ptrdiff_t>(at),
                    [](char a, char b) { return folded(a) == folded(b); });
}

/// All places of the query in a name, for the files that match by name.
std::vector<Range> occurrences(std::string_view text, std::string_view query) {
  std::vector<Range> found;
  for (std::size_t at = 0; !query.empty() && at + query.size() <= text.size();) {
    if (matches_at(text, query, at)) {
      found.push_back({at, at + query.size()});
      at += query.size();
    } else {
      ++at;
    }
  }
  return found;
}

std::string shown_path(const std::string& escaped) {
  return bounded_text(sdk::display_text(sdk::unescape_path(escaped).value_or(escaped)), longest_path_shown);
}

}  // namespace

std::optional<SearchResults> SearchResults::read(const std::string& query, const json& answer) {
  if (!answer.is_object()) return std::nullopt;
  const auto hits = answer.find("hits");
  if (hits == answer.end() || !hits->is_array()) return std::nullopt;
  SearchResults results;
  results.query_ = query;
  std::set<std::string> files;
  if (const auto names = answer.find("files"); names != answer.end() && names->is_array()) {
    for (const json& name : *names) {
      if (!name.is_string()) continue;
      Row row;
      row.place.path = name.get<std::string>();
      files.insert(row.place.path);
      results.rows_.push_back(std::move(row));
    }
  }
  results.hits_ = results.rows_.size();
  for (const json& hit : *hits) {
    if (!hit.is_object()) continue;
    Row row;
    row.place = {sdk::text_member(hit, "path"), sdk::number_member(hit, "line"), sdk::number_member(hit, "column"),
                 sdk::number_member(hit, "length")};
    if (row.place.path.empty() || row.place.line == 0 || row.place.column == 0) continue;
    ++results.hits_;
    files.insert(row.place.path);
    const Range place{row.place.column, row.place.length};
    if (!results.rows_.empty()) {
      Row& last = results.rows_.back();
      if (last.place.line == row.place.line && last.place.path == row.place.path) {
        last.columns.push_back(place);
        continue;
      }
    }
    row.text = sdk::text_member(hit, "text");
    row.columns.push_back(place);
    results.rows_.push_back(std::move(row));
  }
  results.files_ = files.size();
  const json* truncated = sdk::member(answer, "truncated");
  results.truncated_ = truncated != nullptr && *truncated == true;
  results.elapsed_ms_ = static_cast<double>(sdk::number_member(answer, "elapsed_us")) / 1000.0;
  if (const json* decision = sdk::member(answer, "decision")) results.chosen_ = sdk::text_member(*decision, "chosen");
  return results;
}

std::string SearchResults::key(const Row& row) const {
  return bounded_key(row.place.line == 0 ? "file:" + row.place.path
                                         : "line:" + std::to_string(row.place.line) + ':' + row.place.path);
}

std::optional<std::size_t> SearchResults::find(std::string_view wanted) const {
  const auto found = std::find_if(rows_.begin(), rows_.end(), [&](const Row& row) { return key(row) == wanted; });
  if (found == rows_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - rows_.begin());
}

sdk::ListRow SearchResults::row(std::size_t index) const {
  const Row& row = rows_[index];
  sdk::ListRow shown;
  shown.key = key(row);
  const std::string path = sdk::unescape_path(row.place.path).value_or(row.place.path);
  const std::size_t slash = path.rfind('/');
  const std::string_view name = std::string_view(path).substr(slash == std::string::npos ? 0 : slash + 1);
  shown.icon = icon_of_file(name);
  if (row.place.line == 0) {
    LineLabel label = line_label(name, occurrences(name, query_));
    shown.label = std::move(label.label);
    shown.matches = std::move(label.matches);
    shown.description = shown_path(row.place.path);
    return shown;
  }
  std::vector<Range> ranges;
  for (const Range& hit : row.columns) {
    if (const auto range = locate_hit(row.text, query_, hit[0], hit[1])) ranges.push_back(*range);
  }
  LineLabel label = line_label(row.text, std::move(ranges));
  shown.label = std::move(label.label);
  shown.matches = std::move(label.matches);
  shown.group = shown_path(row.place.path);
  shown.description = std::to_string(row.place.line);
  shown.mono = true;
  return shown;
}

void SearchResults::continue_after(const SearchResults& shown) {
  std::map<std::pair<std::string_view, std::size_t>, std::size_t> order;
  for (std::size_t index = 0; index < shown.rows_.size(); ++index)
    order.emplace(std::pair{std::string_view(shown.rows_[index].place.path), shown.rows_[index].place.line}, index);
  const auto place_of = [&](const Row& row) {
    const auto found = order.find({row.place.path, row.place.line});
    return found == order.end() ? order.size() : found->second;
  };
  std::stable_sort(rows_.begin(), rows_.end(), [&](const Row& a, const Row& b) { return place_of(a) < place_of(b); });
}

std::string SearchResults::summary(bool more) const {
  const SearchSummary::Rest rest = !truncated_ ? SearchSummary::Rest::none
                                   : more      ? SearchSummary::Rest::follows
                                               : SearchSummary::Rest::cut;
  return summary_text({hits_, files_, rest, chosen_, elapsed_ms_});
}

std::optional<Range> locate_hit(std::string_view text, std::string_view query, std::size_t column, std::size_t length) {
  // The usual case: `text` is the line.
  if (column >= 1 && matches_at(text, query, column - 1)) return Range{column - 1, column - 1 + query.size()};
  // A part of a long line: the hit stands near its middle.
  std::optional<Range> nearest;
  const auto distance = [&](const Range& range) {
    const std::size_t middle = text.size() / 2;
    return range[0] > middle ? range[0] - middle : middle - range[0];
  };
  for (const Range& range : occurrences(text, query)) {
    if (!nearest || distance(range) < distance(*nearest)) nearest = range;
  }
  if (nearest) return nearest;
  // Letters beyond ASCII compare without case, too, in the index: its own numbers are all there is.
  if (column >= 1 && length > 0 && column - 1 + length <= text.size()) return Range{column - 1, column - 1 + length};
  return std::nullopt;
}

LineLabel line_label(std::string_view line, std::vector<Range> ranges) {
  std::sort(ranges.begin(), ranges.end());
  const std::size_t first = std::min(line.find_first_not_of(" \t"), line.size());
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r'))
    line.remove_suffix(1);
  LineLabel result;
  // Where each byte of the line stands in the label. A range that begins in the blanks cut off begins with the label.
  std::vector<std::size_t> place(line.size() + 1, 0);
  for (std::size_t at = std::min(first, line.size()); at < line.size();) {
    const std::size_t begin = at;
    const std::size_t shown = result.label.size();
    const auto character = sdk::next_character(line, at);
    if (character == U'\t') {
      result.label += ' ';
    } else {
      sdk::append_displayed(result.label, character);
    }
    for (std::size_t i = begin; i < at; ++i)
      place[i] = shown;
  }
  place[line.size()] = result.label.size();
  for (const Range& range : ranges) {
    if (result.matches.size() == most_matches) break;
    const std::size_t begin = place[std::min(range[0], line.size())];
    const std::size_t end = place[std::min(range[1], line.size())];
    if (end <= begin || (!result.matches.empty() && begin < result.matches.back()[1])) continue;
    result.matches.push_back({begin, end});
  }
  return result;
}

}  // namespace symphony::explorer
