#include <symphony/app/workbench_page.h>

#include <QDesktopServices>
#include <QFile>
#include <QGuiApplication>
#include <QPalette>
#include <QUrl>
#include <QWebEngineDownloadRequest>
#include <QWebEngineFullScreenRequest>
#include <QWebEngineProfile>
#include <QWebEngineScript>
#include <QWebEngineScriptCollection>
#include <QWebEngineSettings>

#include <symphony/app/catalogue.h>
#include <symphony/app/scheme_handler.h>

namespace symphony::app {
namespace {

/// Only enough to read in a test or a report.
constexpr qsizetype console_errors_kept = 100;

/// Takes the place of the window a link asks for: passes its address to the user's browser and shows nothing.
class ExternalLink : public QWebEnginePage {
 public:
  using QWebEnginePage::QWebEnginePage;

 protected:
  bool acceptNavigationRequest(const QUrl& url, NavigationType type, bool) override {
    if (type == NavigationTypeLinkClicked || type == NavigationTypeOther) {
      if (url.scheme() == "https" || url.scheme() == "http" || url.scheme() == "mailto") QDesktopServices::openUrl(url);
    }
    deleteLater();
    return false;
  }
};

}  // namespace

QColor canvas_colour() {
  // The page follows the system's scheme unless the user chose another.
  const bool light = QGuiApplication::palette().color(QPalette::Base).lightness() > 127;
  return light ? QColor(0xff, 0xff, 0xff) : QColor(0x16, 0x17, 0x1b);
}

WorkbenchPage::WorkbenchPage(QWebEngineProfile* profile, LogLine log, QObject* parent)
    : QWebEnginePage(profile, parent), log_(std::move(log)) {
  setBackgroundColor(canvas_colour());
  QWebEngineSettings* features = settings();
  for (const auto feature :
       {QWebEngineSettings::PluginsEnabled, QWebEngineSettings::JavascriptCanOpenWindows,
        QWebEngineSettings::JavascriptCanPaste, QWebEngineSettings::LocalContentCanAccessRemoteUrls,
        QWebEngineSettings::LocalContentCanAccessFileUrls, QWebEngineSettings::FullScreenSupportEnabled,
        QWebEngineSettings::ScreenCaptureEnabled, QWebEngineSettings::PdfViewerEnabled,
        QWebEngineSettings::NavigateOnDropEnabled, QWebEngineSettings::HyperlinkAuditingEnabled,
        QWebEngineSettings::AllowRunningInsecureContent, QWebEngineSettings::DnsPrefetchEnabled}) {
    features->setAttribute(feature, false);
  }
  features->setAttribute(QWebEngineSettings::JavascriptCanAccessClipboard, true);  // copy; reading stays off
  features->setAttribute(QWebEngineSettings::FocusOnNavigationEnabled, true);
  connect(this, &QWebEnginePage::featurePermissionRequested, this, [this](const QUrl& origin, Feature feature) {
    setFeaturePermission(origin, feature, PermissionDeniedByUser);
  });
  connect(this, &QWebEnginePage::fullScreenRequested, this,
          [](QWebEngineFullScreenRequest request) { request.reject(); });
}

bool WorkbenchPage::inject_web_channel(QWebEngineProfile& profile) {
  QFile file(":/qtwebchannel/qwebchannel.js");
  if (!file.open(QIODevice::ReadOnly)) return false;
  QWebEngineScript script;
  script.setName("qwebchannel");
  script.setSourceCode(QString::fromUtf8(file.readAll()));
  script.setInjectionPoint(QWebEngineScript::DocumentCreation);
  script.setWorldId(QWebEngineScript::MainWorld);
  profile.scripts()->insert(script);
  return true;
}

bool WorkbenchPage::acceptNavigationRequest(const QUrl& url, NavigationType type, bool main_frame) {
  const bool ours = url.scheme() == scheme_name && url.host() == "app" &&
                    (url.path() == "/index.html" || url.path() == "/" || url.path().isEmpty());
  if (ours && main_frame) return true;
  if (type == NavigationTypeLinkClicked && main_frame && (url.scheme() == "https" || url.scheme() == "mailto")) {
    QDesktopServices::openUrl(url);
  } else {
    log_(words_of(Sentence::note_page_leaving, {{"address", url.toString().left(200).toStdString()}}));
  }
  return false;
}

QWebEnginePage* WorkbenchPage::createWindow(WebWindowType) { return new ExternalLink(profile(), this); }

void WorkbenchPage::javaScriptConsoleMessage(JavaScriptConsoleMessageLevel level, const QString& message, int line,
                                             const QString& source) {
  if (level == InfoMessageLevel) return;
  const QString text = QString("%1 (%2:%3)").arg(message, source).arg(line);
  if (level == ErrorMessageLevel && console_errors_.size() < console_errors_kept) console_errors_.append(text);
  log_((level == ErrorMessageLevel ? "page error: " : "page warning: ") + text.toStdString());
}

QStringList WorkbenchPage::chooseFiles(FileSelectionMode, const QStringList&, const QStringList&) { return {}; }

}  // namespace symphony::app
