#pragma once
// What the explorer says to people, in one place.

#include <cstddef>
#include <string>

#include <symphony/sdk/error.h>

namespace symphony::explorer {

struct Notice {
  std::string title;
  std::string text;
};

Notice folder_notice(int error_number, const std::string& root);
Notice watch_notice(int error_number);
Notice search_notice(const sdk::Error& error);
Notice open_notice(const sdk::Error& error, const std::string& path);
std::string items_text(std::size_t count);
/// Why a row of the tree cannot be opened: an errno, or FileTree::loop.
std::string problem_text(int problem);

struct SearchSummary {
  std::size_t results = 0;
  std::size_t files = 0;
  bool truncated = false;
  /// The Conductor's choice ("index"); empty when it did not say.
  std::string strategy;
  double elapsed_ms = 0;
};
/// "23 results in 7 files · index · 1.2 ms".
std::string summary_text(const SearchSummary& summary);

/// An answer of the Conductor that cannot be read.
sdk::Error unreadable_answer();

}  // namespace symphony::explorer
