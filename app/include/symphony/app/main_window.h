#pragma once
// The window: a web view and nothing else. Every part a user sees is drawn by the page.

#include <QMainWindow>
#include <QWebEngineView>
#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

#include <symphony/app/workbench_page.h>

class QWebChannel;
class QWebEngineProfile;

namespace symphony::web {
class PageChannel;
}

namespace symphony::app {

class SchemeHandler;
class WorkspaceFiles;

struct MainWindowOptions {
  std::filesystem::path page_folder;
  /// Where the page's own storage lives; empty: in memory only.
  std::filesystem::path storage;
  std::function<void(std::string_view line)> log;
  /// The page has been read, or could not be; also the one that takes the place of a lost one.
  std::function<void(bool good)> on_page_loaded;
  /// The page's process ended and with it all it was shown.
  std::function<void()> on_page_lost;
};

class MainWindow : public QMainWindow {
 public:
  /// `channel` and `files` must outlive it.
  MainWindow(MainWindowOptions options, web::PageChannel& channel, const WorkspaceFiles& files);
  ~MainWindow() override;

  void load();
  void show_workspace(const QString& name);
  /// To the front, also when minimised.
  void come_forward();

  QWebEngineView* view() noexcept { return view_; }
  /// Another one after its process died.
  WorkbenchPage* page() noexcept { return page_; }

 private:
  void make_page();
  void page_died(QWebEnginePage::RenderProcessTerminationStatus status);

  MainWindowOptions options_;
  // Destroyed from the bottom up: the view, then the page, then the profile it uses.
  std::unique_ptr<QWebEngineProfile> profile_;
  std::unique_ptr<SchemeHandler> scheme_handler_;
  std::unique_ptr<QWebChannel> web_channel_;
  QWebEngineView* view_;
  WorkbenchPage* page_;
  int deaths_ = 0;
};

}  // namespace symphony::app
