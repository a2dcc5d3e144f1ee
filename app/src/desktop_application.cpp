#include <symphony/app/desktop_application.h>

#include <QFileDialog>
#include <QMetaObject>
#include <QTimer>
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <variant>

#include <symphony/app/catalogue.h>
#include <symphony/app/command_line.h>
#include <symphony/app/conductor_config.h>
#include <symphony/app/main_window.h>
#include <symphony/app/page_services.h>
#include <symphony/bridge/python_runtime.h>
#include <symphony/interfaces/workbench.h>
#include <symphony/ipc/interface.h>
#include <symphony/ipc/path_text.h>
#include <symphony/web/page_channel.h>

namespace symphony::app {
namespace {

using ipc::Result;
using nlohmann::json;

constexpr int page_head_start_ms = 1000;

}  // namespace

struct DesktopApplication::State {
  State(DesktopOptions given, Log& log_to, Marks& marks_to)
      : options(std::move(given)),
        log(log_to),
        marks(marks_to),
        channel([this](std::string_view line) { log.warn(line); }),
        relay(channel, relay_options()),
        services(channel, files, bus, [this](auto done) { choose_folder(std::move(done)); }),
        window(std::make_unique<MainWindow>(window_options(), channel, files)) {
    channel.set_receiver([this](web::PageMessage message) { receive(std::move(message)); });
  }

  virtual_dom::RelayOptions relay_options() {
    virtual_dom::RelayOptions result;
    result.log = [this](std::string_view line) { log.warn(line); };
    // The relay calls this locked, on any thread: what it says is looked at on the main thread.
    result.observer = [this](const json& message) {
      QMetaObject::invokeMethod(
          &channel, [this, message] { observe(message); }, Qt::QueuedConnection);
    };
    return result;
  }

  MainWindowOptions window_options() {
    MainWindowOptions result;
    result.page_folder = options.layout.page;
    if (!options.private_storage) result.storage = options.directories.data / "page";
    result.log = [this](std::string_view line) { log.warn(line); };
    result.on_page_loaded = [this](bool good) {
      marks.set(good ? "page_loaded" : "page_failed");
      if (!good) log.warn(words_of(Sentence::note_page_not_loaded));
      start_conductor();
    };
    result.on_page_lost = [this] { lose_page(); };
    return result;
  }

  void lose_page() {
    relay.detach();
    services.forget_requests();
    channel.clear();
    page_ready = false;
    painted.clear();
    changed();
  }

  void changed() const {
    if (listener) listener();
  }

  void observe(const json& message) {
    const std::string type = message.value("type", "");
    if (type == "conductor") {
      const std::string state = message.value("state", "");
      if (state != conductor_state && state == "ready") marks.set("conductor_ready");
      conductor_state = state;
    } else if (type == "workspace" && message.contains("path") && message["path"].is_string()) {
      const std::string path = message["path"].get<std::string>();
      const bool first = std::exchange(seen_workspace, true) == false;
      workspace = path;
      files.set_folder(ipc::unescape_path(path).value_or(""));
      window->show_workspace(QString::fromStdString(ipc::display_path(message.value("name", ""))));
      // Somebody opened a folder: the user looks for the window that shows it.
      if (!first) window->come_forward();
    }
    changed();
  }

  void receive(web::PageMessage message) {
    std::visit([this](auto& one) { handle(one); }, message);
    changed();
  }
  void handle(const web::PageReady&) {
    services.forget_requests();
    channel.clear();  // meant for the page before
    page_ready = true;
    painted.clear();
    relay.attach();
    if (unopened) channel.deliver(*std::exchange(unopened, std::nullopt));
  }
  void handle(web::PageAcknowledgement& acknowledgement) {
    if (!acknowledgement.error) {
      painted[acknowledgement.view] = acknowledgement.revision;
      marks.set("view_painted", acknowledgement.view, acknowledgement.revision);
    }
    relay.acknowledge(acknowledgement.view, acknowledgement.revision, std::move(acknowledgement.error));
  }
  void handle(web::PageEvent& event) {
    // A node that went away meanwhile is no fault of anybody.
    if (auto raised = relay.raise(event.view, event.node, event.event, std::move(event.data)); !raised) {
      log.note("an event of the page was dropped: " + raised.error().message);
    }
  }
  void handle(const web::PageRequest& request) { services.serve(request); }
  void handle(const web::PageLog& entry) { log.warn("page " + entry.level + ": " + entry.message); }
  void handle(const web::PageMark& mark) { marks.set(mark.name, {}, 0, mark.ago_us); }

