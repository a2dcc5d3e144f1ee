#pragma once
// The quotas of docs/protocol.md section 9: what an extension may ask of the host's picture of it.

#include <cstddef>
#include <cstdint>

namespace symphony::virtual_dom::limits {

inline constexpr std::size_t nodes_per_view = 20'000;
inline constexpr std::size_t node_depth = 64;
inline constexpr std::size_t operations_per_batch = 10'000;
inline constexpr std::size_t string_bytes = 64U * 1024U;
inline constexpr std::size_t batch_bytes = 2U * 1024U * 1024U;
/// Steps one patch may cost: a node that is looked at, or eight siblings that are passed over. Without it 10,000 moves
/// of a large subtree would keep the bus from everybody else for seconds; this many take about 10 ms.
inline constexpr std::size_t work_per_batch = 1'000'000;
inline constexpr std::size_t siblings_per_step = 8;
inline constexpr std::size_t batches_per_second = 240;
inline constexpr std::size_t id_bytes = 128;
inline constexpr std::size_t type_bytes = 128;
inline constexpr std::size_t events_per_node = 32;
/// Nesting inside one prop; no component needs more than five.
inline constexpr std::size_t prop_depth = 16;

/// Revisions an extension may have unpainted; a well-behaved one stops there.
inline constexpr std::size_t unacknowledged_window = 8;
/// Beyond this a batch is refused: the extension does not keep to the window.
inline constexpr std::size_t unacknowledged_refused = 16;

inline constexpr std::size_t views = 256;
/// Of one extension, that draw the same view although another's picture is shown.
inline constexpr std::size_t processes_of_a_view = 64;
inline constexpr std::size_t extensions = 1024;
/// From the page: one event's data, as JSON text.
inline constexpr std::size_t event_bytes = 128U * 1024U;
/// Interactions whose painting is still awaited, for traces.
inline constexpr std::size_t open_interactions = 64;

}  // namespace symphony::virtual_dom::limits
