#include "arbitration_engine/arbitration_types.h"

#include <array>

namespace symphony::pit::arbitration {

std::string_view name_of(Kind kind) noexcept {
  constexpr std::array<std::string_view, kind_count> names = {"capacity", "lock", "rate", "budget"};
  return names[static_cast<std::size_t>(kind)];
}

std::string_view name_of(Priority priority) noexcept {
  constexpr std::array<std::string_view, priority_count> names = {"critical", "high", "normal", "low", "background"};
  return names[static_cast<std::size_t>(priority)];
}

std::string_view name_of(Event event) noexcept {
  constexpr std::array<std::string_view, event_count> names = {"granted",  "deferred",  "denied",
                                                               "released", "cancelled", "reclaimed"};
  return names[static_cast<std::size_t>(event)];
}

std::string_view name_of(Scope scope) noexcept {
  constexpr std::array<std::string_view, scope_count> names = {"user", "melody", "extension"};
  return names[static_cast<std::size_t>(scope)];
}

}  // namespace symphony::pit::arbitration
