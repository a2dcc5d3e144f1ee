#include "workbench_driver.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <QDir>
#include <QEventLoop>
#include <QPixmap>
#include <QSignalSpy>
#include <QTest>
#include <QTimer>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <future>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <symphony/app/scheme_handler.h>
#include <symphony/app/user_directories.h>
#include <symphony/app/web_platform.h>
#include <symphony/ipc/path_text.h>

namespace symphony::testing {
namespace {

using nlohmann::json;

void give_directory(const QTemporaryDir& home, const char* variable, const char* name) {
  const QString path = home.filePath(name);
  QDir().mkpath(path);
  std::filesystem::permissions(path.toStdString(), std::filesystem::perms::owner_all);
  qputenv(variable, path.toUtf8());
}

app::UserDirectories directories_or_throw() {
  auto directories = app::UserDirectories::prepare();
  if (!directories) throw std::runtime_error(directories.error().message);
  return *directories;
}

}  // namespace

WorkbenchEnvironment::WorkbenchEnvironment() {
  give_directory(home_, "HOME", "home");
  give_directory(home_, "XDG_DATA_HOME", "data");
  give_directory(home_, "XDG_CONFIG_HOME", "config");
  give_directory(home_, "XDG_CACHE_HOME", "cache");
  give_directory(home_, "XDG_RUNTIME_DIR", "runtime");
  const bool offscreen = qEnvironmentVariable("QT_QPA_PLATFORM") == "offscreen";
  static_cast<void>(app::prepare_web_platform(offscreen, home_.filePath("runtime").toStdString()));
  app::register_scheme();
}

void obey_file_permissions() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> data{};
  const auto refused = [](const char* what) { throw std::system_error(errno, std::generic_category(), what); };
  if (::syscall(SYS_capget, &header, data.data()) != 0) refused("capget");
  constexpr std::uint32_t overrides = (1U << CAP_DAC_OVERRIDE) | (1U << CAP_DAC_READ_SEARCH);
  data[0].effective &= ~overrides;
  data[0].permitted &= ~overrides;
  if (::syscall(SYS_capset, &header, data.data()) != 0) refused("capset");
}

WorkbenchDriver::WorkbenchDriver(const std::string& executable, const std::string& workspace)
    : marks_("", std::nullopt) {
  app::DesktopOptions options{app::ProgramLayout::beside(executable), directories_or_throw(),
                              ipc::escape_path(workspace), true, true};
  application_ = std::make_unique<app::DesktopApplication>(std::move(options), log_, marks_);
  application_->window().resize(1280, 800);
  application_->start();
  application_->window().activateWindow();
}

QVariant WorkbenchDriver::evaluate(const QString& expression) {
  struct Answer {
    std::optional<QVariant> value;
    QEventLoop* waiting = nullptr;
  };
  QEventLoop loop;
  // The page may answer after this has given up.
  const auto answer = std::make_shared<Answer>();
  answer->waiting = &loop;
  application_->window().page()->runJavaScript(expression, [answer](const QVariant& value) {
    answer->value = value;
    if (answer->waiting != nullptr) answer->waiting->quit();
  });
  QTimer::singleShot(std::chrono::seconds(10), &loop, &QEventLoop::quit);
  if (!answer->value) loop.exec();
  answer->waiting = nullptr;
  return answer->value.value_or(QVariant());
}

QString WorkbenchDriver::newest_spans() {
  constexpr std::size_t most = 40;
  QStringList names;
  application_->bus().with([&](ipc::Bus& bus) {
    const auto spans = bus.spans().spans();
    for (std::size_t at = spans.size() - std::min(spans.size(), most); at < spans.size(); ++at)
      names << QString::fromStdString(spans[at].process + ": " + spans[at].name);
  });
  return names.join(", ");
}

bool WorkbenchDriver::until(const QString& expression, std::chrono::milliseconds patience) {
  if (until([&] { return is_true(expression); }, patience)) return true;
  const QString focus =
      "(e => (e.id || e.tagName) + ' ' + (e.value ?? '') + (document.hasFocus() ? '' : ' (no focus)'))";
  qWarning().noquote() << "never true:" << expression
                       << "\nactive:" << evaluate(focus + "(document.activeElement)").toString()
                       << "\nspans:" << newest_spans() << "\npage:" << evaluate("document.body.innerText").toString();
  return false;
}

// Not QTest::qWaitFor: it sleeps between rounds of events, and Chromium takes thousands of rounds to load a page.
bool WorkbenchDriver::until(const std::function<bool()>& condition, std::chrono::milliseconds patience) {
  if (condition()) return true;
  QEventLoop loop;
  QTimer look;
  bool met = false;
  QObject::connect(&look, &QTimer::timeout, &loop, [&] {
    met = condition();
    if (met) loop.quit();
  });
  look.start(std::chrono::milliseconds(5));
  QTimer::singleShot(patience, &loop, &QEventLoop::quit);
  loop.exec();
  return met;
}

void WorkbenchDriver::press(Qt::Key key, Qt::KeyboardModifiers modifiers) {
  QTest::keyClick(view()->focusProxy(), key, modifiers);
}

void WorkbenchDriver::type(const QString& text) { QTest::keyClicks(view()->focusProxy(), text); }

bool WorkbenchDriver::until_explorer_is_ready() {
  return until([this] { return view()->focusProxy() != nullptr; }) &&
         until("document.querySelectorAll('[role=tree] [role=treeitem]').length > 0");
}

json WorkbenchDriver::ask(const std::string& target, const std::string& method) {
  std::promise<json> answer;
  const bool sent = application_->bus().with([&](ipc::Bus& bus) {
    bus.send_request("driver", {target, method, json::object()}, {}, [&](const ipc::Result<ipc::Payload>& result) {
      const ipc::Result<json> document = result ? result->document() : ipc::Result<json>(result.error());
      answer.set_value(document ? *document : json(nullptr));
    });
  });
  return sent ? answer.get_future().get() : json(nullptr);
}

json WorkbenchDriver::process(const std::string& extension) {
  const json all = ask("supervisor", "process.list");
  for (const json& each : all.is_object() ? all.at("processes") : json::array()) {
    if (each.at("id") == extension) return each;
  }
  return nullptr;
}

pid_t WorkbenchDriver::leader(const std::string& extension) {
  const json found = process(extension);
  return found.is_object() ? found.at("pid").get<pid_t>() : 0;
}

bool WorkbenchDriver::has_spare(const std::string& extension) {
  const json found = process(extension);
  for (const json& each : found.is_object() ? found.at("instances") : json::array()) {
    if (each.at("role") == "spare" && each.at("state") == "running") return true;
  }
  return false;
}

std::vector<pid_t> WorkbenchDriver::processes_named(const std::string& name) const {
  // Extensions have a warden between them and this process.
  std::vector<std::string> parents{"self"};
  std::vector<pid_t> named;
  while (!parents.empty()) {
    const std::string parent = std::exchange(parents.back(), {});
    parents.pop_back();
    std::error_code gone;
    for (std::filesystem::directory_iterator task("/proc/" + parent + "/task", gone), end; !gone && task != end;
         task.increment(gone)) {
      std::ifstream children(task->path() / "children");
      for (pid_t child = 0; children >> child;) {
        std::ifstream comm("/proc/" + std::to_string(child) + "/comm");
        std::string found;
        std::getline(comm, found);
        if (found == name) named.push_back(child);
        parents.push_back(std::to_string(child));
      }
    }
  }
  return named;
}

void WorkbenchDriver::save_picture(const QString& file) { application_->window().grab().save(file); }

}  // namespace symphony::testing
