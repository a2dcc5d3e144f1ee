#include "artifact_store/artifacts.h"

#include <symphony/ipc/path_text.h>

#include <algorithm>
#include <limits>

#include "artifact_store/catalogue.h"
#include "artifact_store/chunks.h"
#include "artifact_store/durable.h"
#include "artifact_store/encoding.h"
#include "artifact_store/tiers.h"
#include "artifact_store/versions.h"

namespace symphony::pit {

namespace {

using ipc::ErrorCode;

[[noreturn]] void not_found(const std::string& what) { throw ParameterError({ErrorCode::not_found, what, nullptr}); }

struct Found {
  nlohmann::json answer;
  std::string hash;
};

/// A content in chunks as a whole.
std::string joined(const Store& store, Database& database, std::string_view hash, std::int64_t size, const char* field,
                   const std::stop_token& stop) {
  if (size > most_inline_bytes) {
    throw ParameterError({ErrorCode::payload_too_large,
                          "The content has " + std::to_string(size) + " bytes: read it with artifact.read.",
                          {{"path", field}, {"hash", to_hex(hash)}, {"size", size}, {"limit", most_inline_bytes}}});
  }
  std::string bytes;
  bytes.reserve(static_cast<std::size_t>(size));
  read_parts(store, database, hash, 0, size, stop, [&](std::string_view part) { bytes += part; });
  if (static_cast<std::int64_t>(bytes.size()) != size) {
    throw ParameterError(
        {ErrorCode::data_corrupted, "The content is damaged: chunks are missing.", {{"hash", to_hex(hash)}}});
  }
  return bytes;
}

/// `row`: name, version, hash, metadata, size, is_text, tier, data. `field`: what it was asked for by.
Found found_artifact(const Store& store, Database& database, Query& row, const char* field,
                     const std::stop_token& stop) {
  const std::string hash(row.bytes_at(2));
  const bool is_text = row.integer_at(5) != 0;
  const auto tier = static_cast<Tier>(row.integer_at(6));
  const std::int64_t size = row.integer_at(4);
  const std::string data = tier == Tier::chunked
                               ? joined(store, database, hash, size, field, stop)
                               : content_bytes(store, hash, tier, static_cast<std::size_t>(size), row.bytes_at(7));
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
    const std::string hash = checked_hash(*parameters.hash);
    Query query(*lease,
                "SELECT name,version,hash,metadata,size,is_text,tier,data FROM artifact JOIN content_state USING(hash) "
                "JOIN content USING(hash) WHERE hash=? AND "
                "deleted_ms IS NULL ORDER BY created_ms DESC, version DESC LIMIT 1");
    query.bytes(hash);
    return query.step() ? std::optional(found_artifact(store, *lease, query, "/hash", stop)) : std::nullopt;
  }
  Query query(*lease,
              "SELECT name,version,hash,metadata,size,is_text,tier,data FROM artifact JOIN content_state USING(hash) "
              "JOIN content USING(hash) WHERE name=?1 AND "
              "deleted_ms IS NULL AND version=CASE WHEN ?2=0 THEN (SELECT max(version) FROM artifact WHERE "
              "name=?1 AND deleted_ms IS NULL) ELSE ?2 END");
  query.text(checked_name(*parameters.name)).integer(static_cast<std::int64_t>(parameters.version.value_or(0)));
  return query.step() ? std::optional(found_artifact(store, *lease, query, "/name", stop)) : std::nullopt;
}

/// A range of a content. Nothing when it is not there.
std::optional<nlohmann::json> look_up_range(Store& store, std::string_view hash, std::int64_t offset,
                                            std::int64_t length, const std::stop_token& stop) {
  const Store::Lease lease = store.read();
  const Interruptible interruptible(*lease, stop);
  Query query(
      *lease,
      "SELECT size,tier,CASE tier WHEN 0 THEN substr(data,?2+1,?3) ELSE data END FROM content JOIN content_state "
      "USING(hash) WHERE hash=?1 AND EXISTS(SELECT 1 FROM artifact WHERE hash=?1 AND deleted_ms IS NULL)");
  if (!query.bytes(hash).integer(offset).integer(length).step()) return std::nullopt;
  const std::int64_t size = query.integer_at(0);
  if (offset > size) {
    throw ParameterError({ErrorCode::invalid_params,
                          "\"offset\" is behind the end of the content.",
                          {{"path", "/offset"}, {"size", size}}});
  }
  length = std::min(length, size - offset);
  const auto tier = static_cast<Tier>(query.integer_at(1));
  std::string bytes;
  if (tier == Tier::chunked) {
    read_parts(store, *lease, hash, offset, length, stop, [&](std::string_view part) { bytes += part; });
  } else if (tier == Tier::hot) {
    bytes = query.bytes_at(2);
  } else {
    bytes = content_bytes(store, hash, tier, static_cast<std::size_t>(size), query.bytes_at(2))
                .substr(static_cast<std::size_t>(offset), static_cast<std::size_t>(length));
  }
  if (static_cast<std::int64_t>(bytes.size()) != length) {
    throw ParameterError({ErrorCode::data_corrupted, "The content is shorter than it was.", {{"hash", to_hex(hash)}}});
  }
  return nlohmann::json{
      {"size", size}, {"offset", offset}, {"content", to_base64(bytes)}, {"last", offset + length == size}};
}

/// A content may be on its way out of its file just now: what was read of it then is looked up again.
template <class Look>
auto look_again(const Look& look) -> decltype(look()) {
  constexpr int attempts = 3;
  for (int attempt = 1;; ++attempt) {
    try {
      return look();
    } catch (const ParameterError& error) {
      if (error.error().code != ErrorCode::data_corrupted || attempt == attempts) throw;
    }
  }
}

void note_access(Store& store, std::string_view hash, const Clock& clock) {
  if (store.accesses().note(hash, clock.wall_ms())) return;
  const Store::Lease lease = store.write();
  Transaction transaction(*lease);
  store.accesses().write_to(*lease);
  transaction.commit();
}

}  // namespace

