// What the explorer shows. The ids are kept across restarts: focus, text and scroll hang on them.

#include <algorithm>
#include <utility>

#include "explorer.h"
#include "messages.h"
#include "tree_rows.h"

namespace symphony::explorer {

using sdk::AlertTone;
using sdk::Icon;
using sdk::KeyRule;
using sdk::Node;

void Explorer::draw() {
  std::vector<Node> head;
  head.push_back(search_field());
  head.push_back(summary());
  add_notices(head);
  std::vector<Node> nodes;
  nodes.push_back(sdk::column("head", {.gap = sdk::Space::small, .padding = sdk::Space::medium}, std::move(head)));
  if (folder_.error_number() == 0) nodes.push_back(body());
  view_.show(sdk::column("root", {.label = explorer_label, .grow = true}, std::move(nodes)));
}

Node Explorer::search_field() {
  return sdk::text_field(
      "search", {.label = search_field_label,
                 .value = search_.query(),
                 .edit = edit_,
                 .placeholder = search_field_label,
                 .icon = Icon::search,
                 .disabled = !workspace_,
                 .max_length = 1000,
                 .busy = search_.busy(),
                 .keys = {KeyRule{.key = "ArrowDown", .action = KeyRule::Action::focus, .target = "results"},
                          KeyRule{.key = "ArrowDown", .action = KeyRule::Action::focus, .target = "tree"},
                          KeyRule{.key = "Enter", .action = KeyRule::Action::emit, .event = KeyRule::Event::submit},
                          KeyRule{.key = "Escape", .action = KeyRule::Action::emit, .event = KeyRule::Event::clear}},
                 .on_change = [this](const sdk::TextEdit& edit) { query_changed(edit); },
                 .on_submit =
                     [this](const sdk::TextEdit& edit) {
                       if (edit.value != search_.query()) query_changed(edit);
                       query_submitted();
                     },
                 .on_clear =
                     [this](const sdk::Cleared& cleared) {
                       query_changed({"", cleared.edit});
                     }});
}

Node Explorer::summary() const {
  std::string text;
  if (search_.results() != nullptr) {
    text = search_.results()->summary(search_.has_more());
  } else if (search_.busy()) {
    text = searching_text;
  } else if (const FileTree* tree = folder_.tree(); tree != nullptr && search_.query().empty()) {
    text = items_text(tree->top_level_count());
  }
  return sdk::text(
      "summary",
      {.text = std::move(text), .tone = sdk::Tone::muted, .size = sdk::TextSize::small, .live = sdk::Live::polite});
}

void Explorer::add_notices(std::vector<Node>& nodes) {
  const auto add = [&nodes](const char* id, AlertTone tone, Notice notice, std::vector<Node> actions = {}) {
    nodes.push_back(sdk::alert(id, {.tone = tone, .title = std::move(notice.title), .text = std::move(notice.text)},
                               std::move(actions)));
  };
  if (folder_.error_number() != 0) {
    add("folder_problem", AlertTone::danger,
        folder_.is_another() ? another_folder_notice(folder_.root())
                             : folder_notice(folder_.error_number(), folder_.root()),
        {sdk::button("folder_again",
                     {.text = try_again_text, .icon = Icon::refresh, .on_press = [this] { folder_.try_again(); }})});
  }
  if (folder_.watch_error() != 0) add("watch_problem", AlertTone::warning, watch_notice(folder_.watch_error()));
  if (search_.error() != nullptr) {
    add("search_problem", AlertTone::danger, search_notice(*search_.error()),
        {sdk::button("search_again",
                     {.text = try_again_text, .icon = Icon::refresh, .on_press = [this] { search_.repeat(); }})});
  }
  if (open_failed_) add("open_problem", AlertTone::danger, *open_failed_);
}

Node Explorer::body() {
  const FileTree* tree = folder_.tree();
  if (tree == nullptr) {
    return sdk::empty_state(
        "no_folder", {.title = no_folder_title, .grow = true, .icon = Icon::folder_open, .text = no_folder_text});
  }
  if (const SearchResults* found = search_.results()) {
    if (found->row_count() > 0) return results();
    return sdk::empty_state("no_results",
                            {.title = no_results_title, .grow = true, .icon = Icon::search, .text = no_results_text});
  }
  if (tree->row_count() == 0) {
    return sdk::empty_state("empty_folder", {.title = empty_folder_title, .grow = true, .icon = Icon::folder});
  }
  return this->tree();
}

Node Explorer::tree() {
  const FileTree& tree = *folder_.tree();
  tree_window_.set_count(tree.row_count());
  const std::string& root = folder_.root();
  const std::size_t slash = root.rfind('/');
  const std::string name = slash == std::string::npos || slash + 1 == root.size() ? root : root.substr(slash + 1);
  return sdk::tree("tree", {.label = tree_label(name),
                            .grow = true,
                            .count = tree.row_count(),
                            .rows = tree_rows(tree, tree_window_.start(), tree_window_.end()),
                            .active = moved_active_,
                            .on_range =
                                [this](const sdk::RangeWanted& range) {
                                  tree_window_.asked(range.start, range.end);
                                  extension_.save_state();
                                  draw();
                                },
                            .on_toggle = [this](const sdk::RowToggled& row) { toggled(row); },
                            .on_activate = [this](const sdk::RowActivated& row) { activated(row); },
                            .on_focus = [this](const sdk::RowFocused& row) { focused(row); },
                            .on_typeahead = [this](const sdk::Typeahead& typed) { typed_ahead(typed); }});
}

Node Explorer::results() {
  const SearchResults& found = *search_.results();
  const std::size_t count = found.row_count();
  const std::optional<sdk::ListRow> last = last_row();
  // While there is more, a row stands behind the last that is not sent: the host asks for it when it comes into sight.
  const bool more = search_.has_more() && !last;
  results_window_.set_count(shown_results());
  auto rows = results_window_.rows(
      [&](std::size_t index) { return index < count ? found.row(index) : last.value_or(sdk::ListRow{}); });
  if (more && rows.start + rows.items.size() > count) rows.items.pop_back();
  return sdk::list("results", {.label = results_label,
                               .grow = true,
                               .count = results_window_.count(),
                               .rows = std::move(rows),
                               .on_range =
                                   [this, count, more](const sdk::RangeWanted& range) {
                                     results_window_.asked(range.start, range.end);
                                     if (more && range.end > count) search_.more();
                                     extension_.save_state();
                                     draw();
                                   },
                               .on_activate = [this](const sdk::RowActivated& row) { result_activated(row); }});
}

std::size_t Explorer::shown_results() const {
  const SearchResults* found = search_.results();
  return found == nullptr ? 0 : found->row_count() + (found->truncated() ? 1 : 0);
}

std::optional<sdk::ListRow> Explorer::last_row() const {
  if (search_.more_failed()) {
    Notice notice = more_failed_notice();
    return sdk::ListRow{.key = more_key,
                        .label = std::move(notice.title),
                        .description = std::move(notice.text),
                        .icon = Icon::refresh};
  }
  if (search_.results()->truncated() && !search_.has_more()) {
    Notice notice = end_notice(search_.results()->hit_count());
    return sdk::ListRow{
        .key = end_key, .label = std::move(notice.title), .description = std::move(notice.text), .icon = Icon::info};
  }
  return std::nullopt;
}

}  // namespace symphony::explorer