  void choose_folder(std::function<void(std::optional<std::string>)> done) {
    auto* dialog = new QFileDialog(window.get(), QString::fromStdString(words_of(Sentence::title_open_folder)));
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    QObject::connect(dialog, &QFileDialog::finished, dialog, [dialog, done = std::move(done)](int result) {
      if (result != QDialog::Accepted || dialog->selectedFiles().isEmpty()) {
        done(std::nullopt);
        return;
      }
      done(ipc::escape_path(QFile::encodeName(dialog->selectedFiles().constFirst()).toStdString()));
    });
    dialog->open();
  }

  /// On the Conductor's thread.
  void join_bus(ipc::Bus& made) {
    marks.set("bus_ready");
    if (auto connected = relay.connect(made); !connected)
      log.warn(words_of(Sentence::note_window_off_the_bus, {{"reason", connected.error().message}}));
    auto registered = made.register_endpoint(
        "workbench",
        [this](ipc::Incoming incoming, ipc::Responder responder) { responder.finish(open_file(incoming)); },
        ipc::Interface::built_in("workbench"));
    if (!registered) log.warn(words_of(Sentence::note_window_off_the_bus, {{"reason", registered.error().message}}));
    registered = made.register_endpoint("application", [this](const ipc::Incoming& incoming, ipc::Responder responder) {
      responder.finish(set_log_level(incoming));
    });
    if (!registered)
      log.warn(words_of(Sentence::note_application_off_the_bus, {{"reason", registered.error().message}}));
    bus.open(made);
  }

  /// On the Conductor's thread.
  void leave_bus() {
    bus.with([](ipc::Bus& closing) {
      closing.unregister_endpoint("workbench");
      closing.unregister_endpoint("application");
    });
    bus.close();
    relay.disconnect();
  }

  /// Endpoint `application`; any thread.
  Result<ipc::Payload> set_log_level(const ipc::Incoming& incoming) {
    if (incoming.method != "contract.log_level") {
      return error_of(ipc::ErrorCode::method_not_found, Sentence::method_unknown,
                      {{"endpoint", "application"}, {"method", incoming.method}});
    }
    const auto params = incoming.body.document();
    if (!params) return params.error();
    const auto level = params->is_object() ? ipc::log_level_from(params->value("level", "")) : std::nullopt;
    if (!level) return error_of(ipc::ErrorCode::invalid_params, Sentence::level_unknown, {}, {{"path", "/level"}});
    log.set_level(*level);
    return ipc::Payload(json::object());
  }

  /// Endpoint `workbench`; any thread.
  Result<ipc::Payload> open_file(const ipc::Incoming& incoming) {
    if (incoming.method != "workbench.open") {
      return error_of(ipc::ErrorCode::method_not_found, Sentence::method_unknown,
                      {{"endpoint", "workbench"}, {"method", incoming.method}});
    }
    using Params = interfaces::workbench::WorkbenchOpenParams;
    const auto params = ipc::read<Params>(incoming.body);
    if (!params) return params.error();
    if (!ipc::unescape_path(params->path))
      return error_of(ipc::ErrorCode::invalid_params, Sentence::path_outside, {}, {{"path", "/path"}});
    json message = {{"type", "open"},
                    {"path", params->path},
                    {"line", params->line.value_or(Params::line_default)},
                    {"column", params->column.value_or(Params::column_default)},
                    {"length", params->length.value_or(Params::length_default)},
                    {"seq", ++opened}};
    QMetaObject::invokeMethod(
        &channel,
        [this, message = std::move(message)]() mutable {
          if (page_ready) {
            channel.deliver(message);
          } else {
            unopened = std::move(message);
          }
        },
        Qt::QueuedConnection);
    return ipc::Payload(json{{"opened", true}});
  }

