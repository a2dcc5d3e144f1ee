#pragma once
// The enumerations of components.h as the schema spells them.

#include <array>
#include <cstddef>
#include <string_view>

#include <symphony/sdk/components.h>

namespace symphony::sdk {

namespace detail {
template <std::size_t count, class Enum>
constexpr std::string_view pick(const std::array<std::string_view, count>& names, Enum value) {
  const auto index = static_cast<std::size_t>(value);
  return index < count ? names[index] : names[0];
}
}  // namespace detail

constexpr std::string_view name_of(Space value) {
  return detail::pick(std::array<std::string_view, 4>{"none", "small", "medium", "large"}, value);
}
constexpr std::string_view name_of(Align value) {
  return detail::pick(std::array<std::string_view, 3>{"start", "center", "end"}, value);
}
constexpr std::string_view name_of(Tone value) {
  return detail::pick(std::array<std::string_view, 5>{"default", "muted", "success", "warning", "danger"}, value);
}
constexpr std::string_view name_of(AlertTone value) {
  return detail::pick(std::array<std::string_view, 4>{"info", "success", "warning", "danger"}, value);
}
constexpr std::string_view name_of(TextSize value) {
  return detail::pick(std::array<std::string_view, 2>{"small", "medium"}, value);
}
constexpr std::string_view name_of(Live value) {
  return detail::pick(std::array<std::string_view, 2>{"off", "polite"}, value);
}
constexpr std::string_view name_of(ButtonVariant value) {
  return detail::pick(std::array<std::string_view, 4>{"primary", "secondary", "ghost", "danger"}, value);
}
constexpr std::string_view name_of(KeyRule::Action value) {
  return detail::pick(std::array<std::string_view, 2>{"focus", "emit"}, value);
}
constexpr std::string_view name_of(KeyRule::Event value) {
  return detail::pick(std::array<std::string_view, 2>{"submit", "clear"}, value);
}
constexpr std::string_view name_of(Icon value) {
  return detail::pick(
      std::array<std::string_view, 20>{"file",     "file-code", "file-text", "folder",        "folder-open",
                                       "symlink",  "search",    "x",         "refresh",       "alert",
                                       "info",     "check",     "loader",    "chevron-right", "chevron-down",
                                       "settings", "files",     "play",      "binary",        "lock"},
      value);
}

}  // namespace symphony::sdk
