#include "artifact_store/live_scan.h"

#include <fcntl.h>
#include <symphony/descriptor/descriptor.h>
#include <symphony/ipc/path_text.h>
#include <cerrno>

#include "artifact_store/folder_walk.h"

namespace symphony::pit {

ipc::Result<void> check_folder(const std::string& folder) {
  const Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory) return {};
  const int error = errno;
  const std::string shown = ipc::display_path(ipc::escape_path(folder));
  ipc::Error failure = ipc::io_error("open the folder", ipc::escape_path(folder), error);
  if (error == ENOENT) failure.message = "The folder " + shown + " does not exist (deleted, moved or unmounted?).";
  if (error == ENOTDIR) failure.message = shown + " is not a folder.";
  if (error == EACCES) failure.message = "The folder " + shown + " may not be read: check its permissions.";
  return failure;
}

ipc::Result<nlohmann::json> scan_folder(const std::string& folder, const SearchRequest& request,
                                        const std::stop_token& stop) {
  if (auto checked = check_folder(folder); checked.has_error()) return checked.error();
  SearchHits hits(request);
  IgnoreTree ignore(folder);
  FolderVisitor visitor;
  visitor.file = [&](const std::string& path, FileKind kind, const FileStamp&) {
    hits.add_name(path);
    if (kind == FileKind::text && !hits.text_full()) {
      const TextFile file = read_text_file(folder + "/" + path);
      if (file.kind == FileKind::text) hits.add_text(path, file.text);
    }
    return !(hits.text_full() && hits.names_full());
  };
  if (!walk_folder(folder, "", ignore, visitor, stop)) {
    return ipc::Error{ipc::ErrorCode::cancelled, "The request was cancelled.", nullptr};
  }
  return std::move(hits).finish();
}

}  // namespace symphony::pit
