#include "explorer.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <symphony/sdk/path_text.h>

#include "tree_rows.h"

namespace symphony::explorer {
namespace {

/// A restarted explorer waits this long for the results it showed before, rather than show the tree for a moment.
constexpr std::chrono::milliseconds wait_for_results{60};

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

}  // namespace

Explorer::Explorer(sdk::Extension& extension)
    : extension_(extension),
      view_(extension.view("explorer")),
      folder_(extension,
              [this] {
                follow_active();
                extension_.save_state();
                draw();
              }),
      search_(extension, [this] { search_changed(); }) {
  extension.on_init([this](const sdk::Init& init) { open_workspace(init.workspace, {}); });
  extension.on_restore([this](const nlohmann::json& document) { restore(document); });
  extension.on_snapshot([this] { return state().to_json(); });
  extension.on_workspace_changed([this](const std::optional<std::string>& workspace) {
    if (workspace == workspace_) {
      folder_.try_again();
      return;
    }
    open_workspace(workspace, {});
    extension_.save_state();
  });
  // The Conductor may say that what was found is no longer so.
  extension.on_call("search.stale", [this](const nlohmann::json&) {
    if (!search_.query().empty()) search_.repeat();
    return sdk::Answer(nlohmann::json::object());
  });
}

void Explorer::open_workspace(const std::optional<std::string>& workspace, Folder::PathSet expanded) {
  workspace_ = workspace;
  active_path_.clear();
  active_index_ = 0;
  moved_active_ = sdk::ActiveRow{0, active_edit_};
  open_first_ = false;
  open_failed_.reset();
  tree_window_ = sdk::VirtualCollection();
  results_window_ = sdk::VirtualCollection();
  const auto root = workspace ? sdk::unescape_path(*workspace) : std::nullopt;
  if (root && !root->empty()) {
    folder_.open(*root, std::move(expanded));
  } else {
    folder_.close();
  }
  if (!search_.query().empty()) search_.repeat();
  draw();
}

void Explorer::restore(const nlohmann::json& document) {
  const ExplorerState saved = ExplorerState::from_json(document);
  if (!workspace_) return;
  // Another folder was opened: a new process, which keeps what the person typed and nothing about the old folder.
  const bool same_folder = saved.workspace == workspace_;
  active_edit_ = saved.active_edit;
  open_workspace(workspace_, same_folder ? saved.expanded : Folder::PathSet());
  edit_ = saved.edit;
  if (same_folder) {
    active_path_ = saved.active;
    follow_active();
  }
  if (FileTree* tree = folder_.tree(); tree != nullptr && same_folder && saved.tree.end > saved.tree.start) {
    tree_window_.set_count(tree->row_count());
    tree_window_.asked(saved.tree.start, saved.tree.end);
  }
  if (!saved.query.empty()) {
    if (same_folder) restored_results_ = saved.results;
    view_.hold(true);
    extension_.post(wait_for_results, [this] { view_.hold(false); });
    // As many as were there, or what was in sight would be gone.
    const bool many = saved.results.end > SearchSession::usual_results;
    search_.set_query(saved.query, many ? SearchSession::most_results : SearchSession::usual_results);
  }
  draw();
}

ExplorerState Explorer::state() const {
  ExplorerState state;
  state.workspace = workspace_;
  state.expanded = folder_.expanded();
  state.query = search_.query();
  state.edit = edit_;
  state.active = active_path_;
  state.active_edit = active_edit_;
  state.tree = {tree_window_.start(), tree_window_.end()};
  state.results = {results_window_.start(), results_window_.end()};
  return state;
}

void Explorer::query_changed(const sdk::TextEdit& edit) {
  edit_ = edit.edit;
  open_first_ = false;
  open_failed_.reset();
  results_window_ = sdk::VirtualCollection();
  restored_results_.reset();
  extension_.save_state();
  // Nothing is drawn yet: what was found last stays until there is something newer.
  search_.set_query(edit.value);
}

void Explorer::query_submitted() {
  if (search_.up_to_date()) {
    if (search_.results()->row_count() > 0) open_place(search_.results()->place(0));
  } else {
    open_first_ = !search_.query().empty();
  }
}

void Explorer::search_changed() {
  if (search_.up_to_date()) {
    results_window_.set_count(shown_results());
    if (restored_results_ && restored_results_->end > restored_results_->start) {
      results_window_.asked(restored_results_->start, restored_results_->end);
    }
    restored_results_.reset();
    if (std::exchange(open_first_, false)) query_submitted();
  }
  view_.hold(false);
  draw();
}

void Explorer::toggled(const sdk::RowToggled& row) {
  FileTree* tree = folder_.tree();
  const auto path = path_of_row(row.index, row.key);
  if (tree == nullptr || !path) return;
  if (row.expanded) {
    tree->expand(*path);
  } else {
    tree->collapse(*path);
  }
  follow_active();
  extension_.save_state();
  draw();
}

void Explorer::activated(const sdk::RowActivated& row) {
  const auto path = path_of_row(row.index, row.key);
  if (path) open_place({sdk::escape_path(*path), 0, 0, 0});
}

void Explorer::focused(const sdk::RowFocused& row) {
  active_edit_ = row.edit;
  active_index_ = row.index;
  FileTree* tree = folder_.tree();
  if (tree == nullptr) return;
  if (const auto path = path_of_row(row.index, row.key.value_or(""))) active_path_ = *path;
  extension_.save_state();
}

void Explorer::typed_ahead(const sdk::Typeahead& typed) {
  FileTree* tree = folder_.tree();
  if (tree == nullptr || tree->row_count() == 0) return;
  // The first letter goes on to the next row, more letters may still mean the same one. The same letter again and again
  // walks through the rows that begin with it.
  const bool repeated = typed.text.size() > 1 && typed.text.find_first_not_of(typed.text.front()) == std::string::npos;
  auto found = row_beginning_with(*tree, typed.text, typed.index + (typed.text.size() == 1 ? 1 : 0));
  if (!found && repeated) found = row_beginning_with(*tree, typed.text.substr(0, 1), typed.index + 1);
  if (!found) return;
  tree->visit(*found, *found + 1, [&](std::size_t index, const FileTree::Row& row) {
    make_active(index, row.path);
    return false;
  });
  if (*found < tree_window_.start() || *found >= tree_window_.end()) tree_window_.asked(*found, *found + 1);
  extension_.save_state();
  draw();
}

void Explorer::result_activated(const sdk::RowActivated& row) {
  const SearchResults* found = search_.results();
  if (found == nullptr) return;
  if (row.key == more_key) return search_.more();
  if (const auto index = found->find(row.key)) open_place(found->place(*index));
}

void Explorer::open_place(const Place& place) {
  nlohmann::json params = {{"path", place.path}};
  if (place.line > 0) params.update({{"line", place.line}, {"column", place.column}, {"length", place.length}});
  if (std::exchange(open_failed_, std::nullopt)) draw();
  extension_.request("workbench", "workbench.open", std::move(params),
                     [this, path = place.path](const sdk::Answer& answer) {
                       if (answer.ok()) return;
                       open_failed_ = open_notice(answer.error(), sdk::unescape_path(path).value_or(path));
                       draw();
                     });
}

void Explorer::follow_active() {
  const FileTree* tree = folder_.tree();
  if (tree == nullptr || tree->row_count() == 0 || active_path_.empty()) return;
  std::string path = active_path_;
  std::optional<std::size_t> index = tree->index_of(path);
  while (!index && !(path = parent_of(path)).empty())
    index = tree->index_of(path);
  if (!index) {
    // It stood at the top: the row that took its place.
    index = std::min(active_index_, tree->row_count() - 1);
    tree->visit(*index, *index + 1, [&](std::size_t, const FileTree::Row& row) {
      path = row.path;
      return false;
    });
  }
  if (*index != active_index_) {
    make_active(*index, std::move(path));
  } else {
    active_path_ = std::move(path);
  }
}

void Explorer::make_active(std::size_t index, std::string path) {
  active_index_ = index;
  active_path_ = std::move(path);
  moved_active_ = sdk::ActiveRow{index, active_edit_};
}

std::optional<std::string> Explorer::path_of_row(std::size_t index, std::string_view key) const {
  const FileTree* tree = folder_.tree();
  if (tree == nullptr) return std::nullopt;
  std::optional<std::string> path;
  tree->visit(index, index + 1, [&](std::size_t, const FileTree::Row& row) {
    if (key.empty() || key_of(row.path) == key) path = row.path;
    return false;
  });
  if (path || key.empty()) return path;
  // Rows moved since the host drew them.
  if (auto bytes = sdk::unescape_path(key); bytes && tree->index_of(*bytes)) return bytes;
  return std::nullopt;
}

}  // namespace symphony::explorer
