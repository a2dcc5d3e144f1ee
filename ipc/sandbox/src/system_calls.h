#pragma once
// Which system calls a sandboxed process may not make at all. One whose arguments decide is in system_call_filter.cpp.

#include <errno.h>
#include <linux/audit.h>
#include <sys/syscall.h>

#include <cstdint>

namespace symphony::sandbox {

#if defined(__x86_64__)
inline constexpr std::uint32_t native_architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
inline constexpr std::uint32_t native_architecture = AUDIT_ARCH_AARCH64;
#else
#error "The sandbox's system-call filter is not written for this processor."
#endif

/// The x32 calls share x86-64's architecture and begin here.
inline constexpr std::uint32_t x32_calls = 0x40000000;

// Newer than the system's headers; since 424 the numbers are the same for every processor.
inline constexpr std::uint32_t call_statmount = 457;
inline constexpr std::uint32_t call_listmount = 458;
/// The first number nobody has looked at: what a newer kernel adds does not exist for the sandboxed.
inline constexpr std::uint32_t first_unknown_call = 463;

struct RefusedCall {
  std::uint32_t number;
  int error;
};

inline constexpr RefusedCall refused_calls[] = {
    // Other processes: their memory, their registers, their descriptors, where they run.
    {SYS_ptrace, EPERM},
    {SYS_process_vm_readv, EPERM},
    {SYS_process_vm_writev, EPERM},
    {SYS_process_madvise, EPERM},
    {SYS_process_mrelease, EPERM},
    {SYS_pidfd_getfd, EPERM},
    {SYS_kcmp, EPERM},
    {SYS_migrate_pages, EPERM},
    {SYS_move_pages, EPERM},
    // The tree of files: changing it, or reaching a file in it without its path.
    {SYS_mount, EPERM},
    {SYS_umount2, EPERM},
    {SYS_pivot_root, EPERM},
    {SYS_chroot, EPERM},
    {SYS_move_mount, EPERM},
    {SYS_open_tree, EPERM},
    {SYS_fsopen, EPERM},
    {SYS_fsconfig, EPERM},
    {SYS_fsmount, EPERM},
    {SYS_fspick, EPERM},
    {SYS_mount_setattr, EPERM},
    {call_statmount, EPERM},
    {call_listmount, EPERM},
    {SYS_open_by_handle_at, EPERM},
    {SYS_name_to_handle_at, EPERM},
    {SYS_fanotify_init, EPERM},
    {SYS_fanotify_mark, EPERM},
    {SYS_quotactl, EPERM},
    {SYS_quotactl_fd, EPERM},
    {SYS_acct, EPERM},
    {SYS_swapon, EPERM},
    {SYS_swapoff, EPERM},
    // Namespaces, and the sessions that would take a child out of reach of its end.
    {SYS_unshare, EPERM},
    {SYS_setns, EPERM},
    {SYS_setsid, EPERM},
    {SYS_setpgid, EPERM},
    // Its flags lie in memory a filter cannot read: clone, which the C library falls back to, can be checked.
    {SYS_clone3, ENOSYS},
    // Parts of the kernel with a long list of holes, of no use to an extension.
    {SYS_add_key, EPERM},
    {SYS_request_key, EPERM},
    {SYS_keyctl, EPERM},
    {SYS_bpf, EPERM},
    {SYS_perf_event_open, EPERM},
    {SYS_userfaultfd, EPERM},
    {SYS_io_uring_setup, ENOSYS},
    {SYS_io_uring_enter, ENOSYS},
    {SYS_io_uring_register, ENOSYS},
    {SYS_lookup_dcookie, EPERM},
    {SYS_memfd_secret, EPERM},
    // Shared with every process of the user, and no path to grant them by.
    {SYS_shmget, EPERM},
    {SYS_shmat, EPERM},
    {SYS_shmctl, EPERM},
    {SYS_semget, EPERM},
    {SYS_semop, EPERM},
    {SYS_semtimedop, EPERM},
    {SYS_semctl, EPERM},
    {SYS_msgget, EPERM},
    {SYS_msgsnd, EPERM},
    {SYS_msgrcv, EPERM},
    {SYS_msgctl, EPERM},
    {SYS_mq_open, EPERM},
    {SYS_mq_unlink, EPERM},
    // The machine.
    {SYS_kexec_load, EPERM},
    {SYS_kexec_file_load, EPERM},
    {SYS_init_module, EPERM},
    {SYS_finit_module, EPERM},
    {SYS_delete_module, EPERM},
    {SYS_reboot, EPERM},
    {SYS_settimeofday, EPERM},
    {SYS_clock_settime, EPERM},
    {SYS_adjtimex, EPERM},
    {SYS_clock_adjtime, EPERM},
    {SYS_sethostname, EPERM},
    {SYS_setdomainname, EPERM},
    {SYS_syslog, EPERM},
    {SYS_vhangup, EPERM},
#if defined(__x86_64__)
    {SYS_create_module, EPERM},
    {SYS_get_kernel_syms, EPERM},
    {SYS_query_module, EPERM},
    {SYS__sysctl, EPERM},
    {SYS_nfsservctl, EPERM},
    {SYS_uselib, EPERM},
    {SYS_ustat, EPERM},
    {SYS_sysfs, EPERM},
    {SYS_iopl, EPERM},
    {SYS_ioperm, EPERM},
    {SYS_modify_ldt, EPERM},
#endif
};

/// Landlock protects what files hold, not what is said about them.
inline constexpr std::uint32_t call_fchmodat2 = 452;
inline constexpr std::uint32_t metadata_calls[] = {
    SYS_fchmod,   SYS_fchmodat,  call_fchmodat2, SYS_fchown,      SYS_fchownat,     SYS_utimensat,
    SYS_setxattr, SYS_lsetxattr, SYS_fsetxattr,  SYS_removexattr, SYS_lremovexattr, SYS_fremovexattr,
#if defined(__x86_64__)
    SYS_chmod,    SYS_chown,     SYS_lchown,     SYS_utime,       SYS_utimes,       SYS_futimesat,
#endif
};

/// Without INET sockets of its own there is nothing to give an address to.
inline constexpr std::uint32_t address_calls[] = {SYS_connect, SYS_bind, SYS_listen, SYS_accept, SYS_accept4};

/// A process id is the first argument; only the caller itself (0) is nobody else's business.
inline constexpr std::uint32_t other_process_calls[] = {
    SYS_prlimit64, SYS_sched_setaffinity, SYS_sched_setattr, SYS_sched_setscheduler, SYS_sched_setparam,
};
/// The same with the process id as the second argument, after the kind of id that means one process.
struct CallByKind {
  std::uint32_t number;
  std::uint32_t one_process;
};
inline constexpr CallByKind other_process_by_kind_calls[] = {{SYS_setpriority, 0}, {SYS_ioprio_set, 1}};

}  // namespace symphony::sandbox
