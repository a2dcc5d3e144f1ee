#include <errno.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <symphony/sandbox/restrict.h>

#include "filter_program.h"
#include "system_calls.h"

namespace symphony::sandbox {
namespace {

constexpr std::uint32_t refused = FilterProgram::refuse(EPERM);
constexpr std::uint32_t socket_type_bits = 0xF;
/// Not in the C library's headers together with clone's other flags.
constexpr std::uint32_t new_namespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
                                         CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWTIME;
constexpr std::uint32_t linux_console = 0x541C;  // TIOCLINUX
constexpr std::uint32_t query_personality = 0xFFFFFFFF;

/// `verdict` unless the argument is the pointer.
void require_pointer(FilterProgram& filter, unsigned index, const void* pointer) {
  const auto value = reinterpret_cast<std::uintptr_t>(pointer);
  filter.load_argument_low(index);
  filter.unless_equal(static_cast<std::uint32_t>(value), refused);
  filter.load_argument_high(index);
  filter.unless_equal(static_cast<std::uint32_t>(value >> 32U), refused);
}

void filter_programs(FilterProgram& filter, const ProfileView& profile, const Start& start) {
  if (profile.start_programs) {
    return;
  }
  filter.if_equal(SYS_execveat, refused);
  filter.begin_call(SYS_execve);
  require_pointer(filter, 0, start.executable);
  require_pointer(filter, 1, start.arguments);
  require_pointer(filter, 2, start.environment);
  filter.end_of_call(FilterProgram::allow);
}

void filter_processes(FilterProgram& filter, const ProfileView& profile) {
  const bool alone = profile.processes.set && profile.processes.value == 0;
  filter.begin_call(SYS_clone);
  filter.load_argument_low(0);
  filter.if_any_bit(new_namespaces, refused);
  if (alone) {
    filter.keep_bits(CLONE_THREAD);
    filter.if_equal(0, refused);
  }
  filter.end_of_call(FilterProgram::allow);
#if defined(__x86_64__)
  if (alone) {
    filter.if_equal(SYS_fork, refused);
    filter.if_equal(SYS_vfork, refused);
  }
#endif
}

void filter_sockets(FilterProgram& filter, const ProfileView& profile) {
  filter.begin_call(SYS_socket);
  if (profile.raw_network) {
    filter.load_argument_low(0);
    filter.if_equal(AF_INET, FilterProgram::allow);
    filter.if_equal(AF_INET6, FilterProgram::allow);
  }
  filter.end_of_call(FilterProgram::refuse(EACCES));
  // A pair reaches nobody else; but a datagram socket, even of a pair, can be given any address to send to.
  filter.begin_call(SYS_socketpair);
  filter.load_argument_low(0);
  filter.unless_equal(AF_UNIX, FilterProgram::refuse(EACCES));
  filter.load_argument_low(1);
  filter.keep_bits(socket_type_bits);
  filter.if_equal(SOCK_STREAM, FilterProgram::allow);
  filter.if_equal(SOCK_SEQPACKET, FilterProgram::allow);
  filter.end_of_call(FilterProgram::refuse(EACCES));
  if (!profile.raw_network) {
    for (const std::uint32_t number : address_calls) {
      filter.if_equal(number, FilterProgram::refuse(EACCES));
    }
  }
}

void filter_terminals(FilterProgram& filter) {
  filter.begin_call(SYS_ioctl);
  filter.load_argument_low(1);
  filter.if_equal(TIOCSTI, refused);
  filter.if_equal(linux_console, refused);
  filter.if_equal(TIOCSETD, refused);
  filter.end_of_call(FilterProgram::allow);
}

void filter_own_ties(FilterProgram& filter) {
  // It ends with its host, and a debugger's view of it is nobody's to change.
  filter.begin_call(SYS_prctl);
  filter.load_argument_low(0);
  filter.if_equal(PR_SET_PDEATHSIG, refused);
  filter.end_of_call(FilterProgram::allow);
  filter.begin_call(SYS_personality);
  filter.load_argument_low(0);
  filter.if_equal(0, FilterProgram::allow);
  filter.if_equal(query_personality, FilterProgram::allow);
  filter.end_of_call(refused);
}

void filter_other_processes(FilterProgram& filter) {
  for (const std::uint32_t number : other_process_calls) {
    filter.begin_call(number);
    filter.load_argument_low(0);
    filter.if_equal(0, FilterProgram::allow);
    filter.end_of_call(refused);
  }
  for (const CallByKind& call : other_process_by_kind_calls) {
    filter.begin_call(call.number);
    filter.load_argument_low(0);
    filter.unless_equal(call.one_process, refused);
    filter.load_argument_low(1);
    filter.if_equal(0, FilterProgram::allow);
    filter.end_of_call(refused);
  }
}

}  // namespace

Failure filter_system_calls(const ProfileView& profile, const Start& start) {
  // Static: large, and this runs once.
  static FilterProgram filter;
  filter.load_architecture();
  filter.unless_equal(native_architecture, FilterProgram::kill);
  filter.load_number();
#if defined(__x86_64__)
  filter.if_at_least(x32_calls, FilterProgram::kill);
#endif
  filter.if_at_least(first_unknown_call, FilterProgram::refuse(ENOSYS));
  for (const RefusedCall& call : refused_calls) {
    filter.if_equal(call.number, FilterProgram::refuse(call.error));
  }
  if (!profile.change_metadata) {
    for (const std::uint32_t number : metadata_calls) {
      filter.if_equal(number, refused);
    }
  }
  filter_other_processes(filter);
  filter_programs(filter, profile, start);
  filter_processes(filter, profile);
  filter_sockets(filter, profile);
  filter_terminals(filter);
  filter_own_ties(filter);
  filter.end(FilterProgram::allow);
  if (!filter.whole()) {
    return {"the filter of system calls is too long", "", E2BIG};
  }
  const sock_fprog program = filter.program();
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    return {"cannot filter system calls", "", errno};
  }
  return {};
}

