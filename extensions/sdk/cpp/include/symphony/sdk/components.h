#pragma once
// A builder for each component of ui/schemas/components.json. Fields left out are left to the host.
//
//   column("root", {.gap = Space::small}, {text("title", {.text = "Hello"}), button("go", {.text = "Go", .on_press =
//   go})})

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <symphony/sdk/events.h>
#include <symphony/sdk/node.h>
#include <symphony/sdk/virtual_collection.h>

namespace symphony::sdk {

enum class Space : std::uint8_t { none, small, medium, large };
enum class Align : std::uint8_t { start, center, end };
enum class Tone : std::uint8_t { normal, muted, success, warning, danger };
enum class AlertTone : std::uint8_t { info, success, warning, danger };
enum class TextSize : std::uint8_t { small, medium };
enum class Live : std::uint8_t { off, polite };
enum class ButtonVariant : std::uint8_t { primary, secondary, ghost, danger };
enum class Icon : std::uint8_t {
  file,
  file_code,
  file_text,
  folder,
  folder_open,
  symlink,
  search,
  x,
  refresh,
  alert,
  info,
  check,
  loader,
  chevron_right,
  chevron_down,
  settings,
  files,
  play,
  binary,
  lock,
};

/// What every component takes: `label` is its accessible name, `grow` lets it fill the room left, `hidden` removes it
/// from sight and from assistive technology.
struct ColumnProps {
  std::optional<std::string> label{};
  bool grow = false;
  bool hidden = false;
  std::optional<Space> gap{};
  std::optional<Space> padding{};
};
Node column(std::string id, const ColumnProps& props, std::vector<Node> children);

struct RowProps {
  std::optional<std::string> label{};
  bool grow = false;
  bool hidden = false;
  std::optional<Space> gap{};
  std::optional<Align> align{};
};
Node row(std::string id, const RowProps& props, std::vector<Node> children);

struct PlainProps {
  std::optional<std::string> label{};
  bool grow = false;
  bool hidden = false;
};
Node scroll(std::string id, const PlainProps& props, std::vector<Node> children);
Node separator(std::string id, const PlainProps& props = {});

struct TextProps {
  std::string text{};
  std::optional<std::string> label{};
  bool grow = false;
  bool hidden = false;
  std::optional<Tone> tone{};
  std::optional<TextSize> size{};
  /// polite: read out when it changes.
  std::optional<Live> live{};
};
Node text(std::string id, const TextProps& props);

struct HeadingProps {
  std::string text{};
  std::optional<std::string> label{};
  bool grow = false;
  bool hidden = false;
  std::optional<int> level{};  // 1..6
};
Node heading(std::string id, const HeadingProps& props);

struct BadgeProps {
  std::string text{};
  std::optional<std::string> label{};
  bool grow = false;
  bool hidden = false;
  std::optional<Tone> tone{};
};
Node badge(std::string id, const BadgeProps& props);

struct IconProps {
  Icon name = Icon::file;
  std::optional<std::string> label{};
  bool grow = false;
  bool hidden = false;
};
Node icon(std::string id, const IconProps& props);

struct LinkProps {
  std::string text{};
  std::string href{};  // https, http or mailto
  std::optional<std::string> label{};
  bool grow = false;
  bool hidden = false;
};
Node link(std::string id, const LinkProps& props);

struct ButtonProps {
  std::string text{};
  std::optional<std::string> label{};
  bool grow = false;
  bool hidden = false;
  std::optional<ButtonVariant> variant{};
  bool disabled = false;
  std::optional<Icon> icon{};
  OnPress on_press{};
};
Node button(std::string id, const ButtonProps& props);

struct IconButtonProps {
  Icon icon = Icon::x;
  std::string label{};
  bool grow = false;
  bool hidden = false;
  bool disabled = false;
  std::optional<bool> pressed{};
  OnPress on_press{};
};
Node icon_button(std::string id, const IconButtonProps& props);

/// A key rule the host carries out itself, at once.
struct KeyRule {
  enum class Action : std::uint8_t { focus, emit };
  enum class Event : std::uint8_t { submit, clear };

