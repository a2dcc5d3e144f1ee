#pragma once
// What a script can rely on; `symphony --help` lists them.

namespace symphony::app {

enum class ExitCode : int {
  ok = 0,
  failure = 1,
  usage = 2,
  not_running = 3,
  folder = 4,
  unavailable = 69,  // EX_UNAVAILABLE of sysexits.h: a part of the installation is missing
  internal = 70,     // EX_SOFTWARE
};

constexpr int number(ExitCode code) noexcept { return static_cast<int>(code); }

}  // namespace symphony::app
