#include "extension_state.h"

namespace symphony::sdk {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

/// A restarted process waits this long for contract.restore before it shows what it has.
constexpr milliseconds longest_wait_for_state{100};

/// The workspace of contract.init and workspace.changed: a text, or null for none.
std::optional<std::string> workspace_of(const json& params) {
  const json* value = member(params, "workspace");
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return value->get<std::string>();
}

}  // namespace

void Extension::State::receive(ipc::Incoming incoming, ipc::Responder responder) {
  if (incoming.published) {
    receive_published(incoming);
    return;
  }
  if (const auto handler = requests.find(incoming.method); handler != requests.end()) {
    receive_request(std::move(incoming), std::move(responder), handler->second);
    return;
  }
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
    responder.answer(to_ipc(answer->is_bytes() ? Body(answer->bytes()) : Body(answer->document())));
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

void Extension::on_request(std::string method, std::function<void(Request)> handler) {
  state_->requests.insert_or_assign(std::move(method), std::move(handler));
}

View& Extension::view(std::string_view name) {
  const auto found = state_->views.find(name);
  if (found != state_->views.end()) return *found->second;
  auto made = std::make_unique<View>(std::string(name), [state = state_.get()](std::string method, json params) {
    state->notify("ui", std::move(method), Body(std::move(params)));
  });
  made->hold(state_->holding);
  return *state_->views.emplace(std::string(name), std::move(made)).first->second;
}

void Extension::save_state() { state_->save_due = true; }

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
  state_->connection->serve_streams(
      [state = state_.get()](const ipc::StreamOffer& offer) { return state->take_stream(offer); });
  for (const auto& action : std::exchange(state_->until_connected, {}))
    action();
  state_->subscribe_what_is_due();
  const auto served = state_->connection->run();
  // Its destructor still answers what is pending; the handlers of that must find the rest alive.
  state_->connection.reset();
  if (!served) log(LogLevel::error, served.error().message);
  return served ? 0 : 1;
}

}  // namespace symphony::sdk
