#include <symphony/app/line_matches.h>

#include <algorithm>
#include <array>

#include <unistd.h>

namespace symphony::app {
namespace {

constexpr std::size_t shown_bytes = 400;

char folded(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

}  // namespace

std::vector<std::size_t> occurrences(std::string_view line, std::string_view query) {
  std::vector<std::size_t> found;
  if (query.empty()) return found;
  const auto same = [](char a, char b) { return folded(a) == folded(b); };
  for (auto at = line.begin();;) {
    at = std::search(at, line.end(), query.begin(), query.end(), same);
    if (at == line.end()) return found;
    found.push_back(static_cast<std::size_t>(at - line.begin()));
    at += static_cast<std::ptrdiff_t>(query.size());
  }
}

std::string around(std::string_view line, std::size_t hit, std::size_t length) {
  if (line.size() <= shown_bytes) return std::string(line);
  const std::size_t spare = shown_bytes - std::min(length, shown_bytes);
  std::size_t begin = hit - std::min(hit, spare / 2);
  begin = std::min(begin, line.size() - shown_bytes);
  std::size_t end = begin + shown_bytes;
  while (begin < end && is_continuation(line[begin]))
    ++begin;
  while (end > begin && end < line.size() && is_continuation(line[end]))
    --end;
  return std::string(line.substr(begin, end - begin));
}

std::map<std::size_t, std::string> read_lines(int descriptor, const std::set<std::size_t>& wanted) {
  std::map<std::size_t, std::string> lines;
  std::array<char, 65536> buffer;
  std::size_t number = 1;
  auto next = wanted.begin();
  for (ssize_t count = 0; next != wanted.end() && (count = ::read(descriptor, buffer.data(), buffer.size())) > 0;) {
    std::string_view rest(buffer.data(), static_cast<std::size_t>(count));
    while (!rest.empty() && next != wanted.end()) {
      const std::size_t end = rest.find('\n');
      if (number == *next) lines[number] += rest.substr(0, end);
      if (end == std::string_view::npos) break;
      rest.remove_prefix(end + 1);
      if (number == *next) ++next;
      ++number;
    }
  }
  for (auto& [line_number, line] : lines) {
    if (line.ends_with('\r')) line.pop_back();
  }
  return lines;
}

}  // namespace symphony::app
