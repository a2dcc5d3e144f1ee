#include "child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string_view>
#include <system_error>

#include <symphony/ipc/limits.h>
#include <symphony/sandbox/profile_format.h>

namespace symphony::ipc {
namespace {

using sandbox::bus_descriptor;
using sandbox::exit_not_started;
using sandbox::identity_descriptor;
using sandbox::profile_descriptor;
using sandbox::reason_descriptor;

constexpr std::size_t reason_bytes = 512;
/// A shell's and bubblewrap's way to report that a signal ended the program.
constexpr int status_of_signal = 128;

/// An extension is not told the host's secrets: only these, and LC_*, pass.
constexpr std::array inherited_variables{
    std::string_view("PATH"),           std::string_view("HOME"),          std::string_view("USER"),
    std::string_view("LOGNAME"),        std::string_view("LANG"),          std::string_view("TZ"),
    std::string_view("TMPDIR"),         std::string_view("ASAN_OPTIONS"),  std::string_view("UBSAN_OPTIONS"),
    std::string_view("LSAN_OPTIONS"),   std::string_view("TSAN_OPTIONS"),  std::string_view("XDG_CONFIG_HOME"),
    std::string_view("XDG_CACHE_HOME"), std::string_view("XDG_DATA_HOME"),
};

std::vector<char*> environment() {
  std::vector<char*> kept;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    const std::string_view name = text.substr(0, text.find('='));
    if (name.starts_with("LC_") ||
        std::find(inherited_variables.begin(), inherited_variables.end(), name) != inherited_variables.end()) {
      kept.push_back(*variable);
    }
  }
  kept.push_back(nullptr);
  return kept;
}

/// Out of the way of 0 to 3, which the child's descriptors are moved to one after the other.
Result<Descriptor> above_the_standard_ones(Descriptor descriptor) {
  constexpr int lowest = 10;
  Descriptor moved(::fcntl(descriptor.get(), F_DUPFD_CLOEXEC, lowest));
  if (!moved) {
    return io_error("Cannot duplicate a descriptor", "", errno);
  }
  return moved;
}

/// Where the child writes; `ours` becomes the end it is read from, where that is wanted.
Result<Descriptor> open_output(bool wanted, Descriptor& ours) {
  if (!wanted) {
    Descriptor null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    return null ? above_the_standard_ones(std::move(null)) : io_error("Cannot open", "/dev/null", errno);
  }
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) < 0) {
    return io_error("Cannot create a pipe", "", errno);
  }
  ours.reset(ends[0]);
  ::fcntl(ours.get(), F_SETFL, O_NONBLOCK);  // of this end only
  return above_the_standard_ones(Descriptor(ends[1]));
}

