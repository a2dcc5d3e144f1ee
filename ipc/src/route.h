#pragma once
// What both ends check before they send, and how they say that it cannot be sent.

#include <chrono>
#include <cstddef>
#include <string_view>

#include <symphony/ipc/error.h>

namespace symphony::ipc {

/// Where the bus itself is asked: topics.
inline constexpr std::string_view bus_address = "bus";
/// The target of what was published: a subscriber tells it from a message to itself by this.
inline constexpr std::string_view topic_address = "topic";
/// Addresses no endpoint may have: these two, and the two grants of topics are written with.
bool is_reserved(std::string_view address) noexcept;

/// What `deadline` means: 0 the default, and never more than the longest.
std::chrono::milliseconds effective_deadline(std::chrono::milliseconds deadline) noexcept;

bool is_address(std::string_view text, std::size_t limit) noexcept;
/// What the wire would refuse the whole connection for. Errors: invalid_params.
Result<void> check_route(std::string_view target, std::string_view method);
Result<void> check_source(std::string_view source);

Error no_endpoint(std::string_view target);
Error not_running(std::string_view target);
Error bus_closed();
Error body_too_large(std::size_t limit);
Error takes_no_bytes();

}  // namespace symphony::ipc
