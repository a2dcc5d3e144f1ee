#include "artifact_store/index_tables.h"

#include "artifact_store/encoding.h"

namespace symphony::pit {

FileList load_files(Database& database) {
  FileList files;
  Query query(database, "SELECT path,size,mtime_ns,inode,kind,text FROM file ORDER BY path");
  while (query.step()) {
    auto file = std::make_shared<IndexedFile>();
    file->path = query.bytes_at(0);
    file->stamp = {query.integer_at(1), query.integer_at(2), static_cast<std::uint64_t>(query.integer_at(3))};
    file->kind = static_cast<FileKind>(query.integer_at(4));
    file->text = query.integer_at(5);
    files.push_back(std::move(file));
  }
  return files;
}

std::int64_t put_text(Database& database, std::string_view text) {
  const Sha256 hash = sha256(text);
  {
    Query known(database, "SELECT id FROM indexed_text WHERE hash=?");
    if (known.bytes(view_of(hash)).step()) return known.integer_at(0);
  }
  Query(database, "INSERT INTO indexed_text(hash,data) VALUES(?,?)").bytes(view_of(hash)).bytes(text).run();
  const std::int64_t id = sqlite3_last_insert_rowid(database.handle());
  Query(database, "INSERT INTO text_gram(rowid,grams) VALUES(?,?)").integer(id).text(text).run();
  return id;
}

void put_file(Database& database, const IndexedFile& file) {
  Query query(database,
              "INSERT OR REPLACE INTO file(path,size,mtime_ns,inode,kind,text) VALUES(?,?,?,?,?,nullif(?,0))");
  query.bytes(file.path)
      .integer(file.stamp.size)
      .integer(file.stamp.mtime_ns)
      .integer(static_cast<std::int64_t>(file.stamp.inode));
  query.integer(static_cast<std::int64_t>(file.kind)).integer(file.text).run();
}

void remove_file(Database& database, const std::string& path) {
  Query(database, "DELETE FROM file WHERE path=?").bytes(path).run();
}

void release_text(Database& database, std::int64_t text) {
  {
    Query used(database, "SELECT 1 FROM file WHERE text=? LIMIT 1");
    if (used.integer(text).step()) return;
  }
  {
    Query data(database, "SELECT data FROM indexed_text WHERE id=?");
    if (!data.integer(text).step()) return;
    // A contentless table must be told what it once was given.
    Query(database, "INSERT INTO text_gram(text_gram,rowid,grams) VALUES('delete',?,?)")
        .integer(text)
        .text(data.bytes_at(0))
        .run();
  }
  Query(database, "DELETE FROM indexed_text WHERE id=?").integer(text).run();
}

}  // namespace symphony::pit
