#pragma once
// A picture of the window once it shows its content, for places without a display.

#include <QImage>
#include <QTimer>
#include <functional>
#include <string>

namespace symphony::app {

class DesktopApplication;

/// Main thread.
class Screenshot {
 public:
  /// Calls `done` once: with nothing when `file` was written, else with what went wrong.
  Screenshot(DesktopApplication& application, std::string file, std::function<void(const std::string& failure)> done);

 private:
  /// Whether the window shows what it will show: the explorer with its rows, or the welcome without a folder.
  bool content_is_there() const;
  void look();
  void finish(const std::string& failure);

  DesktopApplication& application_;
  std::string file_;
  std::function<void(const std::string&)> done_;
  QTimer frame_;
  QTimer patience_;
  QImage last_;
};

}  // namespace symphony::app
