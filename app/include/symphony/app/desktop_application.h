#pragma once
// The window with everything behind it: relay, page, Conductor. One per process.

#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include <symphony/app/bus_access.h>
#include <symphony/app/conductor_config.h>
#include <symphony/app/log.h>
#include <symphony/app/marks.h>
#include <symphony/app/program_layout.h>
#include <symphony/app/user_directories.h>
#include <symphony/app/workspace_files.h>
#include <symphony/virtual_dom/view_relay.h>

namespace symphony::app {

class MainWindow;

struct DesktopOptions {
  ProgramLayout layout;
  UserDirectories directories;
  /// Absolute, escaped (docs/protocol.md section 10); empty: none.
  std::string workspace;
  /// Serve `symphony status`, tools and a second start.
  bool listen = true;
  /// The page's storage in memory only, and nothing of it shared with another instance.
  bool private_storage = false;
  Extensions extensions = Extensions::all;
};

/// Use on the main thread, while a QApplication lives for which prepare_web_platform() and register_scheme() were
/// called.
class DesktopApplication {
 public:
  DesktopApplication(DesktopOptions options, Log& log, Marks& marks);
  /// Orderly: the Conductor and its processes, then page and window, then the profile.
  ~DesktopApplication();
  DesktopApplication(const DesktopApplication&) = delete;
  DesktopApplication& operator=(const DesktopApplication&) = delete;

  /// Loads the page, shows the window, then starts the Conductor. Returns at once.
  void start();
  /// Ends the Conductor and its processes and waits for them. Called by the destructor, too.
  void stop();

  MainWindow& window() noexcept;
  virtual_dom::ViewRelay& relay() noexcept;
  const BusAccess& bus() const noexcept;
  const Marks& marks() const noexcept;
  /// The page has said it listens.
  bool page_ready() const noexcept;
  /// The Conductor's last state as the page was told: starting, ready, degraded, failed; empty before.
  std::string conductor_state() const;
  /// The open workspace, escaped; empty: none.
  std::string workspace() const;
  /// A view's newest revision has been painted by the page.
  bool is_painted(const std::string& view) const;
  /// Something of the above may have changed. Called on the main thread.
  void on_change(std::function<void()> listener);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace symphony::app
