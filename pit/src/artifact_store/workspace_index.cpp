#include "artifact_store/workspace_index.h"

#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <cerrno>

#include <symphony/ipc/path_text.h>

#include "artifact_store/live_scan.h"

namespace symphony::pit {

namespace {

using ipc::Error;
using ipc::ErrorCode;

/// A burst of changes (a save, a checkout) is taken together: quiet for this long, or at most so long.
constexpr int quiet_ms = 10;
constexpr std::chrono::milliseconds longest_burst{60};
/// How often a list that still grows is shown to searches.
constexpr std::chrono::milliseconds publish_interval{100};

/// The index yields to everything the user waits for.
void lower_priority() {
  sched_param none{};
  ::sched_setscheduler(0, SCHED_BATCH, &none);
  const auto thread = static_cast<id_t>(::syscall(SYS_gettid));
  ::setpriority(PRIO_PROCESS, thread, 10);
  constexpr int of_process = 1;                      // IOPRIO_WHO_PROCESS
  constexpr int lowest_best_effort = (2 << 13) | 7;  // IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 7)
  ::syscall(SYS_ioprio_set, of_process, static_cast<int>(thread), lowest_best_effort);
}

}  // namespace

std::string_view name_of(IndexState state) noexcept {
  switch (state) {
    case IndexState::building:
      return "building";
    case IndexState::ready:
      return "ready";
    case IndexState::degraded:
      return "degraded";
    case IndexState::failed:
      return "failed";
  }
  return "unknown";
}

WorkspaceIndex::WorkspaceIndex(std::string folder, std::shared_ptr<Store> store, IndexOptions options)
    : folder_(std::move(folder)),
      store_(std::move(store)),
      options_(options),
      watch_(folder_),
      wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

WorkspaceIndex::~WorkspaceIndex() {
  thread_.request_stop();
  ::eventfd_write(wake_.get(), 1);
  thread_.join();
}

IndexState WorkspaceIndex::state() const {
  const std::scoped_lock lock(mutex_);
  return state_;
}

std::optional<Error> WorkspaceIndex::error() const {
  const std::scoped_lock lock(mutex_);
  return error_;
}

nlohmann::json WorkspaceIndex::status() const {
  const StoreHealth health = store_->health();
  // Changes the thread has not taken from the kernel count as well: without them "fresh" would be a guess.
  const bool unread = watch_.unread();
  const std::scoped_lock lock(mutex_);
  const std::optional<Error>& error = error_ ? error_ : health.error;
  return {{"folder", ipc::escape_path(folder_)},
          {"state", name_of(state_)},
          {"files", counts_.files},
          {"indexed", counts_.indexed},
          {"pending", pending_ + (unread ? 1 : 0)},
          {"bytes", counts_.bytes},
          {"text_bytes", counts_.text_bytes},
          {"skipped", {{"binary", counts_.binary}, {"large", counts_.large}, {"unreadable", counts_.unreadable}}},
          {"watching", watching_},
          {"generation", generation_},
          {"build_ms", build_ms_},
          {"persistent", health.persistent},
          {"error", error ? error->to_json() : nlohmann::json(nullptr)}};
}

bool WorkspaceIndex::fresh() const {
  const bool unread = watch_.unread();
  const std::scoped_lock lock(mutex_);
  return state_ == IndexState::ready && watching_ && pending_ == 0 && !unread;
}

std::shared_ptr<const SearchableFiles> WorkspaceIndex::files() const {
  const std::scoped_lock lock(mutex_);
  return published_;
}

bool WorkspaceIndex::wait_settled(std::chrono::milliseconds timeout) const {
  std::unique_lock lock(mutex_);
  return settled_.wait_for(lock, timeout, [this] {
    return state_ == IndexState::failed || (state_ != IndexState::building && pending_ == 0 && !watch_.unread());
  });
}

void WorkspaceIndex::report_corruption() {
  {
    const std::scoped_lock lock(mutex_);
    corruption_reported_ = true;
    pending_ = std::max<std::size_t>(pending_, 1);
  }
  ::eventfd_write(wake_.get(), 1);
}

void WorkspaceIndex::run(const std::stop_token& stop) {
  lower_priority();
  try {
    if (auto checked = check_folder(folder_); checked.has_error()) {
      fail(checked.error());
      return;
    }
    load_known();
    ignore_.emplace(folder_);
    changed_.insert("");
    while (!stop.stop_requested()) {
      apply_changes(stop);
      if (root_gone_) {
        auto checked = check_folder(folder_);
        fail(checked.has_error() ? checked.error()
                                 : Error{ErrorCode::not_found,
                                         "The folder was replaced while it was open; open it again.",
                                         {{"path", ipc::escape_path(folder_)}}});
        return;
      }
      if (!unread_.empty() || !removed_.empty()) index_batch(stop);
      if (unread_.empty() && removed_.empty() && changed_.empty()) {
        settle();
        wait_for_events(stop);
      } else if (write_error_) {
        settle();
        wait_for_events(stop);
      } else {
        if (std::chrono::steady_clock::now() - last_publish_ > publish_interval) publish();
        read_events();
      }
    }
  } catch (const DatabaseError& error) {
    fail(error.to_error());
  } catch (const std::exception& error) {
    fail({ErrorCode::internal_error, std::string("The index stopped: ") + error.what(), nullptr});
  }
}

void WorkspaceIndex::load_known() {
  FileList known;
  try {
    known = load_files(*store_->write());
  } catch (const DatabaseError& error) {
    if (!error.corrupted()) throw;
    store_->replace_corrupted();
  }
  for (auto& file : known)
    files_.insert(files_.end(), std::move(file));
  publish();
}

void WorkspaceIndex::recover_from_corruption() {
  store_->replace_corrupted();
  files_.clear();
  unread_.clear();
  removed_.clear();
  changed_ = {""};
  publish();
}

void WorkspaceIndex::read_events() {
  {
    // From here until note_pending() the kernel no longer tells of these changes, and changed_ does not yet.
    const std::scoped_lock lock(mutex_);
    if (watch_.unread()) pending_ = std::max<std::size_t>(pending_, 1);
  }
  FolderWatch::Events events;
  events.changed = [this](std::string path) { changed_.insert(std::move(path)); };
  events.overflowed = [this] { changed_.insert(""); };
  events.root_gone = [this] { root_gone_ = true; };
  if (watch_.works()) watch_.read(events);
  note_pending();
}

bool WorkspaceIndex::poll_once(int timeout_ms) {
  std::array<pollfd, 2> waits{{{wake_.get(), POLLIN, 0}, {watch_.descriptor(), POLLIN, 0}}};
  const int ready = ::poll(waits.data(), waits.size(), timeout_ms);
  eventfd_t value = 0;
  if ((waits[0].revents & POLLIN) != 0) ::eventfd_read(wake_.get(), &value);
  read_events();
  return ready > 0;
}

void WorkspaceIndex::wait_for_events(const std::stop_token& stop) {
  const bool blind = !everything_watched_ || write_error_.has_value();
  if (!poll_once(blind ? static_cast<int>(options_.rescan_interval.count()) : -1)) {
    changed_.insert("");
    note_pending();
  }
  const auto begun = std::chrono::steady_clock::now();
  while (!stop.stop_requested() && !root_gone_ && std::chrono::steady_clock::now() - begun < longest_burst &&
         poll_once(quiet_ms)) {
  }
  bool corrupted = false;
  {
    const std::scoped_lock lock(mutex_);
    corrupted = std::exchange(corruption_reported_, false);
  }
  if (corrupted) recover_from_corruption();
}

void WorkspaceIndex::note_pending() {
  const std::size_t known = changed_.size() + unread_.size() + removed_.size() + (root_gone_ ? 1 : 0);
  const std::scoped_lock lock(mutex_);
  pending_ = known + (corruption_reported_ ? 1 : 0);
}

void WorkspaceIndex::publish() {
  auto searchable = std::make_shared<const SearchableFiles>(FileList(files_.begin(), files_.end()));
  const FileList& list = searchable->files();
  Counts counts;
  counts.files = static_cast<std::int64_t>(list.size());
  counts.unreadable = static_cast<std::int64_t>(unreadable_directories_.size());
  for (const auto& file : list) {
    counts.bytes += file->stamp.size;
    if (file->text != 0) {
      ++counts.indexed;
      counts.text_bytes += file->stamp.size;
    }
    counts.binary += file->kind == FileKind::binary ? 1 : 0;
    counts.large += file->kind == FileKind::large ? 1 : 0;
    counts.unreadable += file->kind == FileKind::unreadable ? 1 : 0;
  }
  last_publish_ = std::chrono::steady_clock::now();
  const std::scoped_lock lock(mutex_);
  published_ = std::move(searchable);
  counts_ = counts;
}

void WorkspaceIndex::settle() {
  publish();
  note_pending();
  {
    const std::scoped_lock lock(mutex_);
    watching_ = everything_watched_;
    error_ = write_error_;
    if (!everything_watched_ && !error_) {
      error_ = Error{ErrorCode::resource_exhausted,
                     "Not every directory can be watched, so changes are seen only every " +
                         std::to_string(options_.rescan_interval.count() / 1000) +
                         " s. Raise fs.inotify.max_user_watches (sysctl) and open the folder again.",
                     {{"path", ipc::escape_path(folder_)}, {"watched", watch_.count()}}};
    }
    if (state_ == IndexState::building) {
      build_ms_ =
          std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started_).count();
    }
    state_ = error_ ? IndexState::degraded : IndexState::ready;
  }
  settled_.notify_all();
}

void WorkspaceIndex::fail(Error error) {
  {
    const std::scoped_lock lock(mutex_);
    state_ = IndexState::failed;
    error_ = std::move(error);
    watching_ = false;
    pending_ = 0;
  }
  settled_.notify_all();
}

}  // namespace symphony::pit
