// The workbench in its real window, by keyboard alone: from the start to an opened hit, and through a crash.

#include <unistd.h>
#include <QFile>
#include <QTest>
#include <csignal>
#include <filesystem>
#include <fstream>

#include <symphony/app/instance.h>

#include "workbench_driver.h"

namespace {

using symphony::testing::WorkbenchDriver;
using symphony::testing::WorkbenchEnvironment;
using namespace std::chrono_literals;

const QString search_field = QStringLiteral("document.getElementById('explorer:search')");
const QString options = QStringLiteral("document.querySelectorAll('[role=listbox] [role=option]')");
const QString tree = QStringLiteral("document.querySelector('[role=tree]')");

void write(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

class WorkbenchTest : public QObject {
  Q_OBJECT

 public:
  explicit WorkbenchTest(std::string executable, std::string axe)
      : executable_(std::move(executable)), axe_(std::move(axe)) {}

 private:
  WorkbenchDriver& bench() { return *driver_; }

  void make_workspace() {
    const std::filesystem::path root = workspace_.path().toStdString();
    for (int number = 0; number < 120; ++number) {
      write(root / ("file_" + std::to_string(1000 + number) + ".txt"), "plain text " + std::to_string(number) + "\n");
    }
    std::string source;
    for (int line = 1; line <= 200; ++line)
      source += "int value_" + std::to_string(line) + " = " + std::to_string(line) + ";\n";
    source += "int quartz_lantern = 7;\n";
    write(root / "src" / "lamp.cpp", source);
    write(root / "src" / "other.py", "lamp = 'quartz'\n");
    write(root / "strange" / "new\nline \"quoted\".txt", "quartz_lantern too\n");
    write(root / "strange" / "bad\xff name.txt", "x\n");
    write(root / "picture.bin", std::string("\0\1\2", 3));
  }

  void focus_search() {
    bench().press(Qt::Key_F, Qt::ControlModifier | Qt::ShiftModifier);
    QVERIFY(bench().until("document.activeElement === " + search_field));
  }

  void clear_search() {
    focus_search();
    bench().press(Qt::Key_A, Qt::ControlModifier);
    bench().press(Qt::Key_Delete);
    QVERIFY(bench().until(tree + " !== null"));
  }

  /// What axe finds that is serious or critical, a line each.
  QString accessibility_faults() {
    bench().evaluate(
        "window.axeDone = null; axe.run(document, {resultTypes: ['violations']}).then(r => { window.axeDone = "
        "JSON.stringify("
        "r.violations.filter(v => v.impact === 'serious' || v.impact === 'critical')"
        ".map(v => v.id + ': ' + v.nodes.map(n => n.html.slice(0, 200) + ' ' + n.failureSummary).join(' | '))); }); "
        "true");
    if (!bench().until("window.axeDone !== null", 30s)) return "axe did not finish";
    const QString found = bench().evaluate("window.axeDone").toString();
    return found == "[]" ? QString() : found;
  }

 private Q_SLOTS:
  void initTestCase() {
    QVERIFY(workspace_.isValid());
    make_workspace();
    driver_ = std::make_unique<WorkbenchDriver>(executable_, workspace_.path().toStdString());
    QVERIFY(bench().until_explorer_is_ready());
  }

  void shows_the_folder_safely() {
    QVERIFY(bench().until(tree + ".innerText.includes('src')"));
    QVERIFY(bench().is_true("document.body.innerText.includes('file_1000.txt')"));
  }

  void keyboard_alone_opens_a_hit() {
    focus_search();
    bench().type("quartz_lantern");
    QVERIFY(bench().until(options + ".length >= 2"));
    QVERIFY(bench().until("Array.from(" + options + ").some(o => o.innerText.includes('quartz_lantern'))"));
    bench().press(Qt::Key_Down);
    QVERIFY(bench().until("document.activeElement.getAttribute('role') === 'listbox'"));
    bench().press(Qt::Key_Return);
    QVERIFY(bench().until(
        "document.querySelector('.cm-content') !== null && document.querySelector('[role=tab]') !== null"));
    QVERIFY(bench().until("document.querySelector('.cm-content').innerText.includes('quartz_lantern')"));
    QVERIFY(bench().until("document.querySelector('[role=tab][aria-selected=true]').innerText.includes('lamp.cpp')"));
    QVERIFY(bench().until("document.body.innerText.includes('Ln 201, Col 5')"));
    QVERIFY(bench().is_true("document.body.innerText.includes('Read-only')"));
    bench().press(Qt::Key_W, Qt::ControlModifier);
    QVERIFY(bench().until("document.querySelector('[role=tab]') === null"));
    clear_search();
  }

  void tree_keys_follow_the_pattern() {
    bench().press(Qt::Key_E, Qt::ControlModifier | Qt::ShiftModifier);
    QVERIFY(bench().until("document.activeElement.getAttribute('role') === 'tree'"));
    bench().press(Qt::Key_Home);
    const QString active = "document.getElementById(document.activeElement.getAttribute('aria-activedescendant'))";
    QVERIFY(bench().until(active + " !== null && " + active + ".innerText.includes('src')"));
    bench().press(Qt::Key_Right);
    QVERIFY(bench().until(active + ".getAttribute('aria-expanded') === 'true'"));
    QVERIFY(bench().until(tree + ".innerText.includes('lamp.cpp')"));
    bench().press(Qt::Key_Right);
    QVERIFY(bench().until(active + ".innerText.includes('lamp.cpp')"));
    QVERIFY(bench().is_true(active + ".getAttribute('aria-level') === '2'"));
    bench().press(Qt::Key_Left);
    QVERIFY(bench().until(active + ".innerText.includes('src')"));
    bench().press(Qt::Key_Left);
    QVERIFY(bench().until("!" + tree + ".innerText.includes('lamp.cpp')"));
  }

  void binary_file_is_named_as_such() {
    focus_search();
    bench().type("picture.bin");
    QVERIFY(bench().until("Array.from(" + options + ").some(o => o.innerText.includes('picture.bin'))"));
    bench().press(Qt::Key_Return);
    QVERIFY(bench().until("document.body.innerText.includes('This is a binary file')"));
    bench().press(Qt::Key_W, Qt::ControlModifier);
    QVERIFY(bench().until("document.querySelector('[role=tab]') === null"));
    clear_search();
  }

  void f6_walks_the_parts() {
    const QString part = "(document.activeElement.closest('[data-part]')?.getAttribute('data-part') ?? '')";
    QStringList seen;
    QString before = bench().evaluate(part).toString();
    for (int step = 0; step < 4; ++step) {
      bench().press(Qt::Key_F6);
      QVERIFY(bench().until(part + " !== '" + before + "'"));
      before = bench().evaluate(part).toString();
      seen << before;
    }
    seen.sort();
    QCOMPARE(seen, QStringList({"activityBar", "editor", "sideBar", "statusBar"}));
  }

  void killed_in_mid_typing_it_comes_back() {
    focus_search();
    bench().type("quartz");
    QVERIFY(bench().until(options + ".length >= 2"));
    bench().evaluate(search_field + ".dataset.sameElement = 'yes'; true");
    const pid_t before = bench().leader("file_explorer");
    QVERIFY(before > 0);
    bench().type("_lan");
    QCOMPARE(::kill(before, SIGKILL), 0);
    bench().type("tern");
    QVERIFY(bench().until([&] {
      const pid_t now = bench().leader("file_explorer");
      return now > 0 && now != before;
    }));
    QVERIFY(bench().until("Array.from(" + options + ").length >= 2 && Array.from(" + options +
                          ").every(o => !o.innerText.includes('other.py'))"));
    QCOMPARE(bench().evaluate(search_field + ".value").toString(), QString("quartz_lantern"));
    QVERIFY(bench().is_true("document.activeElement === " + search_field));
    QCOMPARE(bench().evaluate(search_field + ".dataset.sameElement").toString(), QString("yes"));
    QCOMPARE(bench().evaluate(search_field + ".selectionStart").toInt(), 14);
    QVERIFY(bench().until("!document.body.innerText.includes('Restarting')"));
    clear_search();
  }

  void killed_while_scrolled_it_keeps_its_place() {
    bench().press(Qt::Key_E, Qt::ControlModifier | Qt::ShiftModifier);
    QVERIFY(bench().until("document.activeElement.getAttribute('role') === 'tree'"));
    bench().press(Qt::Key_End);
    QVERIFY(bench().until(tree + ".scrollTop > 500"));
    const double before = bench().evaluate(tree + ".scrollTop").toDouble();
    const pid_t explorer = bench().leader("file_explorer");
    QCOMPARE(::kill(explorer, SIGKILL), 0);
    QVERIFY(bench().until([&] {
      const pid_t now = bench().leader("file_explorer");
      return now > 0 && now != explorer;
    }));
    QVERIFY(bench().until("!document.body.innerText.includes('Restarting') && " + tree +
                          ".innerText.includes('picture.bin')"));
    QCOMPARE(bench().evaluate(tree + ".scrollTop").toDouble(), before);
    QVERIFY(bench().is_true("document.activeElement === " + tree));
  }

  void a_killed_page_comes_back_with_what_it_showed() {
    focus_search();
    bench().type("quartz");
    QVERIFY(bench().until(options + ".length >= 2"));
    const qint64 before = bench().application().window().page()->renderProcessPid();
    const pid_t explorer = bench().leader("file_explorer");
    QVERIFY(before > 0);
    QCOMPARE(::kill(static_cast<pid_t>(before), SIGKILL), 0);
    QVERIFY(bench().until([&] {
      return bench().application().page_ready() && bench().application().window().page()->renderProcessPid() != before;
    }));
    QVERIFY(bench().until(search_field + " !== null && " + options + ".length >= 2"));
    QCOMPARE(bench().evaluate(search_field + ".value").toString(), QString("quartz"));
    QCOMPARE(bench().leader("file_explorer"), explorer);
    // It takes keys at once: nobody has to click into the window first.
    focus_search();
    clear_search();
    bench().type("lantern");
    QVERIFY(bench().until("Array.from(" + options + ").some(o => o.innerText.includes('lantern'))"));
    clear_search();
  }

  void a_new_file_appears_by_itself_and_is_found() {
    // With the first row active and in sight: the tree keeps the active row in sight when rows come in above it.
    bench().press(Qt::Key_E, Qt::ControlModifier | Qt::ShiftModifier);
    QVERIFY(bench().until("document.activeElement === " + tree));
    bench().press(Qt::Key_Home);
    QVERIFY(bench().until(tree + ".innerText.includes('src')"));
    write(workspace_.path().toStdString() + "/aaa_born_late.txt", "velvet_anchor\n");
    QVERIFY(bench().until(tree + ".innerText.includes('aaa_born_late.txt')"));
    focus_search();
    bench().type("velvet_anchor");
    QVERIFY(bench().until("Array.from(" + options + ").some(o => o.innerText.includes('velvet_anchor'))"));
    clear_search();
  }

  void nothing_found_says_so() {
    focus_search();
    bench().type("no such words anywhere");
    QVERIFY(bench().until("document.body.innerText.toLowerCase().includes('no results')"));
    clear_search();
  }

  void page_cannot_be_left() {
    bench().evaluate("location.href = 'https://example.com/'; true");
    bench().evaluate("window.open('https://example.com/'); true");
    QVERIFY(bench().until("document.querySelector('[data-part=sideBar]') !== null"));
    QCOMPARE(bench().view()->url().scheme(), QString("symphony"));
    // Under the page's own policy neither inline script nor eval runs.
    QVERIFY(
        !bench().is_true("(() => { const s = document.createElement('script'); s.textContent = 'window.escaped = true';"
                         "document.body.append(s); return window.escaped === true; })()"));
    QVERIFY(
        bench().is_true("document.querySelector('meta[http-equiv=\"Content-Security-Policy\"]').content.includes("
                        "\"default-src 'none'\")"));
  }

  void axe_finds_nothing_serious() {
    QFile script(QString::fromStdString(axe_));
    QVERIFY2(script.open(QIODevice::ReadOnly), axe_.c_str());
    bench().evaluate(QString::fromUtf8(script.readAll()) + "; true");
    QCOMPARE(accessibility_faults(), QString());
    focus_search();
    bench().type("quartz");
    QVERIFY(bench().until(options + ".length >= 2"));
    bench().press(Qt::Key_Return);
    QVERIFY(bench().until("document.querySelector('.cm-content') !== null"));
    QCOMPARE(accessibility_faults(), QString());
    bench().press(Qt::Key_K, Qt::ControlModifier);
    bench().press(Qt::Key_T, Qt::ControlModifier);
    QCOMPARE(accessibility_faults(), QString());
  }

  /// Reflow (WCAG 1.4.10): what does not fit is shortened or scrolls in its own part, and nothing is pushed out of
  /// sight.
  void a_narrow_window_and_a_large_zoom_lose_nothing() {
    const QSize usual = bench().application().window().size();
    // A part may scroll downwards, so of what is inside the welcome page only the sides are looked at.
    const QString outside = R"(
        Array.from(document.querySelectorAll(
            '[data-part], [role=tree], [role=listbox], input, [role=tab], [data-part=activityBar] button, kbd'))
          .filter((e) => e.offsetParent !== null)
          .filter((e) => {
            const b = e.getBoundingClientRect();
            return b.width < 8 || b.left < -1 || b.right > innerWidth + 1 ||
                   (e.tagName !== 'KBD' && b.bottom > innerHeight + 1);
          })
          .map((e) => e.outerHTML.slice(0, 120)).join(' | '))";
    struct View {
      QSize size;
      double zoom;
    };
    const auto look = [&](const View& view) {
      bench().application().window().resize(view.size);
      bench().view()->setZoomFactor(view.zoom);
      const int width = static_cast<int>(view.size.width() / view.zoom);
      QVERIFY(bench().until(QString("Math.abs(innerWidth - %1) < 3").arg(width)));
      QCOMPARE(bench().evaluate(outside).toString(), QString());
      QVERIFY(bench().is_true("document.documentElement.scrollWidth <= innerWidth"));
      QVERIFY2(bench().is_true("document.querySelector('[data-part=editor]').getBoundingClientRect().width >= 160"),
               "the editor keeps room for a few words");
      QCOMPARE(accessibility_faults(), QString());
    };
    const View narrow{{480, 640}, 1.0};
    for (const View& view : {narrow, View{{1280, 800}, 2.0}, View{{1280, 800}, 0.8}})
      if (look(view); QTest::currentTestFailed()) return;
    bench().press(Qt::Key_W, Qt::ControlModifier);
    QVERIFY(bench().until("document.querySelector('[role=tab]') === null"));
    look(narrow);  // with the welcome page
    bench().view()->setZoomFactor(1.0);
    bench().application().window().resize(usual);
  }

  void permission_denied_is_said_where_it_was_asked() {
    const std::filesystem::path file = workspace_.path().toStdString() + "/sealed_letter.txt";
    write(file, "x\n");
    clear_search();
    bench().type("sealed_letter");
    QVERIFY(bench().until("Array.from(" + options + ").some(o => o.innerText.includes('sealed_letter.txt'))"));
    std::filesystem::permissions(file, std::filesystem::perms::none);
    bench().press(Qt::Key_Return);
    QVERIFY(bench().until("document.body.innerText.includes('This file cannot be read')"));
    QVERIFY(bench().until("document.body.innerText.includes('Check its permissions')"));
    bench().press(Qt::Key_W, Qt::ControlModifier);
    clear_search();
  }

  void a_folder_deleted_while_open_is_named_and_comes_back() {
    clear_search();
    const std::filesystem::path folder = workspace_.path().toStdString();
    const std::filesystem::path away = folder.string() + ".away";
    std::filesystem::rename(folder, away);
    std::filesystem::remove_all(away);
    QVERIFY(bench().until("document.body.innerText.includes('The folder is not there')"));
    QVERIFY(bench().is_true("document.querySelector('[role=alert]') !== null"));
    std::filesystem::create_directory(folder);
    write(folder / "here_again.txt", "copper_kettle\n");
    // Its sandbox knows the folder that was opened, not its name: the user says whether this one is meant.
    QVERIFY(bench().until("document.body.innerText.includes('There is a folder of this name again')"));
    const auto opened = symphony::app::ask_instance(qEnvironmentVariable("XDG_RUNTIME_DIR").toStdString() + "/symphony",
                                                    "workspace.open", {{"path", folder.string()}});
    QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
    QVERIFY(bench().until(tree + " !== null && " + tree + ".innerText.includes('here_again.txt')"));
    focus_search();
    bench().type("copper_kettle");
    QVERIFY(bench().until("Array.from(" + options + ").some(o => o.innerText.includes('copper_kettle'))"));
    clear_search();
  }

  void console_stays_free_of_errors() {
    QStringList errors = bench().console_errors();
    // The policy's own report of the script that page_cannot_be_left() tried to smuggle in.
    errors.removeIf([](const QString& line) { return line.contains("Content Security Policy"); });
    QCOMPARE(errors, QStringList());
  }

  void cleanupTestCase() {
    const std::vector<pid_t> explorers = bench().processes_named("file_explorer");
    driver_.reset();
    for (const pid_t explorer : explorers)
      QVERIFY(::kill(explorer, 0) != 0);
    // QTemporaryDir cannot remove names that are not valid UTF-8.
    std::filesystem::remove_all(workspace_.path().toStdString());
  }

 private:
  std::string executable_;
  std::string axe_;
  QTemporaryDir workspace_;
  std::unique_ptr<WorkbenchDriver> driver_;
};

}  // namespace

/// workbench_test EXECUTABLE AXE_SCRIPT [Qt Test options]
int main(int argc, char** argv) {
  if (argc < 3) return 2;
  symphony::testing::obey_file_permissions();
  const WorkbenchEnvironment environment;
  std::vector<char*> arguments(argv, argv + argc);
  const std::string executable = arguments[1];
  const std::string axe = arguments[2];
  arguments.erase(arguments.begin() + 1, arguments.begin() + 3);
  int count = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);
  QApplication application(count, arguments.data());
  WorkbenchTest test(executable, axe);
  return QTest::qExec(&test, count, arguments.data());
}

#include "workbench_test.moc"
