#pragma once
// Generated from ipc/interfaces/workbench.json by tools/interfaces/generate.py; do not edit.
// clang-format off
// The window.
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

namespace symphony::interfaces::workbench {

/// The parameters of workbench.open.
struct WorkbenchOpenParams {
  /// Not empty.
  std::string path;
  /// 1 to 9007199254740991.
  std::optional<std::uint64_t> line;
  static constexpr std::uint64_t line_default = 1;
  /// 1 to 9007199254740991.
  std::optional<std::uint64_t> column;
  static constexpr std::uint64_t column_default = 1;
  /// What is selected from there on. 0 to 9007199254740991.
  std::optional<std::uint64_t> length;
  static constexpr std::uint64_t length_default = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("path", &WorkbenchOpenParams::path),
      ipc::field("line", &WorkbenchOpenParams::line),
      ipc::field("column", &WorkbenchOpenParams::column),
      ipc::field("length", &WorkbenchOpenParams::length));
};

/// The result of workbench.open.
struct WorkbenchOpenResult {
  bool opened = false;
  static constexpr auto fields = ipc::describe(
      ipc::field("opened", &WorkbenchOpenResult::opened));
};

namespace method {
/// Opens a file of the workspace in a tab and goes to a place in it.
inline constexpr ipc::Method workbench_open{"workbench", "workbench.open", true, true};
}  // namespace method

}  // namespace symphony::interfaces::workbench
