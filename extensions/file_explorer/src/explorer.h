#pragma once
// The File Explorer: a folder's tree, a search field, the results.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <symphony/sdk/components.h>
#include <symphony/sdk/extension.h>
#include <symphony/sdk/virtual_collection.h>

#include "explorer_state.h"
#include "folder.h"
#include "messages.h"
#include "search_session.h"

namespace symphony::explorer {

/// Keys of the rows behind the results; a result's key begins otherwise.
inline constexpr const char* more_key = "more";
inline constexpr const char* end_key = "end";

/// Must live as long as the extension serves.
class Explorer {
 public:
  explicit Explorer(sdk::Extension& extension);
  Explorer(const Explorer&) = delete;
  Explorer& operator=(const Explorer&) = delete;

 private:
  void open_workspace(const std::optional<std::string>& workspace, Folder::PathSet expanded);
  void restore(const nlohmann::json& document);
  ExplorerState state() const;

  void query_changed(const sdk::TextEdit& edit);
  void query_submitted();
  void search_changed();
  void toggled(const sdk::RowToggled& row);
  void activated(const sdk::RowActivated& row);
  void focused(const sdk::RowFocused& row);
  void typed_ahead(const sdk::Typeahead& typed);
  void result_activated(const sdk::RowActivated& row);
  void open_place(const Place& place);

  /// After rows moved: the active row stays the same entry, or its nearest relative that is left.
  void follow_active();
  void make_active(std::size_t index, std::string path);
  /// The path of the row the host means: by index where it still has that key, else by key.
  std::optional<std::string> path_of_row(std::size_t index, std::string_view key) const;

  void draw();
  sdk::Node search_field();
  sdk::Node summary() const;
  void add_notices(std::vector<sdk::Node>& nodes);
  sdk::Node body();
  sdk::Node tree();
  sdk::Node results();
  /// Rows of the list: the results, and one behind them when they are not all.
  std::size_t shown_results() const;
  /// Behind the last result when that is not all there is; none while scrolling on brings more.
  std::optional<sdk::ListRow> last_row() const;

  sdk::Extension& extension_;
  sdk::View& view_;
  std::optional<std::string> workspace_;
  Folder folder_;
  SearchSession search_;
  sdk::VirtualCollection tree_window_;
  sdk::VirtualCollection results_window_;
  std::uint64_t edit_ = 0;  // of the search field's text
  std::string active_path_;
  std::size_t active_index_ = 0;
  std::uint64_t active_edit_ = 0;
  std::optional<sdk::ActiveRow> moved_active_;  // by us; the host moves it otherwise
  bool open_first_ = false;                     // Enter came before the results
  std::optional<ExplorerState::Window> restored_results_;
  std::optional<Notice> open_failed_;
};

}  // namespace symphony::explorer
