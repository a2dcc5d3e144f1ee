#include "file_tree.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "small_file.h"

namespace symphony::explorer {
namespace {

constexpr std::size_t largest_rules_file = 1 << 20;

std::string joined(std::string_view directory, std::string_view name) {
  std::string path;
  path.reserve(directory.size() + 1 + name.size());
  path = directory;
  if (!path.empty()) path += '/';
  path += name;
  return path;
}

}  // namespace

/// An expanded directory inside another: `before` counts the rows of the expanded ones before it.
struct FileTree::Child {
  std::size_t entry = 0;
  std::size_t before = 0;
  std::unique_ptr<Directory> directory;
};

struct FileTree::Directory {
  Directory* parent = nullptr;
  std::string path;
  DirectoryIdentity identity;
  Listing listing;
  std::vector<Child> children;  // by entry
  std::size_t rows = 0;         // its entries and all that is visible below them
  bool ignored = false;

  /// The child at `entry`, or where it would be.
  std::vector<Child>::iterator child_at(std::size_t entry) {
    return std::partition_point(children.begin(), children.end(),
                                [entry](const Child& child) { return child.entry < entry; });
  }
  Directory* loaded_at(std::size_t entry) {
    const auto found = child_at(entry);
    return found != children.end() && found->entry == entry ? found->directory.get() : nullptr;
  }
  /// The row of an entry, counted from the directory's first.
  std::size_t row_of(std::size_t entry) {
    const auto next = child_at(entry);
    if (next == children.begin()) return entry;
    const Child& last = *std::prev(next);
    return entry + last.before + last.directory->rows;
  }
};

/// Walks visible rows downwards from any row.
class FileTree::Cursor {
 public:
  Cursor(Directory* root, std::size_t row) {
    std::size_t base = 0;  // the row of the directory's first entry
    Directory* directory = root;
    std::int64_t parent = -1;
    while (directory != nullptr) {
      const std::size_t inner = row - base;
      auto after = std::partition_point(directory->children.begin(), directory->children.end(),
                                        [inner](const Child& child) { return child.entry + child.before < inner; });
      if (after == directory->children.begin()) {
        levels_.push_back({directory, inner, 0, parent});
        return;
      }
      const Child& child = *std::prev(after);
      const std::size_t child_row = child.entry + child.before;
      const auto next = static_cast<std::size_t>(after - directory->children.begin());
      if (inner > child_row + child.directory->rows) {
        levels_.push_back({directory, inner - child.before - child.directory->rows, next, parent});
        return;
      }
      levels_.push_back({directory, child.entry, next, parent});
      parent = static_cast<std::int64_t>(base + child_row);
      base += child_row + 1;
      directory = child.directory.get();
    }
  }

  Directory& directory() const { return *levels_.back().directory; }
  std::size_t entry() const { return levels_.back().entry; }
  std::size_t level() const { return levels_.size(); }
  std::int64_t parent() const { return levels_.back().parent; }
  bool expanded() const {
    const Level& level = levels_.back();
    return level.next < level.directory->children.size() && level.directory->children[level.next].entry == level.entry;
  }

  /// `row` is the current row's index; the caller knows there is a next one.
  void advance(std::size_t row) {
    Level& level = levels_.back();
    if (expanded()) {
      Directory* inner = level.directory->children[level.next].directory.get();
      ++level.next;
      if (inner->rows > 0) {
        levels_.push_back({inner, 0, 0, static_cast<std::int64_t>(row)});
        return;
      }
    }
    ++levels_.back().entry;
    while (levels_.size() > 1 && levels_.back().entry >= levels_.back().directory->listing.size()) {
      levels_.pop_back();
      ++levels_.back().entry;
    }
  }

