#include "artifact_store/index_search.h"

#include "artifact_store/gram_tokenizer.h"

namespace symphony::pit {

namespace {

[[noreturn]] void throw_stopped() { throw DatabaseError(SQLITE_INTERRUPT, "stopped"); }

/// The texts that may hold the needle, by row.
class Candidates {
 public:
  Candidates(Database& database, const FoldedNeedle& needle) {
    const std::string expression = gram_expression(needle.folded());
    all_ = expression.empty();
    if (all_) return;
    Query query(database, "SELECT rowid FROM text_gram WHERE text_gram MATCH ?");
    query.text(expression);
    while (query.step()) {
      const auto row = static_cast<std::size_t>(query.integer_at(0));
      if (row >= rows_.size()) rows_.resize(row + row / 2 + 64);
      rows_[row] = true;
    }
  }

  bool contains(std::int64_t row) const {
    return row > 0 && (all_ || (static_cast<std::size_t>(row) < rows_.size() && rows_[static_cast<std::size_t>(row)]));
  }

 private:
  bool all_ = false;
  std::vector<bool> rows_;
};

/// One view of the database for the whole search.
class ReadTransaction {
 public:
  explicit ReadTransaction(Database& database) : database_(database) { database_.execute("BEGIN"); }
  ~ReadTransaction() { sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr); }
  ReadTransaction(const ReadTransaction&) = delete;
  ReadTransaction& operator=(const ReadTransaction&) = delete;

 private:
  Database& database_;
};

}  // namespace

nlohmann::json search_index(Store& store, const SearchableFiles& files, const SearchRequest& request,
                            const std::stop_token& stop) {
  SearchHits hits(request);
  files.add_names(hits);
  const Store::Lease lease = store.read();
  const ReadTransaction transaction(*lease);
  {
    const Interruptible interruptible(*lease, stop);
    const Candidates candidates(*lease, hits.needle());
    const auto texts = files.texts();
    for (std::size_t i = 0; i < texts.size() && !hits.text_full(); ++i) {
      if (!candidates.contains(texts[i])) continue;
      if (stop.stop_requested()) throw_stopped();
      Query text(*lease, "SELECT data FROM indexed_text WHERE id=?");
      if (text.integer(texts[i]).step()) hits.add_text(files.files()[i]->path, text.bytes_at(0));
    }
  }
  return std::move(hits).finish();
}

}  // namespace symphony::pit
