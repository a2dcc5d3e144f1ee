#include "folder.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace symphony::explorer {

using std::chrono::milliseconds;

Folder::Folder(sdk::Extension& extension, std::function<void()> changed)
    : extension_(extension), changed_(std::move(changed)) {}

void Folder::open(std::string root, PathSet expanded) {
  close();
  root_ = std::move(root);
  expanded_ = std::move(expanded);
  start();
}

void Folder::close() {
  ++serial_;
  watcher_.clear();
  tree_.reset();
  stale_.clear();
  refresh_due_ = false;
  expanded_.clear();
  root_.clear();
  error_number_ = 0;
  gone_ = false;
  watch_error_ = 0;
}

void Folder::start() {
  if (!watching_ && watcher_.descriptor() >= 0) {
    watching_ = true;
    extension_.watch(watcher_.descriptor(), [this] {
      watcher_.read([this](const std::string& path, DirectoryWatcher::Change change) { note(path, change); });
    });
  }
  auto tree = std::make_unique<FileTree>(
      root_, FileTree::Observer{[this](const std::string& path) {
                                  const std::string absolute = path.empty() ? root_ : root_ + '/' + path;
                                  const int problem = watcher_.watch(path, absolute);
                                  if (problem == ENOSPC || problem == EMFILE) watch_error_ = problem;
                                },
                                [this](const std::string& path) { watcher_.unwatch(path); }});
  tree->expand_when_met(expanded_);
  const int problem = tree->open();
  if (problem != 0) {
    fail(problem);
    return;
  }
  error_number_ = 0;
  gone_ = false;
  expanded_.clear();
  tree_ = std::move(tree);
}

void Folder::fail(int error_number) {
  error_number_ = error_number;
  if (error_number == ENOENT) gone_ = true;
  if (tree_) expanded_ = tree_->expanded();
  watcher_.clear();
  tree_.reset();
  stale_.clear();
  extension_.post(search_again_after, [this, serial = serial_] {
    if (serial != serial_ || tree_ || error_number_ == 0) return;
    const int before = error_number_;
    start();
    if (error_number_ != before) changed_();
  });
}

void Folder::try_again() {
  if (root_.empty()) return;
  ++serial_;  // what is posted is replaced
  refresh_due_ = false;
  if (tree_) {
    note({}, DirectoryWatcher::Change::everything);
  } else {
    start();
    changed_();
  }
}

void Folder::note(const std::string& path, DirectoryWatcher::Change change) {
  if (!tree_) return;
  if (change == DirectoryWatcher::Change::everything) {
    for (const std::string& loaded : tree_->loaded())
      stale_.insert(loaded);
  } else {
    stale_.insert(path);
  }
  if (change == DirectoryWatcher::Change::gone && !path.empty()) {
    const std::size_t slash = path.rfind('/');
    stale_.insert(slash == std::string::npos ? std::string() : path.substr(0, slash));
  }
  if (std::exchange(refresh_due_, true)) return;
  const milliseconds delay = std::max(batch_delay, last_cost_ * 4);
  extension_.post(delay, [this, serial = serial_] {
    if (serial == serial_) refresh();
  });
}

void Folder::refresh() {
  refresh_due_ = false;
  if (!tree_) return;
  const auto begin = std::chrono::steady_clock::now();
  // Parents sort before what is in them, so a directory that is gone is not read in vain.
  for (const std::string& path : std::exchange(stale_, {})) {
    if (!tree_->is_loaded(path)) continue;
    watcher_.watch(path, tree_->absolute(path));  // its watch ended if another directory took its place
    if (const int problem = tree_->refresh(path); problem != 0) {
      fail(problem);
      break;
    }
  }
  last_cost_ = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin);
  changed_();
}

}  // namespace symphony::explorer
