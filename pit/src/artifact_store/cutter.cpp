#include "artifact_store/cutter.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace symphony::pit {

namespace {

/// A number for each byte, from Vigna's splitmix64: any would do, these stay.
constexpr std::array<std::uint64_t, 256> make_gear() {
  std::array<std::uint64_t, 256> gear{};
  std::uint64_t state = 0;
  for (std::uint64_t& value : gear) {
    state += 0x9E3779B97F4A7C15ULL;
    std::uint64_t mixed = state;
    mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBULL;
    value = mixed ^ (mixed >> 31U);
  }
  return gear;
}

constexpr auto gear = make_gear();

/// The highest bits: they depend on the last 64 bytes, the lowest on the last one only.
constexpr std::uint64_t high_bits(int count) { return ~0ULL << static_cast<unsigned>(64 - count); }

constexpr int middle_bits = std::bit_width(middle_chunk_bytes) - 1;
/// Two bits more before the middle size and two fewer behind it: sizes gather around it.
constexpr std::uint64_t rarely = high_bits(middle_bits + 2);
constexpr std::uint64_t often = high_bits(middle_bits - 2);

}  // namespace

std::size_t first_chunk(std::string_view bytes) noexcept {
  const std::size_t most = std::min(bytes.size(), most_chunk_bytes);
  const std::size_t middle = std::min(most, middle_chunk_bytes);
  std::uint64_t hash = 0;
  std::size_t at = std::min(most, least_chunk_bytes);
  const auto search = [&](std::size_t end, std::uint64_t mask) {
    for (; at < end; ++at) {
      hash = (hash << 1U) + gear[static_cast<unsigned char>(bytes[at])];
      if ((hash & mask) == 0) return true;
    }
    return false;
  };
  if (search(middle, rarely) || search(most, often)) return at + 1;
  return most;
}

}  // namespace symphony::pit
