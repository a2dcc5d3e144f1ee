#pragma once
// The indexed files of one moment, laid out the way a search reads them: 10,000 files are 10,000 places in memory, and
// visiting each for its name took longer than finding it.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "artifact_store/index_tables.h"
#include "artifact_store/search_hits.h"

namespace symphony::pit {

/// Immutable: any thread.
class SearchableFiles {
 public:
  SearchableFiles() = default;
  /// In path order, as FileList is.
  explicit SearchableFiles(FileList files);

  const FileList& files() const noexcept { return files_; }
  /// IndexedFile::text of each.
  std::span<const std::int64_t> texts() const noexcept { return texts_; }
  /// Notes the files whose names match, in order, until `hits` has enough.
  void add_names(SearchHits& hits) const;

 private:
  FileList files_;
  std::vector<std::int64_t> texts_;
  /// The last names of the paths, each followed by a NUL, which no path can hold; and where each ends, behind its NUL.
  std::string names_;
  std::vector<std::size_t> name_ends_;
};

}  // namespace symphony::pit
