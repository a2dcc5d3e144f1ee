#pragma once
// One fuzz target: libFuzzer's entry point, and the seeds the corpus test starts from.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace symphony::fuzz {

std::vector<std::string> seeds();

/// Fails in every build type, unlike assert().
inline void require(bool holds, const char* what) {
  if (!holds) {
    std::fprintf(stderr, "violated: %s\n", what);
    std::abort();
  }
}

}  // namespace symphony::fuzz
