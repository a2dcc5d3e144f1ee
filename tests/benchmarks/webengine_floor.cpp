// The floor of every start: a window of Qt WebEngine with a trivial page, painted. Prints the time since exec as one
// JSON line.
//
// webengine_floor --exec-time NANOSECONDS   (CLOCK_MONOTONIC when exec was called)

#include <QApplication>
#include <QWebEnginePage>
#include <QWebEngineView>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string_view>

#include <symphony/app/user_directories.h>
#include <symphony/app/web_platform.h>
#include <symphony/ipc/trace.h>

namespace {

// The title is set after the first frame.
constexpr char trivial_page[] =
    "<!doctype html><title>loading</title><p>Symphony</p><script>requestAnimationFrame(() => { const c = new "
    "MessageChannel();"
    "c.port1.onmessage = () => { document.title = 'painted'; }; c.port2.postMessage(0); });</script>";

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 || std::string_view(argv[1]) != "--exec-time") return 2;
  const std::int64_t exec_us = std::strtoll(argv[2], nullptr, 10) / 1000;
  const auto directories = symphony::app::UserDirectories::prepare();
  if (!directories) return 1;
  static_cast<void>(symphony::app::prepare_web_platform(false, directories->runtime));
  QApplication application(argc, argv);
  QWebEngineView view;
  QWebEnginePage* page = view.page();
  QObject::connect(page, &QWebEnginePage::titleChanged, &application, [&](const QString& title) {
    if (title != "painted") return;
    const double ms = static_cast<double>(symphony::ipc::monotonic_us() - exec_us) / 1000.0;
    std::cout << nlohmann::json{{"name", "floor"}, {"value", ms}, {"unit", "ms"}}.dump() << std::endl;
    QApplication::quit();
  });
  view.resize(1280, 800);
  page->setHtml(trivial_page);
  view.show();
  return QApplication::exec();
}
