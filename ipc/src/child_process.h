#pragma once
// Starts a process through the launcher, with one end of a socket pair as its descriptor 3.

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include <symphony/ipc/error.h>
#include <symphony/ipc/supervisor.h>

#include "descriptor.h"

namespace symphony::ipc {

struct SpawnedProcess {
  pid_t pid = 0;
  Descriptor pidfd;
  Descriptor socket;  // the host's end
  Descriptor reason;  // a memfd: what the launcher said when it gave up
  /// Its process is bubblewrap, which reports the signal that ended what runs inside as a status.
  bool outer = false;
};

/// On the thread whose end must end the process too (its parent-death signal). Errors: io_error, not_found,
/// resource_exhausted.
/// `joins`: the control groups a sandboxed process is to be in; `memory_is_kept`: one of them limits its memory.
Result<SpawnedProcess> spawn_process(const std::filesystem::path& launcher, const ProcessSpec& spec,
                                     const std::vector<std::filesystem::path>& joins = {}, bool memory_is_kept = false);

/// How a process ended, from waitid's report.
struct ExitReport {
  ExitKind kind = ExitKind::none;
  std::string detail;
};
/// How often the kernel ran out of memory and killed something; 0 when it does not say.
std::uint64_t out_of_memory_kills();
/// Reaps the process whose pidfd is readable. `welcomed`: it had got as far as the handshake. `memory_kills`: the count
/// seen last; brought up to date.
ExitReport reap(const SpawnedProcess& process, bool welcomed, std::uint64_t& memory_kills);
/// SIGTERM or SIGKILL to the process and whatever it started. Safe as long as it is not reaped.
void send_signal_to(const SpawnedProcess& process, int signal);
std::int64_t resident_bytes(pid_t pid);

/// Keeps a log below 1 MiB: what was written so far moves to "<log>.1".
void rotate_log(const std::filesystem::path& log);

}  // namespace symphony::ipc
