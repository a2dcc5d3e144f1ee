#pragma once
// What a process takes away from itself before it becomes an extension. Linux; called in the order of this header, on
// the only thread. No allocation, no exception, no C++ library. Sources: landlock(7), seccomp(2), capabilities(7),
// getrlimit(2); docs/sandbox.md says what each is for.

#include <cstdint>

#include <symphony/sandbox/profile_reader.h>

namespace symphony::sandbox {

/// Why a restriction could not be applied. `what` is null when it was.
struct Failure {
  const char* what = nullptr;
  const char* name = "";
  int error_number = 0;
  explicit operator bool() const { return what != nullptr; }
};

/// The kernel's Landlock version; 0 where it has none.
int landlock_version();

/// Into its control groups, with all it will start.
Failure join_groups(const ProfileView& profile);
/// Descriptors, core files, memory, size of files. Limits of the hard kind: they cannot be raised again.
Failure limit_resources(const ProfileView& profile);
/// Files below the profile's trees only, no TCP, signals and abstract sockets only among its own. A tree that is not
/// there grants nothing. Fails where the kernel has no Landlock at all; what its version cannot do is in
/// `landlock_version`.
Failure restrict_files(const ProfileView& profile);
/// No capability, now or by any later execve, also for root.
Failure drop_capabilities();

/// The execve that ends the launcher. When the profile lets no programs start, these three pointers are the only ones
/// seccomp lets pass: they lie at random places which the started program never learns.
struct Start {
  const char* executable = nullptr;
  char* const* arguments = nullptr;
  char* const* environment = nullptr;
};
/// Copies what `execve` will need to random pages.
Failure prepare_start(const char* executable, char* const* arguments, char* const* environment, Start& start);
/// The system-call filter. After it nothing but `execve` with `start` is to be done.
Failure filter_system_calls(const ProfileView& profile, const Start& start);

}  // namespace symphony::sandbox
