#pragma once
// The command line, read without Qt: headless commands must not load a window system.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <symphony/ipc/error.h>

namespace symphony::app {

enum class Command : std::uint8_t {
  desktop,
  search,
  status,
  metrics,
  trace,
  log,
  doctor,
  extension,
  learning,
  explain,
  quest,
  version,
  help
};

struct CommandLine {
  Command command = Command::desktop;
  /// As given; empty when none was.
  std::string folder;
  std::string query;
  bool json = false;
  bool offscreen = false;
  bool safe_mode = false;
  std::string screenshot;
  std::string trace;
  /// What stands behind `quest`, as it was given: Function Quest reads it itself (docs/quest.md).
  std::vector<std::string> quest;
  /// What stands behind `extension` (extension_command.h).
  std::vector<std::string> extension;
  /// What stands behind `learning` (learning_command.h).
  std::vector<std::string> learning;
  /// What stands behind `explain` (explain_command.h).
  std::vector<std::string> explain;
  /// Of `trace`: how far back.
  std::uint32_t seconds = 60;
  bool has_seconds = false;
  /// Of `log`; both empty or neither.
  std::string component;
  std::string level;
  /// Hidden, for `./dev bench`: where to write the marks of the start, and when exec was called (CLOCK_MONOTONIC).
  std::string marks;
  std::optional<std::int64_t> exec_ns;
};

/// `arguments` without the program's name. Errors: invalid_params whose message says what is wrong.
ipc::Result<CommandLine> parse_command_line(const std::vector<std::string>& arguments);

std::string_view help_text() noexcept;
std::string_view version_text() noexcept;

}  // namespace symphony::app
