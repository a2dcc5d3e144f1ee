#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/userfaultfd.h>
#include <mqueue.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/personality.h>
#include <sys/random.h>
#include <sys/reboot.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "sandbox_probe.h"

namespace symphony::probe {
namespace {

/// A call made wrongly on purpose, where a right one would change the machine: any other refusal than one of permission
/// means that the kernel's code was reached.
int reached(long answer) {
  const int reason = failed(answer);
  return reason == EPERM || reason == EACCES ? reason : reason == ENOSYS ? not_here : 0;
}

int use_bpf() {
  bpf_attr attributes;
  ::memset(&attributes, 0, sizeof(attributes));
  attributes.map_type = BPF_MAP_TYPE_ARRAY;
  attributes.key_size = 4;
  attributes.value_size = 4;
  attributes.max_entries = 1;
  return failed(::syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof(attributes)));
}

int count_events() {
  perf_event_attr attributes{};
  attributes.type = PERF_TYPE_SOFTWARE;
  attributes.size = sizeof(attributes);
  attributes.config = PERF_COUNT_SW_TASK_CLOCK;
  attributes.exclude_kernel = 1;
  return failed(::syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0UL));
}

int open_ring() {
  std::array<unsigned char, 120> parameters{};
  return failed(::syscall(SYS_io_uring_setup, 4U, parameters.data()));
}

int queue_of_messages() {
  const std::string name = "/symphony-probe-" + std::to_string(::getpid());
  const mqd_t queue = ::mq_open(name.c_str(), O_RDWR | O_CREAT, 0600, nullptr);
  const int reason = failed(queue);
  ::mq_unlink(name.c_str());
  return reason;
}

int own_host_name() {
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return failed(::sethostname(name.data(), ::strlen(name.data())));
}

int shared_segment() {
  const int segment = ::shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
  const int reason = failed(segment);
  if (segment >= 0) ::shmctl(segment, IPC_RMID, nullptr);
  return reason;
}

int semaphores() {
  const int set = ::semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);
  const int reason = failed(set);
  if (set >= 0) ::semctl(set, 0, IPC_RMID);
  return reason;
}

int compile_at_run_time() {
  void* code = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return code == MAP_FAILED ? errno : failed(::mprotect(code, 4096, PROT_READ | PROT_EXEC));
}

int event_descriptors() {
  const int queue = ::epoll_create1(EPOLL_CLOEXEC);
  const int event = ::eventfd(0, EFD_CLOEXEC);
  const int timer = ::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  return failed(queue >= 0 && event >= 0 && timer >= 0 ? 0 : -1);
}

}  // namespace

const std::vector<Probe>& kernel_probes() {
  using enum Expected;
  static const std::vector<Probe> probes{
      {"keyring", denied,
       [](const Scene&) {
         return failed(::syscall(SYS_add_key, "user", "probe", "x", 1UL, KEY_SPEC_PROCESS_KEYRING));
       }},
      {"bpf", denied, [](const Scene&) { return use_bpf(); }},
      {"perf events", denied, [](const Scene&) { return count_events(); }},
      {"userfaultfd", denied,
       [](const Scene&) { return failed(::syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY)); }},
      {"io_uring", denied, [](const Scene&) { return open_ring(); }},
      {"type into the terminal", denied,
       [](const Scene&) {
         char letter = 'x';
         return reached(::ioctl(STDIN_FILENO, TIOCSTI, &letter));
       }},
      {"type into the terminal, number widened", denied,
       [](const Scene&) {
         char letter = 'x';
         return reached(::syscall(SYS_ioctl, STDIN_FILENO, TIOCSTI | (1UL << 40U), &letter));
       }},
      {"load a module", denied, [](const Scene&) { return reached(::syscall(SYS_init_module, nullptr, 0UL, "")); }},
      {"load a kernel", denied,
       [](const Scene&) { return reached(::syscall(SYS_kexec_load, 0UL, 17UL, nullptr, 0UL)); }},
      {"reboot", denied, [](const Scene&) { return reached(::syscall(SYS_reboot, 0, 0, 0, nullptr)); }},
      {"set the clock", denied, [](const Scene&) { return failed(::syscall(SYS_settimeofday, nullptr, nullptr)); }},
      {"set the host name", denied, [](const Scene&) { return own_host_name(); }},
      {"read the kernel's log", denied, [](const Scene&) { return failed(::klogctl(10, nullptr, 0)); }},
      {"shared memory of System V", denied, [](const Scene&) { return shared_segment(); }},
      {"semaphores of System V", denied, [](const Scene&) { return semaphores(); }},
      {"message queue of POSIX", denied, [](const Scene&) { return queue_of_messages(); }},
      {"fanotify", denied, [](const Scene&) { return failed(::syscall(SYS_fanotify_init, 0x200U, O_RDONLY)); }},
      {"turn off address randomisation", denied, [](const Scene&) { return failed(::personality(ADDR_NO_RANDOMIZE)); }},
      {"system calls nobody has looked at", denied,
       [](const Scene&) { return failed(::syscall(470, 0, 0, 0, 0, 0, 0)) == ENOSYS ? not_here : 0; }},
  };
  return probes;
}

std::vector<Probe> allowed_kernel_probes();
std::vector<Probe> allowed_kernel_probes() {
  using enum Expected;
  return {
      {"allowed: memory file", allowed,
       [](const Scene&) { return failed(::memfd_create("probe", MFD_CLOEXEC | MFD_ALLOW_SEALING)); }},
      {"allowed: compile at run time", allowed, [](const Scene&) { return compile_at_run_time(); }},
      {"allowed: epoll, eventfd, timerfd", allowed, [](const Scene&) { return event_descriptors(); }},
      {"allowed: random numbers", allowed,
       [](const Scene&) {
         char byte = 0;
         return failed(::getrandom(&byte, 1, 0));
       }},
  };
}

}  // namespace symphony::probe
