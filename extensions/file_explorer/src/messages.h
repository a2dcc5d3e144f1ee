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

inline constexpr const char* explorer_label = "Explorer";
inline constexpr const char* search_field_label = "Search in folder";
inline constexpr const char* searching_text = "Searching…";
inline constexpr const char* try_again_text = "Try again";
inline constexpr const char* no_folder_title = "No folder is open";
inline constexpr const char* no_folder_text = "Open a folder to see and search its files.";
inline constexpr const char* no_results_title = "No results";
inline constexpr const char* no_results_text = "Nothing in this folder matches. Ignored files are not searched.";
inline constexpr const char* empty_folder_title = "This folder is empty";
inline constexpr const char* results_label = "Search results";

Notice folder_notice(int error_number, const std::string& root);
/// The folder was deleted or unmounted, and there is one of its name again.
Notice another_folder_notice(const std::string& root);
Notice watch_notice(int error_number);
Notice search_notice(const sdk::Error& error);
Notice open_notice(const sdk::Error& error, const std::string& path);
/// `name` is bytes.
std::string tree_label(const std::string& name);
std::string items_text(std::size_t count);
/// Why a row of the tree cannot be opened: an errno, or FileTree::loop.
std::string problem_text(int problem);

struct SearchSummary {
  std::size_t results = 0;
  std::size_t files = 0;
  /// What was found beyond the results: nothing, what scrolling on brings, or what is never shown.
  enum class Rest { none, follows, cut };
  Rest rest = Rest::none;
  /// The Conductor's choice ("index"); empty when it did not say.
  std::string strategy;
  double elapsed_ms = 0;
};
/// "23 results in 7 files · index · 1.2 ms".
std::string summary_text(const SearchSummary& summary);
/// The last row of results that are not all: where they end, and what to do.
Notice end_notice(std::size_t results);
Notice more_failed_notice();

/// An answer of the Conductor that cannot be read.
sdk::Error unreadable_answer();

}  // namespace symphony::explorer
