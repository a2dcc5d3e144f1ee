#include <symphony/app/user_directories.h>

#include <cerrno>
#include <cstdlib>

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <symphony/app/catalogue.h>

namespace symphony::app {
namespace {

using ipc::Result;
namespace fs = std::filesystem;

/// The specification wants absolute paths; others are to be ignored.
std::optional<fs::path> absolute_path(const Environment& environment, const char* name) {
  const auto value = environment(name);
  if (!value || value->empty() || value->front() != '/') return std::nullopt;
  return fs::path(*value);
}

/// Creates `directory` (0700) and shows that a file can be made in it. 0 or an errno.
int make_writable(const fs::path& directory) {
  std::error_code error;
  fs::create_directories(directory.parent_path(), error);
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return errno;
  std::string probe = (directory / ".probe-XXXXXX").string();
  const int file = ::mkostemp(probe.data(), O_CLOEXEC);
  if (file < 0) return errno;
  ::close(file);
  ::unlink(probe.c_str());
  return 0;
}

/// A directory nobody else can have prepared for us. 0 or an errno.
int make_private(const fs::path& directory) {
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return errno;
  struct stat status {};
  if (::lstat(directory.c_str(), &status) != 0) return errno;
  if (!S_ISDIR(status.st_mode)) return ENOTDIR;
  if (status.st_uid != ::geteuid()) return EPERM;
  if ((status.st_mode & 0077U) != 0 && ::chmod(directory.c_str(), 0700) != 0) return errno;
  return make_writable(directory);
}

fs::path temporary_root(const Environment& environment) {
  return absolute_path(environment, "TMPDIR").value_or("/tmp");
}

fs::path home_of(const Environment& environment) {
  if (auto home = absolute_path(environment, "HOME")) return *home;
  const passwd* entry = ::getpwuid(::geteuid());
  return entry != nullptr && entry->pw_dir != nullptr ? fs::path(entry->pw_dir) : fs::path("/nonexistent");
}

}  // namespace

std::optional<std::string> environment_variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

Result<UserDirectories> UserDirectories::prepare(const Environment& environment) {
  UserDirectories directories;
  directories.data =
      absolute_path(environment, "XDG_DATA_HOME").value_or(home_of(environment) / ".local" / "share") / "symphony";
  if (const int error = make_writable(directories.data); error != 0) {
    std::string pattern = (temporary_root(environment) / "symphony-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) return system_error_of(Sentence::data_unwritable, pattern, errno);
    directories.warnings.push_back(complaint(
        Sentence::data_temporary,
        {{"path", directories.data.string()}, {"reason", std::generic_category().message(error)}, {"place", pattern}}));
    directories.data = pattern;
    directories.data_is_temporary = true;
  }
  const auto given = absolute_path(environment, "XDG_RUNTIME_DIR");
  if (given) {
    directories.runtime = *given / "symphony";
    const int error = make_private(directories.runtime);
    if (error == 0) return directories;
    directories.warnings.push_back(
        complaint(Sentence::runtime_unusable, {{"path", directories.runtime.string()},
                                               {"reason", std::generic_category().message(error)},
                                               {"place", temporary_root(environment).string()}}));
  }
  directories.runtime = temporary_root(environment) / ("symphony-" + std::to_string(::geteuid()));
  if (const int error = make_private(directories.runtime); error != 0) {
    return system_error_of(Sentence::sockets_impossible, directories.runtime.string(), error);
  }
  return directories;
}

}  // namespace symphony::app
