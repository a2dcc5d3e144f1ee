#include "messages.h"

#include <symphony/sdk/path_text.h>

#include <cerrno>
#include <cstring>

#include "bounded_text.h"

namespace symphony::explorer {
namespace {

std::string shown(const std::string& bytes) { return bounded_text(sdk::display_text(bytes), 1000); }

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

std::string items_text(std::size_t count) { return std::to_string(count) + (count == 1 ? " item" : " items"); }

}  // namespace symphony::explorer
