#pragma once
// The uploads under way, each of the one who began it. Any thread.

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include <symphony/pit/module.h>

#include "artifact_store/parameters.h"
#include "artifact_store/store.h"
#include "clock.h"

namespace symphony::pit {

class Uploads {
 public:
  static constexpr std::size_t most = 16;
  static constexpr std::size_t most_of_a_sender = 8;
  static constexpr std::size_t most_piece_bytes = 1U << 20U;
  static constexpr std::int64_t idle_ms = 60'000;

  /// `clock` must outlive it.
  explicit Uploads(const Clock& clock) : clock_(clock) {}

  /// The methods of docs/pit.md. Each throws ParameterError (resource_exhausted for one too many, not_found, and
  /// permission_denied for another sender's) or DatabaseError. What fails for another reason than what was asked is
  /// dropped.
  nlohmann::json begin(std::shared_ptr<Store> store, const messages::ArtifactPutBeginParams& asked, const Call& call);
  nlohmann::json add(const messages::ArtifactPutPieceParams& asked, const Call& call);
  nlohmann::json commit(const messages::ArtifactPutCommitParams& asked, const Call& call);
  nlohmann::json abort(const messages::ArtifactPutAbortParams& asked, const Call& call);
  nlohmann::json gone(const messages::StoreHolderGoneParams& asked);

  /// Those that nothing came for in idle_ms.
  void drop_idle();
  void drop_all();

 private:
  struct Entry;
  using Entries = std::map<std::uint64_t, std::shared_ptr<Entry>>;

  std::shared_ptr<Entry> find(std::uint64_t upload, const Call& call) const;
  void drop(std::uint64_t upload);
  template <class Gone>
  std::size_t drop_if(const Gone& gone);

  const Clock& clock_;
  mutable std::mutex mutex_;
  Entries entries_;
  std::uint64_t next_ = 1;
};

}  // namespace symphony::pit
