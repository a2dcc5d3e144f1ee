#include "process_usage.h"

#include <dirent.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include <symphony/descriptor/descriptor.h>

namespace symphony::ipc {
namespace {

/// The first part of a small file of /proc.
std::string read_process_file(pid_t process, const char* name) {
  std::array<char, 64> path{};
  std::snprintf(path.data(), path.size(), "/proc/%d/%s", process, name);
  const Descriptor file(::open(path.data(), O_RDONLY | O_CLOEXEC));
  std::string text(512, '\0');
  const ssize_t count = file ? ::read(file.get(), text.data(), text.size()) : 0;
  text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return text;
}

pid_t group_of(pid_t process) {
  const std::string text = read_process_file(process, "stat");
  // Its name, in parentheses, may hold anything.
  const std::size_t end = text.rfind(')');
  int group = 0;
  if (end == std::string::npos || std::sscanf(text.c_str() + end + 1, " %*c %*d %d", &group) != 1) {
    return 0;
  }
  return group;
}

}  // namespace

std::vector<pid_t> members_of_group(pid_t leader, bool alone) {
  std::vector<pid_t> members{leader};
  if (alone) {
    return members;
  }
  const std::unique_ptr<DIR, int (*)(DIR*)> processes(::opendir("/proc"), ::closedir);
  while (const dirent* entry = processes ? ::readdir(processes.get()) : nullptr) {
    const int process = std::atoi(entry->d_name);
    if (process > 0 && process != leader && group_of(process) == leader) {
      members.push_back(process);
    }
  }
  return members;
}

std::uint64_t resident_sum(const std::vector<pid_t>& members) {
  static const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  std::uint64_t sum = 0;
  for (const pid_t process : members) {
    unsigned long long total = 0;
    unsigned long long resident = 0;
    if (std::sscanf(read_process_file(process, "statm").c_str(), "%llu %llu", &total, &resident) == 2) {
      sum += resident * page;
    }
  }
  return sum;
}

std::chrono::nanoseconds processor_time(const std::vector<pid_t>& members) {
  std::chrono::nanoseconds sum{0};
  for (const pid_t process : members) {
    clockid_t clock = 0;
    timespec time{};
    if (::clock_getcpuclockid(process, &clock) == 0 && ::clock_gettime(clock, &time) == 0) {
      sum += std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
    }
  }
  return sum;
}

}  // namespace symphony::ipc
