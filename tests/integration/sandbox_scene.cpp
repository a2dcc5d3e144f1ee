#include "sandbox_scene.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include <symphony/ipc/supervisor.h>

#include "child_process.h"

extern char** environ;

namespace symphony::probe {
namespace {

namespace fs = std::filesystem;
constexpr int longest_attempt_ms = 20'000;

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "sandbox_escape: %s: %s\n", what, std::strerror(errno));
  std::exit(2);
}

int bound(int family, int type, const sockaddr* address, socklen_t length) {
  const int descriptor = ::socket(family, type | SOCK_CLOEXEC, 0);
  if (descriptor < 0 || ::bind(descriptor, address, length) != 0) fail("cannot bind");
  if (type == SOCK_STREAM && ::listen(descriptor, 128) != 0) fail("cannot listen");
  return descriptor;
}

int bound_unix(const std::string& path, int type, bool abstract) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t skipped = abstract ? 1 : 0;
  if (path.size() + skipped >= sizeof(address.sun_path)) fail("the temporary folder's path is too long");
  std::memcpy(address.sun_path + skipped, path.data(), path.size());
  return bound(AF_UNIX, type, reinterpret_cast<const sockaddr*>(&address),
               static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1));
}

void write(const fs::path& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

void write_handle(const fs::path& of, const fs::path& into) {
  struct {
    file_handle head;
    std::array<char, MAX_HANDLE_SZ> space;
  } handle{};
  handle.head.handle_bytes = MAX_HANDLE_SZ;
  int mount = 0;
  if (::name_to_handle_at(AT_FDCWD, of.c_str(), &handle.head, &mount, 0) == 0) {
    write(into, std::string(reinterpret_cast<const char*>(&handle), sizeof(handle)));
  }
}

std::string last_line(const fs::path& file) {
  std::ifstream log(file);
  std::string line;
  std::string last;
  while (std::getline(log, line)) {
    if (!line.empty()) last = line;
  }
  return last;
}

}  // namespace

ScenePlace::ScenePlace(const fs::path& programs)
    : probe_(programs / "sandbox_probe"), launcher_(programs / "launcher") {
  std::string pattern = (fs::temp_directory_path() / "probe-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) fail("cannot make a folder");
  folder_ = fs::canonical(pattern);
  for (const char* name : {"workspace", "data", "bin", "outside"}) {
    fs::create_directory(folder_ / name);
  }
  write(folder_ / "workspace/file", "text\n");
  write(folder_ / "outside/secret", "secret\n");
  fs::create_symlink("../outside/secret", folder_ / "workspace/link");
  write_handle(folder_ / "outside/secret", folder_ / "workspace/handle");
  fs::copy_file("/bin/true", folder_ / "bin/true");
  fs::copy_file("/bin/true", folder_ / "outside/true");
  fs::create_symlink(programs / "set_user_id", folder_ / "bin/set_user_id");

  victim_ = ::fork();
  if (victim_ < 0) fail("cannot fork");
  if (victim_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;)
      ::pause();
  }
  stream_ = bound_unix((folder_ / "outside/stream").string(), SOCK_STREAM, false);
  datagrams_ = bound_unix((folder_ / "outside/datagrams").string(), SOCK_DGRAM, false);
  abstract_ = bound_unix("symphony-probe-" + std::to_string(victim_), SOCK_STREAM, true);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  tcp_ = bound(AF_INET, SOCK_STREAM, reinterpret_cast<const sockaddr*>(&address), length);
  ::getsockname(tcp_, reinterpret_cast<sockaddr*>(&address), &length);
  port_ = ntohs(address.sin_port);
}

ScenePlace::~ScenePlace() {
  ::kill(victim_, SIGKILL);
  ::waitpid(victim_, nullptr, 0);
  for (const int descriptor : {stream_, datagrams_, abstract_, tcp_}) {
    ::close(descriptor);
  }
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

ipc::SandboxProfile ScenePlace::profile(With with, bool outer) const {
  constexpr std::uint64_t memory = 64U << 20U;
  ipc::SandboxProfile profile;
  profile.read = {folder_ / "workspace"};
  profile.write = {folder_ / "data"};
  profile.execute = {folder_ / "bin", launcher_.parent_path()};
  profile.outer = outer;
  profile.memory_bytes = memory;
  profile.files = 64;
  profile.processes = 0;
  if (with == With::programs) {
    profile.start_programs = true;
    profile.change_metadata = true;
    profile.processes = 8;
  }
  return profile;
}

std::vector<std::string> ScenePlace::words(const Probe& probe) const {
  return {probe.name, folder_.string(), std::to_string(victim_), std::to_string(port_)};
}

Attempted ScenePlace::outcome_of(pid_t process, bool outer, int output) const {
  const int watch = static_cast<int>(::syscall(SYS_pidfd_open, process, 0U));
  pollfd ended{watch, POLLIN, 0};
  if (::poll(&ended, 1, longest_attempt_ms) != 1) {
    ::kill(process, SIGKILL);
  }
  ::close(watch);
  int status = 0;
  ::waitpid(process, &status, 0);
  if (output >= 0) {
    std::array<char, 4096> text{};
    const ssize_t count = ::read(output, text.data(), text.size());
    write(folder_ / "log", {text.data(), count > 0 ? static_cast<std::size_t>(count) : 0});
  }
  const int signal = WIFSIGNALED(status)                  ? WTERMSIG(status)
                     : outer && WEXITSTATUS(status) > 128 ? WEXITSTATUS(status) - 128
                                                          : 0;
  if (signal != 0) {
    return {Outcome::refused, std::string("ended by signal ") + ::strsignal(signal)};
  }
  const std::string said = last_line(folder_ / "log");
  switch (WEXITSTATUS(status)) {
    case 0:
      return {Outcome::worked, "it worked"};
    case 1:
      return {Outcome::refused, said};
    case 3:
      return {Outcome::not_here, said};
    default:
      return {Outcome::broken, said.empty() ? "exited with " + std::to_string(WEXITSTATUS(status)) : said};
  }
}

Attempted ScenePlace::free(const Probe& probe) const {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, (folder_ / "log").c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                     0600);
  std::vector<std::string> all = words(probe);
  all.insert(all.begin(), probe_.string());
  std::vector<char*> arguments;
  arguments.reserve(all.size() + 1);
  for (std::string& word : all)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t process = 0;
  const int failed = ::posix_spawn(&process, probe_.c_str(), &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return {Outcome::broken, std::strerror(failed)};
  return outcome_of(process, false, -1);
}

Attempted ScenePlace::sandboxed(const Probe& probe, bool outer) const {
  ipc::ProcessSpec spec;
  spec.id = "probe";
  spec.executable = probe_;
  spec.arguments = words(probe);
  spec.working_directory = folder_ / "data";
  spec.log = folder_ / "log";
  spec.sandbox = profile(probe.with, outer);
  fs::remove(spec.log);
  const auto process = ipc::spawn_process(launcher_, spec);
  if (!process) return {Outcome::broken, process.error().message};
  return outcome_of(process->pid, outer, process->output.get());
}

}  // namespace symphony::probe
