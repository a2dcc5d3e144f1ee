#pragma once
// One artifact that is being put piece by piece: hashed and cut as it flows, never held as a whole.

#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "artifact_store/chunks.h"
#include "artifact_store/cutter.h"
#include "artifact_store/encoding.h"
#include "artifact_store/pack_file.h"
#include "artifact_store/store.h"
#include "artifact_store/versions.h"

namespace symphony::pit {

/// The largest content there may be.
inline constexpr std::int64_t most_content_bytes = std::int64_t{1} << 30;

/// Leaves nothing behind unless it was committed. Holds most_chunk_bytes at most and the last piece. Not thread-safe.
class Upload {
 public:
  Upload(std::shared_ptr<Store> store, NewVersion version);
  ~Upload();
  Upload(const Upload&) = delete;
  Upload& operator=(const Upload&) = delete;

  std::int64_t received() const noexcept { return received_; }
  /// Throws ParameterError: payload_too_large, and nothing has changed; io_error, resource_exhausted or DatabaseError,
  /// and it is of no use any more.
  void add(std::string_view piece);
  /// The answer of artifact.put_commit. Throws ParameterError: invalid_params for another hash than `expected` or what
  /// is wrong with the version, and nothing has changed; as add() for the rest. Once only.
  nlohmann::json commit(std::optional<std::string_view> expected, std::int64_t now_ms);

 private:
  /// Keeps the first chunk of what waits.
  void keep_chunk();
  void append(Part& part, std::string_view bytes);

  const std::shared_ptr<Store> store_;
  const NewVersion version_;
  std::int64_t received_ = 0;
  Sha256Stream hash_;
  Utf8Stream text_;
  /// Bytes that are in no chunk yet; those before `begin_` are.
  std::string waiting_;
  std::size_t begin_ = 0;
  std::vector<Part> parts_;
  /// Chunks that this upload has written.
  std::map<Sha256, std::int64_t> written_;
  /// Made with the first chunk that is not there already.
  std::optional<PackWriter> pack_;
};

}  // namespace symphony::pit
