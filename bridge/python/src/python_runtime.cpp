#include <symphony/bridge/python_runtime.h>

#include <pybind11/embed.h>
#include <pybind11/pybind11.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "document.h"

extern "C" PyObject* PyInit_symphony_ipc();

namespace py = pybind11;

namespace symphony::bridge {
namespace {

std::string describe(const PyStatus& status) {
  return std::string("The Python interpreter did not start: ") +
         (status.err_msg != nullptr ? status.err_msg : "no reason given");
}

/// Debian's interpreter without anything of the user's environment: what runs is what was installed.
PyStatus initialise_interpreter() {
  PyPreConfig before;
  PyPreConfig_InitIsolatedConfig(&before);
  // File names are UTF-8 whatever the locale of the desktop says.
  before.utf8_mode = 1;
  PyStatus status = Py_PreInitialize(&before);
  if (PyStatus_Exception(status) != 0) {
    return status;
  }
  PyConfig config;
  PyConfig_InitIsolatedConfig(&config);
  config.install_signal_handlers = 0;
  config.parse_argv = 0;
  status = PyConfig_SetString(&config, &config.program_name, L"/usr/bin/python3");
  if (PyStatus_Exception(status) == 0) {
    status = Py_InitializeFromConfig(&config);
  }
  PyConfig_Clear(&config);
  return status;
}

/// What Python code calls an exit code may be any object, and too large for an int: then the code of a failure. Called
/// while an exception is handled, so it must not throw another.
int exit_code_of(const py::object& code, int otherwise) {
  if (!py::isinstance<py::int_>(code)) {
    return otherwise;
  }
  const long value = PyLong_AsLong(code.ptr());
  if (PyErr_Occurred() != nullptr) {
    PyErr_Clear();
    return otherwise;
  }
  return std::in_range<int>(value) ? static_cast<int>(value) : otherwise;
}

PythonRuntimeOutcome failure(const py::error_already_set& error, const PythonRuntimeOptions& options) {
  PythonRuntimeOutcome outcome;
  if (error.matches(PyExc_SystemExit)) {
    const py::object code = error.value().attr("code");
    outcome.exit_code = code.is_none() ? 0 : exit_code_of(code, 1);
    return outcome;
  }
  if (py::hasattr(error.value(), "exit_code")) {
    // conductor.main.StartFailed: its text already says what failed and what to do.
    return {exit_code_of(error.value().attr("exit_code"), PythonRuntime::exit_internal),
            py::str(error.value()).cast<std::string>()};
  }
  const bool missing = error.matches(PyExc_ImportError);
  outcome.exit_code = missing ? PythonRuntime::exit_unavailable : PythonRuntime::exit_internal;
  outcome.error = missing ? "A part of Symphony's Python packages in " + options.packages.string() +
                                " is missing or cannot be loaded. Install Symphony again.\n"
                          : "The Conductor failed.\n";
  try {
    const auto lines =
        py::module_::import("traceback").attr("format_exception")(error.type(), error.value(), error.trace());
    outcome.error += py::str("").attr("join")(lines).cast<std::string>();
  } catch (const std::exception&) {
    outcome.error += error.what();
  }
  return outcome;
}

PythonRuntimeOutcome run_conductor(const PythonRuntimeOptions& options, int stop_descriptor) {
  try {
    py::module_::import("sys").attr("path").attr("append")(py::str(options.packages.string()));
    py::dict config = python_from_document(options.config);
    config["stop_descriptor"] = stop_descriptor;
    const py::object code = py::module_::import(options.module.c_str()).attr("run")(config);
    return {code.cast<int>(), ""};
  } catch (const py::error_already_set& error) {
    return failure(error, options);
  } catch (const std::exception& error) {
    return {PythonRuntime::exit_internal, std::string("The Conductor failed: ") + error.what()};
  }
}

/// Initialise, run, finalise: all on the calling thread, which Python takes for its main thread.
PythonRuntimeOutcome live_and_die(const PythonRuntimeOptions& options, int stop_descriptor) {
  if (PyImport_AppendInittab("symphony_ipc", &PyInit_symphony_ipc) != 0) {
    return {PythonRuntime::exit_internal, "The Python interpreter did not start: out of memory"};
  }
  const PyStatus status = initialise_interpreter();
  if (PyStatus_Exception(status) != 0) {
    return {PythonRuntime::exit_unavailable,
            describe(status) + ". Check that libpython3.11 and its standard library are installed."};
  }
  // Before any other thread could take the lock, or pybind11 2.10 corrupts memory.
  py::detail::get_internals();
  PythonRuntimeOutcome outcome = run_conductor(options, stop_descriptor);
  py::finalize_interpreter();
  return outcome;
}

}  // namespace

struct PythonRuntime::State {
  PythonRuntimeOptions options;
  int stop_descriptor = -1;
  std::mutex mutex;
  std::condition_variable changed;
  bool finished = false;
  PythonRuntimeOutcome outcome;
  std::jthread thread;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (thread.joinable()) {
      thread.join();
    }
    if (stop_descriptor >= 0) {
      ::close(stop_descriptor);
    }
  }

