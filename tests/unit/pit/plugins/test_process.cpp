#include <symphony/pit/serve.h>

#include "with_clock.h"

int main() {
  symphony::pit::tests::WithClock module;
  return symphony::pit::serve_module(module) ? 0 : 1;
}
