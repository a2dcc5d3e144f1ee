#pragma once
// One database file and the connections to it. Opening never fails: what cannot be used is set aside or left alone,
// work goes on in memory, and health() says so.

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <symphony/descriptor/descriptor.h>

#include "artifact_store/access_times.h"
#include "artifact_store/sqlite.h"
#include "artifact_store/uploading.h"

namespace symphony::pit {

struct StoreHealth {
  bool persistent = true;
  /// What the user should know and do; the store works regardless.
  std::optional<ipc::Error> error;
};

/// Thread-safe.
class Store {
 public:
  /// `file` is created with its directories.
  static std::shared_ptr<Store> open(std::filesystem::path file);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// Exclusive use of a connection while it lives.
  class Lease {
   public:
    Lease(Store& store, Database* database, bool writing) : store_(&store), database_(database), writing_(writing) {}
    Lease(Lease&& other) noexcept
        : store_(other.store_), database_(std::exchange(other.database_, nullptr)), writing_(other.writing_) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (database_ != nullptr) store_->give_back(database_, writing_);
    }
    Database& operator*() const noexcept { return *database_; }

   private:
    Store* store_;
    Database* database_;
    bool writing_;
  };

  Lease write();
  /// A snapshot of its own in WAL mode; in memory it waits for the one connection.
  Lease read();
  /// Somebody waits in write(): long transactions should end soon.
  bool write_wanted() const noexcept { return waiting_writers_.load(std::memory_order_relaxed) > 0; }
  StoreHealth health() const;
  /// After a DatabaseError that says corrupted(): sets the file aside and goes on with an empty one. Waits for all
  /// leases.
  void replace_corrupted();
  /// For contents that are kept beside the database; empty while the store is in memory.
  std::filesystem::path archive() const;
  /// For the chunks of large contents; empty while the store is in memory.
  std::filesystem::path packs() const;
  /// The number of a pack that there is not yet.
  std::int64_t next_pack() noexcept { return next_pack_++; }
  Uploading& uploading() noexcept { return uploading_; }
  /// Uses that the database does not know of yet.
  AccessTimes& accesses() noexcept { return accesses_; }
  /// One thread at a time moves contents between tiers, or looks for files that belong to none.
  std::mutex& moving() noexcept { return moving_; }

 private:
  explicit Store(std::filesystem::path file) : file_(std::move(file)) {}

  void connect();
  bool lock_file();
  void open_file();
  void set_aside(const DatabaseError& reason);
  void work_in_memory(ipc::Error reason);
  /// A path beside the database; empty while the store is in memory.
  std::filesystem::path beside(const char* suffix) const;
  void give_back(Database* database, bool writing);

  const std::filesystem::path file_;
  Descriptor lock_;
  mutable std::mutex mutex_;
  std::condition_variable returned_;
  std::unique_ptr<Database> writer_;
  bool writer_out_ = false;
  std::vector<std::unique_ptr<Database>> readers_;
  std::vector<Database*> idle_readers_;
  std::atomic<int> waiting_writers_{0};
  StoreHealth health_;
  AccessTimes accesses_;
  std::mutex moving_;
  std::atomic<std::int64_t> next_pack_{1};
  Uploading uploading_;
};

}  // namespace symphony::pit
