#include "tree_rows.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include <symphony/sdk/path_text.h>

#include "bounded_text.h"
#include "messages.h"

namespace symphony::explorer {
namespace {

constexpr std::size_t longest_detail = 900;  // bytes; the host takes 1,000

char folded(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool equal_folded(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return folded(x) == folded(y); });
}

template <std::size_t count>
bool contains(const std::array<std::string_view, count>& list, std::string_view text) {
  return std::any_of(list.begin(), list.end(), [text](std::string_view entry) { return equal_folded(entry, text); });
}

std::string link_target(const std::string& absolute) {
  std::array<char, 512> target;
  const ssize_t length = ::readlink(absolute.c_str(), target.data(), target.size());
  if (length < 0) return {};
  std::string shown = "→ " + sdk::display_text({target.data(), static_cast<std::size_t>(length)});
  if (shown.size() > longest_detail) shown = "→ …";
  return shown;
}

sdk::TreeRow tree_row(const FileTree& tree, const FileTree::Row& entry) {
  sdk::TreeRow row;
  row.key = key_of(entry.path);
  row.label = sdk::display_text(entry.name);
  row.level = entry.level;
  row.parent = entry.parent;
  row.position = entry.position;
  row.siblings = entry.siblings;
  if (entry.ignored) row.tone = sdk::Tone::muted;
  const bool directory = is_directory(entry.kind);
  if (directory) row.expanded = entry.expanded;
  switch (entry.kind) {
    case EntryKind::directory:
      row.icon = entry.expanded ? sdk::Icon::folder_open : sdk::Icon::folder;
      break;
    case EntryKind::link:
    case EntryKind::link_to_directory:
      row.icon = sdk::Icon::symlink;
      if (std::string target = link_target(tree.absolute(entry.path)); !target.empty()) row.detail = std::move(target);
      break;
    default:
      row.icon = icon_of_file(entry.name);
  }
  int problem = entry.problem;
  // A system call, so only for the rows in sight.
  if (problem == 0 && entry.kind == EntryKind::directory && !entry.expanded &&
      ::faccessat(AT_FDCWD, tree.absolute(entry.path).c_str(), R_OK | X_OK, AT_EACCESS) != 0 && errno == EACCES) {
    problem = EACCES;
  }
  if (problem != 0) {
    if (problem != FileTree::loop) row.icon = sdk::Icon::lock;
    row.detail = problem_text(problem);
  }
  return row;
}

}  // namespace

std::string key_of(std::string_view path) { return bounded_key(sdk::escape_path(path)); }

sdk::Icon icon_of_file(std::string_view name) {
  static constexpr std::array<std::string_view, 44> code{
      "c",     "cc",   "cpp", "cxx",   "h",    "hh",  "hpp", "hxx",  "py",    "pyi",  "js",
      "mjs",   "cjs",  "jsx", "ts",    "tsx",  "rs",  "go",  "java", "kt",    "rb",   "php",
      "sh",    "bash", "css", "scss",  "html", "xml", "svg", "json", "toml",  "yaml", "yml",
      "cmake", "sql",  "lua", "swift", "cs",   "vue", "ini", "cfg",  "proto", "qml",  "zig"};
  static constexpr std::array<std::string_view, 5> prose{"md", "txt", "rst", "log", "adoc"};
  static constexpr std::array<std::string_view, 36> binary{
      "png", "jpg", "jpeg", "gif", "webp", "ico", "bmp",  "pdf",   "zip",   "gz",     "xz",   "bz2",
      "zst", "tar", "7z",   "so",  "o",    "a",   "exe",  "dll",   "class", "pyc",    "wasm", "mp3",
      "mp4", "ogg", "wav",  "mkv", "ttf",  "otf", "woff", "woff2", "db",    "sqlite", "bin",  "deb"};
  const std::size_t dot = name.rfind('.');
  if (dot != std::string_view::npos) {
    const std::string_view extension = name.substr(dot + 1);
    if (contains(code, extension)) return sdk::Icon::file_code;
    if (contains(prose, extension)) return sdk::Icon::file_text;
    if (contains(binary, extension)) return sdk::Icon::binary;
  }
  return sdk::Icon::file;
}

sdk::Rows<sdk::TreeRow> tree_rows(const FileTree& tree, std::size_t start, std::size_t end) {
  sdk::Rows<sdk::TreeRow> rows;
  rows.start = start;
  tree.visit(start, end, [&](std::size_t, const FileTree::Row& entry) {
    rows.items.push_back(tree_row(tree, entry));
    return true;
  });
  return rows;
}

std::optional<std::size_t> row_beginning_with(const FileTree& tree, std::string_view text, std::size_t start) {
  std::optional<std::size_t> found;
  const auto look = [&](std::size_t index, std::string_view name) {
    if (name.size() >= text.size() && equal_folded(name.substr(0, text.size()), text)) found = index;
    return !found;
  };
  if (text.empty()) return found;
  start = std::min(start, tree.row_count());
  tree.visit_names(start, tree.row_count(), look);
  if (!found) tree.visit_names(0, start, look);
  return found;
}

}  // namespace symphony::explorer
