#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <vector>

#include "sandbox_probe.h"

namespace symphony::probe {

std::vector<Probe> allowed_file_probes();
std::vector<Probe> allowed_socket_probes();
std::vector<Probe> allowed_kernel_probes();

namespace {

int read_process_file(const Scene& scene, const char* name, int flags) {
  const std::string path = "/proc/" + std::to_string(scene.victim) + "/" + name;
  return failed(::open(path.c_str(), flags | O_CLOEXEC));
}

int seize(const Scene& scene) {
  if (::ptrace(PTRACE_SEIZE, scene.victim, nullptr, nullptr) != 0) return errno;
  return 0;  // its end lets the victim go
}

/// To no address: the permission is checked before it.
int read_memory(const Scene& scene, long call) {
  char byte = 0;
  const iovec here{&byte, 1};
  const iovec there{nullptr, 1};
  const int reason = failed(::syscall(call, scene.victim, &here, 1UL, &there, 1UL, 0UL));
  return reason == EFAULT ? 0 : reason;
}

int take_descriptor(const Scene& scene) {
  const int process = static_cast<int>(::syscall(SYS_pidfd_open, scene.victim, 0U));
  return process < 0 ? errno : failed(::syscall(SYS_pidfd_getfd, process, 0, 0U));
}

int fork_and_wait(int (*work)()) {
  const pid_t child = ::fork();
  if (child < 0) return errno;
  if (child == 0) ::_exit(work());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : ECANCELED;
}

int namespace_by_clone() {
  const long child = ::syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0UL, 0UL, 0UL, 0UL);
  if (child == 0) ::_exit(0);
  return failed(child);
}

int namespace_by_clone3() {
  std::array<std::uint64_t, 8> arguments{};
  arguments[0] = CLONE_NEWUSER;
  arguments[4] = SIGCHLD;
  const long child = ::syscall(SYS_clone3, arguments.data(), sizeof(arguments));
  if (child == 0) ::_exit(0);
  return failed(child);
}

int join_namespace() {
  const int place = ::open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
  return place < 0 ? errno : failed(::setns(place, 0));
}

/// Replaces this process; so its success is the status of what it became.
int become(const char* program, char* const* arguments) {
  char* none = nullptr;
  ::execve(program, arguments, &none);
  return errno;
}

int become_true(const char* program) {
  char name[] = "true";
  char* arguments[] = {name, nullptr};
  return become(program, arguments);
}

int become_memory_file(bool by_path) {
  const int from = ::open("/bin/true", O_RDONLY | O_CLOEXEC);
  const int to = ::memfd_create("program", 0);
  if (from < 0 || to < 0) return errno;
  std::array<char, 65536> buffer{};
  for (ssize_t count = 0; (count = ::read(from, buffer.data(), buffer.size())) > 0;) {
    if (::write(to, buffer.data(), static_cast<std::size_t>(count)) != count) return errno;
  }
  if (by_path) return become_true(("/proc/self/fd/" + std::to_string(to)).c_str());
  char name[] = "true";
  char* arguments[] = {name, nullptr};
  char* none = nullptr;
  return failed(::syscall(SYS_execveat, to, "", arguments, &none, AT_EMPTY_PATH));
}

int become_root(const Scene& scene) {
  if (::geteuid() == 0) return not_here;
  char name[] = "probe";
  char word[] = "who";
  char* arguments[] = {name, word, nullptr};
  return become((scene.folder + "/bin/set_user_id").c_str(), arguments);
}

int raise_limit(__rlimit_resource resource) {
  rlimit limit{};
  ::getrlimit(resource, &limit);
  if (limit.rlim_max == RLIM_INFINITY) return 0;
  limit.rlim_max += 1;
  limit.rlim_cur = limit.rlim_max;
  return failed(::setrlimit(resource, &limit));
}

int write_core() {
  const rlimit limit{1U << 20U, 1U << 20U};
  return failed(::setrlimit(RLIMIT_CORE, &limit));
}

int take_memory() {
  constexpr std::size_t bytes = 256U << 20U;  // the profile allows 64 MiB
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return errno;
  ::memset(memory, 1, bytes);
  return 0;
}

int flood_descriptors() {
  for (int count = 0; count < 200; ++count) {  // the profile allows 64
    if (::open("/dev/null", O_RDONLY | O_CLOEXEC) < 0) return errno;
  }
  return 0;
}

int use_inherited() {
  for (int descriptor = 4; descriptor < 256; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) >= 0) return 0;
  }
  return EBADF;
}

int hold_capability() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct held[_LINUX_CAPABILITY_U32S_3] = {};
  ::syscall(SYS_capget, &header, held);
  return held[0].effective != 0 || held[1].effective != 0 ? 0 : EPERM;
}

int become_somebody() { return ::geteuid() != 0 ? not_here : failed(::setresuid(1, 1, 1)); }

int start_thread() {
  pthread_t thread{};
  const auto nothing = [](void*) -> void* { return nullptr; };
  const int reason = ::pthread_create(&thread, nullptr, nothing, nullptr);
  return reason != 0 ? reason : ::pthread_join(thread, nullptr);
}

#if defined(__x86_64__)
int old_calls() {
  // getpid of 32-bit programs; a kernel without them ends the child.
  return fork_and_wait([] {
    long answer = 20;
    asm volatile("int $0x80" : "+a"(answer) : : "memory");
    return answer > 0 ? 0 : ENOSYS;
  });
}
#else
int old_calls() { return not_here; }
#endif

}  // namespace