namespace {

/// A page at an address nobody can guess, and in it a place that is not its beginning.
void* random_place(std::size_t size) {
  constexpr std::uintptr_t page = 4096;
  constexpr std::uintptr_t lowest = std::uintptr_t{1} << 32U;
  constexpr std::uintptr_t address_bits = (std::uintptr_t{1} << 46U) - 1;
  constexpr int attempts = 64;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    std::uintptr_t random[2] = {};
    if (getrandom(random, sizeof(random), 0) != static_cast<ssize_t>(sizeof(random))) {
      return nullptr;
    }
    // NOLINTNEXTLINE(performance-no-int-to-ptr): there is no object yet, only an address
    void* wanted = reinterpret_cast<void*>((lowest + (random[0] & address_bits)) & ~(page - 1));
    const std::size_t offset = (random[1] % page) & ~std::uintptr_t{15};
    void* place =
        mmap(wanted, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (place != MAP_FAILED) {
      return static_cast<char*>(place) + offset;
    }
  }
  return nullptr;
}

std::size_t count_of(char* const* words) {
  std::size_t count = 1;
  for (; *words != nullptr; ++words) {
    ++count;
  }
  return count;
}

void* random_copy(const void* from, std::size_t size) {
  void* place = random_place(size);
  return place == nullptr ? nullptr : memcpy(place, from, size);
}

}  // namespace

Failure prepare_start(const char* executable, char* const* arguments, char* const* environment, Start& start) {
  start.executable = static_cast<const char*>(random_copy(executable, strlen(executable) + 1));
  start.arguments = static_cast<char* const*>(random_copy(arguments, count_of(arguments) * sizeof(char*)));
  start.environment = static_cast<char* const*>(random_copy(environment, count_of(environment) * sizeof(char*)));
  const bool done = start.executable != nullptr && start.arguments != nullptr && start.environment != nullptr;
  return done ? Failure{} : Failure{"cannot prepare the start", "", errno};
}

}  // namespace symphony::sandbox
