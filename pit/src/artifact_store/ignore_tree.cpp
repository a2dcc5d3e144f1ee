#include "artifact_store/ignore_tree.h"

#include "artifact_store/text_file.h"

namespace symphony::pit {

namespace {

std::string_view last_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace

IgnoreTree::IgnoreTree(std::string root) : root_(std::move(root)) {
  if (const TextFile file = read_text_file(root_ + "/.git/info/exclude"); file.kind == FileKind::text)
    rules_.add_base(file.text);
}

void IgnoreTree::enter(const std::string& directory) {
  const TextFile file = read_text_file(root_ + "/" + (directory.empty() ? ".gitignore" : directory + "/.gitignore"));
  if (file.kind == FileKind::text && !file.text.empty()) {
    rules_.add_file(directory, file.text);
  } else {
    rules_.remove_file(directory);
  }
}

bool IgnoreTree::ignores_entry(std::string_view path, bool is_directory) const {
  return last_name(path) == ".git" || rules_.ignored(path, is_directory);
}

bool IgnoreTree::ignores(std::string_view path, bool is_directory) const {
  return path == ".git" || path.starts_with(".git/") || path.ends_with("/.git") ||
         path.find("/.git/") != std::string_view::npos || rules_.excluded(path, is_directory);
}

bool is_ignore_file(std::string_view path) { return last_name(path) == ".gitignore"; }

std::string_view parent_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

}  // namespace symphony::pit
