#include "artifact_store/searchable_files.h"

#include <algorithm>
#include <utility>

namespace symphony::pit {

SearchableFiles::SearchableFiles(FileList files) : files_(std::move(files)) {
  texts_.reserve(files_.size());
  name_ends_.reserve(files_.size());
  for (const auto& file : files_) {
    texts_.push_back(file->text);
    names_ += last_name(file->path);
    names_ += '\0';
    name_ends_.push_back(names_.size());
  }
}

void SearchableFiles::add_names(SearchHits& hits) const {
  if (hits.whole_paths()) {
    for (const auto& file : files_) {
      if (hits.names_full()) return;
      hits.add_name(file->path);
    }
    return;
  }
  const FoldedNeedle& needle = hits.needle();
  if (needle.folded().find('\0') != std::string_view::npos) return;
  std::size_t at = needle.find(names_);
  while (at != std::string_view::npos && !hits.names_full()) {
    const auto end = std::upper_bound(name_ends_.begin(), name_ends_.end(), at);
    hits.add_name(files_[static_cast<std::size_t>(end - name_ends_.begin())]->path);
    at = needle.find(names_, *end);
  }
}

}  // namespace symphony::pit
