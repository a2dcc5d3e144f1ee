#include "control_group.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <set>
#include <sstream>
#include <system_error>
#include <utility>

#include <symphony/descriptor/descriptor.h>

namespace symphony::ipc {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t period_us = 50'000;
constexpr std::uint64_t percent = 100;
/// The kernel counts threads as well as processes; how many processes there are is counted by the governor.
constexpr std::uint64_t threads_allowed = 256;
constexpr Controller controllers[] = {Controller::memory, Controller::cpu, Controller::processes};

const char* kernel_name(Controller controller) {
  switch (controller) {
    case Controller::memory:
      return "memory";
    case Controller::cpu:
      return "cpu";
    case Controller::processes:
      break;
  }
  return "pids";
}

/// Control files take a whole write or none of it.
bool write_control(const fs::path& file, const std::string& text) {
  const Descriptor descriptor(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
  return descriptor && ::write(descriptor.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

std::set<std::string> words_of(const fs::path& file, char separator = ' ') {
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  std::istringstream text(line);
  std::set<std::string> words;
  for (std::string word; std::getline(text, word, separator);) {
    words.insert(word);
  }
  return words;
}

struct Mount {
  fs::path point;
  std::set<std::string> options;
  bool unified = false;
};

std::vector<Mount> control_mounts(const fs::path& root) {
  std::ifstream info(root / "proc/self/mountinfo");
  std::vector<Mount> mounts;
  for (std::string line; std::getline(info, line);) {
    std::istringstream fields(line);
    std::string field;
    std::string point;
    for (int index = 0; index < 5 && fields >> field; ++index) {
      point = field;
    }
    while (fields >> field && field != "-") {
    }
    std::string type;
    std::string source;
    std::string options;
    fields >> type >> source >> options;
    if (type == "cgroup" || type == "cgroup2") {
      std::istringstream text(options);
      std::set<std::string> names;
      for (std::string name; std::getline(text, name, ',');) {
        names.insert(name);
      }
      mounts.push_back({root / fs::path(point).relative_path(), std::move(names), type == "cgroup2"});
    }
  }
  return mounts;
}

/// This process' group in the hierarchy of a controller; "" for version 2.
fs::path own_group(const fs::path& root, const std::string& controller) {
  std::ifstream groups(root / "proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    std::istringstream names(line.substr(first + 1, second - first - 1));
    bool matches = controller.empty() && second == first + 1;
    for (std::string name; std::getline(names, name, ',');) {
      matches = matches || name == controller;
    }
    if (matches) return fs::path(line.substr(second + 1)).relative_path();
  }
  return {};
}

/// A group that was delegated: its controllers can be handed on once no process is in it but this one, which moves into
/// a leaf of its own.
bool hand_on(const fs::path& group) {
  const std::set<std::string> wanted{"memory", "cpu", "pids"};
  const std::set<std::string> here = words_of(group / "cgroup.controllers");
  for (const std::string& name : wanted) {
    if (!here.contains(name)) return false;
  }
  std::ifstream members(group / "cgroup.procs");
  for (long member = 0; members >> member;) {
    if (member != ::getpid()) return false;
  }
  std::error_code error;
  const fs::path leaf = group / "symphony-host";
  fs::create_directory(leaf, error);
  const std::string self = std::to_string(::getpid());
  if (error || !write_control(leaf / "cgroup.procs", self)) return false;
  if (write_control(group / "cgroup.subtree_control", "+memory +cpu +pids")) return true;
  write_control(group / "cgroup.procs", self);
  fs::remove(leaf, error);
  return false;
}

/// A host that was killed could not remove its groups.
void remove_groups_of_the_dead(const fs::path& parent) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(parent, error)) {
    int host = 0;
    if (std::sscanf(entry.path().filename().c_str(), "symphony-%d-", &host) == 1 && ::kill(host, 0) != 0 &&
        errno == ESRCH) {
      ::rmdir(entry.path().c_str());
    }
  }
}

bool limit_memory(const fs::path& folder, int version, std::uint64_t bytes) {
  const std::string value = std::to_string(bytes);
  if (version == 2) {
    write_control(folder / "memory.swap.max", "0");
    write_control(folder / "memory.oom.group", "1");
    return write_control(folder / "memory.max", value);
  }
  const bool limited = write_control(folder / "memory.limit_in_bytes", value);
  write_control(folder / "memory.memsw.limit_in_bytes", value);
  return limited;
}

bool limit_cpu(const fs::path& folder, int version, std::uint64_t share) {
  const std::string quota = std::to_string(period_us * share / percent);
  const std::string period = std::to_string(period_us);
  if (version == 2) {
    return write_control(folder / "cpu.max", quota + " " + period);
  }
  return write_control(folder / "cpu.cfs_period_us", period) && write_control(folder / "cpu.cfs_quota_us", quota);
}

bool limit(Controller controller, const fs::path& folder, int version, const SandboxProfile& profile) {
  switch (controller) {
    case Controller::memory:
      return limit_memory(folder, version, *profile.memory_bytes);
    case Controller::cpu:
      return limit_cpu(folder, version, *profile.cpu_percent);
    case Controller::processes:
      break;
  }
  return write_control(folder / "pids.max", std::to_string(*profile.processes + threads_allowed));
}

bool asked_for(Controller controller, const SandboxProfile& profile) {
  switch (controller) {
    case Controller::memory:
      return profile.memory_bytes.has_value();
    case Controller::cpu:
      return profile.cpu_percent.has_value();
    case Controller::processes:
      break;
  }
  // Joining a group makes a start slower; one that cannot fork needs none for this.
  return profile.processes.value_or(0) > 0;
}

}  // namespace

ControlGroupPlaces ControlGroupPlaces::find(const fs::path& root) {
  ControlGroupPlaces found;
  const std::vector<Mount> mounts = control_mounts(root);
  for (const Mount& mount : mounts) {
    const fs::path group = mount.point / own_group(root, "");
    if (mount.unified && ::access(group.c_str(), W_OK) == 0 && hand_on(group)) {
      remove_groups_of_the_dead(group);
      for (ControllerPlace& place : found.places_) {
        place = {group, 2};
      }
      return found;
    }
  }
  for (const Mount& mount : mounts) {
    for (const Controller controller : controllers) {
      const std::string name = kernel_name(controller);
      const fs::path group = mount.point / own_group(root, name);
      if (!mount.unified && mount.options.contains(name) && ::access(group.c_str(), W_OK) == 0) {
        remove_groups_of_the_dead(group);
        found.places_[static_cast<std::size_t>(controller)] = {group, 1};
      }
    }
  }
  return found;
}

ControlGroup::ControlGroup(ControlGroup&& other) noexcept { *this = std::move(other); }

ControlGroup& ControlGroup::operator=(ControlGroup&& other) noexcept {
  if (this != &other) {
    remove();
    for (std::size_t index = 0; index < parts_.size(); ++index) {
      parts_[index] = std::exchange(other.parts_[index], std::nullopt);
    }
  }
  return *this;
}

ControlGroup::~ControlGroup() { remove(); }

bool ControlGroup::remove() noexcept {
  bool gone = true;
  for (std::optional<Part>& part : parts_) {
    if (part && (::rmdir(part->folder.c_str()) == 0 || errno != EBUSY)) {
      part.reset();
    }
    gone = gone && !part;
  }
  return gone;
}

ControlGroup ControlGroup::create(const ControlGroupPlaces& places, std::string_view id,
                                  const SandboxProfile& profile) {
  static std::atomic<std::uint64_t> count{0};
  const std::string name =
      "symphony-" + std::to_string(::getpid()) + "-" + std::string(id) + "-" + std::to_string(++count);
  ControlGroup group;
  for (const Controller controller : controllers) {
    const ControllerPlace& place = places.of(controller);
    if (place.parent.empty() || !asked_for(controller, profile)) continue;
    const fs::path folder = place.parent / name;
    std::error_code error;
    const bool made = fs::create_directory(folder, error);
    // Version 2 has one folder for all controllers.
    if (error || (!made && place.version == 1)) continue;
    if (limit(controller, folder, place.version, profile)) {
      group.parts_[static_cast<std::size_t>(controller)] = Part{folder, place.version};
    } else if (made) {
      fs::remove(folder, error);
    }
  }
  return group;
}

std::vector<fs::path> ControlGroup::joining_files() const {
  std::set<fs::path> files;
  for (const std::optional<Part>& part : parts_) {
    if (part) files.insert(part->folder / "cgroup.procs");
  }
  return {files.begin(), files.end()};
}

std::string ControlGroup::kept_by(Controller controller) const {
  const auto& part = parts_[static_cast<std::size_t>(controller)];
  return part ? "cgroup v" + std::to_string(part->version) : "";
}

std::uint64_t ControlGroup::memory_kills() const {
  const auto& part = parts_[static_cast<std::size_t>(Controller::memory)];
  if (!part) return 0;
  std::ifstream counters(part->folder / (part->version == 2 ? "memory.events" : "memory.oom_control"));
  std::string name;
  std::uint64_t value = 0;
  while (counters >> name >> value) {
    if (name == "oom_kill") return value;
  }
  return 0;
}

}  // namespace symphony::ipc
