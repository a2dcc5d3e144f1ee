#include "artifact_store/artifacts.h"

#include <symphony/ipc/path_text.h>

#include "artifact_store/catalogue.h"
#include "artifact_store/durable.h"
#include "artifact_store/encoding.h"
#include "artifact_store/tiers.h"

namespace symphony::pit {

namespace {

using ipc::ErrorCode;

const std::string& checked(const std::string& name) {
  if (name.find('\0') != std::string::npos)
    throw ParameterError(ipc::invalid_params("\"name\" must not hold a NUL.", "/name"));
  return name;
}

std::string decoded_content(const messages::ArtifactPutParams& parameters) {
  if (parameters.encoding.value_or(std::string(messages::ArtifactPutParams::encoding_default)) == "utf-8")
    return parameters.content;
  std::optional<std::string> bytes = from_base64(parameters.content);
  if (!bytes) throw ParameterError(ipc::invalid_params("\"content\" is not base64.", "/content"));
  return *std::move(bytes);
}

[[noreturn]] void not_found(const std::string& what) { throw ParameterError({ErrorCode::not_found, what, nullptr}); }

/// Also of what was purged: no number is given twice.
std::int64_t last_number(Database& database, const std::string& name) {
  Query query(database,
              "SELECT max(coalesce((SELECT max(version) FROM artifact WHERE name=?1),0),"
              "coalesce((SELECT version FROM artifact_last WHERE name=?1),0))");
  query.text(name);
  return query.step() ? query.integer_at(0) : 0;
}

std::int64_t newest_version(Database& database, const std::string& name) {
  Query query(database, "SELECT max(version) FROM artifact WHERE name=?");
  query.text(name);
  return query.step() ? query.integer_at(0) : 0;
}

struct Found {
  nlohmann::json answer;
  std::string hash;
};

/// `row`: name, version, hash, metadata, size, is_text, tier, data.
Found found_artifact(const Store& store, Query& row) {
  const std::string hash(row.bytes_at(2));
  const bool is_text = row.integer_at(5) != 0;
  const auto tier = static_cast<Tier>(row.integer_at(6));
  const auto size = static_cast<std::size_t>(row.integer_at(4));
  const std::string data = content_bytes(store, hash, tier, size, row.bytes_at(7));
  return {{{"name", row.bytes_at(0)},
           {"version", row.integer_at(1)},
           {"hash", to_hex(hash)},
           {"metadata", nlohmann::json::parse(row.bytes_at(3))},
           {"size", size},
           {"encoding", is_text ? "utf-8" : "base64"},
           {"content", is_text ? data : to_base64(data)}},
          hash};
}

/// Nothing when there is no such artifact.
std::optional<Found> look_up(Store& store, const messages::ArtifactGetParams& parameters, const std::stop_token& stop) {
  const Store::Lease lease = store.read();
  const Interruptible interruptible(*lease, stop);
  if (parameters.hash) {
    const std::optional<std::string> hash = from_hex(*parameters.hash);
    if (!hash || hash->size() != Sha256{}.size()) {
      throw ParameterError(ipc::invalid_params("\"hash\" must be 64 hexadecimal digits.", "/hash"));
    }
    Query query(*lease,
                "SELECT name,version,hash,metadata,size,is_text,tier,data FROM artifact JOIN content_state USING(hash) "
                "JOIN content USING(hash) WHERE hash=? AND "
                "deleted_ms IS NULL ORDER BY created_ms DESC, version DESC LIMIT 1");
    query.bytes(*hash);
    return query.step() ? std::optional(found_artifact(store, query)) : std::nullopt;
  }
  Query query(*lease,
              "SELECT name,version,hash,metadata,size,is_text,tier,data FROM artifact JOIN content_state USING(hash) "
              "JOIN content USING(hash) WHERE name=?1 AND "
              "deleted_ms IS NULL AND version=CASE WHEN ?2=0 THEN (SELECT max(version) FROM artifact WHERE "
              "name=?1 AND deleted_ms IS NULL) ELSE ?2 END");
  query.text(checked(*parameters.name)).integer(static_cast<std::int64_t>(parameters.version.value_or(0)));
  return query.step() ? std::optional(found_artifact(store, query)) : std::nullopt;
}

}  // namespace

nlohmann::json put_artifact(Store& store, const messages::ArtifactPutParams& parameters, const Clock& clock) {
  const std::string& name = checked(parameters.name);
  if (parameters.quality && !(*parameters.quality >= 0 && *parameters.quality <= 1))
    throw ParameterError(ipc::invalid_params("\"quality\" must be from 0 to 1.", "/quality"));
  const std::string content = decoded_content(parameters);
  const std::string metadata = parameters.metadata.value_or(nlohmann::json::object()).dump();
  const Sha256 hash = sha256(content);
  const std::int64_t now = clock.wall_ms();

  const Store::Lease lease = store.write();
  Database& database = *lease;
  const FullSynchronous durable(database);
  Transaction transaction(database);
  Query insert(database, "INSERT INTO content(hash,size,is_text,data) VALUES(?,?,?,?) ON CONFLICT DO NOTHING");
  insert.bytes(view_of(hash))
      .integer(static_cast<std::int64_t>(content.size()))
      .integer(ipc::is_valid_utf8(content) ? 1 : 0)
      .bytes(content)
      .run();
  const bool stored = sqlite3_changes(database.handle()) > 0;
  // There already: used now; and what was lost is back.
  Query state(database,
              "INSERT INTO content_state(hash,tier,stored_size,accessed_ms) VALUES(?1,0,?2,?3) ON CONFLICT(hash) DO "
              "UPDATE SET accessed_ms=max(accessed_ms,?3), stored_size=CASE tier WHEN 3 THEN ?2 ELSE stored_size END");
  state.bytes(view_of(hash)).integer(static_cast<std::int64_t>(content.size())).integer(now).run();
  if (!stored) {
    Query back(
        database,
        "UPDATE content SET data=?2 WHERE hash=?1 AND EXISTS(SELECT 1 FROM content_state WHERE hash=?1 AND tier=3)");
    back.bytes(view_of(hash)).bytes(content).run();
    Query hot(database, "UPDATE content_state SET tier=0 WHERE hash=? AND tier=3");
    hot.bytes(view_of(hash)).run();
  }
  const std::int64_t parent = newest_version(database, name);
  const std::int64_t number = last_number(database, name) + 1;
  Query version(database,
                "INSERT INTO artifact(name,version,hash,parent,metadata,created_ms,quality) "
                "VALUES(?,?,?,nullif(?,0),?,?,?)");
  version.text(name).integer(number).bytes(view_of(hash)).integer(parent).text(metadata).integer(now);
  if (parameters.quality) {
    version.real(*parameters.quality);
  } else {
    version.null();
  }
  version.run();
  if (parameters.tags) write_tags(database, name, number, *parameters.tags);
  if (parameters.parents) write_parents(database, name, number, *parameters.parents);
  transaction.commit();
  return {{"name", name},
          {"version", number},
          {"hash", to_hex(view_of(hash))},
          {"size", content.size()},
          {"stored", stored}};
}

nlohmann::json get_artifact(Store& store, const messages::ArtifactGetParams& parameters, std::stop_token stop,
                            const Clock& clock) {
  if (!parameters.hash && !parameters.name)
    throw ParameterError(ipc::invalid_params("\"name\" or \"hash\" must be there.", "/name"));
  // A content may be on its way out of its file just now: what was read of it then is looked up again.
  constexpr int attempts = 3;
  std::optional<Found> found;
  for (int attempt = 1;; ++attempt) {
    try {
      found = look_up(store, parameters, stop);
      break;
    } catch (const ParameterError& error) {
      if (error.error().code != ErrorCode::data_corrupted || attempt == attempts) throw;
    }
  }
  if (!found) {
    if (parameters.hash) not_found("No artifact has this hash.");
    not_found("There is no artifact \"" + *parameters.name + "\"" +
              (parameters.version ? " version " + std::to_string(*parameters.version) : "") + ".");
  }
  if (!store.accesses().note(found->hash, clock.wall_ms())) {
    const Store::Lease lease = store.write();
    Transaction transaction(*lease);
    store.accesses().write_to(*lease);
    transaction.commit();
  }
  return std::move(found->answer);
}

nlohmann::json list_artifact_versions(Store& store, const messages::ArtifactVersionsParams& parameters,
                                      std::stop_token stop) {
  const std::string& name = checked(parameters.name);
  const Store::Lease lease = store.read();
  const Interruptible interruptible(*lease, std::move(stop));
  Query query(*lease,
              "SELECT version,hash,size,parent,created_ms FROM artifact JOIN content USING(hash) WHERE name=? AND "
              "deleted_ms IS NULL ORDER BY version");
  query.text(name);
  nlohmann::json versions = nlohmann::json::array();
  while (query.step()) {
    versions.push_back({{"version", query.integer_at(0)},
                        {"hash", to_hex(query.bytes_at(1))},
                        {"size", query.integer_at(2)},
                        {"parent", query.null_at(3) ? nlohmann::json(nullptr) : nlohmann::json(query.integer_at(3))},
                        {"created_ms", query.integer_at(4)}});
  }
  if (versions.empty()) not_found("There is no artifact \"" + name + "\".");
  return {{"versions", std::move(versions)}};
}

nlohmann::json list_artifacts(Store& store, const messages::ArtifactListParams& parameters, std::stop_token stop) {
  const std::string prefix = parameters.prefix.value_or(std::string(messages::ArtifactListParams::prefix_default));
  const auto limit = static_cast<std::int64_t>(parameters.limit.value_or(messages::ArtifactListParams::limit_default));
  const Store::Lease lease = store.read();
  const Interruptible interruptible(*lease, std::move(stop));
  Query query(
      *lease,
      "SELECT DISTINCT name FROM artifact WHERE name>=?1 AND substr(name,1,length(?1))=?1 AND deleted_ms IS NULL ORDER "
      "BY name LIMIT ?2");
  query.text(prefix).integer(limit + 1);
  nlohmann::json names = nlohmann::json::array();
  while (query.step())
    names.push_back(query.bytes_at(0));
  const bool truncated = static_cast<std::int64_t>(names.size()) > limit;
  if (truncated) names.erase(names.size() - 1);
  return {{"names", std::move(names)}, {"truncated", truncated}};
}

}  // namespace symphony::pit
