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

#include <QGuiApplication>
#include <QLibraryInfo>
#include <nlohmann/json.hpp>

#include <symphony/app/catalogue.h>
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

/// One row a question. A warning is what Symphony gets along with.
class Checks {
 public:
  void good(std::string name, Sentence detail, Values values = {}) {
    add(std::move(name), "ok", words_of(detail, values), "");
  }
  void warning(std::string name, Sentence what, Values values = {}) {
    add(std::move(name), "warning", words_of(what, values), action_of(what));
  }
  void failure(std::string name, Sentence what, Values values = {}) {
    add(std::move(name), "failed", words_of(what, values), action_of(what));
  }
  /// An error that says itself what to do.
  void failure(std::string name, const ipc::Error& error) { add(std::move(name), "failed", error.message, ""); }
  void file(std::string name, const fs::path& path, Sentence missing) {
    std::error_code error;
    if (fs::exists(path, error)) {
      good(std::move(name), Sentence::note_place, {{"path", path.string()}});
    } else {
      failure(std::move(name), missing, {{"path", path.string()}});
    }
  }
  bool all_ok() const { return all_ok_; }
  std::string text() const { return document_.dump(2, ' ', false, json::error_handler_t::replace); }

 private:
  void add(std::string name, std::string_view status, std::string detail, std::string_view fix) {
    const bool ok = status != "failed";
    all_ok_ = all_ok_ && ok;
    document_.push_back(
        {{"name", std::move(name)}, {"ok", ok}, {"status", status}, {"detail", std::move(detail)}, {"fix", fix}});
  }

  json document_ = json::array();
  bool all_ok_ = true;
};

/// Runs the system's interpreter on `code`; its standard error when it fails.
std::optional<std::string> python_failure(const fs::path& packages, const char* code) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::strerror(errno);
  Descriptor output(ends[0]);
  Descriptor input(ends[1]);
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
  input = Descriptor();
  std::string said;
  std::array<char, 1024> buffer{};
  for (ssize_t count = 0; (count = ::read(output.get(), buffer.data(), buffer.size())) > 0;)
    said.append(buffer.data(), static_cast<std::size_t>(count));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return std::nullopt;
  return said.empty() ? "exit status " + std::to_string(status)
                      : said.substr(said.size() > 400 ? said.size() - 400 : 0);
}

/// As the window asks: fontconfig may be told of other places than the usual ones.
bool fonts_can_be_loaded() {
  ::setenv("QT_QPA_PLATFORM", "offscreen", 1);
  std::string name = "symphony";
  std::array<char*, 2> arguments = {name.data(), nullptr};
  int count = 1;
  const QGuiApplication application(count, arguments.data());
  return has_fonts();
}

