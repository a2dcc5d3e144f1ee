// symphony-pit-module ID: the built-in module with that id, on descriptor 3. Started by the Pit where
// PitOptions::processes says so.

#include <symphony/pit/serve.h>

#include <iostream>

#include "built_in.h"

int main(int argc, char** argv) {
  const auto module = argc == 2 ? symphony::pit::make_built_in(argv[1]) : nullptr;
  if (module == nullptr) {
    std::cerr << "usage: symphony-pit-module MODULE, one of:";
    for (const std::string_view id : symphony::pit::built_in_ids)
      std::cerr << ' ' << id;
    std::cerr << '\n';
    return 2;
  }
  const auto served = symphony::pit::serve_module(*module);
  if (served.has_error()) std::cerr << "symphony-pit-module: " << served.error().message << '\n';
  return served.has_error() ? 1 : 0;
}
