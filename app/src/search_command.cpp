#include <fstream>
#include <iostream>

#include <symphony/app/catalogue.h>
#include <symphony/app/commands.h>
#include <symphony/app/conductor_config.h>
#include <symphony/app/headless_search.h>
#include <symphony/app/workspace_argument.h>
#include <symphony/bridge/python_runtime.h>
#include <symphony/ipc/path_text.h>
#include "complain.h"

namespace symphony::app {
namespace {

constexpr std::chrono::milliseconds patience{120'000};
/// The longest text the explorer's search field takes.
constexpr std::size_t query_characters = 1000;

std::string text(const nlohmann::json& document) {
  return document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

ExitCode run_search(const CommandLine& line) {
  const auto workspace = resolve_workspace(line.folder);
  if (!workspace) return complain(workspace.error(), ExitCode::folder);
  if (!ipc::is_valid_utf8(line.query)) return complain(Sentence::query_not_text, ExitCode::usage);
  if (line.query.size() > query_characters)
    return complain(Sentence::query_too_long, ExitCode::usage, {{"limit", std::to_string(query_characters)}});
  const auto layout = ProgramLayout::of_this_program();
  if (!layout) return complain(layout.error());
  const auto directories = UserDirectories::prepare();
  if (!directories) return complain(directories.error());
  for (const std::string& warning : directories->warnings)
    say(warning);

  HeadlessSearch search(ipc::unescape_path(*workspace).value_or(""), [](std::string_view refused) { say(refused); });
  bridge::on_bus_created([&](ipc::Bus& bus) { search.join_bus(bus); });
  bridge::on_bus_closing([&] { search.leave_bus(); });
  bridge::PythonRuntimeOptions options;
  options.packages = layout->python_packages;
  options.config = conductor_config(ConductorMode::headless, *layout, *directories, *workspace, false,
                                    line.safe_mode ? Extensions::shipped : Extensions::all);
  options.on_finished = [&](const bridge::PythonRuntimeOutcome& outcome) {
    search.give_up(outcome.error.empty() ? error_of(ipc::ErrorCode::endpoint_unavailable, Sentence::conductor_ended)
                                         : ipc::Error{ipc::ErrorCode::endpoint_unavailable, outcome.error, nullptr});
  };
  auto python = bridge::PythonRuntime::start(std::move(options));
  if (!python) return complain(python.error(), ExitCode::unavailable);

  const auto outcome = search.search(line.query, patience);
  std::optional<nlohmann::json> trace;
  if (outcome && !line.trace.empty()) trace = search.chrome_trace(outcome->trace);
  const bridge::PythonRuntimeOutcome ended = (*python)->stop_or_exit();
  if (!outcome) {
    if (ended.exit_code != 0) {
      say(ended.error);
      return ended.exit_code == bridge::PythonRuntime::exit_unavailable ? ExitCode::unavailable : ExitCode::failure;
    }
    return complain(outcome.error(),
                    outcome.error().code == ipc::ErrorCode::io_error ? ExitCode::folder : ExitCode::failure);
  }
  if (trace) {
    std::ofstream file(line.trace, std::ios::trunc);
    file << text(*trace) << '\n';
    if (!file.flush()) return complain(system_error_of(Sentence::trace_unwritable, line.trace, errno));
  }
  std::cout << text(outcome->document) << '\n';
  return ExitCode::ok;
}

}  // namespace symphony::app
