#pragma once
// The form in which a sandbox profile travels from the host to the launcher: a sequence of fields, each ended by a zero
// byte, so that a path needs no escaping. The first field is `profile_header`, then pairs of a key and a value, the
// last field is `profile_end`: what was cut off is recognised. Keys may come in any order; only those of trees and
// groups repeat. Shared by the host (C++ with its library) and the launcher (none): constants only.

#include <cstddef>
#include <cstdint>

namespace symphony::sandbox {

inline constexpr const char* profile_header = "symphony-sandbox 1";
inline constexpr const char* profile_end = "end";

/// Trees: the value is an absolute path, of a folder or of one file.
inline constexpr const char* key_read = "read";        // read files, list folders
inline constexpr const char* key_execute = "execute";  // the same, and start programs found there
inline constexpr const char* key_write = "write";      // the same as read, and change everything below
/// Repeats, at most `joins_max` times: a control group's file the launcher writes "0" into, to be in the group.
inline constexpr const char* key_join = "join";
/// Flags: the value is "yes" or "no"; a flag that is missing is "no".
inline constexpr const char* key_start_programs = "start-programs";    // execve after the extension itself
inline constexpr const char* key_change_metadata = "change-metadata";  // chmod, chown, utime, extended attributes
inline constexpr const char* key_raw_network = "raw-network";          // INET sockets of its own
/// Given once at most: where bubblewrap is, which is to be put around it.
inline constexpr const char* key_outer = "outer";
/// Numbers, decimal; one that is missing leaves that limit alone.
inline constexpr const char* key_memory = "memory-bytes";   // private memory of one process
inline constexpr const char* key_processes = "processes";   // besides the extension's own; 0: it cannot fork
inline constexpr const char* key_files = "files";           // descriptors of one process
inline constexpr const char* key_file_size = "file-bytes";  // of one file it writes

inline constexpr std::size_t profile_bytes_max = 64U * 1024U;
inline constexpr std::size_t trees_max = 64;
inline constexpr std::size_t joins_max = 4;
inline constexpr std::size_t path_bytes_max = 4095;
inline constexpr std::uint64_t number_max = std::uint64_t{1} << 53U;

/// Descriptors the launcher inherits, besides 0 to 3 which it hands on.
inline constexpr int bus_descriptor = 3;
inline constexpr int profile_descriptor = 4;   // a sealed memfd
inline constexpr int reason_descriptor = 5;    // a memfd the launcher writes into why it gave up
inline constexpr int identity_descriptor = 6;  // a memfd for the extension's process id, a pid_t

/// To the launcher's process, with --warden: ends the extension and all it started, at once (SIGUSR1).
inline constexpr int end_tree_signal = 10;

/// The launcher's exit status when it gave up.
inline constexpr int exit_not_started = 126;

}  // namespace symphony::sandbox
