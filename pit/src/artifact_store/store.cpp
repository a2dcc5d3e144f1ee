#include "artifact_store/store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <ctime>

#include "artifact_store/chunks.h"
#include "artifact_store/schema.h"

namespace symphony::pit {

namespace {

using ipc::Error;
using ipc::ErrorCode;

std::string timestamp() {
  const auto now = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%S", &parts);
  const auto fraction =
      std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count() % 1'000'000;
  return std::string(text.data(), length) + "." + std::to_string(fraction);
}

}  // namespace

std::shared_ptr<Store> Store::open(std::filesystem::path file) {
  std::shared_ptr<Store> store(new Store(std::move(file)));
  store->connect();
  return store;
}

Store::~Store() = default;

bool Store::lock_file() {
  if (lock_) return true;
  const std::string path = file_.string() + ".lock";
  lock_ = Descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock_)
    throw DatabaseError(errno == ENOSPC ? SQLITE_FULL : SQLITE_CANTOPEN, std::string("lock: ") + std::strerror(errno),
                        path);
  return ::flock(lock_.get(), LOCK_EX | LOCK_NB) == 0;
}

void Store::open_file() {
  auto writer = std::make_unique<Database>(Database::open(file_.string()));
  configure_writer(*writer);
  migrate(*writer);
  recover_chunks(*writer, file_.string() + ".packs");
  next_pack_ = writer->scalar("SELECT coalesce(max(id),0)+1 FROM pack");
  writer_ = std::move(writer);
}

void Store::connect() {
  std::error_code failed;
  std::filesystem::create_directories(file_.parent_path(), failed);
  try {
    if (failed)
      throw DatabaseError(failed.value() == ENOSPC ? SQLITE_FULL : SQLITE_CANTOPEN, failed.message(),
                          file_.parent_path().string());
    if (!lock_file()) {
      work_in_memory({ErrorCode::overloaded,
                      "Another Symphony uses the store of this folder; what is stored here lasts until this one ends.",
                      {{"path", file_.string()}}});
      return;
    }
    try {
      open_file();
    } catch (const DatabaseError& error) {
      if (!error.corrupted()) throw;
      set_aside(error);
      open_file();
    }
  } catch (const NewerDatabase& newer) {
    work_in_memory(
        {ErrorCode::version_mismatch,
         std::string(newer.what()) + " It was not touched; update Symphony to use it. Until then nothing is kept.",
         {{"path", file_.string()}}});
  } catch (const DatabaseError& error) {
    Error reason = error.to_error();
    reason.message =
        error.code() == SQLITE_FULL
            ? "The disk with the store is full: free some space and open the folder again. Until then nothing is kept."
            : "The store cannot be written at " + file_.parent_path().string() + " (" + error.what() +
                  "): make that directory writable and open the folder again. Until then nothing is kept.";
    work_in_memory(std::move(reason));
  }
}

void Store::set_aside(const DatabaseError& reason) {
  const std::string aside = file_.string() + ".corrupted-" + timestamp();
  if (std::rename(file_.c_str(), aside.c_str()) != 0) throw DatabaseError(SQLITE_CANTOPEN, "rename", file_.string());
  for (const char* suffix : {"-wal", "-shm"})
    std::rename((file_.string() + suffix).c_str(), (aside + suffix).c_str());
  // What is beside it belongs to the database that is set aside.
  for (const char* suffix : {".archive", ".packs"})
    std::rename((file_.string() + suffix).c_str(), (aside + suffix).c_str());
  health_.error =
      Error{ErrorCode::data_corrupted,
            "The store's database was damaged; it was set aside as " + aside + " and a new one was started.",
            {{"path", file_.string()}, {"set_aside", aside}, {"reason", reason.what()}}};
}

void Store::work_in_memory(Error reason) {
  health_ = {false, std::move(reason)};
  lock_ = Descriptor();
  auto writer = std::make_unique<Database>(Database::open_in_memory());
  migrate(*writer);
  writer_ = std::move(writer);
}

Store::Lease Store::write() {
  ++waiting_writers_;
  std::unique_lock lock(mutex_);
  returned_.wait(lock, [this] { return !writer_out_; });
  --waiting_writers_;
  writer_out_ = true;
  return {*this, writer_.get(), true};
}

Store::Lease Store::read() {
  std::unique_lock lock(mutex_);
  if (!health_.persistent) {
    lock.unlock();
    return write();
  }
  if (idle_readers_.empty()) {
    readers_.push_back(std::make_unique<Database>(Database::open_reader(file_.string())));
    return {*this, readers_.back().get(), false};
  }
  Database* reader = idle_readers_.back();
  idle_readers_.pop_back();
  return {*this, reader, false};
}

void Store::give_back(Database* database, bool writing) {
  {
    const std::scoped_lock lock(mutex_);
    if (writing) {
      writer_out_ = false;
    } else {
      idle_readers_.push_back(database);
    }
  }
  returned_.notify_all();
}

StoreHealth Store::health() const {
  const std::scoped_lock lock(mutex_);
  return health_;
}

std::filesystem::path Store::beside(const char* suffix) const {
  const std::scoped_lock lock(mutex_);
  return health_.persistent ? std::filesystem::path(file_.string() + suffix) : std::filesystem::path();
}

std::filesystem::path Store::archive() const { return beside(".archive"); }

std::filesystem::path Store::packs() const { return beside(".packs"); }

void Store::replace_corrupted() {
  std::unique_lock lock(mutex_);
  returned_.wait(lock, [this] { return !writer_out_ && idle_readers_.size() == readers_.size(); });
  idle_readers_.clear();
  readers_.clear();
  writer_.reset();
  try {
    if (health_.persistent) {
      set_aside(DatabaseError(SQLITE_CORRUPT, "damage found while in use", file_.string()));
      open_file();
      return;
    }
    work_in_memory(health_.error.value_or(Error{}));
  } catch (const DatabaseError& error) {
    work_in_memory(error.to_error());
  }
}

}  // namespace symphony::pit