 private:
  struct Level {
    Directory* directory;
    std::size_t entry;
    std::size_t next;  // the first expanded child at or after `entry`
    std::int64_t parent;
  };
  std::vector<Level> levels_;
};

FileTree::FileTree(std::string root, Observer observer)
    : absolute_root_(std::move(root)), observer_(std::move(observer)) {}
FileTree::~FileTree() = default;

std::string FileTree::absolute(std::string_view path) const {
  return path.empty() ? absolute_root_ : joined(absolute_root_, path);
}

int FileTree::open() {
  if (root_) drop(*root_);
  root_.reset();
  rules_.clear();
  problems_.clear();
  if (const auto exclude = read_small_file(absolute(".git/info/exclude"), largest_rules_file))
    rules_.add_base(*exclude);
  int error_number = 0;
  root_ = load(nullptr, {}, error_number);
  if (root_) {
    open_expanded(*root_);
    recount(root_.get());
  }
  return error_number;
}

std::size_t FileTree::row_count() const noexcept { return root_ ? root_->rows : 0; }

std::size_t FileTree::top_level_count() const noexcept { return root_ ? root_->listing.size() : 0; }

void FileTree::visit(std::size_t start, std::size_t end,
                     const std::function<bool(std::size_t, const Row&)>& visit) const {
  end = std::min(end, row_count());
  if (start >= end) return;
  Cursor cursor(root_.get(), start);
  for (std::size_t index = start; index < end; ++index) {
    const Directory& directory = cursor.directory();
    Row row;
    row.name = directory.listing.name(cursor.entry());
    row.path = joined(directory.path, row.name);
    row.kind = directory.listing.kind(cursor.entry());
    row.level = static_cast<std::uint32_t>(cursor.level());
    row.parent = cursor.parent();
    row.expanded = cursor.expanded();
    row.ignored = directory.ignored || rules_.ignored(row.path, row.kind == EntryKind::directory);
    if (!problems_.empty()) {
      if (const auto problem = problems_.find(row.path); problem != problems_.end()) row.problem = problem->second;
    }
    row.position = cursor.entry() + 1;
    row.siblings = directory.listing.size();
    if (!visit(index, row)) return;
    if (index + 1 < end) cursor.advance(index);
  }
}

void FileTree::visit_names(std::size_t start, std::size_t end,
                           const std::function<bool(std::size_t, std::string_view)>& visit) const {
  end = std::min(end, row_count());
  if (start >= end) return;
  Cursor cursor(root_.get(), start);
  for (std::size_t index = start; index < end; ++index) {
    if (!visit(index, cursor.directory().listing.name(cursor.entry()))) return;
    if (index + 1 < end) cursor.advance(index);
  }
}

std::optional<std::size_t> FileTree::index_of(std::string_view path) const {
  if (!root_ || path.empty()) return std::nullopt;
  Directory* directory = root_.get();
  std::size_t row = 0;
  while (true) {
    const std::size_t slash = path.find('/');
    const auto entry = directory->listing.find(path.substr(0, slash));
    if (!entry) return std::nullopt;
    row += directory->row_of(*entry);
    if (slash == std::string_view::npos) return row;
    directory = directory->loaded_at(*entry);
    if (directory == nullptr) return std::nullopt;
    row += 1;
    path.remove_prefix(slash + 1);
  }
}

FileTree::Directory* FileTree::find_directory(std::string_view path) const {
  Directory* directory = root_.get();
  while (directory != nullptr && !path.empty()) {
    const std::size_t slash = path.find('/');
    const auto entry = directory->listing.find(path.substr(0, slash));
    directory = entry ? directory->loaded_at(*entry) : nullptr;
    path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1);
  }
  return directory;
}

std::unique_ptr<FileTree::Directory> FileTree::load(Directory* parent, std::string path, int& error_number) {
  if (observer_.opening) observer_.opening(path);
  ReadDirectory read = read_directory(absolute(path));
  error_number = read.error_number;
  for (const Directory* above = parent; above != nullptr; above = above->parent) {
    if (error_number == 0 && above->identity == read.identity) error_number = loop;
  }
  if (error_number != 0) {
    if (observer_.dropped) observer_.dropped(path);
    return nullptr;
  }
  auto directory = std::make_unique<Directory>();
  directory->parent = parent;
  directory->path = std::move(path);
  directory->identity = read.identity;
  directory->listing = std::move(read.listing);
  directory->rows = directory->listing.size();
  read_rules(*directory);
  directory->ignored = parent != nullptr && (parent->ignored || rules_.ignored(directory->path, true));
  return directory;
}

void FileTree::read_rules(Directory& directory) {
  constexpr std::string_view name = ".gitignore";
  std::optional<std::string> contents;
  if (directory.listing.find(name))
    contents = read_small_file(absolute(joined(directory.path, name)), largest_rules_file);
  if (contents) {
    rules_.add_file(directory.path, *contents);
  } else {
    rules_.remove_file(directory.path);
  }
}

/// What was expanded before, below a directory just read.
void FileTree::open_expanded(Directory& directory) {
  const std::string prefix = directory.path.empty() ? std::string() : directory.path + '/';
  std::vector<std::size_t> entries;
  for (auto path = expanded_.lower_bound(prefix); path != expanded_.end() && path->starts_with(prefix); ++path) {
    const std::string_view rest = std::string_view(*path).substr(prefix.size());
    if (rest.empty() || rest.find('/') != std::string_view::npos) continue;
    const auto entry = directory.listing.find(rest);
    if (entry && is_directory(directory.listing.kind(*entry))) entries.push_back(*entry);
  }
  for (const std::size_t entry : entries)
    attach(directory, entry);
}

bool FileTree::attach(Directory& parent, std::size_t entry) {
  std::string path = joined(parent.path, parent.listing.name(entry));
  int error_number = 0;
  std::unique_ptr<Directory> directory = load(&parent, path, error_number);
  if (!directory) {
    problems_[path] = error_number;
    expanded_.erase(path);
    return false;
  }
  problems_.erase(path);
  expanded_.insert(path);
  Directory& loaded = *directory;
  parent.children.insert(parent.child_at(entry), Child{entry, 0, std::move(directory)});
  open_expanded(loaded);
  recount(&loaded);
  return true;
}

