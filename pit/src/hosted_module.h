#pragma once
// A module as the host has it: the border nothing thrown passes, its figures, and its state in a file where the host
// keeps that.

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>

#include <symphony/ipc/bus.h>
#include <symphony/pit/module.h>

#include "method_statistics.h"
#include "snapshot_file.h"

namespace symphony::pit {

class HostedModule {
 public:
  HostedModule(ipc::Bus& bus, std::unique_ptr<Module> module);

  /// init(), then the state of the last run from `snapshots`/ID.snapshot where the host keeps it; an empty
  /// path: there is no file, it lives in memory. A state that cannot be
  /// used is no error here: it is in problem().
  Result<void> start(const nlohmann::json& config, const std::filesystem::path& snapshots);
  /// Any thread.
  Result<nlohmann::json> answer(const ipc::Incoming& incoming, const std::stop_token& stop) noexcept;
  /// Writes the module's state if the host keeps it and anything was handled since the last time. Any thread.
  void save() noexcept;
  void shutdown() noexcept { module_->shutdown(); }

  std::string_view id() const noexcept { return module_->id(); }
  Traits traits() const noexcept { return module_->traits(); }
  Execution execution(std::string_view method) const noexcept { return module_->execution(method); }
  /// {"id","health","error","keeps":"itself|file|memory","methods"}
  nlohmann::json status() const;

 private:
  Result<nlohmann::json> call(const ipc::Incoming& incoming, const std::stop_token& stop);
  std::optional<Error> restore();
  Result<void> write_snapshot();

  ipc::Bus& bus_;
  const std::unique_ptr<Module> module_;
  MethodStatistics statistics_;
  /// Messages that may have changed something.
  std::atomic<std::uint64_t> handled_{0};
  /// Serialises writers of the file.
  std::mutex saving_;
  std::optional<SnapshotFile> file_;
  std::uint64_t saved_ = 0;
  mutable std::mutex mutex_;
  /// What became of the file; the last attempt to save counts.
  std::optional<Error> restore_problem_;
  std::optional<Error> save_problem_;
};

}  // namespace symphony::pit