  /// The page's first frame before the interpreter's first import: two cores cannot do both at once. The first of: the
  /// page has loaded, it could not be loaded, it takes too long.
  void start_conductor() {
    if (std::exchange(conductor_started, true)) return;
    bridge::on_bus_created([this](ipc::Bus& made) { join_bus(made); });
    bridge::on_bus_closing([this] { leave_bus(); });
    bridge::PythonRuntimeOptions runtime_options;
    runtime_options.packages = options.layout.python_packages;
    runtime_options.config = conductor_config(ConductorMode::desktop, options.layout, options.directories,
                                              options.workspace, options.listen, options.extensions);
    runtime_options.on_finished = [this](const bridge::PythonRuntimeOutcome& outcome) {
      QMetaObject::invokeMethod(
          &channel, [this, outcome] { conductor_ended(outcome); }, Qt::QueuedConnection);
    };
    runtime_options.on_stuck = [this](std::string_view what) { log.warn(what); };
    auto started = bridge::PythonRuntime::start(std::move(runtime_options));
    if (started) {
      python = std::move(*started);
    } else {
      conductor_ended({number_of_failure, started.error().message});
    }
  }

  void conductor_ended(const bridge::PythonRuntimeOutcome& outcome) {
    if (stopping || outcome.exit_code == 0) return;
    log.warn(words_of(Sentence::note_conductor_ended,
                      {{"code", std::to_string(outcome.exit_code)}, {"reason", outcome.error}}));
    // The window stays: what is open can still be read, and the user sees what happened.
    ipc::Incoming incoming;
    incoming.source = "conductor";
    incoming.method = "ui.conductor";
    incoming.body = json{{"state", "failed"}, {"phases", json::array()}, {"message", outcome.error.substr(0, 2000)}};
    relay.receive(incoming);
  }

  static constexpr int number_of_failure = bridge::PythonRuntime::exit_internal;

  DesktopOptions options;
  Log& log;
  Marks& marks;
  WorkspaceFiles files;
  BusAccess bus;
  web::PageChannel channel;
  virtual_dom::ViewRelay relay;
  PageServices services;
  std::unique_ptr<MainWindow> window;
  std::unique_ptr<bridge::PythonRuntime> python;
  std::function<void()> listener;

  // Main thread only.
  bool page_ready = false;
  bool seen_workspace = false;
  bool stopping = false;
  bool conductor_started = false;
  std::string conductor_state;
  std::string workspace;
  std::map<std::string, std::uint64_t> painted;
  std::optional<json> unopened;
  std::atomic<std::uint64_t> opened = 0;
};

DesktopApplication::DesktopApplication(DesktopOptions options, Log& log, Marks& marks)
    : state_(std::make_unique<State>(std::move(options), log, marks)) {}

DesktopApplication::~DesktopApplication() { stop(); }

void DesktopApplication::start() {
  State& state = *state_;
  state.window->load();
  state.window->show();
  state.marks.set("window_shown");
  QTimer::singleShot(page_head_start_ms, state.window.get(), [&state] { state.start_conductor(); });
}

void DesktopApplication::stop() {
  state_->stopping = true;
  state_->window->hide();
  state_->python.reset();
}

MainWindow& DesktopApplication::window() noexcept { return *state_->window; }
virtual_dom::ViewRelay& DesktopApplication::relay() noexcept { return state_->relay; }
const BusAccess& DesktopApplication::bus() const noexcept { return state_->bus; }
const Marks& DesktopApplication::marks() const noexcept { return state_->marks; }
bool DesktopApplication::page_ready() const noexcept { return state_->page_ready; }
std::string DesktopApplication::conductor_state() const { return state_->conductor_state; }
std::string DesktopApplication::workspace() const { return state_->workspace; }

bool DesktopApplication::is_painted(const std::string& view) const {
  const auto painted = state_->painted.find(view);
  if (painted == state_->painted.end()) return false;
  bool current = false;
  state_->relay.read(
      view, [&](const virtual_dom::VirtualTree&, std::uint64_t revision) { current = painted->second == revision; });
  return current;
}

void DesktopApplication::on_change(std::function<void()> listener) { state_->listener = std::move(listener); }

}  // namespace symphony::app
