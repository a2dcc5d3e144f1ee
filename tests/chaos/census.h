#pragma once
// What this process holds: two of them, one before and one after, show what was left behind.

#include <sys/types.h>

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace symphony::chaos {

struct Census {
  /// By what they lead to: "socket", "pipe", a file's path.
  std::map<std::string, std::size_t> descriptors;
  std::size_t threads = 0;
  /// Memory that files without a name hold: arenas.
  std::size_t shared_maps = 0;
  /// Processes, of whichever parent, that have `marker` in their command line.
  std::vector<std::string> processes;

  static Census take(const std::string& marker);
  /// A sentence for each thing there are more of in `after`.
  std::vector<std::string> left_behind(const Census& after) const;
};

/// The words a process was started with, a space after each; empty when there is no such process.
std::string command_line(pid_t pid);

/// What this process has in memory of its own, in bytes.
std::size_t resident_bytes();

}  // namespace symphony::chaos
