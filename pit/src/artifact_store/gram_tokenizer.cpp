#include "artifact_store/gram_tokenizer.h"

#include <array>
#include <cstdint>
#include <memory>
#include <set>
#include <vector>

#include "artifact_store/case_fold.h"
#include "artifact_store/sqlite.h"

namespace symphony::pit {

namespace {

/// More grams than this narrow a query no further, and each costs a pass over its list.
constexpr std::size_t most_grams_in_expression = 8;

/// Lines are searched far more often than line ends; NUL cannot be written in an FTS5 expression.
constexpr bool is_indexed(unsigned char byte) { return byte != '\0' && byte != '\n' && byte != '\r'; }

/// Which grams a text has already yielded. Clearing costs only what was set.
class SeenGrams {
 public:
  bool insert(std::uint32_t gram) {
    if (bits_.empty()) bits_.resize(std::size_t{1} << 19);  // connections that only read never need it
    std::uint64_t& word = bits_[(gram >> 6) & (bits_.size() - 1)];
    const std::uint64_t bit = std::uint64_t{1} << (gram & 63);
    if ((word & bit) != 0) return false;
    if (word == 0) touched_.push_back((gram >> 6) & static_cast<std::uint32_t>(bits_.size() - 1));
    word |= bit;
    return true;
  }
  void clear() {
    for (const std::uint32_t index : touched_)
      bits_[index] = 0;
    touched_.clear();
  }

 private:
  // 2^24 three-byte grams plus as many again for the shorter ones, which carry a marker bit above 24.
  std::vector<std::uint64_t> bits_;
  std::vector<std::uint32_t> touched_;
};

constexpr std::uint32_t two_byte_marker = 1U << 24;
constexpr std::uint32_t one_byte_marker = (1U << 24) | (1U << 16);

struct GramTokenizer {
  SeenGrams seen;
};

using Emit = int (*)(void*, int, const char*, int, int, int);

int create(void*, const char**, int, Fts5Tokenizer** out) {
  *out = reinterpret_cast<Fts5Tokenizer*>(new (std::nothrow) GramTokenizer);
  return *out != nullptr ? SQLITE_OK : SQLITE_NOMEM;
}

void destroy(Fts5Tokenizer* tokenizer) { delete reinterpret_cast<GramTokenizer*>(tokenizer); }

int emit_gram(Emit emit, void* context, std::uint32_t gram, int length) {
  std::array<char, 3> bytes{};
  for (int i = 0; i < length; ++i)
    bytes[static_cast<std::size_t>(i)] = static_cast<char>((gram >> (8 * (length - 1 - i))) & 0xFF);
  return emit(context, 0, bytes.data(), length, 0, length);
}

int tokenize_text(SeenGrams& seen, void* context, std::string_view text, Emit emit) {
  const std::string folded = fold_case(text);
  std::uint32_t window = 0;
  int run = 0;  // bytes since the last one that is not indexed
  for (const char character : folded) {
    const auto byte = static_cast<unsigned char>(character);
    if (!is_indexed(byte)) {
      run = 0;
      window = 0;
      continue;
    }
    window = ((window << 8) | byte) & 0xFFFFFF;
    ++run;
    int code = SQLITE_OK;
    if (seen.insert(one_byte_marker | byte)) code = emit_gram(emit, context, byte, 1);
    if (code == SQLITE_OK && run >= 2 && seen.insert(two_byte_marker | (window & 0xFFFF))) {
      code = emit_gram(emit, context, window & 0xFFFF, 2);
    }
    if (code == SQLITE_OK && run >= 3 && seen.insert(window)) code = emit_gram(emit, context, window, 3);
    if (code != SQLITE_OK) return code;
  }
  return SQLITE_OK;
}

int tokenize(Fts5Tokenizer* tokenizer, void* context, int flags, const char* text, int length, Emit emit) {
  if ((flags & FTS5_TOKENIZE_QUERY) != 0) return emit(context, 0, text, length, 0, length);
  auto& seen = reinterpret_cast<GramTokenizer*>(tokenizer)->seen;
  try {
    const int code = tokenize_text(seen, context, std::string_view(text, static_cast<std::size_t>(length)), emit);
    seen.clear();
    return code;
  } catch (const std::bad_alloc&) {
    seen.clear();
    return SQLITE_NOMEM;
  }
}

fts5_api* fts5_of(sqlite3* connection) {
  fts5_api* api = nullptr;
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(connection, "SELECT fts5(?1)", -1, &statement, nullptr) == SQLITE_OK) {
    sqlite3_bind_pointer(statement, 1, static_cast<void*>(&api), "fts5_api_ptr", nullptr);
    sqlite3_step(statement);
  }
  sqlite3_finalize(statement);
  return api;
}

void append_quoted(std::string& expression, std::string_view gram) {
  if (!expression.empty()) expression += ' ';
  expression += '"';
  for (const char c : gram) {
    if (c == '"') expression += '"';
    expression += c;
  }
  expression += '"';
}

}  // namespace

void register_gram_tokenizer(sqlite3* connection) {
  fts5_api* api = fts5_of(connection);
  if (api == nullptr) throw DatabaseError(SQLITE_ERROR, "this SQLite has no FTS5");
  fts5_tokenizer tokenizer{create, destroy, tokenize};
  const int code = api->xCreateTokenizer(api, "symphony_grams", nullptr, &tokenizer, nullptr);
  if (code != SQLITE_OK) throw DatabaseError(code, "the tokenizer was not accepted");
}

std::string gram_expression(std::string_view folded) {
  // The longest grams only: a run of three bytes makes its shorter ones redundant.
  std::set<std::string_view> grams;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= folded.size(); ++i) {
    if (i < folded.size() && is_indexed(static_cast<unsigned char>(folded[i]))) continue;
    const std::string_view run = folded.substr(begin, i - begin);
    const std::size_t width = run.size() < 3 ? run.size() : 3;
    for (std::size_t at = 0; width > 0 && at + width <= run.size(); ++at)
      grams.insert(run.substr(at, width));
    begin = i + 1;
  }
  // Spread over the query: neighbouring grams tell nearly the same.
  std::string expression;
  const std::size_t wanted = grams.size() < most_grams_in_expression ? grams.size() : most_grams_in_expression;
  const std::vector<std::string_view> all(grams.begin(), grams.end());
  for (std::size_t i = 0; i < wanted; ++i)
    append_quoted(expression, all[i * all.size() / wanted]);
  return expression;
}

}  // namespace symphony::pit
