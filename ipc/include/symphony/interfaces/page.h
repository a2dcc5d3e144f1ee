#pragma once
// Generated from ipc/interfaces/page.json by tools/interfaces/generate.py; do not edit.
// clang-format off
// What the page may ask of the window, over the channel of the page and not over the bus.
//
// A member that may be left out is optional; its default stands beside it. Limits, which the bus checks before a
// handler sees a body (symphony/ipc/interface.h), are in the comments. Errors of reading: symphony/ipc/typed.h.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <symphony/ipc/method.h>
#include <symphony/ipc/typed.h>

namespace symphony::interfaces::page {

/// The parameters of file.stat.
struct FileStatParams {
  std::string path;
  static constexpr auto fields = ipc::describe(
      ipc::field("path", &FileStatParams::path));
};

/// The result of file.stat.
struct FileStatResult {
  std::uint64_t size = 0;
  /// One of text, binary, large, directory, missing, unreadable.
  std::string kind;
  std::string message;
  static constexpr auto fields = ipc::describe(
      ipc::field("size", &FileStatResult::size),
      ipc::field("kind", &FileStatResult::kind),
      ipc::field("message", &FileStatResult::message));
};

/// The result of workspace.choose.
struct WorkspaceChooseResult {
  /// Null when the user chose none.
  std::optional<std::string> path;
  static constexpr auto fields = ipc::describe(
      ipc::field("path", &WorkspaceChooseResult::path));
};

/// The parameters of workspace.open.
struct WorkspaceOpenParams {
  std::string path;
  static constexpr auto fields = ipc::describe(
      ipc::field("path", &WorkspaceOpenParams::path));
};

/// The result of workspace.open.
struct WorkspaceOpenResult {
  std::string workspace;
  static constexpr auto fields = ipc::describe(
      ipc::field("workspace", &WorkspaceOpenResult::workspace));
};

/// The parameters of view.shown.
struct ViewShownParams {
  std::string view;
  bool shown = false;
  static constexpr auto fields = ipc::describe(
      ipc::field("view", &ViewShownParams::view),
      ipc::field("shown", &ViewShownParams::shown));
};

/// The parameters of extension.restart.
struct ExtensionRestartParams {
  std::string id;
  static constexpr auto fields = ipc::describe(
      ipc::field("id", &ExtensionRestartParams::id));
};

namespace method {
/// Whether a file of the workspace can be shown.
inline constexpr ipc::Method file_stat{"", "file.stat", true, true};
/// Lets the user choose a folder.
inline constexpr ipc::Method workspace_choose{"", "workspace.choose", true, false};
/// Passed on to the Conductor.
inline constexpr ipc::Method workspace_open{"", "workspace.open", true, true};
/// Passed on to the Conductor.
inline constexpr ipc::Method status_get{"", "status.get", true, true};
/// Passed on to the Conductor: the user sees the view, or no longer.
inline constexpr ipc::Method view_shown{"", "view.shown", true, true};
/// Passed on to the Conductor.
inline constexpr ipc::Method extension_restart{"", "extension.restart", true, false};
}  // namespace method

}  // namespace symphony::interfaces::page
