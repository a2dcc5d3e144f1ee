#pragma once
// What the program does for each form of its command line. Each returns the exit code.

#include <symphony/app/command_line.h>
#include <symphony/app/exit_code.h>

namespace symphony::app {

/// `argc`, `argv` for QApplication.
ExitCode run_desktop(const CommandLine& line, int argc, char** argv);
ExitCode run_search(const CommandLine& line);
ExitCode run_status();
ExitCode run_metrics();
ExitCode run_trace(const CommandLine& line);
ExitCode run_log(const CommandLine& line);
ExitCode run_doctor();
ExitCode run_extension(const CommandLine& line);
ExitCode run_learning(const CommandLine& line);
ExitCode run_explain(const CommandLine& line);
/// Function Quest, in the embedded interpreter; its exit codes are those of exit_code.h.
int run_quest(const CommandLine& line);

}  // namespace symphony::app
