#include "artifact_store/integrity.h"

#include <utility>
#include <vector>

#include "artifact_store/chunks.h"
#include "artifact_store/durable.h"
#include "artifact_store/encoding.h"
#include "artifact_store/pack_file.h"
#include "artifact_store/tiers.h"
#include "artifact_store/upkeep.h"
#include "artifact_store/versions.h"

namespace symphony::pit {

namespace {

using ipc::ErrorCode;
using nlohmann::json;

struct Problem {
  std::string what;
  /// Of a content in chunks: those that are not what they were.
  std::vector<Place> places;
};

std::optional<Problem> problem_with_row(const Store& store, std::string_view hash, Tier tier, std::size_t size,
                                        std::string_view kept) {
  try {
    if (view_of(sha256(content_bytes(store, hash, tier, size, kept))) == hash) return std::nullopt;
    return Problem{"Its bytes have another hash.", {}};
  } catch (const ParameterError& error) {
    return Problem{error.error().message, {}};
  }
}

std::optional<Problem> problem_with_chunks(const Store& store, Database& database, std::string_view hash,
                                           std::int64_t size, const std::stop_token& stop) {
  Problem problem;
  Sha256Stream whole;
  std::int64_t offset = 0;
  while (offset < size) {
    if (stop.stop_requested()) throw ParameterError({ErrorCode::cancelled, "The request was cancelled.", nullptr});
    std::optional<Place> place = part_at(database, hash, offset);
    if (!place) break;
    offset = place->start + place->size;
    try {
      whole.add(read_part(store, hash, *place));
    } catch (const ParameterError& error) {
      if (problem.places.empty()) problem.what = error.error().message;
      problem.places.push_back(*std::move(place));
    }
  }
  if (!problem.places.empty()) return problem;
  if (offset == size && view_of(whole.hash()) == hash) return std::nullopt;
  problem.what = offset == size ? "Its bytes have another hash." : "Chunks of it are missing.";
  return problem;
}

/// Puts the bytes back where the index of the workspace has the same text, else says that they are lost.
bool repair_row(Store& store, std::string_view hash) {
  const Store::Lease lease = store.write();
  const FullSynchronous durable(*lease);
  Transaction transaction(*lease);
  std::string found;
  {
    Query query(*lease, "SELECT data FROM indexed_text WHERE hash=?");
    query.bytes(hash);
    if (query.step() && view_of(sha256(query.bytes_at(0))) == hash) found = query.bytes_at(0);
  }
  const bool there = !found.empty();
  Query data(*lease, "UPDATE content SET data=? WHERE hash=?");
  data.bytes(found).bytes(hash).run();
  Query state(*lease, "UPDATE content_state SET tier=?, stored_size=? WHERE hash=?");
  state.integer(static_cast<int>(there ? Tier::hot : Tier::lost))
      .integer(static_cast<std::int64_t>(found.size()))
      .bytes(hash)
      .run();
  transaction.commit();
  return there;
}

/// Bytes with this hash from elsewhere in the store.
std::optional<std::string> other_copy(const Store& store, Database& database, std::string_view content,
                                      const Place& place) {
  const auto is_it = [&](std::string_view bytes) { return view_of(sha256(bytes)) == place.chunk; };
  {
    // The index may have the whole as a text.
    Query text(database, "SELECT substr(data,?2+1,?3) FROM indexed_text WHERE hash=?1");
    text.bytes(content).integer(place.start).integer(place.size);
    if (text.step() && is_it(text.bytes_at(0))) return std::string(text.bytes_at(0));
  }
  // A content of its own may be just this chunk.
  Query same(database, "SELECT tier,size,data FROM content JOIN content_state USING(hash) WHERE hash=?");
  if (!same.bytes(place.chunk).step()) return std::nullopt;
  try {
    std::string bytes = content_bytes(store, place.chunk, static_cast<Tier>(same.integer_at(0)),
                                      static_cast<std::size_t>(same.integer_at(1)), same.bytes_at(2));
    if (is_it(bytes)) return bytes;
  } catch (const ParameterError&) {
    // It is damaged as well.
  }
  return std::nullopt;
}

/// Writes the bytes to a new pack where the store has them elsewhere, else says that they are lost: whoever puts them
/// again brings them back, in every content they are part of.
bool repair_chunk(Store& store, std::string_view content, const Place& place) {
  const std::optional<std::string> bytes = [&] {
    const Store::Lease lease = store.read();
    return other_copy(store, *lease, content, place);
  }();
  std::optional<PackWriter> writer;
  std::int64_t at = 0;
  if (bytes) {
    auto made = PackWriter::create(store.packs(), store.next_pack());
    if (made.has_error()) throw ParameterError(made.error());
    writer.emplace(std::move(*made));
    const auto written = writer->append(*bytes);
    if (written.has_error()) throw ParameterError(written.error());
    at = *written;
    if (auto done = writer->synchronise(); done.has_error()) throw ParameterError(done.error());
  }
  {
    const Store::Lease lease = store.write();
    const FullSynchronous durable(*lease);
    Transaction transaction(*lease);
    move_chunk(*lease, place, writer ? std::optional(writer->pack()) : std::nullopt, at);
    transaction.commit();
  }
  if (writer) writer->keep();
  if (place.pack) tidy_packs(store, {*place.pack});
  return bytes.has_value();
}

json names_of(Database& database, std::string_view hash) {
  Query query(database,
              "SELECT DISTINCT name FROM artifact WHERE hash=? AND deleted_ms IS NULL ORDER BY name LIMIT 100");
  query.bytes(hash);
  json names = json::array();
  while (query.step())
    names.push_back(query.bytes_at(0));
  return names;
}

bool repair(Store& store, std::string_view hash, Tier tier, const Problem& problem) {
  if (tier != Tier::chunked) return repair_row(store, hash);
  bool all = !problem.places.empty();
  for (const Place& place : problem.places)
    all = repair_chunk(store, hash, place) && all;
  return all;
}

}  // namespace

json check_contents(Store& store, const messages::StoreCheckParams& asked, const std::stop_token& stop) {
  std::string after = after_from(asked.after);
  const std::uint64_t limit = asked.limit.value_or(messages::StoreCheckParams::limit_default);
  const bool repairing = asked.repair.value_or(messages::StoreCheckParams::repair_default);
  std::uint64_t checked = 0;
  json damaged = json::array();
  bool last = false;
  while (checked < limit && !stop.stop_requested()) {
    const std::scoped_lock moving(store.moving());
    std::string hash;
    Tier tier = Tier::hot;
    std::optional<Problem> problem;
    json names;
    {
      const Store::Lease lease = store.read();
      Query query(*lease,
                  "SELECT hash,tier,size,data FROM content LEFT JOIN content_state USING(hash) WHERE hash>? ORDER BY "
                  "hash LIMIT 1");
      if (!query.bytes(after).step()) {
        last = true;
        break;
      }
      hash = query.bytes_at(0);
      tier = static_cast<Tier>(query.integer_at(1));
      const std::int64_t size = query.integer_at(2);
      problem = tier == Tier::chunked
                    ? problem_with_chunks(store, *lease, hash, size, stop)
                    : problem_with_row(store, hash, tier, static_cast<std::size_t>(size), query.bytes_at(3));
      if (problem) names = names_of(*lease, hash);
    }
    after = hash;
    ++checked;
    if (!problem) {
      // What a killed process left behind.
      if (repairing && tier != Tier::archived) remove_archived(store, hash);
      continue;
    }
    const bool repaired = repairing && repair(store, hash, tier, *problem);
    damaged.push_back(
        {{"hash", to_hex(hash)}, {"what", problem->what}, {"repaired", repaired}, {"names", std::move(names)}});
  }
  if (last && repairing) tidy_packs(store, packs_of(store));
  return {{"checked", checked}, {"damaged", std::move(damaged)}, {"after", to_hex(after)}, {"last", last}};
}

}  // namespace symphony::pit