  std::string key{};  // KeyboardEvent.key, with Ctrl+, Alt+, Shift+ before it where wanted
  Action action = Action::focus;
  std::optional<std::string> target{};  // of focus
  std::optional<Event> event{};         // of emit
};

struct TextFieldProps {
  std::string label{};
  bool grow = false;
  bool hidden = false;
  /// Taken only together with an `edit` at least the last one the user made.
  std::optional<std::string> value{};
  std::optional<std::uint64_t> edit{};
  std::optional<std::string> placeholder{};
  std::optional<Icon> icon{};
  bool disabled = false;
  std::optional<std::uint32_t> max_length{};
  bool busy = false;
  std::vector<KeyRule> keys{};
  OnTextEdit on_change{};
  OnTextEdit on_submit{};
  OnCleared on_clear{};
};
Node text_field(std::string id, const TextFieldProps& props);

/// One row of a Tree.
struct TreeRow {
  std::string key{};  // the row's identity, as a node's id is a node's
  std::string label{};
  std::uint32_t level = 1;
  std::int64_t parent = -1;        // index of the row above it in the tree; -1 at the top
  std::optional<bool> expanded{};  // nothing: it cannot be expanded
  bool busy = false;
  std::optional<Icon> icon{};
  std::optional<Tone> tone{};
  std::optional<std::string> detail{};
  std::size_t position = 0;  // among its siblings, from 1; 0: not said
  std::size_t siblings = 0;
};

/// Moves the active row; taken when `edit` is at least that of the last `focus` event.
struct ActiveRow {
  std::size_t index = 0;
  std::uint64_t edit = 0;
};

struct TreeProps {
  std::string label{};
  bool grow = false;
  bool hidden = false;
  std::size_t count = 0;
  Rows<TreeRow> rows{};
  std::optional<ActiveRow> active{};
  OnRange on_range{};
  OnToggled on_toggle{};
  OnActivated on_activate{};
  OnFocused on_focus{};
  OnTypeahead on_typeahead{};
};
Node tree(std::string id, const TreeProps& props);

/// One row of a List.
struct ListRow {
  std::string key{};
  std::string label{};
  /// Parts of the label to show as found, [begin, end) in bytes of its UTF-8. At most 64.
  std::vector<std::array<std::size_t, 2>> matches{};
  std::optional<std::string> description{};
  std::optional<Icon> icon{};
  std::optional<std::string> group{};
  bool mono = false;
};

struct ListProps {
  std::string label{};
  bool grow = false;
  bool hidden = false;
  std::size_t count = 0;
  Rows<ListRow> rows{};
  OnRange on_range{};
  OnActivated on_activate{};
  OnFocused on_focus{};
};
Node list(std::string id, const ListProps& props);

struct EmptyStateProps {
  std::string title{};
  std::optional<std::string> label{};
  bool grow = false;
  bool hidden = false;
  std::optional<Icon> icon{};
  std::optional<std::string> text{};
};
Node empty_state(std::string id, const EmptyStateProps& props, std::vector<Node> children = {});

struct AlertProps {
  AlertTone tone = AlertTone::info;
  std::string title{};
  std::optional<std::string> label{};
  bool grow = false;
  bool hidden = false;
  std::optional<std::string> text{};
};
Node alert(std::string id, const AlertProps& props, std::vector<Node> children = {});

struct ProgressProps {
  std::string label{};
  bool grow = false;
  bool hidden = false;
  std::optional<double> value{};  // 0..1; nothing: it cannot be told
};
Node progress(std::string id, const ProgressProps& props);

struct SpinnerProps {
  std::string label{};
  bool grow = false;
  bool hidden = false;
};
Node spinner(std::string id, const SpinnerProps& props);

}  // namespace symphony::sdk
