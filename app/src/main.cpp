#include <iostream>
#include <string>
#include <vector>

#include <symphony/app/catalogue.h>
#include <symphony/app/command_line.h>
#include <symphony/app/commands.h>
#include <symphony/app/exit_code.h>
#include "complain.h"

int main(int argc, char** argv) {
  using namespace symphony::app;
  const auto line = parse_command_line(std::vector<std::string>(argv + std::min(argc, 1), argv + argc));
  if (!line) {
    return number(complain(line.error(), ExitCode::usage));
  }
  switch (line->command) {
    case Command::help:
      std::cout << help_text();
      return number(ExitCode::ok);
    case Command::version:
      std::cout << version_text();
      return number(ExitCode::ok);
    case Command::search:
      return number(run_search(*line));
    case Command::status:
      return number(run_status());
    case Command::metrics:
      return number(run_metrics());
    case Command::trace:
      return number(run_trace(*line));
    case Command::log:
      return number(run_log(*line));
    case Command::doctor:
      return number(run_doctor());
    case Command::extension:
      return number(run_extension(*line));
    case Command::learning:
      return number(run_learning(*line));
    case Command::explain:
      return number(run_explain(*line));
    case Command::quest:
      return run_quest(*line);
    case Command::desktop:
      break;
  }
  return number(run_desktop(*line, argc, argv));
}
