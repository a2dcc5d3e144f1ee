#include <symphony/sdk/document.h>
#include <symphony/sdk/extension.h>

#include <symphony/ipc/client_connection.h>
#include <symphony/ipc/limits.h>
#include <symphony/ipc/trace.h>

#include "span_reporter.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <map>
#include <utility>
#include <vector>

namespace symphony::sdk {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr std::array<std::string_view, 4> level_names{"debug", "info", "warning", "error"};
/// A restarted process waits this long for contract.restore before it shows what it has.
constexpr milliseconds longest_wait_for_state{100};
constexpr milliseconds span_batch_delay{50};

Error from_ipc(const ipc::Error& error) { return {static_cast<std::int32_t>(error.code), error.message, error.data}; }

ipc::Error to_ipc(const Error& error) { return {static_cast<ipc::ErrorCode>(error.code), error.message, error.data}; }

/// The workspace of contract.init and workspace.changed: a text, or null for none.
std::optional<std::string> workspace_of(const json& params) {
  const json* value = member(params, "workspace");
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return value->get<std::string>();
}

}  // namespace

struct Extension::State {
  explicit State(ExtensionOptions given) : options(std::move(given)), spans([this] { report_spans_soon(); }) {}

  ExtensionOptions options;
  std::unique_ptr<ipc::ClientConnection> connection;
  std::vector<std::function<void()>> until_connected;

  std::function<void(const Init&)> init;
  std::function<void(const json&)> restore;
  std::function<json()> snapshot;
  std::function<void(const std::optional<std::string>&)> workspace_changed;
  std::function<void()> shutdown;
  std::map<std::string, std::function<Answer(const json&)>, std::less<>> calls;

  std::map<std::string, std::unique_ptr<View>, std::less<>> views;
  bool holding = false;
  bool save_due = false;
  std::string last_saved;
  LogLevel log_level = LogLevel::info;
  /// The trace the current handler works for; what it sends carries it on.
  std::optional<ipc::TraceContext> trace;
  SpanReporter spans;

  template <class Action>
  void when_connected(Action action) {
    if (connection) {
      action();
    } else {
      until_connected.emplace_back(std::move(action));
    }
  }

  void log(LogLevel level, std::string_view text, json fields = nullptr) const {
    if (level < log_level) return;
    const std::string_view name = level_names[static_cast<std::size_t>(level)];
    if (!connection) {
      std::fprintf(stderr, "%s %s: %.*s\n", name.data(), options.name.c_str(), static_cast<int>(text.size()),
                   text.data());
      return;
    }
    json params = {{"level", name}, {"message", text.substr(0, ipc::limits::log_message_bytes)}};
    if (fields.is_object()) params["fields"] = std::move(fields);
    // What is no text must not cost the whole line.
    params = json::parse(params.dump(-1, ' ', false, json::error_handler_t::replace));
    connection->notify({"host", "log.write", ipc::Payload(std::move(params))});
  }

  void set_log_level(const json& params) {
    const auto named = std::find(level_names.begin(), level_names.end(), text_member(params, "level"));
    // A level this version does not know changes nothing.
    if (named != level_names.end()) log_level = static_cast<LogLevel>(named - level_names.begin());
  }

  /// Runs one handler as a turn: nothing it throws leaves it, and what it changed is sent afterwards.
  template <class Action>
  bool turn(const char* what, Action&& action) {
    const bool done = attempt(what, std::forward<Action>(action));
    for (const auto& [name, view] : views)
      view->flush();
    if (save_due) attempt("the snapshot to save", [this] { save(); });
    trace.reset();
    return done;
  }

  /// False when it threw, which is logged.
  template <class Action>
  bool attempt(const char* what, Action&& action) const {
    try {
      std::forward<Action>(action)();
      return true;
    } catch (const std::exception& failure) {
      log(LogLevel::error, std::string(what) + " failed: " + failure.what());
      return false;
    }
  }

  /// A turn on behalf of a trace, recorded as a span of it.
  template <class Action>
  bool traced_turn(const std::string& what, const std::optional<ipc::TraceContext>& parent, Action&& action) {
    if (!parent) return turn(what.c_str(), std::forward<Action>(action));
    const ipc::TraceContext own = parent->child();
    const std::int64_t start = ipc::monotonic_us();
    trace = own;
    const bool done = turn(what.c_str(), std::forward<Action>(action));
    spans.record(what, own, parent->span_id, start);
    return done;
  }

  void notify(std::string target, std::string method, json params) const {
    ipc::SendOptions send;
    if (trace) send.trace = trace;
    connection->notify({std::move(target), std::move(method), ipc::Payload(std::move(params))}, send);
  }

  void report_spans_soon() {
    connection->post(span_batch_delay, [this] { notify("supervisor", "telemetry.spans", spans.take()); });
  }

