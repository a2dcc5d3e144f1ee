#pragma once
// Keeps the index of one folder fresh, on a thread of its own at low priority.

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "artifact_store/folder_walk.h"
#include "artifact_store/folder_watch.h"
#include "artifact_store/index_tables.h"
#include "artifact_store/searchable_files.h"
#include "artifact_store/store.h"

namespace symphony::pit {

enum class IndexState : std::uint8_t { building, ready, degraded, failed };
std::string_view name_of(IndexState state) noexcept;

struct IndexOptions {
  /// How often everything is looked at again while changes cannot be watched.
  std::chrono::milliseconds rescan_interval{30000};
  /// Directories watched at most; beyond it the index is degraded as when the system's limit is reached.
  std::size_t watch_limit = 500'000;
};

/// Public members may be called from any thread.
class WorkspaceIndex {
 public:
  /// `folder` is absolute, without links in it. Indexing starts at once.
  WorkspaceIndex(std::string folder, std::shared_ptr<Store> store, IndexOptions options = {});
  ~WorkspaceIndex();
  WorkspaceIndex(const WorkspaceIndex&) = delete;
  WorkspaceIndex& operator=(const WorkspaceIndex&) = delete;

  const std::string& folder() const noexcept { return folder_; }
  const std::shared_ptr<Store>& store() const noexcept { return store_; }
  IndexState state() const;
  std::optional<ipc::Error> error() const;
  /// The result of index.status.
  nlohmann::json status() const;
  /// True when the index holds every change made before the call.
  bool fresh() const;
  /// The list as of the last change; never null.
  std::shared_ptr<const SearchableFiles> files() const;
  /// Waits until nothing is known to be pending (or the index failed); false when `timeout` passed first.
  bool wait_settled(std::chrono::milliseconds timeout) const;
  /// A search met a damaged database: it is replaced and everything is read again.
  void report_corruption();

 private:
  struct ByPath {
    using is_transparent = void;
    static const std::string& path(const std::shared_ptr<const IndexedFile>& file) { return file->path; }
    static const std::string& path(const std::string& text) { return text; }
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return path(a) < path(b);
    }
  };
  using Files = std::set<std::shared_ptr<const IndexedFile>, ByPath>;

  struct Counts {
    std::int64_t files = 0;
    std::int64_t indexed = 0;
    std::int64_t bytes = 0;
    std::int64_t text_bytes = 0;
    std::int64_t binary = 0;
    std::int64_t large = 0;
    std::int64_t unreadable = 0;
  };

  void run(const std::stop_token& stop);
  void load_known();
  void apply_changes(const std::stop_token& stop);
  void reconcile(const std::string& path, const std::stop_token& stop);
  void reconcile_directory(const std::string& path, const std::stop_token& stop);
  void note_file(const std::string& path, FileKind kind, const FileStamp& stamp, bool read_again);
  Files::iterator drop(Files::iterator file);
  void drop_below(const std::string& directory);
  void index_batch(const std::stop_token& stop);
  void write_batch(std::vector<std::pair<std::shared_ptr<IndexedFile>, std::string>>& batch);
  void recover_from_corruption();
  void read_events();
  void wait_for_events(const std::stop_token& stop);
  bool poll_once(int timeout_ms);
  void note_pending();
  void publish();
  void settle();
  void fail(ipc::Error error);

  const std::string folder_;
  const std::shared_ptr<Store> store_;
  const IndexOptions options_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  FolderWatch watch_;
  Descriptor wake_;

  // Of the index thread alone.
  std::optional<IgnoreTree> ignore_;
  Files files_;
  std::set<std::string> changed_;
  std::set<std::string> unread_;
  std::set<std::string> removed_;
  std::set<std::string> unreadable_directories_;
  bool everything_watched_ = true;
  bool root_gone_ = false;
  std::chrono::steady_clock::time_point last_publish_{};
  std::optional<ipc::Error> write_error_;

  mutable std::mutex mutex_;
  mutable std::condition_variable settled_;
  IndexState state_ = IndexState::building;
  std::optional<ipc::Error> error_;
  std::shared_ptr<const SearchableFiles> published_ = std::make_shared<SearchableFiles>();
  Counts counts_;
  std::size_t pending_ = 1;
  bool watching_ = false;
  std::uint64_t generation_ = 0;
  std::int64_t build_ms_ = 0;
  bool corruption_reported_ = false;

  std::jthread thread_;
};

}  // namespace symphony::pit
