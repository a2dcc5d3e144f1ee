#include "artifact_store/tiers.h"

#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <memory>

#include "artifact_store/durable.h"
#include "artifact_store/encoding.h"
#include "artifact_store/parameters.h"

namespace symphony::pit {

namespace {

using ipc::Error;
using ipc::ErrorCode;

constexpr std::array<std::string_view, 5> names = {"hot", "compressed", "archived", "lost", "chunked"};
/// Fast enough for what is read again soon; and for what is hardly read any more.
constexpr int compressed_level = 3;
constexpr int archived_level = 9;

[[noreturn]] void fail(ErrorCode code, std::string message, nlohmann::json data = nullptr) {
  throw ParameterError({code, std::move(message), std::move(data)});
}

[[noreturn]] void damaged(std::string_view hash, const char* what) {
  fail(ErrorCode::data_corrupted, std::string("The content is damaged: ") + what, {{"hash", to_hex(hash)}});
}

std::filesystem::path archived_file(const std::filesystem::path& archive, std::string_view hash) {
  const std::string digits = to_hex(hash);
  return archive / digits.substr(0, 2) / (digits + ".zst");
}

std::string compress(std::string_view bytes, int level) {
  const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(), ZSTD_freeCCtx);
  if (!context) throw std::bad_alloc();
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  const std::size_t size = ZSTD_compress2(context.get(), out.data(), out.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(size) != 0) throw std::runtime_error(ZSTD_getErrorName(size));
  out.resize(size);
  return out;
}

/// Never more than `size` bytes, whatever the frame says.
std::string decompress(std::string_view hash, std::string_view frame, std::size_t size) {
  std::string out(size, '\0');
  const std::size_t got = ZSTD_decompress(out.data(), out.size(), frame.data(), frame.size());
  if (ZSTD_isError(got) != 0) damaged(hash, ZSTD_getErrorName(got));
  if (got != size) damaged(hash, "it is shorter than it was.");
  return out;
}

struct Row {
  Tier tier = Tier::hot;
  std::int64_t stored = 0;
  std::int64_t accessed = 0;
  std::int64_t size = 0;
};

Row read_row(Database& database, std::string_view hash) {
  Query query(database,
              "SELECT tier,stored_size,accessed_ms,size FROM content_state JOIN content USING(hash) WHERE hash=?");
  query.bytes(hash);
  if (!query.step()) fail(ErrorCode::not_found, "There is no content with this hash.", {{"path", "/hash"}});
  return {static_cast<Tier>(query.integer_at(0)), query.integer_at(1), query.integer_at(2), query.integer_at(3)};
}

bool is_pinned(Database& database, std::string_view hash) {
  Query query(
      database,
      "SELECT 1 FROM artifact JOIN artifact_pin USING(name,version) WHERE hash=? AND deleted_ms IS NULL LIMIT 1");
  query.bytes(hash);
  return query.step();
}

}  // namespace

std::string_view name_of(Tier tier) noexcept {
  // It may come from a file.
  return names[std::min(static_cast<std::size_t>(tier), names.size() - 1)];
}

std::optional<Tier> tier_named(std::string_view name) noexcept {
  for (std::size_t at = 0; at < names.size(); ++at) {
    if (names[at] == name) return static_cast<Tier>(at);
  }
  return std::nullopt;
}

std::string content_bytes(const Store& store, std::string_view hash, Tier tier, std::size_t size,
                          std::string_view kept) {
  switch (tier) {
    case Tier::hot:
      if (kept.size() != size) damaged(hash, "it has another size than it had.");
      return std::string(kept);
    case Tier::compressed:
      return decompress(hash, kept, size);
    case Tier::archived: {
      const std::filesystem::path archive = store.archive();
      if (archive.empty()) damaged(hash, "its file is not there.");
      const auto frame = read_whole(archived_file(archive, hash), ZSTD_compressBound(size));
      if (frame.has_error()) damaged(hash, frame.error().message.c_str());
      return decompress(hash, *frame, size);
    }
    case Tier::chunked:
      damaged(hash, "it is in chunks.");
    case Tier::lost:
      break;
  }
  damaged(hash, "it was found damaged and could not be repaired. Put it again to bring it back.");
}

