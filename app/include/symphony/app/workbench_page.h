#pragma once
// The one page of the window: our origin, and no way out of it.

#include <QColor>
#include <QStringList>
#include <QWebEnginePage>
#include <functional>
#include <string_view>

class QWebEngineProfile;

namespace symphony::app {

/// What is shown before the first paint; the theme's canvas, so nothing flashes.
QColor canvas_colour();

class WorkbenchPage : public QWebEnginePage {
 public:
  using LogLine = std::function<void(std::string_view line)>;

  WorkbenchPage(QWebEngineProfile* profile, LogLine log, QObject* parent = nullptr);

  /// Errors the page wrote to its console since it was made; a test wants none.
  const QStringList& console_errors() const noexcept { return console_errors_; }
  /// Adds the script of QWebChannel, which our page expects to find.
  static bool inject_web_channel(QWebEngineProfile& profile);

 protected:
  bool acceptNavigationRequest(const QUrl& url, NavigationType type, bool main_frame) override;
  QWebEnginePage* createWindow(WebWindowType type) override;
  void javaScriptConsoleMessage(JavaScriptConsoleMessageLevel level, const QString& message, int line,
                                const QString& source) override;
  QStringList chooseFiles(FileSelectionMode mode, const QStringList& old_files,
                          const QStringList& accepted_types) override;

 private:
  LogLine log_;
  QStringList console_errors_;
};

}  // namespace symphony::app
