#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>

#include <symphony/sandbox/restrict.h>

namespace symphony::sandbox {
namespace {

// Newer than the system's headers; the kernel says by its version which of them it knows.
constexpr std::uint64_t fs_truncate = 1ULL << 14U;           // version 3
constexpr std::uint64_t fs_ioctl_device = 1ULL << 15U;       // version 5
constexpr std::uint64_t net_bind_tcp = 1ULL << 0U;           // version 4
constexpr std::uint64_t net_connect_tcp = 1ULL << 1U;        // version 4
constexpr std::uint64_t scope_abstract_socket = 1ULL << 0U;  // version 6
constexpr std::uint64_t scope_signal = 1ULL << 1U;           // version 6

/// struct landlock_ruleset_attr of version 6.
struct RulesetAttributes {
  std::uint64_t handled_access_fs;
  std::uint64_t handled_access_net;
  std::uint64_t scoped;
};

constexpr std::uint64_t fs_version_1 = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1U) - 1;
constexpr std::uint64_t reading = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t writing =
    LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
    LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
    LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER | fs_truncate;
/// What makes sense for a rule on one file.
constexpr std::uint64_t of_files = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                                   LANDLOCK_ACCESS_FS_READ_FILE | fs_truncate | fs_ioctl_device;

std::uint64_t handled_by(int version) {
  std::uint64_t handled = fs_version_1;
  handled |= version >= 2 ? LANDLOCK_ACCESS_FS_REFER : 0;
  handled |= version >= 3 ? fs_truncate : 0;
  handled |= version >= 5 ? fs_ioctl_device : 0;
  return handled;
}

std::uint64_t allowed_by(TreeAccess access) {
  switch (access) {
    case TreeAccess::read:
      return reading;
    case TreeAccess::execute:
      return reading | LANDLOCK_ACCESS_FS_EXECUTE;
    case TreeAccess::write:
      return reading | writing;
  }
  return 0;
}

Failure add_tree(int ruleset, std::uint64_t handled, const Tree& tree) {
  const int place = open(tree.path, O_PATH | O_CLOEXEC);
  if (place < 0) {
    return {};  // nothing is there, or nothing we could reach: nothing is granted
  }
  struct stat status {};
  std::uint64_t allowed = allowed_by(tree.access) & handled;
  if (fstat(place, &status) != 0 || !S_ISDIR(status.st_mode)) {
    allowed &= of_files;
  }
  landlock_path_beneath_attr rule{};
  rule.allowed_access = allowed;
  rule.parent_fd = place;
  const long failed = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0U);
  const int reason = errno;
  close(place);
  return failed == 0 ? Failure{} : Failure{"cannot grant ", tree.path, reason};
}

}  // namespace

int landlock_version() {
  const long version = syscall(SYS_landlock_create_ruleset, nullptr, 0U, LANDLOCK_CREATE_RULESET_VERSION);
  return version > 0 ? static_cast<int>(version) : 0;
}

Failure restrict_files(const ProfileView& profile) {
  const int version = landlock_version();
  if (version == 0) {
    return {"this kernel has no Landlock, files cannot be protected", "", errno};
  }
  RulesetAttributes attributes{};
  attributes.handled_access_fs = handled_by(version);
  attributes.handled_access_net = profile.raw_network ? 0 : net_bind_tcp | net_connect_tcp;
  attributes.scoped = scope_abstract_socket | scope_signal;
  // A kernel of an older version refuses fields it does not know: each gets the size it does.
  const std::size_t size = version >= 6   ? sizeof(attributes)
                           : version >= 4 ? offsetof(RulesetAttributes, scoped)
                                          : offsetof(RulesetAttributes, handled_access_net);
  const int ruleset = static_cast<int>(syscall(SYS_landlock_create_ruleset, &attributes, size, 0U));
  if (ruleset < 0) {
    return {"cannot protect files", "", errno};
  }
  for (std::size_t index = 0; index < profile.tree_count; ++index) {
    if (const Failure failure = add_tree(ruleset, attributes.handled_access_fs, profile.trees[index])) {
      return failure;
    }
  }
  if (syscall(SYS_landlock_restrict_self, ruleset, 0U) != 0) {
    return {"cannot protect files", "", errno};
  }
  close(ruleset);
  return {};
}

}  // namespace symphony::sandbox
