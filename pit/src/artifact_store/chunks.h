#pragma once
// Large contents: a list of chunks, each kept once under its SHA-256 whichever contents it is part of. The database has
// where they are and how often each is referred to; the bytes are in packs (pack_file.h).

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "artifact_store/encoding.h"
#include "artifact_store/store.h"

namespace symphony::pit {

/// A part of a content that is being put.
struct Part {
  Sha256 hash{};
  std::int64_t start = 0;
  std::int64_t size = 0;
  /// Where it was written in the new pack; nothing for what was there already.
  std::optional<std::int64_t> at;
};

/// A part of a content that is kept.
struct Place {
  std::int64_t start = 0;
  std::string chunk;
  std::int64_t size = 0;
  /// Nothing when it was found damaged.
  std::optional<std::int64_t> pack;
  std::int64_t at = 0;
};

/// The part with the byte at `offset`; nothing behind the end.
std::optional<Place> part_at(Database& database, std::string_view content, std::int64_t offset);
/// Its bytes, compared with its hash. Throws ParameterError (data_corrupted) with the content, the chunk and the file.
std::string read_part(const Store& store, std::string_view content, const Place& place);

/// Whether the bytes are there. A chunk that was found damaged is not.
bool has_chunk(Database& database, std::string_view hash);
/// Whether all chunks of the content are.
bool has_chunks(Database& database, std::string_view content);
/// The chunk is somewhere else from now on, or lost. In the transaction of the caller's; then tidy_packs() for where it
/// was.
void move_chunk(Database& database, const Place& place, std::optional<std::int64_t> pack, std::int64_t at);

/// The content is these parts from now on. In the transaction of the caller's. `pack` is where the parts are that have
/// a place; tidy_packs() after the commit, as others may have written the same meanwhile.
void write_parts(Database& database, std::string_view content, const std::vector<Part>& parts, std::int64_t pack);

struct Released {
  /// Bytes of chunks nobody refers to any more.
  std::int64_t bytes = 0;
  /// Packs that lost chunks; for tidy_packs(), after the commit.
  std::vector<std::int64_t> packs;
};

/// The content no longer refers to its chunks. In the transaction of the caller's.
void release_parts(Database& database, std::string_view content);
/// Removes the chunks nobody refers to. In the transaction of the caller's, who has made sure that no upload is under
/// way (uploading.h).
Released remove_unused(Database& database);
/// Gives the disk back what no chunk needs: files, and parts of them. Can be repeated.
void tidy_packs(Store& store, const std::vector<std::int64_t>& packs) noexcept;
std::vector<std::int64_t> packs_of(Store& store);
/// For the end of an upload: collects what nobody refers to, where there is something.
void collect_garbage(Store& store) noexcept;
/// For the opening of a store: no upload of an earlier process goes on. Removes what it left.
void recover_chunks(Database& database, const std::filesystem::path& packs);

/// Gives the bytes from `offset` on, `length` of them or those there are, in pieces of at most one chunk, each compared
/// with its hash. Waits for the disk. Throws ParameterError: data_corrupted, with the content, the chunk and the file;
/// cancelled.
void read_parts(const Store& store, Database& database, std::string_view content, std::int64_t offset,
                std::int64_t length, const std::stop_token& stop, const std::function<void(std::string_view)>& take);

}  // namespace symphony::pit
