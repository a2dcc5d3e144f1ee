#pragma once
// What an extension consists of. extension.cpp: its life and its picture; extension_messages.cpp: what it asks and is
// asked; extension_streams.cpp: its streams.

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
#include <memory>
#include <utility>
#include <vector>

namespace symphony::sdk {

inline constexpr std::array<std::string_view, 4> level_names{"debug", "info", "warning", "error"};

inline Error from_ipc(const ipc::Error& error) {
  return {static_cast<std::int32_t>(error.code), error.message, error.data};
}
inline ipc::Error to_ipc(const Error& error) {
  return {static_cast<ipc::ErrorCode>(error.code), error.message, error.data};
}
/// Nothing is copied where the body lies in memory both sides see.
ipc::Payload to_ipc(const Body& body);
/// Bytes as they are, else the document. Errors: parse_error.
ipc::Result<Body> from_ipc(const ipc::Payload& payload);

struct Extension::State {
  using json = nlohmann::json;
  struct Subscription {
    OnPublished handler;
    TopicOptions options;
    bool due = true;  // not asked of the bus
  };

  explicit State(ExtensionOptions given) : options(std::move(given)), spans([this] { report_spans_soon(); }) {}
  ~State() { *self = nullptr; }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  ExtensionOptions options;
  std::unique_ptr<ipc::ClientConnection> connection;
  std::vector<std::function<void()>> until_connected;

  std::function<void(const Init&)> init;
  std::function<void(const json&)> restore;
  std::function<json()> snapshot;
  std::function<void(const std::optional<std::string>&)> workspace_changed;
  std::function<void()> shutdown;
  std::map<std::string, std::function<Answer(const json&)>, std::less<>> calls;
  std::map<std::string, std::function<void(Request)>, std::less<>> requests;
  std::map<std::string, std::function<void(IncomingStream, const StreamOffer&)>, std::less<>> incoming_streams;
  std::map<std::string, std::function<void(OutgoingStream, const StreamOffer&)>, std::less<>> outgoing_streams;
  std::map<std::string, Subscription, std::less<>> subscriptions;
  /// Handles outlive this: what they do then is nothing.
  std::shared_ptr<State*> self = std::make_shared<State*>(this);

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

  void notify(std::string target, std::string method, const Body& body) const {
    ipc::SendOptions send;
    if (trace) send.trace = trace;
    connection->notify({std::move(target), std::move(method), to_ipc(body)}, send);
  }

  void report_spans_soon() {
    connection->post(std::chrono::milliseconds(50),
                     [this] { notify("supervisor", "telemetry.spans", Body(spans.take())); });
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
    notify("supervisor", "contract.save", Body(json{{"state", std::move(state)}}));
  }

  void hold_views(bool held) {
    holding = held;
    for (const auto& [name, view] : views)
      view->hold(held);
  }

  void receive(ipc::Incoming incoming, ipc::Responder responder);
  void receive_request(ipc::Incoming incoming, ipc::Responder responder, const std::function<void(Request)>& handler);
  void receive_published(const ipc::Incoming& incoming);
  RequestHandle request(std::string target, std::string method, const Body& params,
                        std::function<void(const Answer&)> on_answer, const RequestOptions& options);
  /// Asks the bus for what was not asked for yet, and gives up what a wider pattern covers; a refusal is logged.
  void subscribe_what_is_due();
  ipc::Result<ipc::StreamTaker> take_stream(const ipc::StreamOffer& offer);
  void open_stream(std::string target, std::string method, StreamOptions options, bool receive,
                   ipc::StreamOpened opened);
  OutgoingStream outgoing(ipc::StreamWriter writer);
  IncomingStream incoming(ipc::StreamReader reader);
  std::optional<Answer> contract(const std::string& method, const json& params);
  void acknowledge(const json& params);
  void event(const json& params);
};

}  // namespace symphony::sdk
