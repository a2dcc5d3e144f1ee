#pragma once
// The endpoint `host`: what a running Symphony says about itself. It answers without Python, so also when the Conductor
// hangs. docs/protocol.md section 8 lists its methods: metrics.get, trace.get, log.write, log.level, log.levels.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <symphony/ipc/bus.h>
#include <symphony/ipc/log.h>

namespace symphony::ipc {

struct HostServiceOptions {
  std::string host_version;
  /// Where "<component>.log" files are kept; empty: what is sent to the log is counted and not kept.
  std::filesystem::path log_directory;
};

/// A component of the log is an endpoint: its level is sent to it as the notification `contract.log_level`, to each of
/// its processes, and again to every process that comes later.
class HostService {
 public:
  /// The bus must outlive it. Errors: invalid_request (there is one already); those of LogBook::open.
  static Result<std::unique_ptr<HostService>> create(Bus& bus, HostServiceOptions options);
  ~HostService();
  HostService(const HostService&) = delete;
  HostService& operator=(const HostService&) = delete;

  /// Writes to the log of `entry.component` when its level allows. From any thread; does not block.
  void log(LogEntry entry);
  /// Errors: not_found (no such endpoint). From any thread.
  Result<void> set_log_level(const std::string& component, LogLevel level);
  LogLevel log_level(const std::string& component) const;

 private:
  struct State;
  explicit HostService(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace symphony::ipc
