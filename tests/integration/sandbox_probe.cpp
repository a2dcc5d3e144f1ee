// sandbox_probe NAME FOLDER VICTIM PORT: tries one thing. Exit status 0: it worked; 1: it was refused, the reason is
// printed; 3: it cannot be tried here.

#include "sandbox_probe.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
  using namespace symphony::probe;
  // Run by the probe of set-user-id programs: whose rights did it get?
  if (argc == 2 && strcmp(argv[1], "who") == 0) {
    return geteuid() == 0 ? 0 : 1;
  }
  if (argc != 5) {
    std::fputs("usage: sandbox_probe NAME FOLDER VICTIM PORT\n", stderr);
    return 2;
  }
  const Scene scene{argv[2], std::atoi(argv[3]), std::atoi(argv[4])};
  for (const Probe& probe : all_probes()) {
    if (strcmp(probe.name, argv[1]) == 0) {
      const int reason = probe.attempt(scene);
      std::printf("%s\n", reason == 0 ? "it worked" : reason == not_here ? "not here" : strerror(reason));
      std::fflush(stdout);
      _exit(reason == 0 ? 0 : reason == not_here ? 3 : 1);
    }
  }
  return 2;
}