Result<Descriptor> memory_file(const char* name) {
  Descriptor file(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  return file ? above_the_standard_ones(std::move(file)) : io_error("Cannot create a file in memory", name, errno);
}

Result<Descriptor> sealed_file(const std::string& text) {
  auto file = memory_file("symphony-profile");
  if (!file) {
    return file;
  }
  for (std::size_t written = 0; written < text.size();) {
    const ssize_t count = ::write(file->get(), text.data() + written, text.size() - written);
    if (count < 0) {
      return io_error("Cannot write the sandbox profile", "", errno);
    }
    written += static_cast<std::size_t>(count);
  }
  // Nobody has it mapped, so future writes are all writes; F_SEAL_WRITE would make this thread wait milliseconds for
  // the other processors to let go of pages.
  if (::fcntl(file->get(), F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0) {
    return io_error("Cannot seal the sandbox profile", "", errno);
  }
  return file;
}

/// What the launcher said. It alone could write there: the extension never had the descriptor.
std::string read_reason(const Descriptor& file) {
  std::string text(reason_bytes, '\0');
  const ssize_t count = file ? ::pread(file.get(), text.data(), text.size(), 0) : 0;
  text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return text;
}

struct FileActions {
  FileActions() { ::posix_spawn_file_actions_init(&value); }
  ~FileActions() { ::posix_spawn_file_actions_destroy(&value); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  posix_spawn_file_actions_t value{};
};

struct Attributes {
  Attributes() {
    ::posix_spawnattr_init(&value);
    sigset_t signals;
    ::sigfillset(&signals);
    ::posix_spawnattr_setsigdefault(&value, &signals);
    ::sigemptyset(&signals);
    ::posix_spawnattr_setsigmask(&value, &signals);
    ::posix_spawnattr_setflags(&value, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID);
  }
  ~Attributes() { ::posix_spawnattr_destroy(&value); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  posix_spawnattr_t value{};
};

ExitReport report_of_status(int status, bool welcomed) {
  if (status == 0) {
    return {ExitKind::clean, "exited with status 0"};
  }
  const bool not_started = !welcomed && status == exit_not_started;
  return {not_started ? ExitKind::failed_to_start : ExitKind::crashed, "exited with status " + std::to_string(status)};
}

ExitReport report_of_signal(int number, std::uint64_t& memory_kills) {
  const char* name = ::sigabbrev_np(number);
  const std::string by = std::string("ended by signal SIG") + (name != nullptr ? name : "?");
  if (number != SIGKILL) {
    return {ExitKind::crashed, by};
  }
  const std::uint64_t kills = out_of_memory_kills();
  const bool memory = kills > std::exchange(memory_kills, kills);
  return memory ? ExitReport{ExitKind::out_of_memory, by + ", probably because memory ran out"}
                : ExitReport{ExitKind::killed, by};
}

}  // namespace

std::uint64_t out_of_memory_kills() {
  std::ifstream counters("/proc/vmstat");
  std::string name;
  std::uint64_t value = 0;
  while (counters >> name >> value) {
    if (name == "oom_kill") {
      return value;
    }
  }
  return 0;
}

Result<SpawnedProcess> spawn_process(const std::filesystem::path& launcher, const ProcessSpec& spec,
                                     const std::vector<std::filesystem::path>& joins, bool memory_is_kept) {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) < 0) {
    return io_error("Cannot create a socket pair", "", errno);
  }
  SpawnedProcess process;
  process.socket.reset(pair[0]);
  auto child_end = above_the_standard_ones(Descriptor(pair[1]));
  const auto output = open_output(!spec.log.empty(), process.output);
  if (!child_end || !output) {
    return child_end ? output.error() : child_end.error();
  }
  auto reason = memory_file("symphony-reason");
  if (!reason) {
    return reason.error();
  }
  process.reason = std::move(*reason);
  auto identity = memory_file("symphony-process");
  if (!identity) {
    return identity.error();
  }
  process.identity = std::move(*identity);
  Descriptor profile;
  if (spec.sandbox) {
    process.outer = spec.sandbox->outer && !sandbox_support().bubblewrap.empty();
    SandboxProfile asked = *spec.sandbox;
    if (memory_is_kept) {
      asked.memory_bytes.reset();  // exactly, by a control group: what is merely reserved does no harm
    }
    const auto text = encode_profile(asked, spec.executable,
                                     process.outer ? sandbox_support().bubblewrap : std::filesystem::path(), joins);
    if (!text) {
      return text.error();
    }
    auto sealed = sealed_file(*text);
    if (!sealed) {
      return sealed.error();
    }
    profile = std::move(*sealed);
  }
  FileActions actions;
  ::posix_spawn_file_actions_addopen(&actions.value, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions.value, output->get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions.value, output->get(), STDERR_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions.value, child_end->get(), bus_descriptor);
  ::posix_spawn_file_actions_adddup2(&actions.value, process.reason.get(), reason_descriptor);
  ::posix_spawn_file_actions_adddup2(&actions.value, process.identity.get(), identity_descriptor);
  if (profile) {
    ::posix_spawn_file_actions_adddup2(&actions.value, profile.get(), profile_descriptor);
  }
  if (!spec.working_directory.empty()) {
    ::posix_spawn_file_actions_addchdir_np(&actions.value, spec.working_directory.c_str());
  }
  const Attributes attributes;
  std::vector<std::string> words{launcher.native(), "--parent", std::to_string(::getpid()), "--warden", "--reason"};
  if (profile) {
    words.emplace_back("--profile");
  }
  words.insert(words.end(), {"--", spec.executable.native()});
  words.insert(words.end(), spec.arguments.begin(), spec.arguments.end());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) {
    argv.push_back(word.data());
  }
  argv.push_back(nullptr);
  const std::vector<char*> variables = environment();
  const int failed =
      ::posix_spawn(&process.pid, launcher.c_str(), &actions.value, &attributes.value, argv.data(), variables.data());
  if (failed != 0) {
    return io_error("Cannot start the launcher", launcher.native(), failed);
  }
  process.pidfd.reset(static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0U)));
  if (!process.pidfd) {
    const int error_number = errno;
    ::kill(process.pid, SIGKILL);
    ::waitpid(process.pid, nullptr, 0);
    return io_error("Cannot watch the new process", "", error_number);
  }
  return process;
}

