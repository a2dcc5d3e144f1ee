#pragma once
// A process tree's control group: limits the kernel keeps exactly. Version 2 where a part of it was delegated to this
// process, else version 1 where it is writable, else none. docs/sandbox.md, "Limits".

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <symphony/ipc/sandbox.h>

namespace symphony::ipc {

enum class Controller : std::uint8_t { memory, cpu, processes };

/// Where groups can be made for one controller.
struct ControllerPlace {
  std::filesystem::path parent;  // empty: nowhere
  int version = 0;
};

/// Reads what the kernel says about its control groups.
class ControlGroupPlaces {
 public:
  /// `root` is "/" but in tests; below it lie proc/self/cgroup and proc/self/mountinfo and what they name.
  static ControlGroupPlaces find(const std::filesystem::path& root = "/");
  const ControllerPlace& of(Controller controller) const { return places_[static_cast<std::size_t>(controller)]; }

 private:
  std::array<ControllerPlace, 3> places_;
};

/// The groups of one process.
class ControlGroup {
 public:
  ControlGroup() = default;
  ControlGroup(ControlGroup&& other) noexcept;
  ControlGroup& operator=(ControlGroup&& other) noexcept;
  ControlGroup(const ControlGroup&) = delete;
  ControlGroup& operator=(const ControlGroup&) = delete;
  ~ControlGroup();

  /// A group for each limit of the profile for which there is a place that works; none where there is no such place.
  static ControlGroup create(const ControlGroupPlaces& places, std::string_view id, const SandboxProfile& profile);

  /// The files a process writes "0" into to be in the groups.
  std::vector<std::filesystem::path> joining_files() const;
  /// "cgroup v2", "cgroup v1", or empty where this limit is not kept by a group.
  std::string kept_by(Controller controller) const;
  /// False while a process is still in one of them. The destructor tries once.
  bool remove() noexcept;
  /// How often the kernel killed something in it because its memory was used up.
  std::uint64_t memory_kills() const;

 private:
  struct Part {
    std::filesystem::path folder;
    int version = 0;
  };
  std::array<std::optional<Part>, 3> parts_;
};

}  // namespace symphony::ipc
