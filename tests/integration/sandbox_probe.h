#pragma once
// Attempts at what a sandboxed extension must not, or must, be able to do. Each is one function that really tries.

#include <cstdint>
#include <string>
#include <vector>

namespace symphony::probe {

/// Where the attempts find what they go for; the same text inside and outside the sandbox.
struct Scene {
  std::string folder;  // workspace/ (granted: read), data/ (granted: write), bin/ (granted: execute), outside/ (not)
  int victim = 0;      // a process of the same user
  int port = 0;        // somebody listens there on the loopback interface
};

/// 0 when it worked, else the errno with which it was refused. `not_here`: this machine or user cannot try it.
using Attempt = int (*)(const Scene& scene);
inline constexpr int not_here = -1;

enum class Expected : std::uint8_t {
  denied,
  allowed,
  /// Denied by bubblewrap only: the holes docs/sandbox.md names.
  hole,
};

/// Which profile it is tried with.
enum class With : std::uint8_t { plain, programs };

struct Probe {
  const char* name;
  Expected expected;
  Attempt attempt;
  With with = With::plain;
};

const std::vector<Probe>& file_probes();
const std::vector<Probe>& process_probes();
const std::vector<Probe>& kernel_probes();
const std::vector<Probe>& socket_probes();
const std::vector<Probe>& allowed_probes();
std::vector<Probe> all_probes();

/// errno of a call that answers like the kernel: negative or a value below 0 for failure.
int failed(long answer);

}  // namespace symphony::probe
