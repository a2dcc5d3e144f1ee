#pragma once
// What a process tree uses, read from /proc.

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <vector>

namespace symphony::ipc {

/// Every process of the group, its leader first. `alone`: it is known that there is no other.
std::vector<pid_t> members_of_group(pid_t leader, bool alone);
/// Resident memory, shared pages counted for each.
std::uint64_t resident_sum(const std::vector<pid_t>& members);
/// Of all their threads, in and for them by the kernel. Of those that live: what ended takes its time with it.
std::chrono::nanoseconds processor_time(const std::vector<pid_t>& members);

}  // namespace symphony::ipc
