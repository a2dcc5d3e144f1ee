#pragma once
// The runtime directory of a running instance (docs/protocol.md section 1): who holds it, and how it is reached.

#include <string>

#include <symphony/descriptor/descriptor.h>
#include <symphony/ipc/error.h>

namespace symphony::ipc {

struct InstanceRecord {
  int pid = 0;
  std::string socket;
  std::string token;
};

/// Holds the directory for this process, by a lock that ends with the process, however it ends.
class InstanceDirectory {
 public:
  /// Creates it (0700) when missing. Errors: io_error (not a directory of ours, or open to others); invalid_request
  /// when another live instance holds it.
  static Result<InstanceDirectory> acquire(std::string path);

  /// Binds and listens, 0600; a socket left by a dead instance is replaced.
  Result<Descriptor> bind_socket() const;
  /// Replaces the record in one step: a reader sees the old one or the new one, whole.
  Result<void> publish(const std::string& token) const;
  void clean_up() const;

 private:
  InstanceDirectory(std::string path, Descriptor directory, Descriptor lock)
      : path_(std::move(path)), directory_(std::move(directory)), lock_(std::move(lock)) {}

  std::string path_;
  Descriptor directory_;
  Descriptor lock_;
};

/// 256 random bits in hexadecimal. Errors: io_error.
Result<std::string> random_token();
/// Errors: not_found when there is no record, data_corrupted, io_error.
Result<InstanceRecord> read_instance_record(const std::string& directory);
/// Errors: not_found when nobody listens, io_error.
Result<Descriptor> connect_socket(const std::string& path);

}  // namespace symphony::ipc