const std::vector<Probe>& process_probes() {
  using enum Expected;
  static const std::vector<Probe> probes{
      {"read another process' environment", denied,
       [](const Scene& s) { return read_process_file(s, "environ", O_RDONLY); }},
      {"write another process' memory by /proc", denied,
       [](const Scene& s) { return read_process_file(s, "mem", O_RDWR); }},
      {"signal another process", denied, [](const Scene& s) { return failed(::kill(s.victim, SIGURG)); }},
      {"signal another process by pidfd", denied,
       [](const Scene& s) {
         const long process = ::syscall(SYS_pidfd_open, s.victim, 0U);
         return process < 0 ? errno : failed(::syscall(SYS_pidfd_send_signal, process, SIGURG, nullptr, 0U));
       }},
      {"ptrace another process", denied, seize},
      {"read another process' memory", denied, [](const Scene& s) { return read_memory(s, SYS_process_vm_readv); }},
      {"write another process' memory", denied, [](const Scene& s) { return read_memory(s, SYS_process_vm_writev); }},
      {"take another process' descriptor", denied, take_descriptor},
      {"limit another process", denied,
       [](const Scene& s) {
         rlimit limit{};
         ::getrlimit(RLIMIT_NOFILE, &limit);
         return failed(::prlimit(s.victim, RLIMIT_NOFILE, &limit, nullptr));
       }},
      {"slow another process down", denied,
       [](const Scene& s) { return failed(::setpriority(PRIO_PROCESS, static_cast<id_t>(s.victim), 5)); }},
      {"slow all of the user's processes down", denied,
       [](const Scene&) { return failed(::setpriority(PRIO_USER, 0, ::getpriority(PRIO_PROCESS, 0))); }},
      {"user namespace", denied, [](const Scene&) { return failed(::unshare(CLONE_NEWUSER)); }},
      {"user namespace by clone", denied, [](const Scene&) { return namespace_by_clone(); }},
      {"user namespace by clone3", denied, [](const Scene&) { return namespace_by_clone3(); }},
      {"user namespace by clone, where programs may be started", denied,
       [](const Scene&) { return namespace_by_clone(); }, With::programs},
      {"join a namespace", denied, [](const Scene&) { return join_namespace(); }},
      {"fork", denied, [](const Scene&) { return fork_and_wait([] { return 0; }); }},
      {"start a program", denied, [](const Scene&) { return become_true("/bin/true"); }},
      {"start a program of its own folder", denied,
       [](const Scene& s) { return become_true((s.folder + "/bin/true").c_str()); }},
      {"start a memory file", denied, [](const Scene&) { return become_memory_file(false); }},
      {"start a memory file by its path", denied, [](const Scene&) { return become_memory_file(true); }},
      {"start a program from outside", denied,
       [](const Scene& s) { return become_true((s.folder + "/outside/true").c_str()); }, With::programs},
      {"become root by a set-user-id program", denied, become_root, With::programs},
      {"hold a capability", denied, [](const Scene&) { return hold_capability(); }},
      {"become another user", denied, [](const Scene&) { return become_somebody(); }},
      {"outlive the host", denied, [](const Scene&) { return failed(::prctl(PR_SET_PDEATHSIG, 0)); }},
      {"leave the session", denied, [](const Scene&) { return fork_and_wait([] { return failed(::setsid()); }); },
       With::programs},
      {"32-bit system calls", denied, [](const Scene&) { return old_calls(); }, With::programs},
      {"use an inherited descriptor", denied, [](const Scene&) { return use_inherited(); }},
      {"read the host's secrets in the environment", denied,
       [](const Scene&) { return ::getenv("PROBE_SECRET") != nullptr ? 0 : ENOENT; }},
      {"more memory than the limit", denied, [](const Scene&) { return take_memory(); }},
      {"more descriptors than the limit", denied, [](const Scene&) { return flood_descriptors(); }},
      {"raise the limit of descriptors", denied, [](const Scene&) { return raise_limit(RLIMIT_NOFILE); }},
      {"raise the limit of memory", denied, [](const Scene&) { return raise_limit(RLIMIT_DATA); }},
      {"write core files", denied, [](const Scene&) { return write_core(); }},
  };
  return probes;
}

const std::vector<Probe>& allowed_probes() {
  using enum Expected;
  static const std::vector<Probe> probes = [] {
    std::vector<Probe> all{
        {"allowed: thread", allowed, [](const Scene&) { return start_thread(); }},
        {"allowed: signal itself", allowed, [](const Scene&) { return failed(::kill(::getpid(), 0)); }},
        {"allowed: its own limits read", allowed,
         [](const Scene&) {
           rlimit limit{};
           return failed(::getrlimit(RLIMIT_NOFILE, &limit));
         }},
        {"allowed: fork, where the profile says so", allowed,
         [](const Scene&) { return fork_and_wait([] { return 0; }); }, With::programs},
        {"allowed: start a program, where the profile says so", allowed,
         [](const Scene& s) { return become_true((s.folder + "/bin/true").c_str()); }, With::programs},
        {"allowed: chmod of own data, where the profile says so", allowed,
         [](const Scene& s) { return failed(::chmod((s.folder + "/data").c_str(), 0755)); }, With::programs},
    };
    for (const auto& more : {allowed_file_probes(), allowed_socket_probes(), allowed_kernel_probes()}) {
      all.insert(all.end(), more.begin(), more.end());
    }
    return all;
  }();
  return probes;
}

}  // namespace symphony::probe
