#pragma once
// The embedded interpreter and the Conductor's thread.

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include <symphony/ipc/bus.h>

namespace symphony::bridge {

/// Python creates the bus, because it is the architectural root; C++ parts of the same process join it here. Called on
/// the Conductor's thread without the interpreter lock, right after the bus exists and before anything else is on it.
/// Register before PythonRuntime::start().
void on_bus_created(std::function<void(ipc::Bus&)> listener);
/// Called on the thread that closes the bus (the Conductor's), without the interpreter lock, while the bus still works.
/// Afterwards it must not be used.
void on_bus_closing(std::function<void()> listener);

struct PythonRuntimeOutcome {
  /// 0 when the Conductor ended in order; the exit code of the process otherwise.
  int exit_code = 0;
  /// Empty, or what happened, with the traceback: for a log and a crash report, not for a title.
  std::string error;
};

struct PythonRuntimeOptions {
  /// The directory that holds the packages `conductor`, `function_quest` and `orchestra_kit`.
  std::filesystem::path packages;
  /// The module whose function `run` is called on the thread.
  std::string module = "conductor.main";
  /// Given to `run`, with the key `stop_descriptor` added (docs/conductor.md lists those of conductor.main).
  nlohmann::json config;
  /// Called on the Conductor's thread as its last act, after the interpreter was finalised.
  std::function<void(const PythonRuntimeOutcome&)> on_finished;
  /// Where to say that it did not stop in time, right before the process ends; standard error when empty. Called on the
  /// thread that stops it.
  std::function<void(std::string_view what)> on_stuck;
};

/// Owns the thread that initialises the interpreter, runs the Conductor and finalises the interpreter. Once per
/// process: native modules do not survive a second initialisation.
class PythonRuntime {
 public:
  /// Exit codes of its own, as in sysexits.h: a part of the installation is missing or broken.
  static constexpr int exit_unavailable = 69;
  static constexpr int exit_internal = 70;
  /// Longer than the supervisor of the extensions waits for the last of them.
  static constexpr std::chrono::milliseconds time_to_stop{5000};

  /// Returns at once. Errors: invalid_request on a second call, resource_exhausted.
  static ipc::Result<std::unique_ptr<PythonRuntime>> start(PythonRuntimeOptions options);
  /// stop_or_exit().
  ~PythonRuntime();
  PythonRuntime(const PythonRuntime&) = delete;
  PythonRuntime& operator=(const PythonRuntime&) = delete;

  /// Asks the Conductor to shut down in order; from any thread, any number of times, also before it is running.
  void request_stop() noexcept;
  /// Whether it finished within `patience`.
  bool wait_for(std::chrono::milliseconds patience);
  /// Waits for the end, however long it takes.
  PythonRuntimeOutcome join();
  /// Asks it to stop and waits `time_to_stop` for the end; when it hangs, says so and ends the process at once with
  /// exit_internal.
  PythonRuntimeOutcome stop_or_exit();

 private:
  struct State;
  explicit PythonRuntime(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace symphony::bridge
