#pragma once
// The Stale Manager of docs/pit.md. It decides; the Artifact Store does, and refuses what must not be.

#include <symphony/interfaces/stale_manager.h>
#include <symphony/pit/module.h>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "clock.h"
#include "stale_manager/plan.h"

namespace symphony::pit {

class StaleManager final : public Module {
 public:
  /// How the Artifact Store is asked: a message, wherever it runs.
  using AskStore = std::function<Result<nlohmann::json>(std::string_view method, const nlohmann::json& params)>;

  /// `clock` must outlive it.
  explicit StaleManager(AskStore store, const Clock& clock = system_clock())
      : store_(std::move(store)), clock_(clock) {}

  std::string_view id() const noexcept override { return "stale_manager"; }
  Traits traits() const noexcept override { return {.keeping = Keeping::host}; }
  Result<void> init(const nlohmann::json&) override { return {}; }
  Execution execution(std::string_view method) const noexcept override;
  Result<nlohmann::json> handle_message(const Call& call) override;
  /// {"version":1,"policies","plans"}
  Result<nlohmann::json> snapshot() override;
  Result<void> restore(const nlohmann::json& state) override;
  void shutdown() noexcept override {}

 private:
  /// One that is worked on is locked for a piece at most.
  struct Kept {
    std::mutex mutex;
    stale::Plan plan;
  };
  class Slice;

  Result<nlohmann::json> set_policy(const interfaces::stale_manager::StaleSetPolicyParams& asked, const Call& call);
  Result<nlohmann::json> remove_policy(const interfaces::stale_manager::StaleRemovePolicyParams& asked,
                                       const Call& call);
  Result<nlohmann::json> policies(const Call& call);
  Result<nlohmann::json> evaluate(const interfaces::stale_manager::StaleEvaluateParams& asked, const Call& call);
  Result<nlohmann::json> plan(const interfaces::stale_manager::StalePlanParams& asked, const Call& call);
  Result<nlohmann::json> execute(const interfaces::stale_manager::StaleExecuteParams& asked, const Call& call);
  Result<nlohmann::json> undo(const interfaces::stale_manager::StaleUndoParams& asked, const Call& call);
  Result<nlohmann::json> report(const Call& call);
  Result<nlohmann::json> forget(const interfaces::stale_manager::StaleForgetParams& asked, const Call& call);
  Result<nlohmann::json> restore_content(const interfaces::stale_manager::StaleRestoreParams& asked, const Call& call);
  Result<nlohmann::json> purge(const interfaces::stale_manager::StalePurgeParams& asked, const Call& call);

  std::vector<stale::Policy> all_policies() const;
  std::shared_ptr<Kept> find(const std::string& plan) const;
  Result<std::int64_t> used_bytes();
  /// Contents after a hash. Errors: the store's.
  Result<interfaces::artifact_store::StoreContentsResult> contents(const std::string& after, std::uint64_t limit);
  /// The plan's next item. Errors: what would also stop the one after it, such as a full disk.
  Result<void> deal_with(stale::Plan& plan);
  void plan_items(stale::Plan& plan, const std::vector<stale::Policy>& policies,
                  const interfaces::artifact_store::StoreContentsResult& found);

  const AskStore store_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, stale::Policy> policies_;
  /// In the order they were begun.
  std::vector<std::shared_ptr<Kept>> plans_;
};

}  // namespace symphony::pit
