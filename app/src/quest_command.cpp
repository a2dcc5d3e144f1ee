#include <symphony/app/catalogue.h>
#include <symphony/app/commands.h>
#include <symphony/app/program_layout.h>
#include <symphony/bridge/python_runtime.h>
#include <symphony/ipc/path_text.h>
#include "complain.h"

namespace symphony::app {

int run_quest(const CommandLine& line) {
  for (const std::string& argument : line.quest) {
    if (!ipc::is_valid_utf8(argument)) return number(complain(Sentence::argument_not_text, ExitCode::usage));
  }
  const auto layout = ProgramLayout::of_this_program();
  if (!layout) return number(complain(layout.error()));
  bridge::PythonRuntimeOptions options;
  options.packages = layout->python_packages;
  options.module = "function_quest.command";
  options.config = {{"arguments", line.quest}};
  auto python = bridge::PythonRuntime::start(std::move(options));
  if (!python) return number(complain(python.error(), ExitCode::unavailable));
  // However long it takes: a person may be playing.
  const bridge::PythonRuntimeOutcome ended = (*python)->join();
  if (!ended.error.empty()) say(ended.error);
  return ended.exit_code;
}

}  // namespace symphony::app
