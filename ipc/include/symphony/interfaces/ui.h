#pragma once
// Generated from ipc/interfaces/ui.json by tools/interfaces/generate.py; do not edit.
// clang-format off
// What extensions draw, and what the page is told of the application.
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

namespace symphony::interfaces::ui {

/// One phase of the start.
struct Phase {
  std::string name;
  std::string state;
  /// Of all attempts.
  double ms = 0;
  /// Not there: it was begun once. At least 2.
  std::optional<std::uint64_t> attempts;
  static constexpr auto fields = ipc::describe(
      ipc::field("name", &Phase::name),
      ipc::field("state", &Phase::state),
      ipc::field("ms", &Phase::ms),
      ipc::field("attempts", &Phase::attempts));
};

/// A view an extension contributes.
struct View {
  /// 1 to 128 characters.
  std::string id;
  std::string title;
  std::string icon;
  std::string place;
  /// 1 to 128 characters.
  std::string extension;
  static constexpr auto fields = ipc::describe(
      ipc::field("id", &View::id),
      ipc::field("title", &View::title),
      ipc::field("icon", &View::icon),
      ipc::field("place", &View::place),
      ipc::field("extension", &View::extension));
};

/// The parameters of ui.render.
struct UiRenderParams {
  /// 1 to 128 characters.
  std::string view;
  /// At least 1.
  std::uint64_t revision = 0;
  nlohmann::json tree;
  static constexpr auto fields = ipc::describe(
      ipc::field("view", &UiRenderParams::view),
      ipc::field("revision", &UiRenderParams::revision),
      ipc::field("tree", &UiRenderParams::tree));
};

/// The parameters of ui.patch.
struct UiPatchParams {
  /// 1 to 128 characters.
  std::string view;
  std::uint64_t base = 0;
  /// At least 1.
  std::uint64_t revision = 0;
  /// At most 10000 items.
  std::vector<nlohmann::json> ops;
  static constexpr auto fields = ipc::describe(
      ipc::field("view", &UiPatchParams::view),
      ipc::field("base", &UiPatchParams::base),
      ipc::field("revision", &UiPatchParams::revision),
      ipc::field("ops", &UiPatchParams::ops));
};

/// The parameters of ui.contributions.
struct UiContributionsParams {
  std::vector<View> views;
  static constexpr auto fields = ipc::describe(
      ipc::field("views", &UiContributionsParams::views));
};

/// The parameters of ui.extension.
struct UiExtensionParams {
  std::string id;
  std::string state;
  /// Another number: another process draws from now on.
  std::uint64_t generation = 0;
  /// The process whose pictures count. At most 128 characters.
  std::optional<std::string> instance;
  std::uint64_t restarts = 0;
  bool quarantined = false;
  std::string message;
  static constexpr auto fields = ipc::describe(
      ipc::field("id", &UiExtensionParams::id),
      ipc::field("state", &UiExtensionParams::state),
      ipc::field("generation", &UiExtensionParams::generation),
      ipc::field("instance", &UiExtensionParams::instance),
      ipc::field("restarts", &UiExtensionParams::restarts),
      ipc::field("quarantined", &UiExtensionParams::quarantined),
      ipc::field("message", &UiExtensionParams::message));
};

/// The parameters of ui.workspace.
struct UiWorkspaceParams {
  std::optional<std::string> path;
  std::string name;
  std::optional<std::string> error;
  static constexpr auto fields = ipc::describe(
      ipc::field("path", &UiWorkspaceParams::path),
      ipc::field("name", &UiWorkspaceParams::name),
      ipc::field("error", &UiWorkspaceParams::error));
};

/// The parameters of ui.conductor.
struct UiConductorParams {
  /// One of starting, ready, degraded, failed, stopping.
  std::string state;
  std::vector<Phase> phases;
  std::string message;
  static constexpr auto fields = ipc::describe(
      ipc::field("state", &UiConductorParams::state),
      ipc::field("phases", &UiConductorParams::phases),
      ipc::field("message", &UiConductorParams::message));
};

namespace method {
/// The whole tree of a view.
inline constexpr ipc::Method ui_render{"ui", "ui.render", false, false};
/// The changes of a view from revision `base` to `revision`.
inline constexpr ipc::Method ui_patch{"ui", "ui.patch", false, false};
/// The views there are; from the Conductor.
inline constexpr ipc::Method ui_contributions{"ui", "ui.contributions", false, false};
/// How the process of an extension is doing; from the supervisor.
inline constexpr ipc::Method ui_extension{"ui", "ui.extension", false, false};
/// The open folder, or why none was opened; from the Conductor.
inline constexpr ipc::Method ui_workspace{"ui", "ui.workspace", false, false};
/// The state of the start; from the Conductor.
inline constexpr ipc::Method ui_conductor{"ui", "ui.conductor", false, false};
}  // namespace method

}  // namespace symphony::interfaces::ui
