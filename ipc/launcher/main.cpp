// symphony-launcher --parent PID -- EXECUTABLE [ARGUMENT...]
// The last thing the host controls before an extension's own code runs: it restricts the process, then becomes the
// extension. Exits 126 with a sentence on standard error when it cannot.

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

constexpr int cannot_start = 126;
constexpr unsigned first_descriptor_not_inherited = 4;

void write_text(const char* text) { [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text, strlen(text)); }

[[noreturn]] void give_up(const char* what, const char* name) {
  const char* reason = strerror(errno);
  write_text("symphony-launcher: ");
  write_text(what);
  write_text(name);
  write_text(": ");
  write_text(reason);
  write_text("\n");
  _exit(cannot_start);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5 || strcmp(argv[1], "--parent") != 0 || strcmp(argv[3], "--") != 0) {
    write_text("usage: symphony-launcher --parent PID -- EXECUTABLE [ARGUMENT...]\n");
    return cannot_start;
  }
  char* end = nullptr;
  const long parent = strtol(argv[2], &end, 10);
  if (parent <= 0 || *end != '\0') {
    write_text("symphony-launcher: the parent's process id is not a number\n");
    return cannot_start;
  }

  // Ends with the host. The host may have ended before this line: then nobody would ever send the signal.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) {
    give_up("cannot tie the process to its host", "");
  }
  if (getppid() != static_cast<pid_t>(parent)) {
    write_text("symphony-launcher: the host has ended\n");
    return cannot_start;
  }

  // A session of its own: no controlling terminal, and one signal reaches whatever it starts.
  if (getsid(0) != getpid() && setsid() < 0) {
    give_up("cannot start a session", "");
  }
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    give_up("cannot give up privileges", "");
  }
  // Writing a core file takes 300 ms, during which nobody sees the crash.
  const rlimit no_core = {0, 0};
  if (setrlimit(RLIMIT_CORE, &no_core) != 0) {
    give_up("cannot turn off core files", "");
  }
  if (syscall(SYS_close_range, first_descriptor_not_inherited, ~0U, 0U) != 0) {
    give_up("cannot close inherited descriptors", "");
  }

  execv(argv[4], argv + 4);
  give_up("cannot start ", argv[4]);
}
