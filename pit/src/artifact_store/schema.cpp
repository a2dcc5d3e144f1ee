#include "artifact_store/schema.h"

#include <array>

namespace symphony::pit {

namespace {

/// Step n brings version n to n + 1. Steps are never edited once released: add one.
constexpr std::array<const char*, schema_version> steps = {R"sql(
CREATE TABLE content(
  hash BLOB PRIMARY KEY,
  size INTEGER NOT NULL,
  is_text INTEGER NOT NULL,
  data BLOB NOT NULL);
CREATE TABLE artifact(
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  hash BLOB NOT NULL REFERENCES content(hash),
  parent INTEGER,
  metadata TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  PRIMARY KEY(name, version)) WITHOUT ROWID;
CREATE INDEX artifact_by_hash ON artifact(hash);

CREATE TABLE indexed_text(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  hash BLOB NOT NULL UNIQUE,
  data BLOB NOT NULL);
CREATE TABLE file(
  path BLOB PRIMARY KEY,
  size INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  inode INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  text INTEGER REFERENCES indexed_text(id)) WITHOUT ROWID;
CREATE INDEX file_by_text ON file(text) WHERE text IS NOT NULL;
CREATE VIRTUAL TABLE text_gram USING fts5(grams, content='', detail=none, columnsize=0, tokenize='symphony_grams');
INSERT INTO text_gram(text_gram, rank) VALUES('hashsize', 8388608);
)sql",
                                                           // Beside content: what stands behind the bytes in a row
                                                           // is reached by reading them.
                                                           R"sql(
CREATE TABLE content_state(
  hash BLOB PRIMARY KEY,
  tier INTEGER NOT NULL,
  stored_size INTEGER NOT NULL,
  accessed_ms INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO content_state(hash, tier, stored_size, accessed_ms)
  SELECT hash, 0, size, coalesce((SELECT max(created_ms) FROM artifact WHERE artifact.hash=content.hash), 0) FROM content;
ALTER TABLE artifact ADD COLUMN quality REAL;
ALTER TABLE artifact ADD COLUMN deleted_ms INTEGER;
CREATE INDEX artifact_deleted ON artifact(deleted_ms) WHERE deleted_ms IS NOT NULL;
CREATE TABLE artifact_last(
  name TEXT PRIMARY KEY,
  version INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE artifact_tag(
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  tag TEXT NOT NULL,
  PRIMARY KEY(name, version, tag)) WITHOUT ROWID;
CREATE TABLE artifact_pin(
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  holder TEXT NOT NULL,
  PRIMARY KEY(name, version, holder)) WITHOUT ROWID;
CREATE TABLE artifact_parent(
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  parent_name TEXT NOT NULL,
  parent_version INTEGER NOT NULL,
  PRIMARY KEY(name, version, parent_name, parent_version)) WITHOUT ROWID;
CREATE INDEX artifact_parent_by_parent ON artifact_parent(parent_name, parent_version);
CREATE TABLE stale_change(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  batch TEXT NOT NULL,
  hash BLOB,
  name TEXT,
  version INTEGER,
  from_tier INTEGER,
  to_tier INTEGER,
  saved_bytes INTEGER NOT NULL,
  at_ms INTEGER NOT NULL);
CREATE INDEX stale_change_by_batch ON stale_change(batch, id);
)sql",
                                                           // A chunk without a pack is lost; `refs` counts the rows of
                                                           // content_chunk that name it.
                                                           R"sql(
CREATE TABLE pack(id INTEGER PRIMARY KEY);
CREATE TABLE chunk(
  hash BLOB PRIMARY KEY,
  size INTEGER NOT NULL,
  pack INTEGER REFERENCES pack(id),
  at INTEGER NOT NULL,
  refs INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX chunk_by_pack ON chunk(pack, at);
CREATE INDEX chunk_unused ON chunk(hash) WHERE refs=0;
CREATE TABLE content_chunk(
  content BLOB NOT NULL,
  start INTEGER NOT NULL,
  chunk BLOB NOT NULL REFERENCES chunk(hash),
  PRIMARY KEY(content, start)) WITHOUT ROWID;
)sql"};

}  // namespace

NewerDatabase::NewerDatabase(std::int64_t found)
    : std::runtime_error("The store was written by a newer Symphony (schema " + std::to_string(found) +
                         ", this one knows " + std::to_string(schema_version) + ").") {}

void configure_writer(Database& database) {
  // NORMAL in WAL loses nothing to kill -9; only a power cut may take the last commits, and those of artifacts use
  // FULL.
  database.execute(
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=4000; PRAGMA "
      "journal_size_limit=33554432;"
      "PRAGMA cache_size=-8192; PRAGMA temp_store=MEMORY");
}

void migrate(Database& database) {
  std::int64_t found = 0;
  {
    Query query(database, "PRAGMA user_version");
    if (query.step()) found = query.integer_at(0);
  }
  if (found < 0 || found > schema_version) throw NewerDatabase(found);
  for (auto version = static_cast<std::size_t>(found); version < steps.size(); ++version) {
    Transaction transaction(database);
    database.execute(steps[version]);
    database.execute("PRAGMA user_version=" + std::to_string(version + 1));
    transaction.commit();
  }
}

}  // namespace symphony::pit
