#pragma once
// A folder of real source files, made from what this machine has, for benchmarks.

#include <cstddef>
#include <filesystem>

namespace symphony::benchmarks {

struct SourceTree {
  std::filesystem::path folder;
  std::size_t files = 0;
  std::size_t bytes = 0;
};

/// `files` files of together about `bytes` bytes below `folder`: copies of /usr/include and /usr/lib/python3*, each
/// made distinct. The same machine gives the same tree.
SourceTree make_source_tree(const std::filesystem::path& folder, std::size_t files, std::size_t bytes);

}  // namespace symphony::benchmarks
