#pragma once
// Starts a process through the launcher, with one end of a socket pair as its descriptor 3.

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <symphony/descriptor/descriptor.h>
#include <symphony/ipc/error.h>
#include <symphony/ipc/supervisor.h>

namespace symphony::ipc {

struct SpawnedProcess {
  /// The warden's (ipc/launcher/warden.h), whose end is the end of the whole tree.
  pid_t pid = 0;
  Descriptor pidfd;
  Descriptor identity;  // a memfd: the extension's own process id, once it has one
  Descriptor socket;    // the host's end
  Descriptor output;    // what it prints, non-blocking; none without ProcessSpec::log
  Descriptor reason;    // a memfd: what the launcher said when it gave up
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
/// How the extension's own process is ending, while it still does: its connection ends before it can be reaped. Nothing
/// when it is not ending, or the kernel does not say. `memory_kills` as in reap().
std::optional<ExitReport> report_of_ending(const SpawnedProcess& process, std::uint64_t& memory_kills);
/// It can be reaped without waiting. A poll may report a pidfd readable whose process still runs.
bool has_ended(const SpawnedProcess& process);
/// Reaps the process that has_ended(). `welcomed`: it had got as far as the handshake. `memory_kills`: the count
/// seen last; brought up to date.
ExitReport reap(const SpawnedProcess& process, bool welcomed, std::uint64_t& memory_kills);
/// The extension's own process; the warden's as long as there is no other. Safe as long as it is not reaped.
pid_t extension_pid(const SpawnedProcess& process);
/// The same, but 0 as long as there is no other. It leads a process group of all that does not leave it.
pid_t leader_of_extension(const SpawnedProcess& process);
/// Asks the extension to end (SIGTERM).
void ask_to_end(const SpawnedProcess& process);
/// Ends the extension and all it started, at once.
void end_tree(const SpawnedProcess& process);
std::int64_t resident_bytes(pid_t pid);

}  // namespace symphony::ipc
