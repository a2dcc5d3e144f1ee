#include "artifact_store/chunks.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <string>

#include "artifact_store/durable.h"
#include "artifact_store/pack_file.h"
#include "artifact_store/parameters.h"

namespace symphony::pit {

namespace {

using ipc::ErrorCode;

[[noreturn]] void damaged(std::string_view content, const Place& place, const std::string& what,
                          const std::filesystem::path& file) {
  nlohmann::json data = {{"hash", to_hex(content)}, {"chunk", to_hex(place.chunk)}};
  if (!file.empty()) data["path"] = file.string();
  throw ParameterError({ErrorCode::data_corrupted, "The content is damaged: " + what, std::move(data)});
}

std::vector<std::pair<std::int64_t, std::int64_t>> ranges_of(Database& database, std::int64_t pack) {
  Query query(database, "SELECT at,size FROM chunk WHERE pack=? ORDER BY at");
  query.integer(pack);
  std::vector<std::pair<std::int64_t, std::int64_t>> ranges;
  while (query.step())
    ranges.emplace_back(query.integer_at(0), query.integer_at(1));
  return ranges;
}

void remove_empty_pack(Database& database, std::int64_t pack) {
  Query remove(database, "DELETE FROM pack WHERE id=?1 AND NOT EXISTS(SELECT 1 FROM chunk WHERE pack=?1)");
  remove.integer(pack).run();
}

bool has_unused(Database& database) { return Query(database, "SELECT 1 FROM chunk WHERE refs=0 LIMIT 1").step(); }

}  // namespace

std::optional<Place> part_at(Database& database, std::string_view content, std::int64_t offset) {
  Query query(database,
              "SELECT start,chunk,size,pack,at FROM content_chunk JOIN chunk ON chunk.hash=chunk WHERE content=? AND "
              "start<=? ORDER BY start DESC LIMIT 1");
  query.bytes(content).integer(offset);
  if (!query.step()) return std::nullopt;
  Place place{query.integer_at(0), std::string(query.bytes_at(1)), query.integer_at(2), std::nullopt,
              query.integer_at(4)};
  if (!query.null_at(3)) place.pack = query.integer_at(3);
  if (offset >= place.start + place.size) return std::nullopt;
  return place;
}

std::string read_part(const Store& store, std::string_view content, const Place& place) {
  const std::filesystem::path packs = store.packs();
  if (!place.pack || packs.empty())
    damaged(content, place, "a chunk of it was found damaged. Put it again to bring it back.", {});
  const std::filesystem::path file = pack_file(packs, *place.pack);
  auto bytes = read_pack(file, place.at, static_cast<std::size_t>(place.size));
  if (bytes.has_error()) damaged(content, place, bytes.error().message, file);
  if (view_of(sha256(*bytes)) != place.chunk) damaged(content, place, "a chunk has another hash.", file);
  return *std::move(bytes);
}

bool has_chunk(Database& database, std::string_view hash) {
  Query query(database, "SELECT 1 FROM chunk WHERE hash=? AND pack IS NOT NULL");
  return query.bytes(hash).step();
}

bool has_chunks(Database& database, std::string_view content) {
  Query lost(database,
             "SELECT 1 FROM content_chunk JOIN chunk ON chunk.hash=chunk WHERE content=? AND pack IS NULL LIMIT 1");
  return !lost.bytes(content).step();
}

void move_chunk(Database& database, const Place& place, std::optional<std::int64_t> pack, std::int64_t at) {
  if (pack) Query(database, "INSERT INTO pack(id) VALUES(?)").integer(*pack).run();
  Query move(database, "UPDATE chunk SET pack=nullif(?,0), at=? WHERE hash=?");
  move.integer(pack.value_or(0)).integer(at).bytes(place.chunk).run();
  if (place.pack) remove_empty_pack(database, *place.pack);
}

void write_parts(Database& database, std::string_view content, const std::vector<Part>& parts, std::int64_t pack) {
  release_parts(database, content);
  Query(database, "INSERT INTO pack(id) VALUES(?)").integer(pack).run();
  for (const Part& part : parts) {
    if (!part.at) continue;
    // There already: it had been lost, or another upload was faster.
    Query chunk(database,
                "INSERT INTO chunk(hash,size,pack,at,refs) VALUES(?,?,?,?,0) ON CONFLICT(hash) DO UPDATE SET "
                "pack=excluded.pack, at=excluded.at WHERE pack IS NULL");
    chunk.bytes(view_of(part.hash)).integer(part.size).integer(pack).integer(*part.at).run();
  }
  for (const Part& part : parts) {
    Query row(database, "INSERT INTO content_chunk(content,start,chunk) VALUES(?,?,?)");
    row.bytes(content).integer(part.start).bytes(view_of(part.hash)).run();
    Query count(database, "UPDATE chunk SET refs=refs+1 WHERE hash=?");
    count.bytes(view_of(part.hash)).run();
    if (sqlite3_changes(database.handle()) == 0)
      throw ParameterError(
          {ErrorCode::data_corrupted, "A chunk of the content has gone.", {{"hash", to_hex(content)}}});
  }
  remove_empty_pack(database, pack);
}

void release_parts(Database& database, std::string_view content) {
  Query count(database,
              "UPDATE chunk SET refs=refs-(SELECT count(*) FROM content_chunk WHERE content=?1 AND chunk=chunk.hash) "
              "WHERE hash IN (SELECT chunk FROM content_chunk WHERE content=?1)");
  count.bytes(content).run();
  Query(database, "DELETE FROM content_chunk WHERE content=?").bytes(content).run();
}

Released remove_unused(Database& database) {
  Released released;
  {
    Query unused(database, "SELECT pack,sum(size) FROM chunk WHERE refs=0 AND pack IS NOT NULL GROUP BY pack");
    while (unused.step()) {
      released.packs.push_back(unused.integer_at(0));
      released.bytes += unused.integer_at(1);
    }
  }
  Query(database, "DELETE FROM chunk WHERE refs=0").run();
  for (const std::int64_t pack : released.packs)
    remove_empty_pack(database, pack);
  return released;
}

void tidy_packs(Store& store, const std::vector<std::int64_t>& packs) noexcept {
  try {
    const std::filesystem::path directory = store.packs();
    if (directory.empty()) return;
    for (const std::int64_t pack : packs) {
      const std::filesystem::path file = pack_file(directory, pack);
      const auto used = [&] {
        const Store::Lease lease = store.read();
        return ranges_of(*lease, pack);
      }();
      if (used.empty()) {
        ::unlink(file.c_str());
      } else {
        release_gaps(file, used);
      }
    }
  } catch (const std::exception&) {
    // What is left is found by the next check that repairs.
  }
}

std::vector<std::int64_t> packs_of(Store& store) {
  const Store::Lease lease = store.read();
  Query query(*lease, "SELECT id FROM pack ORDER BY id");
  std::vector<std::int64_t> packs;
  while (query.step())
    packs.push_back(query.integer_at(0));
  return packs;
}

void collect_garbage(Store& store) noexcept {
  try {
    {
      const Store::Lease lease = store.read();
      if (!has_unused(*lease)) return;
    }
    Released released;
    {
      const Store::Lease lease = store.write();
      const FullSynchronous durable(*lease);
      const auto none = store.uploading().none();
      if (!none) return;
      Transaction transaction(*lease);
      released = remove_unused(*lease);
      transaction.commit();
    }
    tidy_packs(store, released.packs);
  } catch (const std::exception&) {
    // It is garbage still, and the next upload's end or opening finds it.
  }
}

void recover_chunks(Database& database, const std::filesystem::path& packs) {
  if (has_unused(database)) {
    Transaction transaction(database);
    remove_unused(database);
    transaction.commit();
  }
  std::error_code failed;
  for (std::filesystem::directory_iterator entry(packs, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    const std::string name = entry->path().filename().string();
    std::int64_t pack = 0;
    const auto [rest, error] = std::from_chars(name.data(), name.data() + name.size(), pack);
    if (error != std::errc() || std::string_view(rest) != ".pack") continue;
    Query known(database, "SELECT 1 FROM pack WHERE id=?");
    if (!known.integer(pack).step()) ::unlink(entry->path().c_str());
  }
}

void read_parts(const Store& store, Database& database, std::string_view content, std::int64_t offset,
                std::int64_t length, const std::stop_token& stop, const std::function<void(std::string_view)>& take) {
  while (length > 0) {
    if (stop.stop_requested()) throw ParameterError({ErrorCode::cancelled, "The request was cancelled.", nullptr});
    const std::optional<Place> place = part_at(database, content, offset);
    if (!place) return;
    const std::string bytes = read_part(store, content, *place);
    const auto skipped = static_cast<std::size_t>(offset - place->start);
    const std::string_view wanted = std::string_view(bytes).substr(skipped, static_cast<std::size_t>(length));
    take(wanted);
    offset += static_cast<std::int64_t>(wanted.size());
    length -= static_cast<std::int64_t>(wanted.size());
  }
}

}  // namespace symphony::pit
