// How WorkspaceIndex brings its list and its database in line with the folder.

#include <sys/stat.h>

#include <cerrno>

#include "artifact_store/workspace_index.h"

namespace symphony::pit {

namespace {

/// One transaction: small enough that an artifact or a search in memory waits little for it.
constexpr std::size_t batch_files = 256;
constexpr std::size_t batch_bytes = 2 << 20;
/// A file changed this recently may change again without its time stamp showing it.
constexpr std::int64_t racy_ns = 20'000'000;

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

void WorkspaceIndex::apply_changes(const std::stop_token& stop) {
  if (changed_.contains("")) changed_ = {""};
  while (!changed_.empty() && !stop.stop_requested() && !root_gone_) {
    const std::string path = *changed_.begin();
    reconcile(path, stop);
    // Its rules hold for everything beside and below it.
    if (is_ignore_file(path)) reconcile(std::string(parent_of(path)), stop);
    if (!stop.stop_requested()) changed_.erase(path);
  }
  if (!root_gone_) note_pending();
}

void WorkspaceIndex::reconcile(const std::string& path, const std::stop_token& stop) {
  if (path.empty()) {
    reconcile_directory(path, stop);
    return;
  }
  struct stat info {};
  const bool exists = ::lstat((folder_ + "/" + path).c_str(), &info) == 0;
  const bool is_directory = exists && S_ISDIR(info.st_mode);
  if (!exists || ignore_->ignores(path, is_directory)) {
    if (const auto known = files_.find(path); known != files_.end()) drop(known);
    drop_below(path);
  } else if (is_directory) {
    if (const auto known = files_.find(path); known != files_.end()) drop(known);
    reconcile_directory(path, stop);
  } else {
    drop_below(path);
    note_file(path, kind_of(info), stamp_of(info), true);
  }
}

void WorkspaceIndex::reconcile_directory(const std::string& path, const std::stop_token& stop) {
  if (path.empty()) {
    ignore_.emplace(folder_);
    everything_watched_ = true;
  }
  const std::string prefix = path.empty() ? std::string() : path + "/";
  std::erase_if(unreadable_directories_,
                [&](const std::string& directory) { return directory == path || directory.starts_with(prefix); });
  auto next = files_.lower_bound(prefix);
  const auto in_range = [&] { return next != files_.end() && (*next)->path.starts_with(prefix); };

  FolderVisitor visitor;
  visitor.directory = [&](const std::string& directory) {
    const bool room = watch_.count() < options_.watch_limit || watch_.watches(directory);
    if (!room || !watch_.add(directory)) everything_watched_ = false;
  };
  visitor.unreadable = [&](const std::string& directory, int error) {
    if (directory.empty() && (error == ENOENT || error == ENOTDIR)) root_gone_ = true;
    if (error == EACCES || error == EPERM) unreadable_directories_.insert(directory);
  };
  visitor.file = [&](const std::string& file, FileKind kind, const FileStamp& stamp) {
    while (in_range() && (*next)->path < file)
      next = drop(next);
    const bool known = in_range() && (*next)->path == file;
    if (known) ++next;
    note_file(file, kind, stamp, false);
    return true;
  };
  if (!walk_folder(folder_, path, *ignore_, visitor, stop) || root_gone_) return;
  while (in_range())
    next = drop(next);
}

void WorkspaceIndex::note_file(const std::string& path, FileKind kind, const FileStamp& stamp, bool read_again) {
  const auto known = files_.find(path);
  if (known != files_.end() && (*known)->stamp == stamp && !read_again) return;
  auto file = std::make_shared<IndexedFile>();
  if (known != files_.end()) {
    // Until it is read, what it was remains searchable; the stamp is taken when it is read.
    *file = **known;
    file->stamp.mtime_ns = -1;
  } else {
    file->path = path;
    file->kind = kind;
    file->stamp = {stamp.size, -1, stamp.inode};
  }
  if (known != files_.end()) files_.erase(known);
  files_.insert(std::move(file));
  removed_.erase(path);
  unread_.insert(path);
}

WorkspaceIndex::Files::iterator WorkspaceIndex::drop(Files::iterator file) {
  unread_.erase((*file)->path);
  removed_.insert((*file)->path);
  return files_.erase(file);
}

void WorkspaceIndex::drop_below(const std::string& directory) {
  const std::string prefix = directory + "/";
  for (auto file = files_.lower_bound(prefix); file != files_.end() && (*file)->path.starts_with(prefix);)
    file = drop(file);
  std::erase_if(unreadable_directories_,
                [&](const std::string& path) { return path == directory || path.starts_with(prefix); });
  if (watch_.works()) watch_.remove_below(directory);
}

void WorkspaceIndex::index_batch(const std::stop_token& stop) {
  std::vector<std::pair<std::shared_ptr<IndexedFile>, std::string>> batch;
  std::size_t bytes = 0;
  for (auto at = unread_.begin(); at != unread_.end() && batch.size() < batch_files && bytes < batch_bytes; ++at) {
    if (stop.stop_requested()) return;
    TextFile read = read_text_file(folder_ + "/" + *at);
    auto file = std::make_shared<IndexedFile>();
    file->path = *at;
    file->kind = read.kind;
    file->stamp = read.stamp;
    if (now_ns() - read.stamp.mtime_ns < racy_ns) file->stamp.mtime_ns = -1;
    bytes += read.text.size();
    batch.emplace_back(std::move(file), std::move(read.text));
  }
  try {
    write_batch(batch);
    write_error_.reset();
  } catch (const DatabaseError& error) {
    if (error.corrupted()) {
      recover_from_corruption();
    } else {
      write_error_ = error.to_error();
    }
  }
  note_pending();
}

void WorkspaceIndex::write_batch(std::vector<std::pair<std::shared_ptr<IndexedFile>, std::string>>& batch) {
  const std::set<std::string> removed = removed_;
  std::size_t done = 0;
  std::size_t gone = 0;
  {
    const Store::Lease lease = store_->write();
    Database& database = *lease;
    Transaction transaction(database);
    std::set<std::int64_t> released;
    const auto former_text = [&](const std::string& path) {
      Query query(database, "SELECT text FROM file WHERE path=?");
      if (query.bytes(path).step() && !query.null_at(0)) released.insert(query.integer_at(0));
    };
    for (const std::string& path : removed) {
      former_text(path);
      remove_file(database, path);
    }
    for (auto& [file, text] : batch) {
      if (file->kind == FileKind::missing || file->kind == FileKind::directory) {
        ++gone;
      } else {
        former_text(file->path);
        if (file->kind == FileKind::text) file->text = put_text(database, text);
        put_file(database, *file);
      }
      ++done;
      if (store_->write_wanted()) break;
    }
    for (const std::int64_t text : released)
      release_text(database, text);
    transaction.commit();
  }
  for (const std::string& path : removed)
    removed_.erase(path);
  for (std::size_t i = 0; i < done; ++i) {
    std::shared_ptr<IndexedFile>& file = batch[i].first;
    unread_.erase(file->path);
    if (const auto known = files_.find(file->path); known != files_.end()) files_.erase(known);
    if (file->kind == FileKind::missing || file->kind == FileKind::directory) {
      // Gone since it was listed: its event is on the way, the row goes with the next transaction.
      removed_.insert(file->path);
    } else {
      files_.insert(std::move(file));
    }
  }
  const std::scoped_lock lock(mutex_);
  generation_ += removed.size() + done - gone;
}

}  // namespace symphony::pit