  void save() {
    save_due = false;
    if (!snapshot) return;
    json state = snapshot();
    std::string text = state.dump(-1, ' ', false, json::error_handler_t::replace);
    if (text == last_saved) return;
    if (text.size() > ipc::limits::saved_state_bytes) {
      log(LogLevel::warning, "the state to save is larger than 256 KiB; the last one is kept");
      return;
    }
    last_saved = std::move(text);
    notify("supervisor", "contract.save", {{"state", std::move(state)}});
  }

  void hold_views(bool held) {
    holding = held;
    for (const auto& [name, view] : views)
      view->hold(held);
  }

  void receive(ipc::Incoming incoming, ipc::Responder responder);
  std::optional<Answer> contract(const std::string& method, const json& params);
  void acknowledge(const json& params);
  void event(const json& params);
};

void Extension::State::receive(ipc::Incoming incoming, ipc::Responder responder) {
  const auto document = incoming.body.document();
  if (!document) {
    responder.fail(document.error());
    return;
  }
  const json& params = *document;
  const std::string& method = incoming.method;
  if (method == "ui.ack") {
    turn("ui.ack", [&] { acknowledge(params); });
    return;
  }
  if (method == "ui.event") {
    auto parent = incoming.trace;
    if (!parent) parent = ipc::TraceContext::from_traceparent(text_member(params, "trace"));
    traced_turn("ui.event " + text_member(params, "event"), parent, [&] { event(params); });
    return;
  }
  if (method == "contract.log_level") {
    set_log_level(params);
    responder.answer(ipc::Payload(json::object()));
    return;
  }
  std::optional<Answer> answer;
  const bool done = traced_turn(method, incoming.trace, [&] {
    answer = contract(method, params);
    if (!answer) {
      const auto call = calls.find(method);
      answer = call != calls.end()
                   ? call->second(params)
                   : Answer(Error{Error::method_not_found, "This extension has no method " + method + ".", nullptr});
    }
  });
  if (!done) {
    responder.fail(
        {ipc::ErrorCode::internal_error, options.name + " failed at " + method + "; its log says why.", nullptr});
  } else if (answer->ok()) {
    responder.answer(ipc::Payload(answer->document()));
  } else {
    responder.fail(to_ipc(answer->error()));
  }
  if (method == "contract.shutdown") connection->stop();
}

/// Section 7 of docs/protocol.md; nothing when `method` is not part of it.
std::optional<Answer> Extension::State::contract(const std::string& method, const json& params) {
  if (method == "contract.init") {
    Init received;
    received.workspace = workspace_of(params);
    if (const auto data = params.find("data"); data != params.end() && data->is_string()) {
      received.data = data->get<std::string>();
    }
    if (const json* config = member(params, "config")) received.config = *config;
    received.generation = std::max<std::uint64_t>(1, number_member(params, "generation"));
    if (received.generation > 1) {
      hold_views(true);
      connection->post(longest_wait_for_state,
                       [this] { turn("waiting for the state", [this] { hold_views(false); }); });
    }
    if (init) init(received);
  } else if (method == "contract.restore") {
    hold_views(false);
    const json* state = member(params, "state");
    if (state == nullptr)
      return Answer(Error{Error::invalid_params, "There is no state to restore.", {{"path", "/state"}}});
    if (restore) restore(*state);
  } else if (method == "contract.snapshot") {
    return Answer(json{{"state", snapshot ? snapshot() : json::object()}});
  } else if (method == "workspace.changed") {
    if (workspace_changed) workspace_changed(workspace_of(params));
  } else if (method == "contract.shutdown") {
    if (shutdown) shutdown();
  } else {
    return std::nullopt;
  }
  return Answer(json::object());
}

void Extension::State::acknowledge(const json& params) {
  const auto found = views.find(text_member(params, "view"));
  if (found == views.end()) return;
  std::optional<Error> refused;
  if (const json* error = member(params, "error"); error != nullptr && !error->is_null()) {
    refused = from_ipc(ipc::Error::from_json(*error));
    log(LogLevel::warning,
        "the host refused a batch of " + found->first + ": " + refused->message + " " + refused->data.dump());
  }
  found->second->acknowledged(number_member(params, "revision"), refused);
}

void Extension::State::event(const json& params) {
  const auto found = views.find(text_member(params, "view"));
  if (found == views.end()) return;
  const json* data = member(params, "data");
  found->second->dispatch(text_member(params, "node"), text_member(params, "event"),
                          data != nullptr ? *data : json::object());
}

Extension::Extension(ExtensionOptions options) : state_(std::make_unique<State>(std::move(options))) {}
Extension::~Extension() = default;

