#pragma once
// Every size, depth, count, rate and time accepted from a peer. docs/protocol.md section 6 lists them for strangers.

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace symphony::ipc::limits {

inline constexpr std::uint8_t protocol_version_min = 1;
inline constexpr std::uint8_t protocol_version_max = 1;
inline constexpr std::uint32_t contract_version_min = 1;
inline constexpr std::uint32_t contract_version_max = 1;

inline constexpr std::size_t body_bytes = 16U * 1024U * 1024U;
/// A body that lies in shared memory (docs/protocol.md section 4), when both ends know how.
inline constexpr std::size_t shared_body_bytes = 64U * 1024U * 1024U;
/// Smaller ones go through the socket: copying them costs less than telling that they may be forgotten.
inline constexpr std::size_t socket_body_bytes = 64U * 1024U;
/// Of each direction of a connection. A system without memory to spare is not hurt: pages are taken when written.
inline constexpr std::size_t arena_bytes = 128U * 1024U * 1024U;
inline constexpr std::size_t arena_blocks = 1024;
inline constexpr std::size_t descriptors_per_frame = 3;
inline constexpr std::size_t document_depth = 64;
/// A value in memory is much larger than on the wire: 16 MiB of empty arrays would take a gigabyte.
inline constexpr std::size_t document_values = 2'000'000;
/// Of a schema (schema_check.h): how deep it is nested, its parts, the members of one object.
inline constexpr std::size_t schema_depth = 32;
inline constexpr std::size_t schema_nodes = 4096;
inline constexpr std::size_t schema_members = 64;
inline constexpr std::size_t address_bytes = 128;
inline constexpr std::size_t method_bytes = 128;
inline constexpr std::size_t pending_requests_per_peer = 1024;
inline constexpr std::size_t queued_bytes_per_peer = 8U * 1024U * 1024U;
/// Of requests and notifications of one connection that wait because their targets do not read: above the first it is
/// not read either, until they have sunk to the second, but not longer than that.
inline constexpr std::size_t forward_high_bytes = 1U << 20U;
inline constexpr std::size_t forward_low_bytes = 256U * 1024U;
inline constexpr std::chrono::milliseconds longest_read_pause{500};
inline constexpr std::size_t outside_connections = 32;
/// Messages that wait at one endpoint while its traffic is held; their bytes count as queued_bytes_per_peer.
inline constexpr std::size_t parked_messages = 4096;
/// What is published but not yet handed to the subscribers' queues.
inline constexpr std::size_t unpublished_bytes = 8U * 1024U * 1024U;
/// Of a report of how far a request has come.
inline constexpr std::size_t progress_text_bytes = 1024;
inline constexpr std::size_t progress_body_bytes = 4096;
inline constexpr std::size_t subscriptions_per_peer = 64;
/// What may wait for one subscription, unless it says otherwise.
inline constexpr std::size_t topic_queue_bytes = 1U << 20U;
inline constexpr std::size_t smallest_topic_queue_bytes = 1024;
/// Bytes of topics in a connection's own queue; the rest waits where its policy can still drop it.
inline constexpr std::size_t topic_ahead_bytes = 64U * 1024U;
/// Versions of one extension whose figures are kept.
inline constexpr std::size_t versions_per_endpoint = 8;
inline constexpr std::size_t saved_state_bytes = 256U * 1024U;
inline constexpr std::uint32_t instances_per_extension = 16;
/// Steps of an extension's processes that are kept, and that are shown.
inline constexpr std::size_t steps_kept = 64;
inline constexpr std::size_t steps_shown = 16;
/// What a process prints is kept in two files of at most this size.
inline constexpr std::size_t log_bytes = 1U << 20U;
inline constexpr std::size_t spans_per_notification = 256;
inline constexpr std::size_t spans_kept = 16384;
inline constexpr std::size_t spans_per_answer = 1024;
inline constexpr std::uint32_t trace_seconds = 3600;

inline constexpr std::size_t log_message_bytes = 4096;
inline constexpr std::size_t log_fields = 16;
inline constexpr std::size_t log_field_name_bytes = 64;
inline constexpr std::size_t log_field_bytes = 1024;
/// Of one log file; there is one older file of the same size.
inline constexpr std::size_t log_file_bytes = 1U << 20U;
/// Of a message to the endpoint `host`.
inline constexpr std::size_t log_request_bytes = 64U * 1024U;
inline constexpr std::size_t log_components = 256;
inline constexpr std::size_t log_entries_queued = 4096;
/// Messages of one component: so many at once, and so many a second in the long run.
inline constexpr unsigned log_burst = 200;
inline constexpr unsigned log_messages_per_second = 50;

inline constexpr std::chrono::milliseconds time_to_hello{5000};
inline constexpr std::chrono::milliseconds default_deadline{30000};
inline constexpr std::chrono::milliseconds longest_deadline{600000};

/// A request that has waited so long makes its target `busy` in what is shown of it.
inline constexpr std::chrono::milliseconds busy_after{2000};

inline constexpr std::chrono::milliseconds heartbeat_busy{2000};
inline constexpr std::chrono::milliseconds heartbeat_idle{10000};
inline constexpr unsigned heartbeats_missed = 3;

/// Kernel buffer asked for on both ends; the default holds only about 167 small messages.
inline constexpr int socket_buffer_bytes = 1 << 20;
inline constexpr std::size_t read_buffer_bytes = 64U * 1024U;

}  // namespace symphony::ipc::limits
