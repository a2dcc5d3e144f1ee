#pragma once
// Sleeping on a word of memory that another process changes (futex(2); Windows has no such thing between processes, and
// will sleep on an event here).

#include <atomic>
#include <chrono>
#include <cstdint>

namespace symphony::ipc {

using SharedWord = std::atomic<std::uint32_t>;
static_assert(SharedWord::is_always_lock_free && sizeof(SharedWord) == sizeof(std::uint32_t));

/// Sleeps while `word` is `expected`, until it is woken or the time is `until` (max: for ever). May return for no
/// reason. False: the time is over.
bool wait_on(const SharedWord& word, std::uint32_t expected, std::chrono::steady_clock::time_point until) noexcept;
/// Wakes whoever sleeps on it, in any process.
void wake_all(const SharedWord& word) noexcept;

}  // namespace symphony::ipc
