#include "warden.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <symphony/sandbox/profile_format.h>

namespace symphony::launcher {
namespace {

using sandbox::end_tree_signal;
static_assert(end_tree_signal == SIGUSR1);

/// Enough for any process table one person fills; what does not fit is found in the next round.
constexpr int processes_max = 32768;
constexpr timespec between_rounds = {0, 20'000'000};
/// Killed and still there: only the kernel (a dead disk) can keep them, and it ends them as soon as it can.
constexpr int rounds_max = 150;

struct ProcessEntry {
  pid_t pid;
  pid_t parent;
  bool ours;
};
ProcessEntry processes[processes_max];  // untouched, and so no memory, until a tree has to be ended

/// Unlike every other signal it reaches also a process that somebody has stopped.
constexpr int host_ended_signal = SIGCONT;

pid_t host = 0;
pid_t child = 0;
bool child_ended = false;
siginfo_t child_end;

/// The fourth field of /proc/PID/stat; the second may hold anything, so it is counted from its closing bracket.
pid_t parent_of(const char* pid) {
  char path[32];
  char text[512];
  snprintf(path, sizeof(path), "/proc/%.12s/stat", pid);
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return 0;
  }
  const ssize_t count = read(file, text, sizeof(text) - 1);
  close(file);
  text[count > 0 ? count : 0] = '\0';
  const char* bracket = strrchr(text, ')');
  return bracket != nullptr && strlen(bracket) > 4 ? static_cast<pid_t>(strtol(bracket + 4, nullptr, 10)) : 0;
}

int list_processes() {
  DIR* directory = opendir("/proc");
  int count = 0;
  while (directory != nullptr && count < processes_max) {
    const dirent* entry = readdir(directory);
    if (entry == nullptr) {
      break;
    }
    if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9') {
      const auto pid = static_cast<pid_t>(strtol(entry->d_name, nullptr, 10));
      processes[count++] = {pid, parent_of(entry->d_name), false};
    }
  }
  if (directory != nullptr) {
    closedir(directory);
  }
  return count;
}

bool is_ours(pid_t parent, pid_t self, int count) {
  if (parent == self) {
    return true;
  }
  for (int index = 0; index < count; ++index) {
    if (processes[index].pid == parent) {
      return processes[index].ours;
    }
  }
  return false;
}

void kill_descendants() {
  const pid_t self = getpid();
  const int count = list_processes();
  for (bool found = true; found;) {
    found = false;
    for (int index = 0; index < count; ++index) {
      ProcessEntry& process = processes[index];
      if (!process.ours && process.parent != 0 && is_ours(process.parent, self, count)) {
        process.ours = true;
        found = true;
        kill(process.pid, SIGKILL);
      }
    }
  }
}

/// False: there is no child left.
bool reap_ended() {
  for (;;) {
    siginfo_t info = {};
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) != 0) {
      return errno != ECHILD;
    }
    if (info.si_pid == 0) {
      return true;
    }
    if (info.si_pid == child) {
      child_ended = true;
      child_end = info;
    }
  }
}

void end_tree() {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGCHLD);
  // What a killed one leaves behind becomes the warden's own and is found in the next round.
  for (int round = 0; round < rounds_max && reap_ended(); ++round) {
    kill_descendants();
    if (!reap_ended()) {
      return;
    }
    sigtimedwait(&ends, nullptr, &between_rounds);
  }
}

[[noreturn]] void end_like_the_child() {
  if (child_ended && child_end.si_code == CLD_EXITED) {
    _exit(child_end.si_status);
  }
  const int number = child_ended ? child_end.si_status : SIGKILL;
  const rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  signal(number, SIG_DFL);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, number);
  kill(getpid(), number);
  sigprocmask(SIG_UNBLOCK, &only, nullptr);
  _exit(sandbox::exit_not_started);
}

/// Anybody may send a SIGCONT. From the host it means the end, whether the host sent it or the kernel when the host
/// ended; the parent is asked, too, because of several pending ones only the first is reported.
bool host_ended(int number, const siginfo_t& info) {
  return number == host_ended_signal && (info.si_pid == host || getppid() != host);
}

[[noreturn]] void watch(const sigset_t& watched) {
  // Nothing that is not its own is held by it: no connection, no output, no folder that wants to be unmounted.
  syscall(SYS_close_range, 0U, ~0U, 0U);
  [[maybe_unused]] const int moved = chdir("/");
  for (;;) {
    siginfo_t info = {};
    const int number = sigwaitinfo(&watched, &info);
    if (number == SIGTERM) {
      // Until it has its own session it is still in ours, and alone there.
      if (kill(-child, SIGTERM) != 0) {
        kill(child, SIGTERM);
      }
      continue;
    }
    const bool left = reap_ended();
    if (number == end_tree_signal || host_ended(number, info) || child_ended || !left) {
      if (left) {
        end_tree();
      }
      end_like_the_child();
    }
  }
}

}  // namespace

const char* leave_warden(pid_t parent, int identity_descriptor) {
  host = parent;
  // Blocked before anybody can send them; they wait for sigwaitinfo.
  sigset_t watched;
  sigset_t before;
  sigemptyset(&watched);
  sigaddset(&watched, SIGCHLD);
  sigaddset(&watched, SIGTERM);
  sigaddset(&watched, end_tree_signal);
  sigaddset(&watched, host_ended_signal);
  sigprocmask(SIG_BLOCK, &watched, &before);
  // The host may have ended before this: then nobody would ever send the signal.
  if (prctl(PR_SET_PDEATHSIG, host_ended_signal) != 0) {
    return "cannot tie the process to its host";
  }
  if (getppid() != host) {
    errno = 0;
    return "the host has ended";
  }
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) {
    return "cannot adopt what the extension leaves behind";
  }
  const pid_t warden = getpid();
  child = fork();
  if (child < 0) {
    return "cannot start a process";
  }
  if (child > 0) {
    watch(watched);
  }
  sigprocmask(SIG_SETMASK, &before, nullptr);
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) {
    return "cannot tie the process to its warden";
  }
  if (getppid() != warden) {
    errno = 0;
    return "the warden has ended";
  }
  // No controlling terminal, and one signal reaches whatever stays in it.
  if (setsid() < 0) {
    return "cannot start a session";
  }
  const pid_t self = getpid();
  if (write(identity_descriptor, &self, sizeof(self)) != static_cast<ssize_t>(sizeof(self))) {
    return "cannot say which process it is";
  }
  return nullptr;
}

}  // namespace symphony::launcher
