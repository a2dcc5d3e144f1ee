// symphony-launcher (--parent PID | --inside) [--warden] [--reason] [--profile] -- EXECUTABLE [ARGUMENT...]
// The last thing the host controls before an extension's own code runs: it restricts the process, then becomes the
// extension. Exits 126 when it cannot, with a sentence on standard error and, with --reason, in the memfd that is
// descriptor 5. --profile: descriptor 4 is a sealed memfd that holds the sandbox profile (profile_format.h).
// --warden: a process stays behind that ends all the extension started (warden.h); descriptor 6 is a memfd for the
// extension's process id. --inside: started by itself, in bubblewrap.

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <symphony/sandbox/restrict.h>

#include "outer.h"
#include "warden.h"

namespace {

using symphony::sandbox::Failure;
using symphony::sandbox::ProfileView;

constexpr unsigned first_descriptor_not_inherited = symphony::sandbox::bus_descriptor + 1;

struct Options {
  long parent = 0;
  bool inside = false;
  bool warden = false;
  bool reason = false;
  bool profile = false;
  char** command = nullptr;
};

bool told_reason = false;

void write_text(int descriptor, const char* text) {
  [[maybe_unused]] const ssize_t written = write(descriptor, text, strlen(text));
}

[[noreturn]] void give_up(const char* what, const char* name = "", const char* why = nullptr) {
  const int descriptors[] = {STDERR_FILENO, symphony::sandbox::reason_descriptor};
  write_text(STDERR_FILENO, "symphony-launcher: ");
  for (const int descriptor : descriptors) {
    if (descriptor != STDERR_FILENO && !told_reason) {
      continue;
    }
    write_text(descriptor, what);
    write_text(descriptor, name);
    if (why != nullptr) {
      write_text(descriptor, ": ");
      write_text(descriptor, why);
    }
  }
  write_text(STDERR_FILENO, "\n");
  _exit(symphony::sandbox::exit_not_started);
}

[[noreturn]] void give_up(const Failure& failure) {
  give_up(failure.what, failure.name, failure.error_number != 0 ? strerror(failure.error_number) : nullptr);
}

void require(const Failure& failure) {
  if (failure) {
    give_up(failure);
  }
}

void require(bool done, const char* what) {
  if (!done) {
    give_up({what, "", errno});
  }
}

Options read_options(char** word) {
  Options options;
  for (; *word != nullptr && strcmp(*word, "--") != 0; ++word) {
    if (strcmp(*word, "--inside") == 0) {
      options.inside = true;
    } else if (strcmp(*word, "--warden") == 0) {
      options.warden = true;
    } else if (strcmp(*word, "--reason") == 0) {
      options.reason = true;
    } else if (strcmp(*word, "--profile") == 0) {
      options.profile = true;
    } else if (strcmp(*word, "--parent") == 0 && word[1] != nullptr) {
      char* end = nullptr;
      options.parent = strtol(*++word, &end, 10);
      if (options.parent <= 0 || *end != '\0') {
        give_up("the parent's process id is not a number");
      }
    } else {
      give_up("unknown option ", *word);
    }
  }
  if (*word == nullptr || word[1] == nullptr || options.inside == (options.parent != 0) ||
      (options.inside && options.warden)) {
    give_up("usage: symphony-launcher --parent PID [--warden] [--reason] [--profile] -- EXECUTABLE [ARGUMENT...]");
  }
  options.command = word + 1;
  return options;
}

/// What is still left of the other process' life is tied to its host's.
void tie_to_host(const Options& options) {
  if (options.warden) {
    if (const char* wrong = symphony::launcher::leave_warden(static_cast<pid_t>(options.parent),
                                                             symphony::sandbox::identity_descriptor)) {
      give_up({wrong, "", errno});
    }
    return;
  }
  // Ends with the host. The host may have ended before this line: then nobody would ever send the signal.
  require(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, "cannot tie the process to its host");
  if (options.inside) {
    return;  // bubblewrap, which is its parent here, is tied itself
  }
  if (getppid() != static_cast<pid_t>(options.parent)) {
    give_up("the host has ended");
  }
  // A session of its own: no controlling terminal, and one signal reaches whatever it starts.
  require(getsid(0) == getpid() || setsid() >= 0, "cannot start a session");
}

void load_profile(ProfileView& profile) {
  static char text[symphony::sandbox::profile_bytes_max + 1];
  constexpr int kept_in_size = F_SEAL_GROW | F_SEAL_SHRINK;
  const int seals = fcntl(symphony::sandbox::profile_descriptor, F_GET_SEALS);
  if (seals < 0 || (seals & kept_in_size) != kept_in_size || (seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) == 0) {
    give_up("the sandbox profile can still be changed, or is missing");
  }
  std::size_t size = 0;
  for (ssize_t count = 1; count > 0 && size < sizeof(text); size += static_cast<std::size_t>(count)) {
    count = pread(symphony::sandbox::profile_descriptor, text + size, sizeof(text) - size, static_cast<off_t>(size));
    require(count >= 0, "cannot read the sandbox profile");
  }
  if (const char* wrong = symphony::sandbox::read_profile(text, size, profile)) {
    give_up("the sandbox profile cannot be used", "", wrong);
  }
}

void enter_sandbox(const ProfileView& profile, const symphony::sandbox::Start& start) {
  require(symphony::sandbox::limit_resources(profile));
  require(symphony::sandbox::restrict_files(profile));
  require(symphony::sandbox::drop_capabilities());
  require(symphony::sandbox::filter_system_calls(profile, start));
}

}  // namespace

int main(int, char** argv, char** environment) {
  const Options options = read_options(argv + 1);
  told_reason = options.reason;
  if (options.inside) {
    // What bubblewrap would have been blamed for is over.
    require(ftruncate(symphony::sandbox::reason_descriptor, 0) == 0 &&
                lseek(symphony::sandbox::reason_descriptor, 0, SEEK_SET) == 0,
            "cannot say why");
  }
  tie_to_host(options);
  static ProfileView profile;
  if (options.profile) {
    load_profile(profile);
  }
  if (!options.inside) {
    require(symphony::sandbox::join_groups(profile));
  }
  if (profile.outer != nullptr && !options.inside) {
    // Should bubblewrap end before this program runs again inside, this is the reason.
    write_text(symphony::sandbox::reason_descriptor, "bubblewrap could not build the outer sandbox; the log says more");
    const Failure failure = symphony::launcher::execute_inside(profile, options.command, environment);
    require(ftruncate(symphony::sandbox::reason_descriptor, 0) == 0 &&
                lseek(symphony::sandbox::reason_descriptor, 0, SEEK_SET) == 0,
            "cannot say why");
    give_up(failure);
  }
  // Closed by the execve only: until then they are needed.
  require(syscall(SYS_close_range, first_descriptor_not_inherited, ~0U, CLOSE_RANGE_CLOEXEC) == 0,
          "cannot close inherited descriptors");
  require(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "cannot give up privileges");
  // Writing a core file takes 300 ms, during which nobody sees the crash.
  const rlimit no_core = {0, 0};
  require(setrlimit(RLIMIT_CORE, &no_core) == 0, "cannot turn off core files");
  symphony::sandbox::Start start{options.command[0], options.command, environment};
  if (options.profile) {
    require(symphony::sandbox::prepare_start(options.command[0], options.command, environment, start));
    enter_sandbox(profile, start);
  }
  execve(start.executable, start.arguments, start.environment);
  give_up("cannot start ", options.command[0], strerror(errno));
}
