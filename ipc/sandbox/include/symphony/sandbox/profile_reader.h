#pragma once
// Reads a profile where it lies. No allocation, no exception, no C++ library: it runs in the launcher.

#include <array>
#include <cstddef>
#include <cstdint>

#include <symphony/sandbox/profile_format.h>

namespace symphony::sandbox {

enum class TreeAccess : std::uint8_t { read, execute, write };

struct Tree {
  TreeAccess access = TreeAccess::read;
  const char* path = nullptr;
};

struct OptionalNumber {
  bool set = false;
  std::uint64_t value = 0;
};

/// Points into the text it was read from.
struct ProfileView {
  std::array<Tree, trees_max> trees{};
  std::size_t tree_count = 0;
  std::array<const char*, joins_max> joins{};
  std::size_t join_count = 0;
  bool start_programs = false;
  bool change_metadata = false;
  bool raw_network = false;
  const char* outer = nullptr;  // bubblewrap's path
  OptionalNumber memory_bytes;
  OptionalNumber processes;
  OptionalNumber files;
  OptionalNumber file_bytes;
};

/// Null when `profile` was filled; else a sentence that says what is wrong with the text, of which nothing is to be
/// used.
const char* read_profile(const char* text, std::size_t size, ProfileView& profile);

}  // namespace symphony::sandbox
