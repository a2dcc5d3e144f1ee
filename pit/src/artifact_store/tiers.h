#pragma once
// Where a content's bytes are: as they are in the database, compressed there, or compressed in a file beside it.
// Whoever reads it gets the same bytes.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "artifact_store/store.h"

namespace symphony::pit {

enum class Tier : std::uint8_t {
  hot,
  compressed,
  archived,
  /// The bytes were damaged and nothing had them elsewhere; putting the same content again brings it back.
  lost,
  /// A large content: in chunks that it may share with others (chunks.h). It stays there.
  chunked,
};

std::string_view name_of(Tier tier) noexcept;
std::optional<Tier> tier_named(std::string_view name) noexcept;

/// The bytes themselves of what is not chunked. `kept` is what the database has of them. Throws ParameterError
/// (data_corrupted).
std::string content_bytes(const Store& store, std::string_view hash, Tier tier, std::size_t size,
                          std::string_view kept);

struct Moved {
  Tier from = Tier::hot;
  Tier to = Tier::hot;
  std::int64_t stored_before = 0;
  std::int64_t stored_after = 0;
  /// False: it is there already, or compressing it would not make it smaller.
  bool changed = false;
};

/// Moves one content; a process killed at any instant leaves it in one of the two tiers, readable. `unused_since`: only
/// if nobody has used it after that. `batch`: what undo_changes() finds it by; empty for none. Waits for the disk and
/// compresses, holding the database only to write. Throws ParameterError (not_found, data_corrupted, invalid_request
/// for one that was used, is pinned, is chunked, or in a store without a place for files) and DatabaseError.
Moved move_content(Store& store, std::string_view hash, Tier to, std::optional<std::int64_t> unused_since,
                   const std::string& batch, std::int64_t now_ms);

/// Removes the file of an archived content, where there is one.
void remove_archived(const Store& store, std::string_view hash) noexcept;

}  // namespace symphony::pit
