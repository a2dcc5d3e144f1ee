#pragma once
// The open folder, kept as it is on the disk: its tree, its watches, what is wrong with it.

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include <symphony/sdk/extension.h>

#include "directory_watcher.h"
#include "file_tree.h"

namespace symphony::explorer {

class Folder {
 public:
  using PathSet = std::set<std::string, std::less<>>;

  /// Changes within this time are shown together; longer where reading again takes long.
  static constexpr std::chrono::milliseconds batch_delay{40};
  /// A folder that is not there is looked for this often.
  static constexpr std::chrono::milliseconds search_again_after{1000};

  /// `changed` is called after rows changed by themselves (not by expand or collapse).
  Folder(sdk::Extension& extension, std::function<void()> changed);

  /// `root` is an absolute path in bytes. What is wrong is in error_number().
  void open(std::string root, PathSet expanded);
  void close();
  /// Null when none is open or it cannot be read.
  FileTree* tree() noexcept { return tree_.get(); }
  const FileTree* tree() const noexcept { return tree_.get(); }
  const std::string& root() const noexcept { return root_; }
  const PathSet& expanded() const noexcept { return tree_ ? tree_->expanded() : expanded_; }
  /// Why the folder cannot be shown; 0: it is.
  int error_number() const noexcept { return error_number_; }
  /// It was gone, and what has its name now may not be read: the sandbox knows the folder that was opened, not its
  /// name.
  bool is_another() const noexcept { return gone_ && (error_number_ == EACCES || error_number_ == EPERM); }
  /// Why changes are not seen at once; 0: they are.
  int watch_error() const noexcept { return watch_error_; }
  void try_again();

 private:
  void start();
  void fail(int error_number);
  void note(const std::string& path, DirectoryWatcher::Change change);
  void refresh();

  sdk::Extension& extension_;
  std::function<void()> changed_;
  DirectoryWatcher watcher_;
  bool watching_ = false;
  std::string root_;
  PathSet expanded_;  // while there is no tree
  std::unique_ptr<FileTree> tree_;
  int error_number_ = 0;
  bool gone_ = false;
  int watch_error_ = 0;
  std::uint64_t serial_ = 0;  // of the folder: what was posted for an older one is dropped
  std::set<std::string> stale_;
  bool refresh_due_ = false;
  std::chrono::milliseconds last_cost_{0};
};

}  // namespace symphony::explorer
