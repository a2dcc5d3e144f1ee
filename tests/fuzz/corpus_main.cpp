// Runs a fuzz target on its seeds and on mutations of them; the same ones every time, so a failure can be repeated.
// The argument is how many mutations of each seed (2,000); with `--write-seeds FOLDER` the seeds are only written
// there, a file each; with `--run FILE...` only those files are run, as libFuzzer leaves them.

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
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

int write_seeds(const std::filesystem::path& folder) {
  std::size_t number = 0;
  for (const std::string& seed : symphony::fuzz::seeds()) {
    std::ofstream file(folder / ("seed-" + std::to_string(number++)), std::ios::binary);
    if (!file.write(seed.data(), static_cast<std::streamsize>(seed.size())).flush()) {
      std::cerr << "cannot write to " << folder << "\n";
      return 1;
    }
  }
  return 0;
}

int run_files(char** names) {
  for (; *names != nullptr; ++names) {
    std::ifstream file(*names, std::ios::binary);
    run({std::istreambuf_iterator<char>(file), {}});
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::strcmp(argv[1], "--write-seeds") == 0) {
    return write_seeds(argv[2]);
  }
  if (argc >= 2 && std::strcmp(argv[1], "--run") == 0) {
    return run_files(argv + 2);
  }
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
