#pragma once
// The FTS5 tokenizer "symphony_grams": the distinct one-, two- and three-byte sequences of a text, case-folded.
// FTS5's own trigram tokenizer hands over every occurrence, which makes a first index of 100 MB take several times
// longer, and it cannot answer queries of one or two characters.

#include <sqlite3.h>
#include <string>
#include <string_view>

namespace symphony::pit {

/// Once a connection, before the first statement that touches the table. Throws DatabaseError.
void register_gram_tokenizer(sqlite3* connection);

/// An FTS5 expression that every text containing `folded` matches (and some others do); empty when any text might.
std::string gram_expression(std::string_view folded);

}  // namespace symphony::pit
