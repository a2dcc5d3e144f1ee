#include <symphony/app/main_window.h>

#include <QPalette>
#include <QTimer>
#include <QWebChannel>
#include <QWebEngineDownloadRequest>
#include <QWebEngineProfile>

#include <symphony/app/catalogue.h>
#include <symphony/app/scheme_handler.h>
#include <symphony/web/page_channel.h>

namespace symphony::app {
namespace {

/// A page that dies at once each time must not be started for ever.
constexpr int deaths_endured = 3;
constexpr int deaths_forgotten_ms = 60'000;

}  // namespace

MainWindow::MainWindow(MainWindowOptions options, web::PageChannel& channel, const WorkspaceFiles& files)
    : options_(std::move(options)),
      profile_(options_.storage.empty() ? std::make_unique<QWebEngineProfile>()
                                        : std::make_unique<QWebEngineProfile>("workbench")),
      scheme_handler_(std::make_unique<SchemeHandler>(options_.page_folder, files)),
      web_channel_(std::make_unique<QWebChannel>()),
      view_(new QWebEngineView(this)) {
  if (!options_.storage.empty()) profile_->setPersistentStoragePath(QString::fromStdString(options_.storage.string()));
  profile_->setHttpCacheType(QWebEngineProfile::MemoryHttpCache);
  profile_->setPersistentCookiesPolicy(QWebEngineProfile::NoPersistentCookies);
  profile_->setSpellCheckEnabled(false);
  profile_->installUrlSchemeHandler(scheme_name, scheme_handler_.get());
  connect(profile_.get(), &QWebEngineProfile::downloadRequested, this,
          [](QWebEngineDownloadRequest* request) { request->cancel(); });
  if (!WorkbenchPage::inject_web_channel(*profile_)) options_.log(words_of(Sentence::note_channel_missing));

  // The channel's signal is all the page is given to see.
  web_channel_->registerObject("symphony", &channel);
  make_page();
  // Reload, back and the like mean nothing here; the page draws menus of its own.
  view_->setContextMenuPolicy(Qt::PreventContextMenu);
  setCentralWidget(view_);
  QPalette colours = palette();
  colours.setColor(QPalette::Window, canvas_colour());
  setPalette(colours);
  setWindowTitle("Symphony");
  resize(1280, 800);
}

MainWindow::~MainWindow() {
  delete view_;
  delete page_;
}

void MainWindow::make_page() {
  page_ = new WorkbenchPage(profile_.get(), options_.log, this);
  page_->setWebChannel(web_channel_.get());
  connect(page_, &QWebEnginePage::renderProcessTerminated, this,
          [this](QWebEnginePage::RenderProcessTerminationStatus status, int) { page_died(status); });
  connect(page_, &QWebEnginePage::loadFinished, this, [this](bool good) {
    if (options_.on_page_loaded) options_.on_page_loaded(good);
  });
  view_->setPage(page_);
}

void MainWindow::load() { page_->load(QUrl(page_address)); }

void MainWindow::show_workspace(const QString& name) {
  setWindowTitle(name.isEmpty() ? QString("Symphony") : name + " – Symphony");
}

void MainWindow::come_forward() {
  setWindowState((windowState() & ~Qt::WindowMinimized) | Qt::WindowActive);
  raise();
  activateWindow();
  view_->setFocus();
}

void MainWindow::page_died(QWebEnginePage::RenderProcessTerminationStatus status) {
  if (status == QWebEnginePage::NormalTerminationStatus) return;
  options_.log(words_of(Sentence::note_page_lost));
  if (options_.on_page_lost) options_.on_page_lost();
  if (++deaths_ > deaths_endured) {
    options_.log(words_of(Sentence::note_page_given_up));
    return;
  }
  QTimer::singleShot(deaths_forgotten_ms, this, [this] { --deaths_; });
  // Not from inside the signal: Qt is still taking the old process apart. A new page, because Qt WebEngine does not
  // connect the web channel of a page again whose process died.
  QTimer::singleShot(0, this, [this] {
    WorkbenchPage* const dead = page_;
    make_page();
    delete dead;
    load();
    view_->setFocus();
  });
}

}  // namespace symphony::app
