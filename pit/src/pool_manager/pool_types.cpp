#include "pool_manager/pool_types.h"

#include <array>

namespace symphony::pit::pool {

namespace {

constexpr std::array<std::string_view, state_count> state_names = {"unloaded", "loading", "warming", "ready",
                                                                   "active",   "cooling", "failed"};
constexpr std::array<std::string_view, reason_count> reason_names = {"added",
                                                                     "allocated",
                                                                     "released",
                                                                     "expired",
                                                                     "holder_gone",
                                                                     "prewarmed",
                                                                     "predicted",
                                                                     "evicted_for_count",
                                                                     "evicted_for_memory",
                                                                     "evicted_on_request",
                                                                     "reported",
                                                                     "failed",
                                                                     "unhealthy",
                                                                     "failed_over",
                                                                     "retried",
                                                                     "restarted"};

constexpr std::uint8_t bit(State state) { return static_cast<std::uint8_t>(1U << static_cast<unsigned>(state)); }

/// By state: what may come next.
constexpr std::array<std::uint8_t, state_count> followers = {
    /* unloaded */ static_cast<std::uint8_t>(bit(State::loading)),
    /* loading  */
    static_cast<std::uint8_t>(bit(State::warming) | bit(State::ready) | bit(State::active) | bit(State::failed) |
                              bit(State::unloaded)),
    /* warming  */
    static_cast<std::uint8_t>(bit(State::ready) | bit(State::active) | bit(State::failed) | bit(State::unloaded)),
    /* ready    */
    static_cast<std::uint8_t>(bit(State::active) | bit(State::cooling) | bit(State::failed) | bit(State::unloaded)),
    /* active   */
    static_cast<std::uint8_t>(bit(State::ready) | bit(State::failed) | bit(State::unloaded)),
    /* cooling  */
    static_cast<std::uint8_t>(bit(State::active) | bit(State::ready) | bit(State::failed) | bit(State::unloaded)),
    /* failed   */ static_cast<std::uint8_t>(bit(State::unloaded)),
};

}  // namespace

std::string_view name_of(State state) noexcept { return state_names[static_cast<std::size_t>(state)]; }
std::string_view name_of(Kind kind) noexcept { return kind == Kind::model ? "model" : "instance"; }
std::string_view name_of(Reason reason) noexcept { return reason_names[static_cast<std::size_t>(reason)]; }

std::string_view name_of(Grade grade) noexcept {
  switch (grade) {
    case Grade::hit:
      return "hit";
    case Grade::warm:
      return "warm";
    case Grade::cold:
      break;
  }
  return "cold";
}

bool may_follow(State from, State to) noexcept { return (followers[static_cast<std::size_t>(from)] & bit(to)) != 0; }

}  // namespace symphony::pit::pool
