#include "artifact_store/catalogue.h"

#include <algorithm>

#include "artifact_store/durable.h"
#include "artifact_store/encoding.h"
#include "artifact_store/tiers.h"

namespace symphony::pit {

namespace {

using ipc::ErrorCode;
using nlohmann::json;

constexpr std::size_t longest_tag = 64;
constexpr std::size_t most_tags = 32;
constexpr std::size_t most_pins = 64;

json texts(Database& database, const char* sql, const std::string& name, std::int64_t version) {
  Query query(database, sql);
  query.text(name).integer(version);
  json list = json::array();
  while (query.step())
    list.push_back(query.bytes_at(0));
  return list;
}

json tags_of(Database& database, const std::string& name, std::int64_t version) {
  return texts(database, "SELECT tag FROM artifact_tag WHERE name=? AND version=? ORDER BY tag", name, version);
}

json pins_of(Database& database, const std::string& name, std::int64_t version) {
  return texts(database, "SELECT holder FROM artifact_pin WHERE name=? AND version=? ORDER BY holder", name, version);
}

json refs(Query& query) {
  json list = json::array();
  while (query.step())
    list.push_back({{"name", query.bytes_at(0)}, {"version", query.integer_at(1)}});
  return list;
}

json quality_at(const Query& query, int column) {
  return query.null_at(column) ? json(nullptr) : json(query.real_at(column));
}

}  // namespace

void check_tags(const std::vector<std::string>& tags, const char* field) {
  for (std::size_t at = 0; at < tags.size(); ++at) {
    if (tags[at].empty() || tags[at].size() > longest_tag || tags[at].find('\0') != std::string::npos) {
      throw ParameterError(ipc::invalid_params("A tag has 1 to " + std::to_string(longest_tag) + " bytes and no NUL.",
                                               std::string("/") + field + "/" + std::to_string(at)));
    }
  }
}

void check_quality(std::optional<double> quality) {
  // Also what is no number must not pass.
  if (quality && !(*quality >= 0 && *quality <= 1))
    throw ParameterError(ipc::invalid_params("\"quality\" must be from 0 to 1.", "/quality"));
}

std::int64_t find_version(Database& database, const std::string& name, std::optional<std::uint64_t> asked) {
  if (name.find('\0') != std::string::npos)
    throw ParameterError(ipc::invalid_params("\"name\" must not hold a NUL.", "/name"));
  Query query(database,
              "SELECT max(version) FROM artifact WHERE name=?1 AND deleted_ms IS NULL AND (?2=0 OR version=?2)");
  query.text(name).integer(static_cast<std::int64_t>(asked.value_or(0)));
  if (query.step() && !query.null_at(0)) return query.integer_at(0);
  throw ParameterError(
      {ErrorCode::not_found,
       "There is no artifact \"" + name + "\"" + (asked ? " version " + std::to_string(*asked) : std::string()) + ".",
       {{"path", asked ? "/version" : "/name"}}});
}

void write_tags(Database& database, const std::string& name, std::int64_t version,
                const std::vector<std::string>& tags) {
  check_tags(tags, "tags");
  for (const std::string& tag : tags) {
    Query insert(database, "INSERT INTO artifact_tag(name,version,tag) VALUES(?,?,?) ON CONFLICT DO NOTHING");
    insert.text(name).integer(version).text(tag).run();
  }
}

void write_parents(Database& database, const std::string& name, std::int64_t version,
                   const std::vector<messages::ArtifactRef>& parents) {
  for (std::size_t at = 0; at < parents.size(); ++at) {
    const auto parent = static_cast<std::int64_t>(parents[at].version);
    Query known(database, "SELECT 1 FROM artifact WHERE name=? AND version=? AND deleted_ms IS NULL");
    known.text(parents[at].name).integer(parent);
    // The version itself is not there yet, so nothing is its own ancestor.
    if (!known.step() || (parents[at].name == name && parent >= version)) {
      throw ParameterError(ipc::invalid_params(
          "There is no artifact \"" + parents[at].name + "\" version " + std::to_string(parents[at].version) + ".",
          "/parents/" + std::to_string(at)));
    }
    Query insert(database,
                 "INSERT INTO artifact_parent(name,version,parent_name,parent_version) VALUES(?,?,?,?) ON CONFLICT DO "
                 "NOTHING");
    insert.text(name).integer(version).text(parents[at].name).integer(parent).run();
  }
}

json describe_artifact(Store& store, const messages::ArtifactDescribeParams& asked, std::stop_token stop) {
  const Store::Lease lease = store.read();
  const Interruptible interruptible(*lease, std::move(stop));
  const std::int64_t version = find_version(*lease, asked.name, asked.version);
  Query query(*lease,
              "SELECT hash,size,stored_size,tier,created_ms,accessed_ms,quality,metadata FROM artifact JOIN content "
              "USING(hash) JOIN content_state USING(hash) WHERE name=? AND version=?");
  query.text(asked.name).integer(version);
  if (!query.step()) throw ParameterError({ErrorCode::data_corrupted, "The artifact has no content.", nullptr});
  Query parents(*lease,
                "SELECT parent_name,parent_version FROM artifact_parent WHERE name=? AND version=? ORDER BY 1,2");
  parents.text(asked.name).integer(version);
  Query children(*lease,
                 "SELECT c.name,c.version FROM artifact_parent c JOIN artifact a ON a.name=c.name AND "
                 "a.version=c.version WHERE parent_name=? AND parent_version=? AND deleted_ms IS NULL ORDER BY 1,2 "
                 "LIMIT 1000");
  children.text(asked.name).integer(version);
  return {{"name", asked.name},
          {"version", version},
          {"hash", to_hex(query.bytes_at(0))},
          {"size", query.integer_at(1)},
          {"stored_size", query.integer_at(2)},
          {"tier", name_of(static_cast<Tier>(query.integer_at(3)))},
          {"created_ms", query.integer_at(4)},
          {"accessed_ms", query.integer_at(5)},
          {"quality", quality_at(query, 6)},
          {"tags", tags_of(*lease, asked.name, version)},
          {"pins", pins_of(*lease, asked.name, version)},
          {"parents", refs(parents)},
          {"children", refs(children)},
          {"metadata", json::parse(query.bytes_at(7))}};
}

json annotate_artifact(Store& store, const messages::ArtifactAnnotateParams& asked) {
  const std::vector<std::string> none;
  const auto& added = asked.add_tags ? *asked.add_tags : none;
  const auto& removed = asked.remove_tags ? *asked.remove_tags : none;
  check_tags(added, "add_tags");
  check_tags(removed, "remove_tags");
  check_quality(asked.quality);
  const Store::Lease lease = store.write();
  const FullSynchronous durable(*lease);
  Transaction transaction(*lease);
  const std::int64_t version = find_version(*lease, asked.name, asked.version);
  for (const std::string& tag : removed) {
    Query remove(*lease, "DELETE FROM artifact_tag WHERE name=? AND version=? AND tag=?");
    remove.text(asked.name).integer(version).text(tag).run();
  }
  write_tags(*lease, asked.name, version, added);
  if (asked.quality) {
    Query quality(*lease, "UPDATE artifact SET quality=? WHERE name=? AND version=?");
    quality.real(*asked.quality).text(asked.name).integer(version).run();
  }
  json tags = tags_of(*lease, asked.name, version);
  if (tags.size() > most_tags) {
    throw ParameterError({ErrorCode::payload_too_large,
                          "A version has at most " + std::to_string(most_tags) + " tags.",
                          {{"path", "/add_tags"}, {"limit", most_tags}}});
  }
  Query query(*lease, "SELECT quality FROM artifact WHERE name=? AND version=?");
  query.text(asked.name).integer(version);
  query.step();
  json answer = {{"version", version}, {"tags", std::move(tags)}, {"quality", quality_at(query, 0)}};
  transaction.commit();
  return answer;
}

json pin_artifact(Store& store, const messages::ArtifactPinParams& asked) {
  const Store::Lease lease = store.write();
  const FullSynchronous durable(*lease);
  Transaction transaction(*lease);
  const std::int64_t version = find_version(*lease, asked.name, asked.version);
  Query insert(*lease, "INSERT INTO artifact_pin(name,version,holder) VALUES(?,?,?) ON CONFLICT DO NOTHING");
  insert.text(asked.name).integer(version).text(asked.holder).run();
  json pins = pins_of(*lease, asked.name, version);
  if (pins.size() > most_pins) {
    throw ParameterError({ErrorCode::resource_exhausted,
                          "A version has at most " + std::to_string(most_pins) + " pins.",
                          {{"path", "/holder"}, {"limit", most_pins}}});
  }
  transaction.commit();
  return {{"version", version}, {"pins", std::move(pins)}};
}

json unpin_artifact(Store& store, const messages::ArtifactUnpinParams& asked) {
  const Store::Lease lease = store.write();
  const FullSynchronous durable(*lease);
  Transaction transaction(*lease);
  const std::int64_t version = find_version(*lease, asked.name, asked.version);
  Query remove(*lease, "DELETE FROM artifact_pin WHERE name=? AND version=? AND holder=?");
  remove.text(asked.name).integer(version).text(asked.holder).run();
  json pins = pins_of(*lease, asked.name, version);
  transaction.commit();
  return {{"version", version}, {"pins", std::move(pins)}};
}

json lineage_of(Store& store, const messages::ArtifactLineageParams& asked, std::stop_token stop) {
  const Store::Lease lease = store.read();
  const Interruptible interruptible(*lease, std::move(stop));
  const std::int64_t version = find_version(*lease, asked.name, asked.version);
  const auto depth = static_cast<std::int64_t>(asked.depth.value_or(messages::ArtifactLineageParams::depth_default));
  constexpr std::uint64_t most = 10'000;
  const auto limit =
      static_cast<std::int64_t>(std::min(asked.limit.value_or(messages::ArtifactLineageParams::limit_default), most));
  const bool up =
      asked.direction.value_or(std::string(messages::ArtifactLineageParams::direction_default)) == "parents";
  // UNION, not UNION ALL: who is reached on several ways is followed once for each distance only.
  const char* ancestors =
      "WITH RECURSIVE way(name,version,depth) AS (VALUES(?1,?2,0) UNION SELECT parent_name,parent_version,depth+1 FROM "
      "way JOIN artifact_parent USING(name,version) WHERE depth<?3) SELECT name,version,min(depth) AS d FROM way WHERE "
      "depth>0 GROUP BY 1,2 ORDER BY d,1,2 LIMIT ?4";
  const char* descendants =
      "WITH RECURSIVE way(name,version,depth) AS (VALUES(?1,?2,0) UNION SELECT p.name,p.version,depth+1 FROM way JOIN "
      "artifact_parent p ON p.parent_name=way.name AND p.parent_version=way.version WHERE depth<?3) SELECT "
      "name,version,min(depth) AS d FROM way WHERE depth>0 GROUP BY 1,2 ORDER BY d,1,2 LIMIT ?4";
  Query query(*lease, up ? ancestors : descendants);
  query.text(asked.name).integer(version).integer(depth).integer(limit + 1);
  json entries = json::array();
  bool truncated = false;
  while (query.step()) {
    truncated = static_cast<std::int64_t>(entries.size()) >= limit;
    if (truncated) break;
    entries.push_back({{"name", query.bytes_at(0)}, {"version", query.integer_at(1)}, {"depth", query.integer_at(2)}});
  }
  return {{"version", version}, {"entries", std::move(entries)}, {"truncated", truncated}};
}

}  // namespace symphony::pit