void check_machine(Checks& checks) {
  if (const auto display = find_display(environment_variable); display) {
    checks.good("display", Sentence::note_display);
  } else {
    const bool none = display.error().data.value("id", "") == "display.missing";
    checks.warning("display", none ? Sentence::display_missing : Sentence::display_silent,
                   {{"display", environment_variable("DISPLAY").value_or("")}});
  }
  if (fonts_can_be_loaded()) {
    checks.good("fonts", Sentence::note_fonts);
  } else {
    checks.failure("fonts", Sentence::fonts_none);
  }
  const std::uint64_t shared = shared_memory_bytes();
  const std::string size = std::to_string(shared / 1024 / 1024);
  if (shared == 0) {
    checks.failure("shared_memory", Sentence::shared_memory_missing);
  } else if (shared < shared_memory_wanted) {
    checks.warning("shared_memory", Sentence::shared_memory_small, {{"size", size}});
  } else {
    checks.good("shared_memory", Sentence::note_shared_memory, {{"size", size}});
  }
  struct stat status {};
  const auto runtime = environment_variable("XDG_RUNTIME_DIR");
  const std::string temporary = environment_variable("TMPDIR").value_or("");
  if (!runtime) {
    checks.warning("runtime_directory", Sentence::runtime_directory_unset,
                   {{"path", temporary.starts_with('/') ? temporary : std::string("/tmp")}});
  } else if (::stat(runtime->c_str(), &status) == 0 && S_ISDIR(status.st_mode) && (status.st_mode & 0777U) == 0700U) {
    checks.good("runtime_directory", Sentence::note_runtime_directory, {{"path", *runtime}});
  } else {
    checks.failure("runtime_directory", Sentence::runtime_directory_open, {{"path", *runtime}});
  }
  std::int64_t watches = 0;
  std::ifstream("/proc/sys/fs/inotify/max_user_watches") >> watches;
  const std::string count = std::to_string(watches);
  if (watches >= watches_wanted) {
    checks.good("file_watching", Sentence::note_watches, {{"count", count}});
  } else {
    checks.warning("file_watching", Sentence::watches_few, {{"count", count}});
  }
  const ipc::SandboxSupport& sandbox = ipc::sandbox_support();
  std::string detail =
      words_of(Sentence::note_landlock,
               {{"version", std::to_string(sandbox.landlock_version)},
                {"bubblewrap", sandbox.bubblewrap.empty() ? sandbox.bubblewrap_missing : sandbox.bubblewrap.string()}});
  const json gaps = sandbox.to_json()["gaps"];
  for (const json& gap : gaps)
    detail += words_of(Sentence::note_gap, {{"gap", gap.get<std::string>()}});
  if (sandbox.landlock_version == 0) {
    checks.failure("extension_sandbox", Sentence::extension_sandbox_missing, {{"detail", detail}});
  } else {
    checks.good("extension_sandbox", Sentence::note_extension_sandbox, {{"detail", detail}});
  }
  if (::geteuid() == 0) {
    checks.warning("page_sandbox", Sentence::page_sandbox_off);
  } else {
    checks.good("page_sandbox", Sentence::note_page_sandbox);
  }
}

void check_directories(Checks& checks) {
  const auto directories = UserDirectories::prepare();
  if (!directories) {
    checks.failure("data_directory", directories.error());
    return;
  }
  const std::string data = directories->data.string();
  if (directories->data_is_temporary) {
    // The first warning is about it, and says where the data is kept instead.
    checks.failure("data_directory", {ipc::ErrorCode::io_error,
                                      directories->warnings.empty() ? data : directories->warnings.front(), nullptr});
  } else {
    checks.good("data_directory", Sentence::note_place, {{"path", data}});
  }
  std::error_code error;
  const fs::space_info space = fs::space(directories->data, error);
  constexpr std::uintmax_t wanted = 256U * 1024U * 1024U;
  const std::string size = std::to_string(error ? 0 : space.available / 1024 / 1024);
  if (!error && space.available >= wanted) {
    checks.good("disk_space", Sentence::note_disk_space, {{"size", size}, {"path", data}});
  } else {
    checks.failure("disk_space", Sentence::disk_full, {{"size", size}, {"path", data}});
  }
}

void check_installation(Checks& checks) {
  const auto layout = ProgramLayout::of_this_program();
  if (!layout) {
    checks.failure("installation", layout.error());
    return;
  }
  checks.file("interface", layout->page / "index.html", Sentence::part_missing);
  checks.file("launcher", layout->launcher, Sentence::part_missing);
  checks.file("file_explorer", layout->extensions / "file_explorer" / "manifest.json", Sentence::part_missing);
  const auto broken = python_failure(layout->python_packages,
                                     "import symphony_ipc, conductor.main, function_quest.environment, orchestra_kit");
  if (broken) {
    checks.failure("python", Sentence::python_broken, {{"reason", *broken}});
  } else {
    checks.good("python", Sentence::note_python, {{"path", interpreter}});
  }
  checks.file("web_engine_process",
              fs::path(QLibraryInfo::path(QLibraryInfo::LibraryExecutablesPath).toStdString()) / "QtWebEngineProcess",
              Sentence::web_engine_missing);
  checks.file(
      "web_engine_resources",
      fs::path(QLibraryInfo::path(QLibraryInfo::DataPath).toStdString()) / "resources" / "qtwebengine_resources.pak",
      Sentence::web_engine_missing);
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
