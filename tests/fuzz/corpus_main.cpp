// Runs a fuzz target on its seeds and on mutations of them; the same ones every time, so a failure can be repeated.
// The argument is how many mutations of each seed (2,000).

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>

#include "fuzz_target.h"

namespace {

void run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

std::string mutated(std::string input, std::mt19937& random) {
  const auto below = [&](std::size_t limit) { return limit == 0 ? 0 : random() % limit; };
  for (std::size_t change = 0; change <= below(4); ++change) {
    const std::size_t at = below(input.size());
    switch (below(6)) {
      case 0:
        input.resize(at);
        break;
      case 1:
        if (!input.empty()) {
          input[at] = static_cast<char>(random());
        }
        break;
      case 2:
        if (!input.empty()) {
          input[at] = static_cast<char>(input[at] ^ static_cast<char>(1U << below(8)));
        }
        break;
      case 3:
        input.insert(at, input.substr(below(input.size()), below(16)));
        break;
      case 4:
        input.insert(at, below(8), static_cast<char>(below(2) == 0 ? 0xFF : 0));
        break;
      default:
        input.erase(at, below(8));
        break;
    }
  }
  return input;
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t mutations_each = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 2000;
  std::mt19937 random(20240229);  // NOLINT(cert-msc51-cpp): repeatable on purpose
  std::size_t inputs = 0;
  run("");
  for (const std::string& seed : symphony::fuzz::seeds()) {
    run(seed);
    for (std::size_t length = 0; length < seed.size() && length < 512; ++length) {
      run(seed.substr(0, length));
    }
    for (std::uint64_t mutation = 0; mutation < mutations_each; ++mutation) {
      run(mutated(seed, random));
    }
    ++inputs;
  }
  std::cout << inputs << " seeds, " << mutations_each << " mutations each\n";
  return inputs == 0 ? 1 : 0;
}
