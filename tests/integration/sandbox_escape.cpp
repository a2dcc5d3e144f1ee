// sandbox_escape [--json]: every probe, without a sandbox and with each kind of it, as this user and, when that is
// root, as another one too. A line for each probe, in JSON or for people; exit status 1 when one of them came out
// differently from what docs/sandbox.md says.

#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include <symphony/ipc/sandbox.h>

#include "sandbox_probe.h"
#include "sandbox_scene.h"

namespace symphony::probe {
namespace {

namespace fs = std::filesystem;

struct Tally {
  int right = 0;
  int total = 0;
};

/// What an attempt should come to.
Outcome wanted(const Probe& probe, bool outer) {
  switch (probe.expected) {
    case Expected::allowed:
      return Outcome::worked;
    case Expected::hole:
      return outer ? Outcome::refused : Outcome::worked;
    case Expected::denied:
      break;
  }
  return Outcome::refused;
}

const char* name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::worked:
      return "worked";
    case Outcome::refused:
      return "refused";
    case Outcome::not_here:
      return "not here";
    case Outcome::broken:
      break;
  }
  return "broken";
}

void say(bool json, const std::string& user, bool outer, const Probe& probe, const Attempted& before,
         const Attempted& after, bool right) {
  if (json) {
    std::printf("%s\n", nlohmann::json{{"probe", probe.name},
                                       {"user", user},
                                       {"bubblewrap", outer},
                                       {"without_sandbox", name_of(before.outcome)},
                                       {"with_sandbox", name_of(after.outcome)},
                                       {"detail", after.detail},
                                       {"as_documented", right}}
                            .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
                            .c_str());
  } else if (!right) {
    std::printf("NOT AS DOCUMENTED: %s, %s: \"%s\" %s (%s); without a sandbox it %s (%s)\n", user.c_str(),
                outer ? "bubblewrap" : "no bubblewrap", probe.name, name_of(after.outcome), after.detail.c_str(),
                name_of(before.outcome), before.detail.c_str());
  }
}

bool run_all(const fs::path& programs, const std::string& user, bool json) {
  const ScenePlace scene(programs);
  const std::vector<Probe> probes = all_probes();
  std::vector<Attempted> before;
  before.reserve(probes.size());
  for (const Probe& probe : probes) {
    before.push_back(scene.free(probe));
  }
  bool all_right = true;
  const bool bubblewrap = !ipc::sandbox_support().bubblewrap.empty();
  for (const bool outer : {false, true}) {
    if (outer && !bubblewrap) {
      std::fprintf(stderr, "sandbox_escape: %s: %s\n", user.c_str(), ipc::sandbox_support().bubblewrap_missing.c_str());
      continue;
    }
    Tally denied;
    Tally allowed;
    int open_holes = 0;
    int not_possible = 0;
    for (std::size_t index = 0; index < probes.size(); ++index) {
      const Probe& probe = probes[index];
      const Attempted after = scene.sandboxed(probe, outer);
      // What cannot be tried on this machine is no evidence, and counted apart.
      const bool nowhere = before[index].outcome == Outcome::not_here && after.outcome != Outcome::worked;
      const bool right = nowhere || after.outcome == wanted(probe, outer);
      all_right = all_right && right;
      say(json, user, outer, probe, before[index], after, right);
      if (nowhere) continue;
      if (probe.expected == Expected::denied && before[index].outcome == Outcome::refused) ++not_possible;
      if (probe.expected == Expected::hole && !outer) {
        ++open_holes;
        continue;
      }
      Tally& tally = probe.expected == Expected::allowed ? allowed : denied;
      ++tally.total;
      tally.right += right ? 1 : 0;
    }
    const std::string title =
        "sandbox as " + user + (outer ? ", Landlock, seccomp and bubblewrap: " : ", Landlock and seccomp: ");
    const auto row = [&](const std::string& name, int value, int of) {
      std::printf("%s\n", nlohmann::json{{"name", title + name},
                                         {"value", value},
                                         {"unit", "of " + std::to_string(of)},
                                         {"goal", "all"},
                                         {"holds", value == of}}
                              .dump()
                              .c_str());
    };
    row("escapes denied", denied.right, denied.total);
    row("allowed things work", allowed.right, allowed.total);
    std::printf("%s\n", nlohmann::json{{"name", title + "documented holes"},
                                       {"value", open_holes},
                                       {"unit", "count"},
                                       {"goal", nullptr},
                                       {"holds", nullptr}}
                            .dump()
                            .c_str());
    std::printf("%s\n", nlohmann::json{{"name", title + "denied to this user without a sandbox too"},
                                       {"value", not_possible},
                                       {"unit", "count"},
                                       {"goal", nullptr},
                                       {"holds", nullptr}}
                            .dump()
                            .c_str());
    std::fflush(stdout);
  }
  return all_right;
}

/// Programs any user may start, wherever the build tree lies.
fs::path copy_programs(bool root) {
  std::string pattern = (fs::temp_directory_path() / "probe-programs-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) std::exit(2);
  fs::path programs = pattern;
  ::chmod(programs.c_str(), 0755);
  fs::copy_file(SANDBOX_PROBE, programs / "sandbox_probe");
  fs::copy_file(SYMPHONY_LAUNCHER, programs / "launcher");
  fs::copy_file(SANDBOX_PROBE, programs / "set_user_id");
  if (root) {
    constexpr mode_t set_user_id = 04755;
    ::chmod((programs / "set_user_id").c_str(), set_user_id);
  }
  return programs;
}

bool run_as_nobody(const fs::path& programs, bool json) {
  constexpr uid_t nobody = 65534;
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setgroups(0, nullptr) != 0 || ::setresgid(nobody, nobody, nobody) != 0 ||
        ::setresuid(nobody, nobody, nobody) != 0) {
      ::_exit(2);
    }
    const bool right = run_all(programs, "user", json);
    std::fflush(nullptr);
    ::_exit(right ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace
}  // namespace symphony::probe

int main(int argc, char** argv) {
  using namespace symphony::probe;
  const bool json = argc > 1 && std::strcmp(argv[1], "--json") == 0;
  ::setenv("PROBE_SECRET", "1", 1);
  const int leaked = ::dup(STDERR_FILENO);  // not close-on-exec
  const bool root = ::geteuid() == 0;
  const std::filesystem::path programs = copy_programs(root);
  // First the other user: what is found out about this machine is remembered for each process.
  bool right = !root || run_as_nobody(programs, json);
  right = run_all(programs, root ? "root" : "user", json) && right;
  ::close(leaked);
  std::error_code ignored;
  std::filesystem::remove_all(programs, ignored);
  return right ? 0 : 1;
}
