#include "artifact_store/versions.h"

#include "artifact_store/catalogue.h"

namespace symphony::pit {

namespace {

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

void keep(Database& database, std::string_view hash, std::int64_t size, bool is_text, std::string_view data, Tier tier,
          std::int64_t now_ms) {
  Query row(database,
            "INSERT INTO content(hash,size,is_text,data) VALUES(?,?,?,?) ON CONFLICT(hash) DO UPDATE SET "
            "data=excluded.data");
  row.bytes(hash).integer(size).integer(is_text ? 1 : 0).bytes(data).run();
  Query state(
      database,
      "INSERT INTO content_state(hash,tier,stored_size,accessed_ms) VALUES(?,?,?,?) ON CONFLICT(hash) DO UPDATE "
      "SET tier=excluded.tier, stored_size=excluded.stored_size, "
      "accessed_ms=max(accessed_ms,excluded.accessed_ms)");
  state.bytes(hash).integer(static_cast<int>(tier)).integer(size).integer(now_ms).run();
}

}  // namespace

const std::string& checked_name(const std::string& name) {
  if (name.find('\0') != std::string::npos)
    throw ParameterError(ipc::invalid_params("\"name\" must not hold a NUL.", "/name"));
  return name;
}

void NewVersion::check() const {
  checked_name(name);
  check_quality(quality);
  if (tags) check_tags(*tags, "tags");
}

std::optional<Tier> tier_of(Database& database, std::string_view hash) {
  Query query(database, "SELECT tier FROM content_state WHERE hash=?");
  if (!query.bytes(hash).step()) return std::nullopt;
  return static_cast<Tier>(query.integer_at(0));
}

void keep_in_row(Database& database, std::string_view hash, std::string_view content, bool is_text,
                 std::int64_t now_ms) {
  keep(database, hash, static_cast<std::int64_t>(content.size()), is_text, content, Tier::hot, now_ms);
}

void keep_in_chunks(Database& database, std::string_view hash, std::int64_t size, bool is_text, std::int64_t now_ms) {
  keep(database, hash, size, is_text, {}, Tier::chunked, now_ms);
}

void note_use(Database& database, std::string_view hash, std::int64_t now_ms) {
  Query use(database, "UPDATE content_state SET accessed_ms=max(accessed_ms,?2) WHERE hash=?1");
  use.bytes(hash).integer(now_ms).run();
}

std::int64_t write_version(Database& database, const NewVersion& version, std::string_view hash, std::int64_t now_ms) {
  const std::int64_t parent = newest_version(database, version.name);
  const std::int64_t number = last_number(database, version.name) + 1;
  Query insert(database,
               "INSERT INTO artifact(name,version,hash,parent,metadata,created_ms,quality) "
               "VALUES(?,?,?,nullif(?,0),?,?,?)");
  insert.text(version.name).integer(number).bytes(hash).integer(parent).text(version.metadata).integer(now_ms);
  if (version.quality) {
    insert.real(*version.quality);
  } else {
    insert.null();
  }
  insert.run();
  if (version.tags) write_tags(database, version.name, number, *version.tags);
  if (version.parents) write_parents(database, version.name, number, *version.parents);
  return number;
}

}  // namespace symphony::pit
