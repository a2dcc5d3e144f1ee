#include <cerrno>

#include "sandbox_probe.h"

namespace symphony::probe {

int failed(long answer) { return answer < 0 ? errno : 0; }

std::vector<Probe> all_probes() {
  std::vector<Probe> all;
  for (const auto* part : {&file_probes(), &process_probes(), &kernel_probes(), &socket_probes(), &allowed_probes()}) {
    all.insert(all.end(), part->begin(), part->end());
  }
  return all;
}

}  // namespace symphony::probe