bool FileTree::expand(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  Directory* parent = find_directory(slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash));
  if (parent == nullptr) return false;
  const auto entry = parent->listing.find(slash == std::string_view::npos ? path : path.substr(slash + 1));
  if (!entry || !is_directory(parent->listing.kind(*entry))) return false;
  return parent->loaded_at(*entry) != nullptr || attach(*parent, *entry);
}

void FileTree::collapse(std::string_view path) {
  if (const auto found = expanded_.find(path); found != expanded_.end()) expanded_.erase(found);
  Directory* directory = path.empty() ? nullptr : find_directory(path);
  if (directory == nullptr) return;
  Directory& parent = *directory->parent;
  drop(*directory);
  const auto child = std::find_if(parent.children.begin(), parent.children.end(), [directory](const Child& candidate) {
    return candidate.directory.get() == directory;
  });
  parent.children.erase(child);
  recount(&parent);
}

void FileTree::expand_when_met(std::set<std::string, std::less<>> paths) { expanded_ = std::move(paths); }

void FileTree::drop(Directory& directory) {
  for (Child& child : directory.children)
    drop(*child.directory);
  rules_.remove_file(directory.path);
  if (observer_.dropped) observer_.dropped(directory.path);
}

int FileTree::refresh(std::string_view path) {
  Directory* directory = find_directory(path);
  if (directory == nullptr) return 0;
  ReadDirectory read = read_directory(absolute(path));
  if (read.error_number != 0) {
    if (directory->parent == nullptr) return read.error_number;
    // The parent is told, too, when it is gone; when it merely cannot be read any more its row says so.
    const int error_number = read.error_number;
    const std::string copy(path);
    collapse(copy);
    if (error_number != ENOENT) problems_[copy] = error_number;
    return 0;
  }
  directory->identity = read.identity;
  const Listing before = std::exchange(directory->listing, std::move(read.listing));
  std::vector<Child> children = std::exchange(directory->children, {});
  read_rules(*directory);
  for (Child& child : children) {
    const std::string_view name = before.name(child.entry);
    const auto entry = directory->listing.find(name);
    const bool kept = entry && is_directory(directory->listing.kind(*entry)) &&
                      identify_directory(absolute(child.directory->path)) == child.directory->identity;
    if (kept) {
      const auto place = directory->child_at(*entry);
      directory->children.insert(place, Child{*entry, 0, std::move(child.directory)});
    } else {
      drop(*child.directory);
    }
  }
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (!is_directory(before.kind(i))) continue;
    const auto entry = directory->listing.find(before.name(i));
    if (!entry || !is_directory(directory->listing.kind(*entry)))
      forget_expanded(joined(directory->path, before.name(i)));
  }
  // A directory replaced by another of the same name is read anew.
  const std::string prefix = directory->path.empty() ? std::string() : directory->path + '/';
  std::vector<std::size_t> again;
  for (auto candidate = expanded_.lower_bound(prefix); candidate != expanded_.end() && candidate->starts_with(prefix);
       ++candidate) {
    const std::string_view rest = std::string_view(*candidate).substr(prefix.size());
    if (rest.empty() || rest.find('/') != std::string_view::npos) continue;
    const auto entry = directory->listing.find(rest);
    if (entry && is_directory(directory->listing.kind(*entry)) && directory->loaded_at(*entry) == nullptr)
      again.push_back(*entry);
  }
  for (const std::size_t entry : again)
    attach(*directory, entry);
  mark_ignored(*directory);
  recount(directory);
  return 0;
}

void FileTree::mark_ignored(Directory& directory) {
  directory.ignored =
      directory.parent != nullptr && (directory.parent->ignored || rules_.ignored(directory.path, true));
  for (Child& child : directory.children)
    mark_ignored(*child.directory);
}

/// A directory that is gone is not to be found expanded when another of its name comes.
void FileTree::forget_expanded(std::string_view path) {
  problems_.erase(std::string(path));
  if (const auto found = expanded_.find(path); found != expanded_.end()) expanded_.erase(found);
  const std::string prefix = std::string(path) + '/';
  auto inner = expanded_.lower_bound(prefix);
  while (inner != expanded_.end() && inner->starts_with(prefix))
    inner = expanded_.erase(inner);
}

void FileTree::recount(Directory* directory) {
  for (; directory != nullptr; directory = directory->parent) {
    std::size_t inner = 0;
    for (Child& child : directory->children) {
      child.before = inner;
      inner += child.directory->rows;
    }
    directory->rows = directory->listing.size() + inner;
  }
}

std::vector<std::string> FileTree::loaded() const {
  std::vector<std::string> paths;
  const auto collect = [&paths](const auto& self, const Directory& directory) -> void {
    paths.push_back(directory.path);
    for (const Child& child : directory.children)
      self(self, *child.directory);
  };
  if (root_) collect(collect, *root_);
  return paths;
}

}  // namespace symphony::explorer