  void run() {
    PythonRuntimeOutcome result = live_and_die(options, stop_descriptor);
    if (options.on_finished) {
      options.on_finished(result);
    }
    const std::lock_guard lock(mutex);
    outcome = std::move(result);
    finished = true;
    changed.notify_all();
  }
};

PythonRuntime::PythonRuntime(std::unique_ptr<State> state) : state_(std::move(state)) {}

ipc::Result<std::unique_ptr<PythonRuntime>> PythonRuntime::start(PythonRuntimeOptions options) {
  static std::atomic<bool> started{false};
  if (started.exchange(true)) {
    return ipc::Error{ipc::ErrorCode::invalid_request, "the Python interpreter was started before in this process",
                      nullptr};
  }
  auto state = std::make_unique<State>();
  state->options = std::move(options);
  state->stop_descriptor = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (state->stop_descriptor < 0) {
    return ipc::Error{ipc::ErrorCode::resource_exhausted,
                      std::string("no descriptor for the Conductor's thread: ") + std::strerror(errno), nullptr};
  }
  try {
    state->thread = std::jthread([raw = state.get()] { raw->run(); });
  } catch (const std::system_error& error) {
    return ipc::Error{ipc::ErrorCode::resource_exhausted, std::string("no thread for the Conductor: ") + error.what(),
                      nullptr};
  }
  return std::unique_ptr<PythonRuntime>(new PythonRuntime(std::move(state)));
}

PythonRuntime::~PythonRuntime() { stop_or_exit(); }

void PythonRuntime::request_stop() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(state_->stop_descriptor, &one, sizeof one);
}

bool PythonRuntime::wait_for(std::chrono::milliseconds patience) {
  std::unique_lock lock(state_->mutex);
  return state_->changed.wait_for(lock, patience, [this] { return state_->finished; });
}

PythonRuntimeOutcome PythonRuntime::join() {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait(lock, [this] { return state_->finished; });
  return state_->outcome;
}

PythonRuntimeOutcome PythonRuntime::stop_or_exit() {
  request_stop();
  if (!wait_for(time_to_stop)) {
    const std::string hangs = "The Conductor's thread did not end within " + std::to_string(time_to_stop.count()) +
                              " ms of being asked to; the process ends without it";
    if (state_->options.on_stuck) {
      state_->options.on_stuck(hangs);
    } else {
      std::fprintf(stderr, "symphony: %s\n", hangs.c_str());
    }
    // That thread and its callbacks hold what the caller is about to destroy, so nothing may be destroyed.
    ::_exit(exit_internal);
  }
  const std::lock_guard lock(state_->mutex);
  return state_->outcome;
}

}  // namespace symphony::bridge
