#include <iostream>

#include <symphony/app/catalogue.h>
#include <symphony/app/commands.h>
#include <symphony/app/program_layout.h>
#include <symphony/bridge/python_runtime.h>
#include <symphony/ipc/path_text.h>

namespace symphony::app {

int run_quest(const CommandLine& line) {
  const auto complain = [](const std::string& what, ExitCode code) {
    std::cerr << "symphony: " << what << '\n';
    return number(code);
  };
  for (const std::string& argument : line.quest) {
    if (!ipc::is_valid_utf8(argument)) return complain(complaint(Sentence::argument_not_text), ExitCode::usage);
  }
  const auto layout = ProgramLayout::of_this_program();
  if (!layout) return complain(complaint(layout.error()), ExitCode::failure);
  bridge::PythonRuntimeOptions options;
  options.packages = layout->python_packages;
  options.module = "function_quest.command";
  options.config = {{"arguments", line.quest}};
  auto python = bridge::PythonRuntime::start(std::move(options));
  if (!python) return complain(complaint(python.error()), ExitCode::unavailable);
  // However long it takes: a person may be playing.
  const bridge::PythonRuntimeOutcome ended = (*python)->join();
  if (!ended.error.empty()) std::cerr << "symphony: " << ended.error << '\n';
  return ended.exit_code;
}

}  // namespace symphony::app
