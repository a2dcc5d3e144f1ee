#include <symphony/ipc/sandbox.h>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include <symphony/sandbox/restrict.h>

namespace symphony::ipc {
namespace {

/// Fixed places: what PATH names first may be anybody's.
constexpr std::array bubblewrap_places{"/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap"};

/// Whether it can build the namespaces the launcher will ask for: installed does not mean allowed.
bool builds_namespaces(const char* bubblewrap) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    ::posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0);
  }
  std::array<const char*, 12> words{bubblewrap,
                                    "--die-with-parent",
                                    "--unshare-pid",
                                    "--unshare-ipc",
                                    "--unshare-net",
                                    "--ro-bind",
                                    "/",
                                    "/",
                                    "--proc",
                                    "/proc",
                                    "/bin/true",
                                    nullptr};
  char* none = nullptr;
  pid_t child = 0;
  const int failed =
      ::posix_spawn(&child, bubblewrap, &actions, nullptr, const_cast<char* const*>(words.data()), &none);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    return false;
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) {
      return false;
    }
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

SandboxSupport find_support() {
  SandboxSupport support;
  support.landlock_version = sandbox::landlock_version();
  support.bubblewrap_missing = "bubblewrap is not installed";
  for (const char* place : bubblewrap_places) {
    if (::access(place, X_OK) != 0) {
      continue;
    }
    if (builds_namespaces(place)) {
      support.bubblewrap = place;
      support.bubblewrap_missing.clear();
      return support;
    }
    support.bubblewrap_missing = std::string(place) + " may not create namespaces here";
  }
  return support;
}

}  // namespace

const SandboxSupport& sandbox_support() {
  static const SandboxSupport support = find_support();
  return support;
}

nlohmann::json SandboxSupport::to_json() const {
  nlohmann::json gaps = nlohmann::json::array();
  const auto gap = [&gaps, this](int version, const char* what) {
    if (landlock_version < version) {
      gaps.push_back(what);
    }
  };
  gap(1, "files: extensions with a sandbox cannot start");
  gap(2, "files: no file can be moved between granted folders");
  gap(3, "truncation of files that can only be read");
  gap(5, "device controls");
  gap(6, "signals to other processes of the user");
  return {{"landlock", landlock_version},
          {"bubblewrap", bubblewrap.empty() ? nlohmann::json(nullptr) : nlohmann::json(bubblewrap.string())},
          {"bubblewrap_missing", bubblewrap_missing},
          {"gaps", std::move(gaps)}};
}

}  // namespace symphony::ipc
