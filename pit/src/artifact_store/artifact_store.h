#pragma once
// The Artifact Store of docs/pit.md: artifacts, and the index of the open workspace.

#include <symphony/pit/module.h>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>

#include "artifact_store/parameters.h"
#include "artifact_store/search_hits.h"
#include "artifact_store/uploads.h"
#include "artifact_store/workspace_index.h"
#include "clock.h"

namespace symphony::pit {

class ArtifactStore final : public Module {
 public:
  /// `clock` must outlive it.
  explicit ArtifactStore(IndexOptions options = {}, const Clock& clock = system_clock())
      : options_(options), clock_(clock), uploads_(clock) {}
  ~ArtifactStore() override { shutdown(); }

  std::string_view id() const noexcept override { return "artifact_store"; }
  Traits traits() const noexcept override {
    return {.keeping = Keeping::itself, .holder_gone = messages::method::store_holder_gone.name};
  }
  /// {"data_directory": path}
  Result<void> init(const nlohmann::json& config) override;
  Execution execution(std::string_view method) const noexcept override;
  Result<nlohmann::json> handle_message(const Call& call) override;
  /// {"workspace": folder or null}: all else is in the database at any time.
  Result<nlohmann::json> snapshot() override;
  Result<void> restore(const nlohmann::json& state) override;
  std::optional<Error> problem() const override;
  void shutdown() noexcept override;

  /// The open workspace; null when there is none.
  std::shared_ptr<WorkspaceIndex> index() const;
  /// Where artifacts go: the open workspace's store, or the user's own.
  std::shared_ptr<Store> artifacts() const;

 private:
  Result<nlohmann::json> dispatch(const Call& call);
  /// The artifact.* methods, and those of dispatch_upkeep().
  Result<nlohmann::json> dispatch_artifacts(const Call& call);
  /// The store.* methods.
  Result<nlohmann::json> dispatch_upkeep(const Call& call, Store& store);
  Result<nlohmann::json> open_index(const messages::IndexOpenParams& parameters);
  nlohmann::json close_index();
  void replace_corrupted() noexcept;
  nlohmann::json index_status() const;
  Result<nlohmann::json> search(const SearchRequest& request, const std::stop_token& stop);
  Result<nlohmann::json> scan(const SearchRequest& request, const std::stop_token& stop);
  std::shared_ptr<Store> store_at(const std::filesystem::path& file);

  const IndexOptions options_;
  const Clock& clock_;
  Uploads uploads_;
  std::filesystem::path data_directory_;
  /// Serialises opening and closing; never held while an index is asked something.
  std::mutex opening_;
  mutable std::mutex mutex_;
  std::shared_ptr<Store> user_store_;
  std::shared_ptr<WorkspaceIndex> index_;
  /// Stores still in use by somebody: a second opening would meet their lock.
  std::map<std::filesystem::path, std::weak_ptr<Store>> open_stores_;
};

}  // namespace symphony::pit
