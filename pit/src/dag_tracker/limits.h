#pragma once
// How much a graph may be. ipc/interfaces/dag_tracker.json has the same numbers where the bus can check them.

#include <cstddef>
#include <cstdint>

namespace symphony::pit::dag::limits {

inline constexpr std::size_t graphs = 256;
/// Of one graph; of all together ten times as many.
inline constexpr std::size_t nodes = 100'000;
inline constexpr std::size_t nodes_in_all = 1'000'000;
inline constexpr std::size_t dependencies = 1'000'000;
inline constexpr std::size_t name_bytes = 256;
inline constexpr std::uint64_t attempts = 100;
/// A year: the sum over all nodes of a graph, in microseconds, still is a number of 64 bits.
inline constexpr double seconds = 31'536'000;
inline constexpr std::size_t feature_rows = 4096;
/// What is named in an answer about what is wrong.
inline constexpr std::size_t problems = 100;
inline constexpr std::size_t names_of_a_problem = 100;

}  // namespace symphony::pit::dag::limits
