#pragma once
// The data of user-interface events (ui/schemas/README.md), read and checked.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <symphony/sdk/node.h>

namespace symphony::sdk {

/// A TextField's `change` and `submit`. `edit` counts the user's changes; give it back with the `value` it belongs to.
struct TextEdit {
  std::string value;
  std::uint64_t edit = 0;
};

/// A TextField's `clear`.
struct Cleared {
  std::uint64_t edit = 0;
};

/// A Tree's or List's `range`: rows the host has not; `end` is exclusive.
struct RangeWanted {
  std::size_t start = 0;
  std::size_t end = 0;
};

/// A Tree's or List's `activate`.
struct RowActivated {
  std::size_t index = 0;
  std::string key;
};

/// A Tree's or List's `focus`. No key when the row was not loaded.
struct RowFocused {
  std::size_t index = 0;
  std::optional<std::string> key;
  std::uint64_t edit = 0;
};

/// A Tree's `toggle`; `expanded` is the state wanted.
struct RowToggled {
  std::size_t index = 0;
  std::string key;
  bool expanded = false;
};

/// A Tree's `typeahead`: find the next row that begins with `text`, from `index` on, and answer with `active`.
struct Typeahead {
  std::string text;
  std::size_t index = 0;
};

using OnPress = std::function<void()>;
using OnTextEdit = std::function<void(const TextEdit&)>;
using OnCleared = std::function<void(const Cleared&)>;
using OnRange = std::function<void(const RangeWanted&)>;
using OnActivated = std::function<void(const RowActivated&)>;
using OnFocused = std::function<void(const RowFocused&)>;
using OnToggled = std::function<void(const RowToggled&)>;
using OnTypeahead = std::function<void(const Typeahead&)>;

/// Wraps a typed handler; event data of the wrong shape is dropped (it comes from another process). An empty handler
/// gives an empty EventHandler: the event is not asked for.
EventHandler handler_of(OnPress handler);
EventHandler handler_of(OnTextEdit handler);
EventHandler handler_of(OnCleared handler);
EventHandler handler_of(OnRange handler);
EventHandler handler_of(OnActivated handler);
EventHandler handler_of(OnFocused handler);
EventHandler handler_of(OnToggled handler);
EventHandler handler_of(OnTypeahead handler);

}  // namespace symphony::sdk
