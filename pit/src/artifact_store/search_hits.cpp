#include "artifact_store/search_hits.h"

#include <symphony/ipc/path_text.h>
#include <algorithm>

namespace symphony::pit {

namespace {

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

/// The line around [at, at + length), cut to longest_hit_text bytes at characters' borders, as valid UTF-8.
std::string hit_text(std::string_view text, std::size_t line_begin, std::size_t at, std::size_t length) {
  std::size_t line_end = text.find('\n', at);
  if (line_end == std::string_view::npos) line_end = text.size();
  if (line_end > line_begin && text[line_end - 1] == '\r') --line_end;
  std::string_view line = text.substr(line_begin, std::max(line_end, line_begin) - line_begin);
  if (line.size() > longest_hit_text) {
    // A quarter of the room before the hit; all of it behind when the hit is near the end.
    const std::size_t hit = at - line_begin;
    const std::size_t room = longest_hit_text - std::min(length, longest_hit_text);
    std::size_t begin = hit - std::min(hit, room / 4);
    begin = std::min(begin, line.size() - longest_hit_text);
    while (begin > 0 && begin < hit && is_continuation(line[begin]))
      ++begin;
    std::size_t end = std::min(line.size(), begin + longest_hit_text);
    while (end > begin && end < line.size() && is_continuation(line[end]))
      --end;
    line = line.substr(begin, end - begin);
  }
  if (ipc::is_valid_utf8(line)) return std::string(line);
  return ipc::display_path(ipc::escape_path(line));
}

}  // namespace

std::string_view last_name(std::string_view path) noexcept {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

SearchRequest::SearchRequest(messages::SearchRequest asked)
    : query(std::move(asked.query)), limit(asked.limit.value_or(messages::SearchRequest::limit_default)) {}

SearchHits::SearchHits(const SearchRequest& request)
    : needle_(request.query), limit_(request.limit), whole_paths_(request.query.find('/') != std::string::npos) {}

void SearchHits::add_name(std::string_view path) {
  if (names_truncated_) return;
  if (needle_.find(whole_paths_ ? path : last_name(path)) == std::string_view::npos) return;
  if (files_.size() == limit_) {
    names_truncated_ = true;
    return;
  }
  files_.emplace_back(ipc::escape_path(path));
}

bool SearchHits::add_text(std::string_view path, std::string_view text) {
  std::size_t at = needle_.find(text);
  if (at == std::string_view::npos) return false;
  const std::string escaped = ipc::escape_path(path);
  std::size_t line = 1;
  std::size_t counted = 0;
  for (; at != std::string_view::npos && !text_truncated_; at = needle_.find(text, at + needle_.size())) {
    if (hits_.size() == limit_) {
      text_truncated_ = true;
      break;
    }
    line += count_lines(text.substr(counted, at - counted));
    counted = at;
    const std::size_t before = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
    const std::size_t line_begin = before == std::string_view::npos ? 0 : before + 1;
    nlohmann::json::object_t hit;
    hit.emplace("column", at - line_begin + 1);
    hit.emplace("length", needle_.size());
    hit.emplace("line", line);
    hit.emplace("path", escaped);
    hit.emplace("text", hit_text(text, line_begin, at, needle_.size()));
    hits_.emplace_back(std::move(hit));
  }
  return true;
}

nlohmann::json SearchHits::finish() && {
  return {{"hits", std::move(hits_)}, {"files", std::move(files_)}, {"truncated", text_truncated_ || names_truncated_}};
}

}  // namespace symphony::pit
