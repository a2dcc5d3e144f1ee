#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <symphony/sandbox/restrict.h>

namespace symphony::sandbox {
namespace {

constexpr int capabilities_max = 64;
/// This limit counts what is reserved, the host's what is used: a table that doubles needs thrice its size for a
/// moment, and should not fail before it has used what it may. It bounds what a runaway reaches between two
/// measurements.
constexpr std::uint64_t reserved_for_used = 3;

Failure set_limit(__rlimit_resource resource, std::uint64_t value, const char* what) {
  // One above the hard limit would need a privilege; the hard limit then is the stricter one.
  rlimit limit{};
  if (getrlimit(resource, &limit) == 0 && limit.rlim_max < value) {
    value = limit.rlim_max;
  }
  limit = {value, value};
  return setrlimit(resource, &limit) == 0 ? Failure{} : Failure{"cannot limit ", what, errno};
}

Failure set_limit(__rlimit_resource resource, const OptionalNumber& value, const char* what) {
  return value.set ? set_limit(resource, value.value, what) : Failure{};
}

}  // namespace

Failure join_groups(const ProfileView& profile) {
  for (std::size_t index = 0; index < profile.join_count; ++index) {
    const int file = open(profile.joins[index], O_WRONLY | O_CLOEXEC);
    const bool joined = file >= 0 && write(file, "0", 1) == 1;
    const int reason = errno;
    if (file >= 0) {
      close(file);
    }
    if (!joined) {
      return {"cannot join the control group ", profile.joins[index], reason};
    }
  }
  return {};
}

Failure limit_resources(const ProfileView& profile) {
  OptionalNumber memory = profile.memory_bytes;
  memory.value *= reserved_for_used;
  if (const Failure failure = set_limit(RLIMIT_DATA, memory, "memory")) return failure;
  if (const Failure failure = set_limit(RLIMIT_NOFILE, profile.files, "open files")) return failure;
  if (const Failure failure = set_limit(RLIMIT_FSIZE, profile.file_bytes, "the size of files")) return failure;
  // Locked memory and queued signals are shared with everything else this user runs.
  if (const Failure failure = set_limit(RLIMIT_MEMLOCK, 64U * 1024U, "locked memory")) return failure;
  return set_limit(RLIMIT_CORE, 0, "core files");
}

Failure drop_capabilities() {
  // root's powers must not return by an execve; a process without the right to say so has none to lose.
  constexpr unsigned long locked = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
                                   SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED |
                                   SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
  const bool noroot = prctl(PR_SET_SECUREBITS, locked) == 0;
  bool bounded = true;
  for (int capability = 0; capability < capabilities_max; ++capability) {
    if (prctl(PR_CAPBSET_READ, capability) == 1 && prctl(PR_CAPBSET_DROP, capability) != 0) {
      bounded = false;
    }
  }
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
  if (syscall(SYS_capset, &header, none) != 0) {
    return {"cannot drop capabilities", "", errno};
  }
  __user_cap_data_struct left[_LINUX_CAPABILITY_U32S_3] = {};
  if (syscall(SYS_capget, &header, left) != 0) {
    return {"cannot read capabilities", "", errno};
  }
  for (const auto& word : left) {
    if (word.effective != 0 || word.permitted != 0 || word.inheritable != 0) {
      return {"capabilities are left", "", EPERM};
    }
  }
  // For root an execve gives back what the bounding set holds, unless the secure bits forbid it.
  if (geteuid() == 0 && !noroot && !bounded) {
    return {"root's capabilities would come back", "", EPERM};
  }
  return {};
}

}  // namespace symphony::sandbox
