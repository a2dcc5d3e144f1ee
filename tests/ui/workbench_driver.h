#pragma once
// The real window of the product, driven as a user drives it: by keys, looked at through its page.

#include <sys/types.h>
#include <QApplication>
#include <QTemporaryDir>
#include <QVariant>
#include <Qt>
#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <symphony/app/desktop_application.h>
#include <symphony/app/log.h>
#include <symphony/app/main_window.h>
#include <symphony/app/marks.h>

namespace symphony::testing {

/// Gives the program directories of its own and tells Qt WebEngine what it needs; before QApplication is made.
class WorkbenchEnvironment {
 public:
  WorkbenchEnvironment();
  const QTemporaryDir& home() const { return home_; }

 private:
  QTemporaryDir home_;
};

/// Makes also root subject to the permissions of files, as a person is; before any thread is started. Throws
/// std::system_error.
void obey_file_permissions();

class WorkbenchDriver {
 public:
  /// `executable`: the program whose launcher, extensions, packages and page are used. Starts at once.
  WorkbenchDriver(const std::string& executable, const std::string& workspace);

  /// The value of a JavaScript expression in the page; invalid when the page did not answer within 10 s.
  QVariant evaluate(const QString& expression);
  bool is_true(const QString& expression) { return evaluate(expression).toBool(); }
  /// Waits (in the event loop) until the expression is true; on failure prints what the page shows.
  bool until(const QString& expression, std::chrono::milliseconds patience = std::chrono::seconds(20));
  bool until(const std::function<bool()>& condition, std::chrono::milliseconds patience = std::chrono::seconds(20));

  void press(Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier);
  void type(const QString& text);

  /// The explorer shows its folder and takes keys.
  bool until_explorer_is_ready();
  /// What the endpoint answers within its deadline; null for an error.
  nlohmann::json ask(const std::string& target, const std::string& method);
  /// The process whose picture is shown; 0 when there is none.
  pid_t leader(const std::string& extension);
  /// A process is ready to take the leader's place.
  bool has_spare(const std::string& extension);
  /// Every process of that name below this one.
  std::vector<pid_t> processes_named(const std::string& name) const;
  void save_picture(const QString& file);

  app::DesktopApplication& application() { return *application_; }
  QWebEngineView* view() { return application_->window().view(); }
  QStringList console_errors() { return application_->window().page()->console_errors(); }

 private:
  /// What the page, the extensions and the host did last, for whoever reads why a test failed.
  QString newest_spans();
  nlohmann::json process(const std::string& extension);

  app::Log log_;
  app::Marks marks_;
  std::unique_ptr<app::DesktopApplication> application_;
};

}  // namespace symphony::testing
