#include "explorer_state.h"

#include <symphony/sdk/document.h>
#include <symphony/sdk/path_text.h>

namespace symphony::explorer {
namespace {

using nlohmann::json;

constexpr std::size_t most_expanded_bytes = 200 * 1024;

ExplorerState::Window window_member(const json& object, const char* name) {
  const json* window = sdk::member(object, name);
  if (window == nullptr) return {};
  return {sdk::number_member(*window, "start"), sdk::number_member(*window, "end")};
}

json to_json(const ExplorerState::Window& window) { return {{"start", window.start}, {"end", window.end}}; }

}  // namespace

json ExplorerState::to_json() const {
  json list = json::array();
  std::size_t bytes = 0;
  for (const std::string& path : expanded) {
    std::string escaped = sdk::escape_path(path);
    bytes += escaped.size() + 4;
    if (bytes > most_expanded_bytes) break;
    list.push_back(std::move(escaped));
  }
  return {{"version", 1},
          {"workspace", workspace ? json(*workspace) : json(nullptr)},
          {"expanded", std::move(list)},
          {"query", query},
          {"edit", edit},
          {"active", sdk::escape_path(active)},
          {"active_edit", active_edit},
          {"tree", explorer::to_json(tree)},
          {"results", explorer::to_json(results)}};
}

ExplorerState ExplorerState::from_json(const json& document) {
  ExplorerState state;
  if (!document.is_object() || sdk::number_member(document, "version") != 1) return state;
  if (std::string workspace = sdk::text_member(document, "workspace"); !workspace.empty())
    state.workspace = std::move(workspace);
  if (const auto list = document.find("expanded"); list != document.end() && list->is_array()) {
    for (const json& path : *list) {
      if (!path.is_string()) continue;
      if (auto bytes = sdk::unescape_path(path.get<std::string>())) state.expanded.insert(std::move(*bytes));
    }
  }
  state.query = sdk::text_member(document, "query");
  state.edit = sdk::number_member(document, "edit");
  state.active = sdk::unescape_path(sdk::text_member(document, "active")).value_or("");
  state.active_edit = sdk::number_member(document, "active_edit");
  state.tree = window_member(document, "tree");
  state.results = window_member(document, "results");
  return state;
}

}  // namespace symphony::explorer
