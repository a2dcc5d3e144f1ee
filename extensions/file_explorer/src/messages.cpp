#include "messages.h"

#include <symphony/sdk/path_text.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "bounded_text.h"
#include "file_tree.h"

namespace symphony::explorer {
namespace {

std::string shown(const std::string& bytes) { return bounded_text(sdk::display_text(bytes), 1000); }

std::string counted(std::size_t count, const char* one, const char* many) {
  return std::to_string(count) + ' ' + (count == 1 ? one : many);
}

}  // namespace

Notice folder_notice(int error_number, const std::string& root) {
  const std::string name = shown(root);
  switch (error_number) {
    case ENOENT:
      return {
          "The folder is not there",
          name + " was deleted, moved or unmounted. It is shown as soon as it is there again; or open another folder."};
    case EACCES:
    case EPERM:
      return {"The folder cannot be read",
              "You have no permission to read " + name + ". Change its permissions, or open another folder."};
    case ENOTDIR:
      return {"This is not a folder", name + " is a file. Open the folder that holds it."};
    default:
      return {"The folder cannot be read",
              name + ": " + std::strerror(error_number) + ". It is tried again every second; or open another folder."};
  }
}

Notice another_folder_notice(const std::string& root) {
  return {"There is a folder of this name again",
          "It is not the one you opened, so it is not read unasked. Open " + shown(root) + " again to see it."};
}

Notice watch_notice(int error_number) {
  return {
      "Changes on the disk are not shown at once",
      error_number == ENOSPC
          ? "The system's limit of watched folders is reached. Raise fs.inotify.max_user_watches, or collapse folders."
          : "The system's limit of watchers is reached. Close other programs, or raise fs.inotify.max_user_instances."};
}

Notice search_notice(const sdk::Error& error) {
  switch (error.code) {
    case sdk::Error::endpoint_not_found:
    case sdk::Error::endpoint_unavailable:
    case sdk::Error::peer_disconnected:
      return {"Search is not ready", "The Conductor is not running yet. The search is tried again by itself."};
    case sdk::Error::deadline_exceeded:
      return {"The search took too long", "Try a longer query, or try again."};
    default:
      return {"The search failed", bounded_text(sdk::display_text(error.message), 2000)};
  }
}

Notice open_notice(const sdk::Error& error, const std::string& path) {
  return {"Could not open " + shown(path), bounded_text(sdk::display_text(error.message), 2000)};
}

std::string tree_label(const std::string& name) { return bounded_text("Files of " + sdk::display_text(name), 1000); }

std::string items_text(std::size_t count) { return counted(count, "item", "items"); }

std::string problem_text(int problem) {
  if (problem == FileTree::loop) return "leads back to a folder above it";
  if (problem == EACCES || problem == EPERM) return "no permission to read this folder";
  if (problem == ENOENT || problem == ENOTDIR) return "no longer there";
  return std::strerror(problem);
}

std::string summary_text(const SearchSummary& summary) {
  if (summary.results == 0) return no_results_title;
  std::string text = counted(summary.results, "result", "results") + " in " + counted(summary.files, "file", "files");
  if (summary.rest != SearchSummary::Rest::none) text = "First " + text;
  if (summary.rest == SearchSummary::Rest::follows) text += ", scroll on for more";
  if (summary.rest == SearchSummary::Rest::cut) text += ", refine the query for others";
  if (!summary.strategy.empty()) text += " · " + sdk::display_text(summary.strategy);
  std::array<char, 32> time{};
  if (summary.elapsed_ms < 1000) {
    std::snprintf(time.data(), time.size(), " · %.1f ms", summary.elapsed_ms);
  } else {
    std::snprintf(time.data(), time.size(), " · %.1f s", summary.elapsed_ms / 1000);
  }
  return text + time.data();
}

Notice end_notice(std::size_t results) {
  return {"Only the first " + counted(results, "result is", "results are") + " shown",
          "More were found. Refine the query to see others."};
}

Notice more_failed_notice() { return {"More results could not be loaded", "Press Enter or click here to try again."}; }

sdk::Error unreadable_answer() {
  return {sdk::Error::internal_error, "The Conductor's answer is not a search result.", nullptr};
}

}  // namespace symphony::explorer
