#pragma once
// The DAG Tracker of docs/pit.md: graphs by their ids, each with a lock of its own.

#include <symphony/interfaces/dag_tracker.h>
#include <symphony/pit/module.h>
#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "clock.h"
#include "dag_tracker/task_graph.h"
#include "snapshot_file.h"

namespace symphony::pit {

class DagTracker final : public Module {
 public:
  /// `clock` must outlive it.
  explicit DagTracker(const Clock& clock = system_clock()) : clock_(clock) {}

  std::string_view id() const noexcept override { return "dag_tracker"; }
  Traits traits() const noexcept override { return {.keeping = Keeping::host}; }
  /// {"data_directory": path}; checkpoints are in its folder pit/checkpoints. Without one there are none.
  Result<void> init(const nlohmann::json& config) override;
  Execution execution(std::string_view method) const noexcept override;
  Result<nlohmann::json> handle_message(const Call& call) override;
  /// {"version":1,"graphs":[{"graph","state": base64}]}
  Result<nlohmann::json> snapshot() override;
  Result<void> restore(const nlohmann::json& state) override;
  void shutdown() noexcept override {}

 private:
  struct Entry {
    explicit Entry(dag::TaskGraph created) : graph(std::move(created)) {}
    /// Of the graph and what else is here; held for microseconds.
    std::mutex mutex;
    dag::TaskGraph graph;
    /// Nobody finds it any more; who has it already must not use it.
    bool forgotten = false;
    /// The graph as a snapshot has it, at this revision.
    std::string encoded;
    std::uint64_t encoded_revision = 0;
    /// Serialises those who write its checkpoint.
    std::mutex checkpoint;
  };
  /// A graph and its lock.
  class Use;
  using Graphs = std::map<std::string, std::shared_ptr<Entry>, std::less<>>;

  Result<nlohmann::json> validate(const interfaces::dag_tracker::DagValidateParams& asked, const Call& call);
  Result<nlohmann::json> create(const interfaces::dag_tracker::DagCreateParams& asked, const Call& call);
  Result<nlohmann::json> start(const interfaces::dag_tracker::DagStartParams& asked, const Call& call);
  Result<nlohmann::json> report(const interfaces::dag_tracker::DagReportParams& asked, const Call& call);
  Result<nlohmann::json> extend(const interfaces::dag_tracker::DagExtendParams& asked, const Call& call);
  Result<nlohmann::json> cancel(const interfaces::dag_tracker::DagCancelParams& asked, const Call& call);
  Result<nlohmann::json> ready(const interfaces::dag_tracker::DagReadyParams& asked, const Call& call);
  Result<nlohmann::json> status(const interfaces::dag_tracker::DagStatusParams& asked, const Call& call);
  Result<nlohmann::json> order(const interfaces::dag_tracker::DagOrderParams& asked, const Call& call);
  Result<nlohmann::json> critical_path(const interfaces::dag_tracker::DagCriticalPathParams& asked, const Call& call);
  Result<nlohmann::json> features(const interfaces::dag_tracker::DagFeaturesParams& asked, const Call& call);
  Result<nlohmann::json> list(const Call& call);
  Result<nlohmann::json> forget(const interfaces::dag_tracker::DagForgetParams& asked, const Call& call);
  Result<nlohmann::json> checkpoint(const interfaces::dag_tracker::DagCheckpointParams& asked, const Call& call);
  Result<nlohmann::json> recover(const interfaces::dag_tracker::DagRecoverParams& asked, const Call& call);

  std::shared_ptr<Entry> find(std::string_view graph) const;
  Graphs all() const;
  /// Errors: not_found.
  Result<Use> use(const std::string& graph) const;
  /// Takes `nodes` of those there may be in all. Errors: resource_exhausted.
  Result<void> take_nodes(std::size_t nodes);
  void give_nodes_back(std::size_t nodes) noexcept { nodes_in_all_ -= nodes; }
  /// Errors: resource_exhausted; invalid_params when there is one with this id.
  Result<void> keep(const std::string& id, dag::TaskGraph graph);
  /// Nothing where there is no directory.
  std::optional<SnapshotFile> checkpoint_file(const std::string& graph) const;

  const Clock& clock_;
  std::filesystem::path data_directory_;
  mutable std::mutex mutex_;
  Graphs graphs_;
  std::atomic<std::size_t> nodes_in_all_{0};
};

}  // namespace symphony::pit
