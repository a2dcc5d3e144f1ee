#pragma once
// Chance that can be repeated: a seed decides what is done to whom, and in which order. What the threads and processes
// make of it differs each time, so a failure is repeated by its seed and some patience.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>

namespace symphony::chaos {

/// Of the environment's SYMPHONY_CHAOS_SEED, or 1; said on standard output, so that a failure names its own.
inline std::uint64_t seed() {
  const char* const given = std::getenv("SYMPHONY_CHAOS_SEED");
  const std::uint64_t value = given != nullptr ? std::strtoull(given, nullptr, 10) : 1;
  std::printf("SYMPHONY_CHAOS_SEED=%llu\n", static_cast<unsigned long long>(value));
  std::fflush(stdout);
  return value;
}

/// How much longer than the short run: SYMPHONY_CHAOS_BUDGET, or 1.
inline std::size_t budget(std::size_t short_run) {
  const char* const given = std::getenv("SYMPHONY_CHAOS_BUDGET");
  const std::size_t factor = given != nullptr ? std::strtoull(given, nullptr, 10) : 1;
  return short_run * (factor > 0 ? factor : 1);
}

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}

  /// 0 to `limit` - 1; 0 where there is nothing to choose from.
  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : static_cast<std::size_t>(random_() % limit); }
  bool one_in(std::size_t times) { return below(times) == 0; }
  template <class Choices>
  auto& one_of(Choices& choices) {
    return choices[below(choices.size())];
  }
  std::uint64_t number() { return random_(); }

 private:
  std::mt19937_64 random_;
};

}  // namespace symphony::chaos
