#pragma once
// The workspace index in its database: files, their texts by content, and the grams that find them.

#include <memory>
#include <string>
#include <vector>

#include "artifact_store/sqlite.h"
#include "artifact_store/text_file.h"

namespace symphony::pit {

/// One listed entry that is not a directory. Immutable once shared.
struct IndexedFile {
  std::string path;
  FileStamp stamp;
  FileKind kind = FileKind::text;
  /// Row of its text; 0: none. Never used twice, so an old list cannot meet another file's text.
  std::int64_t text = 0;
};

/// In the byte order of their paths.
using FileList = std::vector<std::shared_ptr<const IndexedFile>>;

FileList load_files(Database& database);
/// The row of this text, added when it is new. Within a transaction.
std::int64_t put_text(Database& database, std::string_view text);
void put_file(Database& database, const IndexedFile& file);
void remove_file(Database& database, const std::string& path);
/// Forgets a text that no file has any more.
void release_text(Database& database, std::int64_t text);

}  // namespace symphony::pit
