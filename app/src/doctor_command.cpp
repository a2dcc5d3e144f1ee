#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QLibraryInfo>
#include <nlohmann/json.hpp>

#include <symphony/app/commands.h>
#include <symphony/app/program_layout.h>
#include <symphony/app/user_directories.h>
#include <symphony/app/web_platform.h>
#include <symphony/app/workspace_files.h>
#include <symphony/ipc/sandbox.h>

extern char** environ;

namespace symphony::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// A workspace of this many folders is watched whole.
constexpr std::int64_t watches_wanted = 65'536;
constexpr char interpreter[] = "/usr/bin/python3";

class Checks {
 public:
  void add(std::string name, bool ok, std::string detail, std::string fix) {
    all_ok_ = all_ok_ && ok;
    document_.push_back({{"name", std::move(name)},
                         {"ok", ok},
                         {"detail", std::move(detail)},
                         {"fix", ok ? std::string() : std::move(fix)}});
  }
  void file(std::string name, const fs::path& path, const std::string& fix) {
    std::error_code error;
    const bool there = fs::exists(path, error);
    add(std::move(name), there, there ? path.string() : "There is no " + path.string(), fix);
  }
  bool all_ok() const { return all_ok_; }
  std::string text() const { return document_.dump(2, ' ', false, json::error_handler_t::replace); }

 private:
  json document_ = json::array();
  bool all_ok_ = true;
};

/// Runs the system's interpreter on `code`; its standard error when it fails.
std::optional<std::string> python_failure(const fs::path& packages, const char* code) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::strerror(errno);
  FileDescriptor output(ends[0]);
  FileDescriptor input(ends[1]);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, input.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, input.get(), STDERR_FILENO);
  ::setenv("PYTHONPATH", packages.c_str(), 1);
  ::setenv("PYTHONDONTWRITEBYTECODE", "1", 1);
  std::string program = interpreter;
  std::string option = "-c";
  std::string text = code;
  std::array<char*, 4> arguments = {program.data(), option.data(), text.data(), nullptr};
  pid_t child = 0;
  const int failed = ::posix_spawn(&child, interpreter, &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return std::strerror(failed);
  input = FileDescriptor();
  std::string said;
  std::array<char, 1024> buffer{};
  for (ssize_t count = 0; (count = ::read(output.get(), buffer.data(), buffer.size())) > 0;)
    said.append(buffer.data(), static_cast<std::size_t>(count));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return std::nullopt;
  return said.empty() ? "The interpreter failed" : said.substr(said.size() > 400 ? said.size() - 400 : 0);
}

void check_machine(Checks& checks) {
  const auto display = find_display(environment_variable);
  checks.add("display", static_cast<bool>(display), display ? "A display answers" : display.error().message,
             "Without a display: symphony --offscreen --screenshot FILE [FOLDER]");
  checks.add("fonts", has_fonts(environment_variable),
             has_fonts(environment_variable) ? "Fonts are installed" : "No font was found",
             "Install a font, for example: apt install fonts-dejavu-core");
  const std::uint64_t shared = shared_memory_bytes();
  checks.add("shared_memory", shared > 0,
             "/dev/shm has " + std::to_string(shared / 1024 / 1024) + " MiB" +
                 (shared < shared_memory_wanted ? "; temporary files are used in its place" : ""),
             "Mount a tmpfs at /dev/shm");
  struct stat status {};
  const auto runtime = environment_variable("XDG_RUNTIME_DIR");
  const bool private_runtime =
      runtime && ::stat(runtime->c_str(), &status) == 0 && S_ISDIR(status.st_mode) && (status.st_mode & 0777U) == 0700U;
  const std::string temporary = environment_variable("TMPDIR").value_or("");
  checks.add("runtime_directory", private_runtime || !runtime,
             runtime ? "XDG_RUNTIME_DIR is " + *runtime
                     : "XDG_RUNTIME_DIR is not set: a private directory under " +
                           (temporary.starts_with('/') ? temporary : std::string("/tmp")) + " is used",
             "XDG_RUNTIME_DIR must name a directory of mode 0700");
  std::int64_t watches = 0;
  std::ifstream("/proc/sys/fs/inotify/max_user_watches") >> watches;
  checks.add("file_watching", watches >= watches_wanted, "inotify allows " + std::to_string(watches) + " watches",
             "sysctl fs.inotify.max_user_watches=" + std::to_string(watches_wanted * 8));
  const bool root = ::geteuid() == 0;
  const ipc::SandboxSupport& sandbox = ipc::sandbox_support();
  std::string detail = "Landlock " + std::to_string(sandbox.landlock_version) + ", " +
                       (sandbox.bubblewrap.empty() ? sandbox.bubblewrap_missing : sandbox.bubblewrap.string());
  const json gaps = sandbox.to_json()["gaps"];
  for (const json& gap : gaps)
    detail += "; not protected: " + gap.get<std::string>();
  checks.add("extension_sandbox", sandbox.landlock_version > 0, detail,
             "Extensions need a kernel with Landlock: Linux 5.13, with landlock among the security modules it starts");
  checks.add("page_sandbox", true, root ? "Running as root: Chromium's sandbox is off" : "Chromium's sandbox is on",
             "");
}

void check_directories(Checks& checks) {
  const auto directories = UserDirectories::prepare();
  if (!directories) {
    checks.add("data_directory", false, directories.error().message,
               "Make the home directory writable, or set XDG_DATA_HOME");
    return;
  }
  std::string detail = directories->data.string();
  for (const std::string& warning : directories->warnings)
    detail = warning;
  checks.add("data_directory", !directories->data_is_temporary, detail,
             "Make the home directory writable, or set XDG_DATA_HOME");
  std::error_code error;
  const fs::space_info space = fs::space(directories->data, error);
  constexpr std::uintmax_t wanted = 256U * 1024U * 1024U;
  checks.add("disk_space", !error && space.available >= wanted,
             std::to_string(space.available / 1024 / 1024) + " MiB are free at " + directories->data.string(),
             "Free some disk space");
}

void check_installation(Checks& checks) {
  const std::string reinstall = "Install Symphony again, or build it: ./dev build";
  const auto layout = ProgramLayout::of_this_program();
  if (!layout) {
    checks.add("installation", false, layout.error().message, reinstall);
    return;
  }
  checks.file("interface", layout->page / "index.html", reinstall);
  checks.file("launcher", layout->launcher, reinstall);
  checks.file("file_explorer", layout->extensions / "file_explorer" / "manifest.json", reinstall);
  const auto broken = python_failure(layout->python_packages,
                                     "import symphony_ipc, conductor.main, function_quest.environment, orchestra_kit");
  checks.add("python", !broken,
             broken ? *broken : "The Conductor's packages can be imported by " + std::string(interpreter),
             reinstall + "; Python 3.11 and python3-numpy are needed");
  const std::string packages = "apt install libqt6webenginecore6 libqt6webenginecore6-bin libqt6webengine6-data";
  checks.file("web_engine_process",
              fs::path(QLibraryInfo::path(QLibraryInfo::LibraryExecutablesPath).toStdString()) / "QtWebEngineProcess",
              packages);
  checks.file(
      "web_engine_resources",
      fs::path(QLibraryInfo::path(QLibraryInfo::DataPath).toStdString()) / "resources" / "qtwebengine_resources.pak",
      packages);
}

}  // namespace

ExitCode run_doctor() {
  Checks checks;
  check_machine(checks);
  check_directories(checks);
  check_installation(checks);
  std::cout << checks.text() << '\n';
  return checks.all_ok() ? ExitCode::ok : ExitCode::failure;
}

}  // namespace symphony::app