pid_t leader_of_extension(const SpawnedProcess& process) {
  pid_t pid = 0;
  const bool known = process.identity && ::pread(process.identity.get(), &pid, sizeof pid, 0) == sizeof pid;
  return known ? pid : 0;
}

pid_t extension_pid(const SpawnedProcess& process) {
  const pid_t known = leader_of_extension(process);
  return known != 0 ? known : process.pid;
}

void ask_to_end(const SpawnedProcess& process) {
  if (process.pid > 0) {
    ::kill(process.pid, SIGTERM);
  }
}

void end_tree(const SpawnedProcess& process) {
  if (process.pid > 0) {
    ::kill(process.pid, sandbox::end_tree_signal);
    ::kill(process.pid, SIGCONT);  // somebody may have stopped it
  }
}

bool has_ended(const SpawnedProcess& process) {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(process.pid), &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid != 0;
}

ExitReport reap(const SpawnedProcess& process, bool welcomed, std::uint64_t& memory_kills) {
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(process.pid), &info, WEXITED) < 0) {
    if (errno != EINTR) {
      return {ExitKind::crashed, std::string("its end could not be observed: ") + ::strerror(errno)};
    }
  }
  const std::string reason = read_reason(process.reason);
  if (!welcomed && !reason.empty()) {
    return {ExitKind::failed_to_start, reason};
  }
  if (process.outer && info.si_code == CLD_EXITED && info.si_status > status_of_signal) {
    info.si_code = CLD_KILLED;
    info.si_status -= status_of_signal;
  }
  return info.si_code == CLD_EXITED ? report_of_status(info.si_status, welcomed)
                                    : report_of_signal(info.si_status, memory_kills);
}

std::optional<ExitReport> report_of_ending(const SpawnedProcess& process, std::uint64_t& memory_kills) {
  // /proc/PID/stat, counted from its third field: the second may hold anything but ends with the last bracket.
  constexpr int flags_field = 9;
  constexpr int exit_code_field = 52;
  constexpr unsigned long is_exiting = 0x4;  // PF_EXITING of the kernel
  const pid_t pid = process.outer ? 0 : leader_of_extension(process);
  if (pid == 0) {
    return std::nullopt;
  }
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  // Not through an iterator: that throws when the process is reaped between the two.
  std::array<char, 2048> bytes{};
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  const std::string text(bytes.data(), static_cast<std::size_t>(file.gcount()));
  std::istringstream fields(text.substr(std::min(text.size(), text.rfind(')') + 1)));
  std::string word;
  unsigned long flags = 0;
  int status = 0;
  for (int field = 3; field <= exit_code_field && fields >> word; ++field) {
    if (field == flags_field) {
      flags = std::strtoul(word.c_str(), nullptr, 10);
    } else if (field == exit_code_field) {
      status = static_cast<int>(std::strtol(word.c_str(), nullptr, 10));
    }
  }
  // A status of 0 may also mean that we are not told.
  if ((flags & is_exiting) == 0 || status == 0) {
    return std::nullopt;
  }
  return WIFSIGNALED(status) ? report_of_signal(WTERMSIG(status), memory_kills)
                             : report_of_status(WEXITSTATUS(status), true);
}

std::int64_t resident_bytes(pid_t pid) {
  std::ifstream pages("/proc/" + std::to_string(pid) + "/statm");
  std::int64_t total = 0;
  std::int64_t resident = 0;
  return pages >> total >> resident ? resident * ::sysconf(_SC_PAGESIZE) : 0;
}

}  // namespace symphony::ipc