std::string decoded_content(const std::string& content, const std::optional<std::string>& encoding) {
  if (encoding.value_or("utf-8") == "utf-8") return content;
  std::optional<std::string> bytes = from_base64(content);
  if (!bytes) throw ParameterError(ipc::invalid_params("\"content\" is not base64.", "/content"));
  return *std::move(bytes);
}

nlohmann::json put_artifact(Store& store, const messages::ArtifactPutParams& parameters, const Clock& clock) {
  const NewVersion version = NewVersion::from(parameters);
  const std::string content = decoded_content(parameters.content, parameters.encoding);
  const Sha256 hash = sha256(content);
  const std::int64_t now = clock.wall_ms();

  const Store::Lease lease = store.write();
  const FullSynchronous durable(*lease);
  Transaction transaction(*lease);
  const std::optional<Tier> there = tier_of(*lease, view_of(hash));
  // What was lost is back; of a content in chunks the others may be of use to others, and go else.
  const bool lost = there == Tier::lost || (there == Tier::chunked && !has_chunks(*lease, view_of(hash)));
  if (!there || lost) {
    release_parts(*lease, view_of(hash));
    keep_in_row(*lease, view_of(hash), content, ipc::is_valid_utf8(content), now);
  } else {
    note_use(*lease, view_of(hash), now);
  }
  const std::int64_t number = write_version(*lease, version, view_of(hash), now);
  transaction.commit();
  return {{"name", version.name},
          {"version", number},
          {"hash", to_hex(view_of(hash))},
          {"size", content.size()},
          {"stored", !there}};
}

nlohmann::json read_artifact(Store& store, const messages::ArtifactReadParams& parameters, const std::stop_token& stop,
                             const Clock& clock) {
  const std::string hash = checked_hash(parameters.hash);
  const std::uint64_t offset = parameters.offset.value_or(messages::ArtifactReadParams::offset_default);
  const std::uint64_t length = parameters.length.value_or(messages::ArtifactReadParams::length_default);
  if (length < 1 || length > messages::ArtifactReadParams::length_default)
    throw ParameterError(ipc::invalid_params("\"length\" must be from 1 to 1048576.", "/length"));
  constexpr auto farthest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max() / 2);
  if (offset > farthest)
    throw ParameterError(ipc::invalid_params("\"offset\" is behind the end of every content.", "/offset"));
  auto found = look_again([&] {
    return look_up_range(store, hash, static_cast<std::int64_t>(offset), static_cast<std::int64_t>(length), stop);
  });
  if (!found) throw ParameterError({ErrorCode::not_found, "No artifact has this hash.", {{"path", "/hash"}}});
  note_access(store, hash, clock);
  return *std::move(found);
}

nlohmann::json get_artifact(Store& store, const messages::ArtifactGetParams& parameters, std::stop_token stop,
                            const Clock& clock) {
  if (!parameters.hash && !parameters.name)
    throw ParameterError(ipc::invalid_params("\"name\" or \"hash\" must be there.", "/name"));
  std::optional<Found> found = look_again([&] { return look_up(store, parameters, stop); });
  if (!found) {
    if (parameters.hash) not_found("No artifact has this hash.");
    not_found("There is no artifact \"" + *parameters.name + "\"" +
              (parameters.version ? " version " + std::to_string(*parameters.version) : "") + ".");
  }
  note_access(store, found->hash, clock);
  return std::move(found->answer);
}

nlohmann::json list_artifact_versions(Store& store, const messages::ArtifactVersionsParams& parameters,
                                      std::stop_token stop) {
  const std::string& name = checked_name(parameters.name);
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
