#pragma once
// Visits a folder's listed entries in the byte order of their paths: what the index crawls and a live scan reads.

#include <functional>
#include <stop_token>
#include <string>

#include "artifact_store/ignore_tree.h"
#include "artifact_store/text_file.h"

namespace symphony::pit {

struct FolderVisitor {
  /// Before its entries are listed ("" is the folder itself).
  std::function<void(const std::string& path)> directory;
  /// Anything else that is listed; false ends the walk.
  std::function<bool(std::string path, FileKind kind, const FileStamp& stamp)> file;
  /// A directory that could not be listed, and errno.
  std::function<void(const std::string& path, int error)> unreadable;
};

/// Walks `root`/`below`. Links are visited as files and never followed, so there are no loops. False when stopped.
bool walk_folder(const std::string& root, const std::string& below, IgnoreTree& ignore, const FolderVisitor& visitor,
                 const std::stop_token& stop);

inline std::string join_path(const std::string& directory, std::string_view name) {
  return directory.empty() ? std::string(name) : directory + "/" + std::string(name);
}

}  // namespace symphony::pit
