#pragma once
// SQLite behind RAII. Failures are thrown as DatabaseError inside the module and become values at its border.

#include <sqlite3.h>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>

#include <symphony/ipc/error.h>

namespace symphony::pit {

class DatabaseError : public std::runtime_error {
 public:
  DatabaseError(int code, const std::string& message, std::string path = {})
      : std::runtime_error(message), code_(code), path_(std::move(path)) {}
  /// The primary result code (SQLITE_FULL, …).
  int code() const noexcept { return code_ & 0xff; }
  bool corrupted() const noexcept { return code() == SQLITE_CORRUPT || code() == SQLITE_NOTADB; }
  ipc::Error to_error() const;

 private:
  int code_;
  std::string path_;
};

/// One connection; not thread-safe.
class Database {
 public:
  Database() = default;
  /// Creates the file when missing. Throws DatabaseError.
  static Database open(const std::string& path);
  static Database open_reader(const std::string& path);
  static Database open_in_memory();
  ~Database() { close(); }
  Database(Database&& other) noexcept { *this = std::move(other); }
  Database& operator=(Database&& other) noexcept;

  void close() noexcept;
  void execute(const std::string& sql);
  std::int64_t scalar(const char* sql);
  sqlite3* handle() const noexcept { return handle_; }
  const std::string& path() const noexcept { return path_; }
  /// A prepared statement, kept for the life of the connection. `sql` must be a literal.
  sqlite3_stmt* prepared(const char* sql);
  [[noreturn]] void fail(int code, std::string_view doing) const;

 private:
  static Database open_with(const std::string& path, int flags);

  sqlite3* handle_ = nullptr;
  std::string path_;
  std::map<const char*, sqlite3_stmt*> statements_;
};

/// One run of a prepared statement: bind in order, step, read columns. Resets the statement when it goes.
class Query {
 public:
  Query(Database& database, const char* sql) : database_(database), statement_(database.prepared(sql)) {}
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  Query& integer(std::int64_t value);
  /// Bound text and bytes must outlive the run.
  Query& text(std::string_view value);
  Query& bytes(std::string_view value);
  Query& null();
  Query& real(double value);
  /// True while there is a row.
  bool step();
  void run();
  std::int64_t integer_at(int column) const;
  bool null_at(int column) const;
  double real_at(int column) const;
  /// Valid until the next step.
  std::string_view bytes_at(int column) const;

 private:
  Database& database_;
  sqlite3_stmt* statement_;
  int bound_ = 0;
};

/// BEGIN IMMEDIATE … COMMIT; rolled back unless committed.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

/// While it lives, a stop request interrupts the connection (SQLITE_INTERRUPT).
class Interruptible {
 public:
  Interruptible(Database& database, std::stop_token stop);
  ~Interruptible();
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;

 private:
  Database& database_;
  std::stop_token stop_;
};

}  // namespace symphony::pit
