#include <symphony/app/workspace_files.h>

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <symphony/app/catalogue.h>
#include <symphony/ipc/path_text.h>

namespace symphony::app {
namespace {

using ipc::Error;
using ipc::ErrorCode;
using ipc::Result;

/// A NUL this early says a file is not text; the index of the workspace uses the same rule.
constexpr std::size_t binary_probe_bytes = 8192;

Error failure(int error_number, std::string_view path) {
  if (error_number == EXDEV || error_number == ELOOP) {
    return error_of(ErrorCode::permission_denied, Sentence::path_leads_out, {}, {{"path", path}});
  }
  // The path stays escaped in the data, as the page sent it.
  Error error = system_error_of(Sentence::file_cannot_open, ipc::unescape_path(path).value_or(""), error_number);
  error.data["path"] = path;
  return error;
}

/// The kernel gives EAGAIN when anything in the tree was renamed while it resolved: no matter of this path.
Descriptor open_beneath(int root, const std::string& path) {
  constexpr int attempts = 4;
  open_how how{};
  // Not blocking: opening a named pipe would wait for its writer.
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  for (int attempt = 1;; ++attempt) {
    const long opened = ::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how);
    if (opened >= 0 || errno != EAGAIN || attempt == attempts) return Descriptor(static_cast<int>(opened));
  }
}

bool has_parent_step(std::string_view path) {
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    if (path.substr(begin, end - begin) == "..") return true;
    begin = end + 1;
  }
  return false;
}

}  // namespace

void WorkspaceFiles::set_folder(const std::string& folder) {
  Descriptor root(folder.empty() ? -1 : ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  const std::lock_guard lock(mutex_);
  folder_ = folder;
  root_ = std::move(root);
}

std::string WorkspaceFiles::folder() const {
  const std::lock_guard lock(mutex_);
  return folder_;
}

Result<WorkspaceFiles::File> WorkspaceFiles::open(std::string_view escaped_path) const {
  const auto path = ipc::unescape_path(escaped_path);
  if (!path || path->empty() || path->front() == '/' || has_parent_step(*path)) {
    return error_of(ErrorCode::invalid_params, Sentence::path_outside, {}, {{"path", "/path"}});
  }
  File file;
  {
    const std::lock_guard lock(mutex_);
    if (!root_) return error_of(ErrorCode::not_found, Sentence::folder_none_open);
    file.descriptor = open_beneath(root_.get(), *path);
  }
  if (!file.descriptor) return failure(errno, escaped_path);
  struct stat status {};
  if (::fstat(file.descriptor.get(), &status) != 0) return failure(errno, escaped_path);
  if (!S_ISREG(status.st_mode)) {
    const bool folder = S_ISDIR(status.st_mode);
    return error_of(ErrorCode::invalid_request, folder ? Sentence::file_is_folder : Sentence::file_not_regular, {},
                    {{"path", escaped_path}, {"kind", folder ? "directory" : "unreadable"}});
  }
  file.size = status.st_size;
  if (file.size > file_bytes) {
    return error_of(ErrorCode::payload_too_large, Sentence::file_too_large,
                    {{"limit", std::to_string(file_bytes / 1024 / 1024)}},
                    {{"limit", file_bytes}, {"size", file.size}});
  }
  return file;
}

nlohmann::json WorkspaceFiles::describe(std::string_view escaped_path) const {
  const auto described = [](std::int64_t size, const char* kind, std::string message) {
    return nlohmann::json{{"size", size}, {"kind", kind}, {"message", std::move(message)}};
  };
  auto file = open(escaped_path);
  if (!file) {
    const Error& error = file.error();
    switch (error.code) {
      case ErrorCode::not_found:
        return described(0, "missing", text_of(Sentence::file_missing));
      case ErrorCode::payload_too_large:
        return described(error.data.value("size", std::int64_t{0}), "large", error.message);
      case ErrorCode::invalid_request:
        return described(0, error.data.value("kind", "") == "directory" ? "directory" : "unreadable", error.message);
      default:
        return described(0, "unreadable", error.message);
    }
  }
  std::array<char, binary_probe_bytes> begin{};
  const ssize_t count = ::pread(file->descriptor.get(), begin.data(), begin.size(), 0);
  if (count < 0)
    return described(
        file->size, "unreadable",
        system_error_of(Sentence::file_cannot_read, ipc::unescape_path(escaped_path).value_or(""), errno).message);
  const bool binary = std::memchr(begin.data(), 0, static_cast<std::size_t>(count)) != nullptr;
  return described(file->size, binary ? "binary" : "text", "");
}

}  // namespace symphony::app