void remove_archived(const Store& store, std::string_view hash) noexcept {
  try {
    if (const auto archive = store.archive(); !archive.empty()) ::unlink(archived_file(archive, hash).c_str());
  } catch (const std::exception&) {
    // A file that belongs to no content is found by the next check.
  }
}

Moved move_content(Store& store, std::string_view hash, Tier to, std::optional<std::int64_t> unused_since,
                   const std::string& batch, std::int64_t now_ms) {
  const std::scoped_lock moving(store.moving());
  Row before;
  std::string bytes;
  {
    const Store::Lease lease = store.read();
    before = read_row(*lease, hash);
    if (before.tier == to) return {before.tier, to, before.stored, before.stored, false};
    if (before.tier == Tier::chunked) {
      fail(ErrorCode::invalid_request, "It is kept in chunks, which newer contents may share: it stays where it is.",
           {{"path", "/hash"}});
    }
    Query query(*lease, "SELECT data FROM content WHERE hash=?");
    query.bytes(hash);
    if (!query.step()) damaged(hash, "its row is not there.");
    bytes = content_bytes(store, hash, before.tier, static_cast<std::size_t>(before.size), query.bytes_at(0));
  }
  if (view_of(sha256(bytes)) != hash) damaged(hash, "its bytes have another hash.");

  std::string kept;
  std::int64_t stored = before.size;
  if (to == Tier::hot) {
    kept = std::move(bytes);
  } else {
    kept = compress(bytes, to == Tier::archived ? archived_level : compressed_level);
    stored = static_cast<std::int64_t>(kept.size());
    if (to == Tier::compressed && before.tier == Tier::hot && stored >= before.size)
      return {before.tier, before.tier, before.stored, before.stored, false};
  }
  if (to == Tier::archived) {
    const std::filesystem::path archive = store.archive();
    if (archive.empty())
      fail(ErrorCode::invalid_request, "The store is in memory: nothing can be archived.", {{"path", "/tier"}});
    // The file is durable before the database says that the bytes are there.
    if (const auto written = write_durably(archived_file(archive, hash), kept); written.has_error())
      throw ParameterError(written.error());
    kept.clear();
  }
  try {
    const Store::Lease lease = store.write();
    const FullSynchronous durable(*lease);
    Transaction transaction(*lease);
    store.accesses().write_to(*lease);
    const Row now = read_row(*lease, hash);
    if (now.tier != before.tier) fail(ErrorCode::invalid_request, "Somebody else has moved it.", {{"path", "/hash"}});
    if (unused_since && now.accessed > *unused_since) {
      fail(ErrorCode::invalid_request, "It has been used since.",
           {{"path", "/unused_since"}, {"accessed_ms", now.accessed}});
    }
    if (to != Tier::hot && is_pinned(*lease, hash))
      fail(ErrorCode::invalid_request, "It is pinned.", {{"path", "/hash"}});
    Query data(*lease, "UPDATE content SET data=? WHERE hash=?");
    data.bytes(kept).bytes(hash).run();
    Query state(*lease, "UPDATE content_state SET tier=?, stored_size=? WHERE hash=?");
    state.integer(static_cast<int>(to)).integer(stored).bytes(hash).run();
    if (!batch.empty()) {
      Query change(*lease,
                   "INSERT INTO stale_change(batch,hash,from_tier,to_tier,saved_bytes,at_ms) VALUES(?,?,?,?,?,?)");
      change.text(batch)
          .bytes(hash)
          .integer(static_cast<int>(before.tier))
          .integer(static_cast<int>(to))
          .integer(before.stored - stored)
          .integer(now_ms)
          .run();
    }
    transaction.commit();
  } catch (...) {
    if (to == Tier::archived) remove_archived(store, hash);
    throw;
  }
  if (to != Tier::archived) remove_archived(store, hash);
  return {before.tier, to, before.stored, stored, true};
}

}  // namespace symphony::pit
