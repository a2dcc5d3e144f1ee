#include "artifact_store/artifacts.h"

#include <symphony/ipc/path_text.h>
#include <chrono>

#include "artifact_store/encoding.h"

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

/// Durable when it returns: an acknowledged artifact survives a power cut, not only the end of the process.
class FullSynchronous {
 public:
  explicit FullSynchronous(Database& database) : database_(database) { database_.execute("PRAGMA synchronous=FULL"); }
  ~FullSynchronous() { sqlite3_exec(database_.handle(), "PRAGMA synchronous=NORMAL", nullptr, nullptr, nullptr); }
  FullSynchronous(const FullSynchronous&) = delete;
  FullSynchronous& operator=(const FullSynchronous&) = delete;

 private:
  Database& database_;
};

std::int64_t newest_version(Database& database, const std::string& name) {
  Query query(database, "SELECT max(version) FROM artifact WHERE name=?");
  query.text(name);
  return query.step() ? query.integer_at(0) : 0;
}

nlohmann::json found_artifact(Query& row) {
  // name, version, hash, metadata, size, is_text, data
  const std::string_view data = row.bytes_at(6);
  const bool is_text = row.integer_at(5) != 0;
  return {{"name", row.bytes_at(0)},
          {"version", row.integer_at(1)},
          {"hash", to_hex(row.bytes_at(2))},
          {"metadata", nlohmann::json::parse(row.bytes_at(3))},
          {"size", row.integer_at(4)},
          {"encoding", is_text ? "utf-8" : "base64"},
          {"content", is_text ? std::string(data) : to_base64(data)}};
}

}  // namespace

nlohmann::json put_artifact(Store& store, const messages::ArtifactPutParams& parameters) {
  const std::string& name = checked(parameters.name);
  const std::string content = decoded_content(parameters);
  const std::string metadata = parameters.metadata.value_or(nlohmann::json::object()).dump();
  const Sha256 hash = sha256(content);
  const auto now =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch());

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
  const std::int64_t parent = newest_version(database, name);
  Query version(database,
                "INSERT INTO artifact(name,version,hash,parent,metadata,created_ms) VALUES(?,?,?,nullif(?,0),?,?)");
  version.text(name).integer(parent + 1).bytes(view_of(hash)).integer(parent).text(metadata).integer(now.count()).run();
  transaction.commit();
  return {{"name", name},
          {"version", parent + 1},
          {"hash", to_hex(view_of(hash))},
          {"size", content.size()},
          {"stored", stored}};
}

nlohmann::json get_artifact(Store& store, const messages::ArtifactGetParams& parameters, std::stop_token stop) {
  const Store::Lease lease = store.read();
  const Interruptible interruptible(*lease, std::move(stop));
  if (parameters.hash) {
    const std::optional<std::string> hash = from_hex(*parameters.hash);
    if (!hash || hash->size() != Sha256{}.size()) {
      throw ParameterError(ipc::invalid_params("\"hash\" must be 64 hexadecimal digits.", "/hash"));
    }
    Query query(
        *lease,
        "SELECT name,version,hash,metadata,size,is_text,data FROM artifact JOIN content USING(hash) WHERE hash=? "
        "ORDER BY created_ms DESC, version DESC LIMIT 1");
    query.bytes(*hash);
    if (!query.step()) not_found("No artifact has this hash.");
    return found_artifact(query);
  }
  if (!parameters.name) throw ParameterError(ipc::invalid_params("\"name\" or \"hash\" must be there.", "/name"));
  const std::string& name = checked(*parameters.name);
  const auto version = static_cast<std::int64_t>(parameters.version.value_or(0));
  Query query(
      *lease,
      "SELECT name,version,hash,metadata,size,is_text,data FROM artifact JOIN content USING(hash) "
      "WHERE name=?1 AND version=CASE WHEN ?2=0 THEN (SELECT max(version) FROM artifact WHERE name=?1) ELSE ?2 END");
  query.text(name).integer(version);
  if (!query.step())
    not_found("There is no artifact \"" + name + "\"" + (version > 0 ? " version " + std::to_string(version) : "") +
              ".");
  return found_artifact(query);
}

nlohmann::json list_artifact_versions(Store& store, const messages::ArtifactVersionsParams& parameters,
                                      std::stop_token stop) {
  const std::string& name = checked(parameters.name);
  const Store::Lease lease = store.read();
  const Interruptible interruptible(*lease, std::move(stop));
  Query query(*lease,
              "SELECT version,hash,size,parent,created_ms FROM artifact JOIN content USING(hash) WHERE name=? ORDER BY "
              "version");
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
      "SELECT DISTINCT name FROM artifact WHERE name>=?1 AND substr(name,1,length(?1))=?1 ORDER BY name LIMIT ?2");
  query.text(prefix).integer(limit + 1);
  nlohmann::json names = nlohmann::json::array();
  while (query.step())
    names.push_back(query.bytes_at(0));
  const bool truncated = static_cast<std::int64_t>(names.size()) > limit;
  if (truncated) names.erase(names.size() - 1);
  return {{"names", std::move(names)}, {"truncated", truncated}};
}

}  // namespace symphony::pit
