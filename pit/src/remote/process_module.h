#pragma once
// A module in a process of its own, for developing it: it can be debugged, and crash, beside the program. The process
// is started without a sandbox and reached over the bus.

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <symphony/ipc/bus.h>

#include "remote/remote_module.h"

namespace symphony::pit {

/// When the process dies, what waits for it fails, and it is started again with the state of its last snapshot.
class ProcessModule final : public RemoteModule {
 public:
  /// A process that does not say hello, does not say what it is, or does not get ready in this time each is refused.
  static constexpr std::chrono::milliseconds longest_start{3000};
  /// For how it is, and for its end.
  static constexpr std::chrono::milliseconds longest_glance{1000};

  /// `command`, whose program is a whole path, gets one end of a socket pair as its descriptor 3 and calls
  /// serve_module() on it. The bus must outlive the module. Errors: invalid_params, io_error, endpoint_unavailable,
  /// deadline_exceeded, and those of learn().
  static Result<std::unique_ptr<Module>> start(ipc::Bus& bus, std::vector<std::string> command);
  ~ProcessModule() override;

  /// Whatever a method does, it waits for another process.
  Execution execution(std::string_view) const noexcept override { return Execution::pool; }
  Result<void> init(const nlohmann::json& config) override;
  Result<nlohmann::json> snapshot() override;
  Result<void> restore(const nlohmann::json& state) override;

 private:
  ProcessModule(ipc::Bus& bus, std::vector<std::string> command);

  Result<nlohmann::json> exchange(const nlohmann::json& request) const override;
  Result<nlohmann::json> send(const nlohmann::json& request) const;
  Result<void> spawn() const;
  void end_process() const noexcept;
  void revive() const;

  ipc::Bus& bus_;
  const std::vector<std::string> command_;
  const std::string endpoint_;
  /// Of the process, and of what a new one needs.
  mutable std::mutex process_mutex_;
  mutable pid_t process_ = -1;
  nlohmann::json config_ = nlohmann::json::object();
  nlohmann::json last_state_;
};

}  // namespace symphony::pit
