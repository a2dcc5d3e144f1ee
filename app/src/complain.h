#pragma once
// How a command of the terminal says that something is wrong: one line on standard error, and the exit code.

#include <iostream>
#include <string_view>

#include <symphony/app/catalogue.h>
#include <symphony/app/exit_code.h>

namespace symphony::app {

/// Any thread. `line` is what people read; it may hold no line end.
inline void say(std::string_view line) { std::cerr << "symphony: " << line << '\n'; }

inline ExitCode complain(const ipc::Error& error, ExitCode code = ExitCode::failure) {
  say(complaint(error));
  return code;
}

inline ExitCode complain(Sentence sentence, ExitCode code, Values values = {}) {
  say(complaint(sentence, values));
  return code;
}

}  // namespace symphony::app
