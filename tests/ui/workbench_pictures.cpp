// Pictures of the workbench's states, in both themes, three sizes and at twice the size, for people to look at before a
// change is called done.
//
// workbench_pictures EXECUTABLE WORKSPACE QUERY FOLDER   writes FOLDER/<state>-<theme>-<width>[-zoomed].png

#include <QDir>
#include <QTest>
#include <csignal>
#include <iostream>

#include "workbench_driver.h"

namespace {

using symphony::testing::WorkbenchDriver;

constexpr Qt::KeyboardModifiers control_shift = Qt::ControlModifier | Qt::ShiftModifier;

class Album {
 public:
  Album(WorkbenchDriver& bench, QString folder) : bench_(bench), folder_(std::move(folder)) {}

  /// In each theme and size, once two looks in a row are alike.
  void take(const QString& state) {
    struct Look {
      QSize size;
      double zoom;
    };
    for (const auto& [size, zoom] :
         {Look{{1280, 800}, 1}, Look{{800, 500}, 1}, Look{{480, 640}, 1}, Look{{1280, 800}, 2}}) {
      bench_.application().window().resize(size);
      bench_.view()->setZoomFactor(zoom);
      for (int theme = 0; theme < 2; ++theme) {
        until_painted();
        const QString name =
            bench_.evaluate("document.documentElement.dataset.theme ?? document.documentElement.className").toString();
        const QString zoomed = zoom > 1 ? "-zoomed" : "";
        bench_.view()->grab().save(
            QString("%1/%2-%3-%4%5.png").arg(folder_, state, name).arg(size.width()).arg(zoomed));
        bench_.press(Qt::Key_K, Qt::ControlModifier);
        bench_.press(Qt::Key_T, Qt::ControlModifier);
      }
    }
    bench_.view()->setZoomFactor(1);
  }

 private:
  /// The page's frame reaches the window some frames after the page painted it: until ten looks in a row are alike.
  void until_painted() {
    bench_.evaluate(
        "window.framesLeft = 10; (function tick() { if (--window.framesLeft > 0) requestAnimationFrame(tick); })(); "
        "true");
    bench_.until("window.framesLeft === 0");
    QImage last;
    int alike = 0;
    bench_.until([&] {
      QImage now = bench_.view()->grab().toImage();
      alike = now == last ? alike + 1 : 0;
      last = std::move(now);
      return alike == 10;
    });
  }

  WorkbenchDriver& bench_;
  QString folder_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const symphony::testing::WorkbenchEnvironment environment;
  int one = 1;
  QApplication application(one, argv);
  const QString options = "document.querySelectorAll('[role=listbox] [role=option]').length";
  QDir().mkpath(argv[4]);
  WorkbenchDriver bench(argv[1], argv[2]);
  Album album(bench, argv[4]);
  if (!bench.until_explorer_is_ready()) return 1;
  album.take("tree");
  bench.press(Qt::Key_F, control_shift);
  bench.until("document.activeElement.id === 'explorer:search'");
  bench.type(argv[3]);
  bench.until(options + " > 0");
  album.take("results");
  bench.press(Qt::Key_Return);
  bench.until("document.querySelector('.cm-content') !== null");
  album.take("opened");
  bench.press(Qt::Key_F, control_shift);
  bench.press(Qt::Key_A, Qt::ControlModifier);
  bench.type("no such words in here");
  bench.until(options + " === 0");
  album.take("nothing-found");
  // Four crashes in a row: one more than an extension may have.
  for (int crash = 0; crash < 4; ++crash) {
    pid_t explorer = 0;
    bench.until([&] { return (explorer = bench.leader("file_explorer")) != 0; }, std::chrono::seconds(5));
    if (explorer == 0) break;
    ::kill(explorer, SIGKILL);
    bench.until([&] { return bench.leader("file_explorer") != explorer; });
    bench.until_explorer_is_ready();
  }
  album.take("quarantined");
  return 0;
}
