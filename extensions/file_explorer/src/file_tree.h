#pragma once
// The folder as the rows a user sees: directories are read when they are expanded, rows are found by index.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <symphony/ignore/ignore_rules.h>

#include "listing.h"

namespace symphony::explorer {

/// Paths are bytes, relative to the folder; "" is the folder itself and is not a row. Finding a row costs the depth of
/// the tree times the logarithm of the expanded directories on a level, however many entries there are. One thread.
class FileTree {
 public:
  /// errno of what an expansion met, or `loop`.
  static constexpr int loop = -1;

  /// Told before a directory is read (so that no change after that is missed), and when it is part of the tree no
  /// longer.
  struct Observer {
    std::function<void(const std::string& path)> opening;
    std::function<void(const std::string& path)> dropped;
  };

  struct Row {
    std::string path;
    std::string_view name;
    EntryKind kind = EntryKind::file;
    std::uint32_t level = 1;
    std::int64_t parent = -1;
    bool expanded = false;
    bool ignored = false;
    int problem = 0;  // of the last try to expand it
    std::size_t position = 1;
    std::size_t siblings = 1;
  };

  FileTree(std::string root, Observer observer);
  ~FileTree();
  FileTree(const FileTree&) = delete;
  FileTree& operator=(const FileTree&) = delete;

  /// Reads the folder itself. An errno; 0: open.
  int open();
  bool is_open() const noexcept { return root_ != nullptr; }
  std::string absolute(std::string_view path) const;

  std::size_t row_count() const noexcept;
  /// Calls `visit(index, row)` for rows [start, end), as far as they exist, until it returns false.
  void visit(std::size_t start, std::size_t end, const std::function<bool(std::size_t, const Row&)>& visit) const;
  /// Like visit, with names only: for searching all rows.
  void visit_names(std::size_t start, std::size_t end,
                   const std::function<bool(std::size_t, std::string_view)>& visit) const;
  /// Nothing when it is not visible.
  std::optional<std::size_t> index_of(std::string_view path) const;

  /// False when it is not a directory, or cannot be read: its row then says why.
  bool expand(std::string_view path);
  void collapse(std::string_view path);
  /// Directories to expand as soon as they are met; for restoring.
  void expand_when_met(std::set<std::string, std::less<>> paths);
  const std::set<std::string, std::less<>>& expanded() const noexcept { return expanded_; }

  /// Reads a loaded directory again, keeping what is expanded below it. An errno for the folder itself, otherwise 0.
  int refresh(std::string_view path);
  bool is_loaded(std::string_view path) const { return find_directory(path) != nullptr; }
  std::vector<std::string> loaded() const;
  /// Entries of the folder itself.
  std::size_t top_level_count() const noexcept;

 private:
  struct Directory;
  struct Child;
  class Cursor;

  Directory* find_directory(std::string_view path) const;
  std::unique_ptr<Directory> load(Directory* parent, std::string path, int& error_number);
  void open_expanded(Directory& directory);
  bool attach(Directory& parent, std::size_t entry);
  void drop(Directory& directory);
  void read_rules(Directory& directory);
  void mark_ignored(Directory& directory);
  static void recount(Directory* directory);
  void forget_expanded(std::string_view path);

  std::string absolute_root_;
  Observer observer_;
  std::unique_ptr<Directory> root_;
  ignore::IgnoreRules rules_;
  std::set<std::string, std::less<>> expanded_;
  std::unordered_map<std::string, int> problems_;
};

}  // namespace symphony::explorer
