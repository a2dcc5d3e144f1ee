#include <fcntl.h>
#include <unistd.h>
#include <QApplication>
#include <QPixmap>
#include <QSocketNotifier>
#include <QTimer>
#include <chrono>
#include <csignal>
#include <iostream>
#include <optional>
#include <thread>

#include <symphony/app/catalogue.h>
#include <symphony/app/commands.h>
#include <symphony/app/crash_report.h>
#include <symphony/app/desktop_application.h>
#include <symphony/app/instance.h>
#include <symphony/app/main_window.h>
#include <symphony/app/scheme_handler.h>
#include <symphony/app/screenshot.h>
#include <symphony/app/web_platform.h>
#include <symphony/app/workspace_argument.h>

namespace symphony::app {
namespace {

int stop_pipe[2] = {-1, -1};

void on_stop_signal(int) {
  const char byte = 1;
  // Nothing can be done about a failure here, and a full pipe has said enough.
  static_cast<void>(!::write(stop_pipe[1], &byte, 1));
}

/// SIGTERM and SIGINT end the event loop, so that everything is taken down in order.
void quit_on_signals(QApplication& application) {
  if (::pipe2(stop_pipe, O_CLOEXEC | O_NONBLOCK) != 0) return;
  auto* notifier = new QSocketNotifier(stop_pipe[0], QSocketNotifier::Read, &application);
  QObject::connect(notifier, &QSocketNotifier::activated, &application, [notifier] {
    notifier->setEnabled(false);
    QApplication::quit();
  });
  struct sigaction action {};
  action.sa_handler = on_stop_signal;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGTERM, &action, nullptr);
  ::sigaction(SIGINT, &action, nullptr);
}

/// Gives the folder to an instance that runs already; false when there is none. Errors: why that one did not take it.
ipc::Result<bool> hand_over(const UserDirectories& directories, const std::string& workspace, Log& log) {
  const auto instance = connect_instance(directories.runtime);
  if (!instance && instance.error().code == ipc::ErrorCode::not_found) return false;
  if (!instance) return instance.error();
  std::string folder = workspace;
  if (folder.empty()) {
    // Opening the folder it already shows makes its window come forward.
    const auto status = ask(**instance, "conductor", "status.get", nlohmann::json::object());
    if (!status) return status.error();
    if (!status->contains("workspace") || !(*status)["workspace"].is_string()) {
      log.warn(complaint(Sentence::instance_running));
      return true;
    }
    folder = (*status)["workspace"].get<std::string>();
  }
  const auto opened = ask(**instance, "conductor", "workspace.open", {{"path", folder}});
  if (!opened) return opened.error();
  return true;
}

/// Two that are started at once must not both open a window: who is second waits until the first can take its folder.
/// Nothing when it did; else the lock, the caller's for as long as its window is, empty when it cannot be had.
std::optional<Descriptor> lock_or_hand_over(const UserDirectories& directories, const std::string& workspace,
                                            Log& log) {
  const auto patience_ends = std::chrono::steady_clock::now() + usual_patience;
  while (true) {
    const auto handed = hand_over(directories, workspace, log);
    if (handed && *handed) return std::nullopt;
    auto lock = take_window_lock(directories.runtime);
    if (!lock) {
      log.note(lock.error().message);
      return Descriptor();
    }
    if (*lock || std::chrono::steady_clock::now() > patience_ends) {
      if (!handed) log.note(text_of(Sentence::note_instance_silent, {{"reason", handed.error().message}}));
      return std::move(*lock);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

/// Whether an instance runs that is not in safe mode: what is handed over to it would not be either.
bool runs_unsafe(const UserDirectories& directories) {
  const auto status = ask_instance(directories.runtime, "status.get", nlohmann::json::object());
  return status && !status->value("safe_mode", false);
}

void report_crashes(const std::filesystem::path& directory, Log& log) {
  for (const auto& file : CrashReport::take_unseen(directory))
    log.warn(complaint(Sentence::crashed_earlier, {{"path", file.string()}}));
}

}  // namespace

ExitCode run_desktop(const CommandLine& line, int argc, char** argv) {
  Log log;
  Marks marks(line.marks, line.exec_ns);
  const auto layout = ProgramLayout::of_this_program();
  const auto directories = UserDirectories::prepare();
  if (!layout || !directories) {
    log.warn(complaint(layout ? directories.error() : layout.error()));
    return ExitCode::failure;
  }
  log.open(directories->data / "log" / "application.log");
  for (const std::string& warning : directories->warnings)
    log.warn(warning);

  std::string workspace;
  if (!line.folder.empty()) {
    auto resolved = resolve_workspace(line.folder);
    if (!resolved) {
      log.warn(complaint(resolved.error()));
      return ExitCode::folder;
    }
    workspace = std::move(*resolved);
  }
  const bool picture_only = !line.screenshot.empty();
  if (!picture_only && line.safe_mode && runs_unsafe(*directories)) {
    log.warn(complaint(Sentence::instance_unsafe));
    return ExitCode::failure;
  }
  Descriptor window_lock;
  if (!picture_only) {
    auto lock = lock_or_hand_over(*directories, workspace, log);
    if (!lock) return ExitCode::ok;
    window_lock = std::move(*lock);
  }
  if (!line.offscreen) {
    if (const auto display = find_display(environment_variable); !display) {
      log.warn(complaint(display.error()));
      return ExitCode::failure;
    }
  }
  std::error_code error;
  if (!std::filesystem::is_regular_file(layout->page / "index.html", error)) {
    log.warn(complaint(Sentence::interface_missing, {{"path", (layout->page / "index.html").string()}}));
    return ExitCode::unavailable;
  }

  for (const std::string& note : prepare_web_platform(line.offscreen, directories->runtime))
    log.note(note);
  const std::filesystem::path crashes = directories->data / "crashes";
  report_crashes(crashes, log);
  const CrashReport crash_report(crashes);
  register_scheme();
  QApplication::setApplicationName("Symphony");
  QApplication::setApplicationVersion(SYMPHONY_VERSION);
  QApplication::setDesktopFileName("symphony");
  QApplication application(argc, argv);
  if (!has_fonts()) {
    log.warn(complaint(Sentence::fonts_missing));
    return ExitCode::unavailable;
  }
  quit_on_signals(application);

  DesktopOptions options{*layout,
                         *directories,
                         workspace,
                         !picture_only,
                         picture_only || directories->data_is_temporary,
                         line.safe_mode ? Extensions::shipped : Extensions::all};
  DesktopApplication desktop(std::move(options), log, marks);
  ExitCode outcome = ExitCode::ok;
  std::unique_ptr<Screenshot> screenshot;
  if (picture_only) {
    screenshot = std::make_unique<Screenshot>(desktop, line.screenshot, [&](const std::string& failure) {
      if (!failure.empty()) {
        log.warn(failure);
        outcome = ExitCode::failure;
      }
      QApplication::quit();
    });
  }
  desktop.start();
  QApplication::exec();
  desktop.stop();
  return outcome;
}

}  // namespace symphony::app
