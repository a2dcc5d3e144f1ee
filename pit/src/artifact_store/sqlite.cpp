#include "artifact_store/sqlite.h"

#include <cerrno>
#include <utility>

#include "artifact_store/gram_tokenizer.h"

namespace symphony::pit {

namespace {

constexpr int busy_timeout_ms = 5000;
/// Virtual machine steps between two looks at the stop token: some 10 µs.
constexpr int steps_between_stop_checks = 1000;

int stop_requested(void* token) { return static_cast<const std::stop_token*>(token)->stop_requested() ? 1 : 0; }

}  // namespace

ipc::Error DatabaseError::to_error() const {
  using ipc::ErrorCode;
  nlohmann::json data = {{"sqlite", code_}};
  if (!path_.empty()) data["path"] = path_;
  switch (code()) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {ErrorCode::data_corrupted, std::string("The store's database is damaged: ") + what(), std::move(data)};
    case SQLITE_FULL:
    case SQLITE_NOMEM:
      return {ErrorCode::resource_exhausted,
              std::string("The store could not be written (") + what() +
                  "). Free some space on the disk; nothing was changed.",
              std::move(data)};
    case SQLITE_TOOBIG:
      return {ErrorCode::payload_too_large, what(), std::move(data)};
    case SQLITE_INTERRUPT:
      return {ErrorCode::cancelled, "The request was cancelled.", std::move(data)};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorCode::overloaded, std::string("The store is busy: ") + what(), std::move(data)};
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
    case SQLITE_PERM:
      return {ErrorCode::io_error, std::string("The store's database cannot be used: ") + what(), std::move(data)};
    default:
      return {ErrorCode::internal_error, std::string("The store's database refused: ") + what(), std::move(data)};
  }
}

Database Database::open_with(const std::string& path, int flags) {
  Database database;
  database.path_ = path;
  const int code =
      sqlite3_open_v2(path.c_str(), &database.handle_, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  if (code != SQLITE_OK) database.fail(code, "open");
  sqlite3_busy_timeout(database.handle_, busy_timeout_ms);
  register_gram_tokenizer(database.handle_);
  return database;
}

Database Database::open(const std::string& path) { return open_with(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE); }

Database Database::open_reader(const std::string& path) {
  Database database = open_with(path, SQLITE_OPEN_READWRITE);
  database.execute("PRAGMA query_only=ON; PRAGMA cache_size=-4096");
  return database;
}

Database Database::open_in_memory() { return open_with(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE); }

Database& Database::operator=(Database&& other) noexcept {
  if (this != &other) {
    close();
    handle_ = std::exchange(other.handle_, nullptr);
    path_ = std::move(other.path_);
    statements_ = std::exchange(other.statements_, {});
  }
  return *this;
}

void Database::close() noexcept {
  for (const auto& [sql, statement] : statements_)
    sqlite3_finalize(statement);
  statements_.clear();
  sqlite3_close_v2(std::exchange(handle_, nullptr));
}

void Database::fail(int code, std::string_view doing) const {
  const char* reason = handle_ != nullptr ? sqlite3_errmsg(handle_) : sqlite3_errstr(code);
  // A full disk is not always told as such: growing the shared memory of the WAL fails as an I/O error.
  const bool full = (code & 0xff) == SQLITE_IOERR && handle_ != nullptr && sqlite3_system_errno(handle_) == ENOSPC;
  throw DatabaseError(full ? SQLITE_FULL : code, std::string(doing) + ": " + reason, path_);
}

void Database::execute(const std::string& sql) {
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code, sql.substr(0, 60));
}

std::int64_t Database::scalar(const char* sql) {
  Query query(*this, sql);
  return query.step() ? query.integer_at(0) : 0;
}

sqlite3_stmt* Database::prepared(const char* sql) {
  sqlite3_stmt*& statement = statements_[sql];
  if (statement == nullptr) {
    const int code = sqlite3_prepare_v3(handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) fail(code, "prepare");
  }
  return statement;
}

Query::~Query() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Query& Query::integer(std::int64_t value) {
  sqlite3_bind_int64(statement_, ++bound_, value);
  return *this;
}

Query& Query::text(std::string_view value) {
  const int code = sqlite3_bind_text64(statement_, ++bound_, value.data(), value.size(), SQLITE_STATIC, SQLITE_UTF8);
  if (code != SQLITE_OK) database_.fail(code, "bind");
  return *this;
}

Query& Query::bytes(std::string_view value) {
  // A null pointer would bind NULL instead of an empty blob.
  const char* data = value.data() != nullptr ? value.data() : "";
  const int code = sqlite3_bind_blob64(statement_, ++bound_, data, value.size(), SQLITE_STATIC);
  if (code != SQLITE_OK) database_.fail(code, "bind");
  return *this;
}

Query& Query::null() {
  sqlite3_bind_null(statement_, ++bound_);
  return *this;
}

Query& Query::real(double value) {
  sqlite3_bind_double(statement_, ++bound_, value);
  return *this;
}

bool Query::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) database_.fail(code, "step");
  return false;
}

void Query::run() {
  while (step()) {
  }
}

std::int64_t Query::integer_at(int column) const { return sqlite3_column_int64(statement_, column); }

bool Query::null_at(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

double Query::real_at(int column) const { return sqlite3_column_double(statement_, column); }

std::string_view Query::bytes_at(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return data == nullptr ? std::string_view()
                         : std::string_view(static_cast<const char*>(data), static_cast<std::size_t>(size));
}

Transaction::Transaction(Database& database) : database_(database) { database_.execute("BEGIN IMMEDIATE"); }

Transaction::~Transaction() {
  // Some failures (disk full) have rolled back already.
  if (open_ && sqlite3_get_autocommit(database_.handle()) == 0)
    sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  database_.execute("COMMIT");
  open_ = false;
}

Interruptible::Interruptible(Database& database, std::stop_token stop) : database_(database), stop_(std::move(stop)) {
  sqlite3_progress_handler(database_.handle(), steps_between_stop_checks, stop_requested, &stop_);
}

Interruptible::~Interruptible() { sqlite3_progress_handler(database_.handle(), 0, nullptr, nullptr); }

}  // namespace symphony::pit
