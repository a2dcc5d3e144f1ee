#include "artifact_store/upkeep.h"

#include <algorithm>

#include "artifact_store/catalogue.h"
#include "artifact_store/chunks.h"
#include "artifact_store/durable.h"
#include "artifact_store/encoding.h"
#include "artifact_store/tiers.h"
#include "artifact_store/versions.h"

namespace symphony::pit {

namespace {

using ipc::ErrorCode;
using nlohmann::json;

json facts_of_versions(Database& database, std::string_view hash) {
  Query query(database, R"sql(
SELECT name, version, created_ms, quality,
  (SELECT count(*) FROM artifact_pin p WHERE p.name=a.name AND p.version=a.version),
  (SELECT count(*) FROM artifact_parent c JOIN artifact d ON d.name=c.name AND d.version=c.version
    WHERE c.parent_name=a.name AND c.parent_version=a.version AND d.deleted_ms IS NULL),
  (SELECT count(*) FROM artifact n WHERE n.name=a.name AND n.version>a.version AND n.deleted_ms IS NULL),
  (SELECT group_concat(tag, char(0)) FROM artifact_tag t WHERE t.name=a.name AND t.version=a.version)
FROM artifact a WHERE hash=? AND deleted_ms IS NULL ORDER BY name, version)sql");
  query.bytes(hash);
  json versions = json::array();
  while (query.step()) {
    json tags = json::array();
    std::string_view joined = query.bytes_at(7);
    while (!joined.empty()) {
      const std::size_t end = std::min(joined.find('\0'), joined.size());
      tags.push_back(joined.substr(0, end));
      joined.remove_prefix(std::min(end + 1, joined.size()));
    }
    versions.push_back({{"name", query.bytes_at(0)},
                        {"version", query.integer_at(1)},
                        {"created_ms", query.integer_at(2)},
                        {"quality", query.null_at(3) ? json(nullptr) : json(query.real_at(3))},
                        {"tags", std::move(tags)},
                        {"pins", query.integer_at(4)},
                        {"children", query.integer_at(5)},
                        {"newer", query.integer_at(6)}});
  }
  return versions;
}

[[noreturn]] void protected_by(const char* what) {
  throw ParameterError({ErrorCode::invalid_request, what, {{"path", "/version"}}});
}

/// Throws for what must not go.
void check_unprotected(Database& database, const std::string& name, std::int64_t version) {
  Query pinned(database, "SELECT 1 FROM artifact_pin WHERE name=? AND version=? LIMIT 1");
  if (pinned.text(name).integer(version).step()) protected_by("It is pinned.");
  Query training(database, "SELECT 1 FROM artifact_tag WHERE name=? AND version=? AND tag=?");
  if (training.text(name).integer(version).text(training_tag).step()) protected_by("It is training data.");
  Query child(database,
              "SELECT 1 FROM artifact_parent c JOIN artifact d ON d.name=c.name AND d.version=c.version WHERE "
              "parent_name=? AND parent_version=? AND d.deleted_ms IS NULL LIMIT 1");
  if (child.text(name).integer(version).step()) protected_by("Another artifact was made from it.");
}

struct Change {
  std::int64_t id = 0;
  std::string hash;
  std::string name;
  std::int64_t version = 0;
  Tier from = Tier::hot;
  Tier to = Tier::hot;
};

std::optional<Change> newest_change(Database& database, const std::string& batch) {
  Query query(database,
              "SELECT id,hash,name,version,from_tier,to_tier FROM stale_change WHERE batch=? ORDER BY id DESC LIMIT 1");
  if (!query.text(batch).step()) return std::nullopt;
  return Change{query.integer_at(0), std::string(query.bytes_at(1)),         std::string(query.bytes_at(2)),
                query.integer_at(3), static_cast<Tier>(query.integer_at(4)), static_cast<Tier>(query.integer_at(5))};
}

void forget_change(Store& store, std::int64_t id) {
  const Store::Lease lease = store.write();
  const FullSynchronous durable(*lease);
  Query remove(*lease, "DELETE FROM stale_change WHERE id=?");
  remove.integer(id).run();
}

/// False when others have overtaken it.
bool undo(Store& store, const Change& change, std::int64_t now_ms) {
  if (!change.name.empty()) {
    const Store::Lease lease = store.write();
    const FullSynchronous durable(*lease);
    Query back(*lease, "UPDATE artifact SET deleted_ms=NULL WHERE name=? AND version=? AND deleted_ms IS NOT NULL");
    back.text(change.name).integer(change.version).run();
    return sqlite3_changes((*lease).handle()) > 0;
  }
  {
    const Store::Lease lease = store.read();
    Query query(*lease, "SELECT tier FROM content_state WHERE hash=?");
    query.bytes(change.hash);
    if (!query.step() || static_cast<Tier>(query.integer_at(0)) != change.to) return false;
  }
  try {
    // Pinned since: it then stays where it is, unless it becomes hot.
    return move_content(store, change.hash, change.from, std::nullopt, {}, now_ms).changed;
  } catch (const ParameterError& error) {
    if (error.error().code == ErrorCode::invalid_request) return false;
    throw;
  }
}

}  // namespace

std::string after_from(const std::optional<std::string>& text) {
  return text && !text->empty() ? checked_hash(*text, "/after") : std::string();
}

json list_contents(Store& store, const messages::StoreContentsParams& asked, std::stop_token stop) {
  const std::string after = after_from(asked.after);
  constexpr std::uint64_t most = 1000;
  const auto limit =
      static_cast<std::int64_t>(std::min(asked.limit.value_or(messages::StoreContentsParams::limit_default), most));
  {
    const Store::Lease lease = store.write();
    Transaction transaction(*lease);
    store.accesses().write_to(*lease);
    transaction.commit();
  }
  const Store::Lease lease = store.read();
  const Interruptible interruptible(*lease, std::move(stop));
  Query query(*lease,
              "SELECT hash,size,stored_size,tier,accessed_ms FROM content_state JOIN content USING(hash) WHERE hash>? "
              "ORDER BY hash LIMIT ?");
  query.bytes(after).integer(limit + 1);
  json contents = json::array();
  bool last = true;
  while (query.step()) {
    last = static_cast<std::int64_t>(contents.size()) < limit;
    if (!last) break;
    contents.push_back({{"hash", to_hex(query.bytes_at(0))},
                        {"size", query.integer_at(1)},
                        {"stored_size", query.integer_at(2)},
                        {"tier", name_of(static_cast<Tier>(query.integer_at(3)))},
                        {"accessed_ms", query.integer_at(4)},
                        {"versions", facts_of_versions(*lease, query.bytes_at(0))}});
  }
  return {{"contents", std::move(contents)}, {"last", last}};
}

json move_to_tier(Store& store, const messages::StoreMoveParams& asked, std::int64_t now_ms) {
  const std::optional<Tier> tier = tier_named(asked.tier);
  if (!tier || *tier == Tier::lost || *tier == Tier::chunked)
    throw ParameterError(ipc::invalid_params("\"tier\" must be hot, compressed or archived.", "/tier"));
  std::optional<std::int64_t> unused_since;
  if (asked.unused_since) unused_since = static_cast<std::int64_t>(*asked.unused_since);
  const Moved moved = move_content(store, checked_hash(asked.hash, "/hash"), *tier, unused_since,
                                   asked.batch.value_or(std::string()), now_ms);
  return {{"changed", moved.changed},
          {"tier", name_of(moved.changed ? moved.to : moved.from)},
          {"stored_before", moved.stored_before},
          {"stored_after", moved.stored_after}};
}

json delete_version(Store& store, const messages::StoreDeleteParams& asked, std::int64_t now_ms) {
  const auto version = static_cast<std::int64_t>(asked.version);
  const Store::Lease lease = store.write();
  const FullSynchronous durable(*lease);
  Transaction transaction(*lease);
  store.accesses().write_to(*lease);
  Query known(*lease,
              "SELECT deleted_ms,accessed_ms FROM artifact JOIN content_state USING(hash) WHERE name=? AND version=?");
  known.text(asked.name).integer(version);
  if (!known.step()) {
    throw ParameterError({ErrorCode::not_found,
                          "There is no artifact \"" + asked.name + "\" version " + std::to_string(version) + ".",
                          {{"path", "/version"}}});
  }
  if (!known.null_at(0)) return {{"changed", false}};
  if (asked.unused_since && known.integer_at(1) > static_cast<std::int64_t>(*asked.unused_since)) {
    throw ParameterError({ErrorCode::invalid_request,
                          "It has been used since.",
                          {{"path", "/unused_since"}, {"accessed_ms", known.integer_at(1)}}});
  }
  check_unprotected(*lease, asked.name, version);
  Query remove(*lease, "UPDATE artifact SET deleted_ms=? WHERE name=? AND version=?");
  remove.integer(now_ms).text(asked.name).integer(version).run();
  if (asked.batch && !asked.batch->empty()) {
    Query change(*lease, "INSERT INTO stale_change(batch,name,version,saved_bytes,at_ms) VALUES(?,?,?,0,?)");
    change.text(*asked.batch).text(asked.name).integer(version).integer(now_ms).run();
  }
  transaction.commit();
  return {{"changed", true}};
}

json undo_changes(Store& store, const messages::StoreUndoParams& asked, std::int64_t now_ms,
                  const std::stop_token& stop) {
  const std::uint64_t limit = asked.limit.value_or(messages::StoreUndoParams::limit_default);
  std::uint64_t undone = 0;
  std::uint64_t gone = 0;
  while (undone + gone < limit && !stop.stop_requested()) {
    const auto change = [&] {
      const Store::Lease lease = store.read();
      return newest_change(*lease, asked.batch);
    }();
    if (!change) break;
    // Killed between the two: the change is found overtaken the next time.
    undo(store, *change, now_ms) ? ++undone : ++gone;
    forget_change(store, change->id);
  }
  const Store::Lease lease = store.read();
  Query left(*lease, "SELECT count(*) FROM stale_change WHERE batch=?");
  left.text(asked.batch).step();
  return {{"undone", undone}, {"gone", gone}, {"left", left.integer_at(0)}};
}

json purge_deleted(Store& store, const messages::StorePurgeParams& asked, const std::stop_token& stop) {
  const auto before = static_cast<std::int64_t>(asked.deleted_before_ms);
  const std::uint64_t limit = asked.limit.value_or(messages::StorePurgeParams::limit_default);
  std::uint64_t versions = 0;
  std::uint64_t contents = 0;
  std::int64_t freed = 0;
  bool last = false;
  while (versions < limit && !stop.stop_requested()) {
    const std::scoped_lock moving(store.moving());
    const Store::Lease lease = store.write();
    const FullSynchronous durable(*lease);
    // Until this is committed: an upload may have seen a chunk that goes.
    const auto no_upload = store.uploading().none();
    Transaction transaction(*lease);
    std::string name;
    std::string hash;
    std::int64_t version = 0;
    {
      Query oldest(
          *lease, "SELECT name,version,hash FROM artifact WHERE deleted_ms<? ORDER BY deleted_ms,name,version LIMIT 1");
      if (!oldest.integer(before).step()) {
        last = true;
        break;
      }
      name = oldest.bytes_at(0);
      version = oldest.integer_at(1);
      hash = oldest.bytes_at(2);
    }
    {
      Query last_one(*lease,
                     "INSERT INTO artifact_last(name,version) VALUES(?,?) ON CONFLICT(name) DO UPDATE SET "
                     "version=max(version,excluded.version)");
      last_one.text(name).integer(version).run();
    }
    for (const char* sql :
         {"DELETE FROM artifact_tag WHERE name=? AND version=?", "DELETE FROM artifact_pin WHERE name=? AND version=?",
          "DELETE FROM artifact_parent WHERE name=? AND version=?",
          "DELETE FROM stale_change WHERE name=? AND version=?", "DELETE FROM artifact WHERE name=? AND version=?"}) {
      Query remove(*lease, sql);
      remove.text(name).integer(version).run();
    }
    bool unused = false;
    std::int64_t stored = 0;
    {
      Query used(*lease, "SELECT 1 FROM artifact WHERE hash=? LIMIT 1");
      unused = !used.bytes(hash).step();
      Query state(*lease, "SELECT stored_size FROM content_state WHERE hash=?");
      if (state.bytes(hash).step()) stored = state.integer_at(0);
    }
    Released chunks;
    if (unused) {
      if (tier_of(*lease, hash) == Tier::chunked) {
        release_parts(*lease, hash);
        if (no_upload) chunks = remove_unused(*lease);
        stored = chunks.bytes;
      }
      for (const char* sql : {"DELETE FROM content WHERE hash=?", "DELETE FROM content_state WHERE hash=?",
                              "DELETE FROM stale_change WHERE hash=?"}) {
        Query remove(*lease, sql);
        remove.bytes(hash).run();
      }
    }
    transaction.commit();
    ++versions;
    if (unused) {
      ++contents;
      freed += stored;
      // Also one that a killed process left behind.
      remove_archived(store, hash);
      tidy_packs(store, chunks.packs);
    }
  }
  return {{"versions", versions}, {"contents", contents}, {"freed_bytes", freed}, {"last", last}};
}

json usage_of(Store& store, std::stop_token stop) {
  const Store::Lease lease = store.read();
  const Interruptible interruptible(*lease, std::move(stop));
  json by_tier = json::object();
  std::int64_t contents = 0;
  std::int64_t bytes = 0;
  std::int64_t stored = 0;
  std::int64_t archived = 0;
  Query query(*lease,
              "SELECT tier,count(*),sum(size),sum(stored_size) FROM content_state JOIN content USING(hash) GROUP BY 1");
  while (query.step()) {
    const auto tier = static_cast<Tier>(query.integer_at(0));
    contents += query.integer_at(1);
    bytes += query.integer_at(2);
    stored += query.integer_at(3);
    if (tier == Tier::archived) archived = query.integer_at(3);
    by_tier[std::string(name_of(tier))] = {
        {"contents", query.integer_at(1)}, {"bytes", query.integer_at(2)}, {"stored_bytes", query.integer_at(3)}};
  }
  const std::int64_t page = (*lease).scalar("PRAGMA page_size");
  return {{"contents", contents},
          {"bytes", bytes},
          {"stored_bytes", stored},
          {"database_bytes", page * (*lease).scalar("PRAGMA page_count")},
          {"free_bytes", page * (*lease).scalar("PRAGMA freelist_count")},
          {"archive_bytes", archived},
          {"chunk_bytes", (*lease).scalar("SELECT coalesce(sum(size),0) FROM chunk WHERE pack IS NOT NULL")},
          {"by_tier", std::move(by_tier)}};
}

}  // namespace symphony::pit