void Extension::on_init(std::function<void(const Init&)> handler) { state_->init = std::move(handler); }
void Extension::on_restore(std::function<void(const json&)> handler) { state_->restore = std::move(handler); }
void Extension::on_snapshot(std::function<json()> handler) { state_->snapshot = std::move(handler); }
void Extension::on_workspace_changed(std::function<void(const std::optional<std::string>&)> handler) {
  state_->workspace_changed = std::move(handler);
}
void Extension::on_shutdown(std::function<void()> handler) { state_->shutdown = std::move(handler); }
void Extension::on_call(std::string method, std::function<Answer(const json&)> handler) {
  state_->calls.insert_or_assign(std::move(method), std::move(handler));
}

View& Extension::view(std::string_view name) {
  const auto found = state_->views.find(name);
  if (found != state_->views.end()) return *found->second;
  auto made = std::make_unique<View>(std::string(name), [state = state_.get()](std::string method, json params) {
    state->notify("ui", std::move(method), std::move(params));
  });
  made->hold(state_->holding);
  return *state_->views.emplace(std::string(name), std::move(made)).first->second;
}

void Extension::save_state() { state_->save_due = true; }

RequestHandle Extension::request(std::string target, std::string method, json params,
                                 std::function<void(const Answer&)> on_answer, milliseconds deadline) {
  if (!state_->connection) {
    on_answer(Error{Error::endpoint_unavailable, "The extension is not connected yet.", nullptr});
    return {};
  }
  State* state = state_.get();
  ipc::SendOptions send;
  send.deadline = deadline;
  const std::optional<ipc::TraceContext> parent = state->trace;
  if (parent) send.trace = parent->child();
  const std::int64_t start = ipc::monotonic_us();
  std::string name = target + " " + method;
  const auto answered = [state, start, parent, own = send.trace, name = std::move(name),
                         on_answer = std::move(on_answer)](ipc::Result<ipc::Payload> reply) {
    std::optional<Answer> answer;
    if (!reply) {
      answer = from_ipc(reply.error());
    } else if (auto document = reply->document()) {
      answer = std::move(*document);
    } else {
      answer = from_ipc(document.error());
    }
    if (own) state->spans.record(name, *own, parent->span_id, start);
    // A cancel() answers inside another handler's turn, whose trace goes on afterwards.
    const std::optional<ipc::TraceContext> interrupted = state->trace;
    state->traced_turn("answer of " + name, own, [&] { on_answer(*answer); });
    state->trace = interrupted;
  };
  const ipc::RequestId id = state->connection->send_request(
      {std::move(target), std::move(method), ipc::Payload(std::move(params))}, send, answered);
  return {id.value};
}

void Extension::cancel(RequestHandle request) {
  if (state_->connection) state_->connection->cancel({request.value});
}

void Extension::notify(std::string target, std::string method, json params) {
  state_->when_connected([state = state_.get(), target = std::move(target), method = std::move(method),
                          params = std::move(params)] { state->notify(target, method, params); });
}

void Extension::post(milliseconds delay, std::function<void()> action) {
  state_->when_connected([state = state_.get(), delay, action = std::move(action)] {
    state->connection->post(delay, [state, action] { state->turn("a posted action", action); });
  });
}

void Extension::watch(int descriptor, std::function<void()> ready) {
  state_->when_connected([state = state_.get(), descriptor, ready = std::move(ready)] {
    state->connection->watch(descriptor, [state, ready] { state->turn("a watched descriptor", ready); });
  });
}

void Extension::unwatch(int descriptor) {
  state_->when_connected([state = state_.get(), descriptor] { state->connection->unwatch(descriptor); });
}

void Extension::log(LogLevel level, std::string_view text, json fields) { state_->log(level, text, std::move(fields)); }

bool Extension::logs(LogLevel level) const { return level >= state_->log_level; }

int Extension::run() {
  ipc::ClientOptions client;
  client.name = state_->options.name;
  client.version = state_->options.version;
  auto connection = ipc::ClientConnection::open(state_->options.descriptor, std::move(client));
  if (!connection) {
    log(LogLevel::error,
        "no connection to Symphony (an extension is started by it, not by hand): " + connection.error().message);
    return 1;
  }
  state_->connection = std::move(*connection);
  state_->connection->on_message([state = state_.get()](ipc::Incoming incoming, ipc::Responder responder) {
    state->receive(std::move(incoming), std::move(responder));
  });
  for (const auto& action : std::exchange(state_->until_connected, {}))
    action();
  const auto served = state_->connection->run();
  // Its destructor still answers what is pending; the handlers of that must find the rest alive.
  state_->connection.reset();
  if (!served) log(LogLevel::error, served.error().message);
  return served ? 0 : 1;
}

}  // namespace symphony::sdk
