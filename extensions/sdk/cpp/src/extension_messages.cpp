// What an extension asks and is asked: requests, bodies that are no documents, topics.

#include <stop_token>

#include "extension_state.h"

namespace symphony::sdk {

using nlohmann::json;
using std::chrono::milliseconds;

ipc::Payload to_ipc(const Body& body) {
  if (!body.is_bytes()) return ipc::Payload(body.document());
  const Bytes bytes = body.bytes();
  return ipc::Payload::from_shared(ipc::BodyFormat::bytes, bytes.view(), bytes.owner());
}

ipc::Result<Body> from_ipc(const ipc::Payload& payload) {
  if (payload.held_format() == ipc::BodyFormat::bytes) {
    // The copy keeps the bytes, which stay where they are.
    auto kept = std::make_shared<const ipc::Payload>(payload);
    const std::string_view view = kept->view();
    return Body(Bytes(view, std::move(kept)));
  }
  auto document = payload.document();
  if (!document) return document.error();
  return Body(std::move(*document));
}

class Request::Inner {
 public:
  Inner(std::shared_ptr<Extension::State*> extension, ipc::Incoming request, ipc::Responder answer, Body params)
      : state(std::move(extension)),
        incoming(std::move(request)),
        responder(std::move(answer)),
        body(std::move(params)) {}

  const std::shared_ptr<Extension::State*> state;
  const ipc::Incoming incoming;
  ipc::Responder responder;
  const Body body;
  std::optional<std::stop_callback<std::function<void()>>> on_stop;
};

Request::Request(std::shared_ptr<Inner> inner) : inner_(std::move(inner)) {}
const std::string& Request::source() const { return inner_->incoming.source; }
const json& Request::params() const { return inner_->body.document(); }
Bytes Request::bytes() const { return inner_->body.bytes(); }
bool Request::cancelled() const { return inner_->incoming.stop.stop_requested(); }

void Request::on_cancel(std::function<void()> handler) const {
  // Later: it may come in the middle of another turn, or from in here.
  inner_->on_stop.emplace(inner_->incoming.stop,
                          [state = inner_->state, method = inner_->incoming.method, handler = std::move(handler)] {
                            if (*state == nullptr || !(*state)->connection) return;
                            (*state)->connection->post(milliseconds(0), [state, method, handler] {
                              if (*state != nullptr) (*state)->turn(("the cancel of " + method).c_str(), handler);
                            });
                          });
}

void Request::progress(std::optional<double> fraction, std::string text) const {
  if (inner_->incoming.report && pending()) inner_->incoming.report({fraction, std::move(text)});
}

bool Request::wants_progress() const { return static_cast<bool>(inner_->incoming.report); }

void Request::answer(const Body& result) const { inner_->responder.answer(to_ipc(result)); }
void Request::fail(Error error) const { inner_->responder.fail(to_ipc(error)); }
bool Request::pending() const { return inner_->responder.pending(); }

void Extension::State::receive_request(ipc::Incoming incoming, ipc::Responder responder,
                                       const std::function<void(Request)>& handler) {
  auto body = from_ipc(incoming.body);
  if (!body) {
    responder.fail(body.error());
    return;
  }
  const std::string method = incoming.method;
  const auto parent = incoming.trace;
  const Request request(
      std::make_shared<Request::Inner>(self, std::move(incoming), std::move(responder), std::move(*body)));
  if (!traced_turn(method, parent, [&] { handler(request); }) && request.pending()) {
    request.fail({Error::internal_error, options.name + " failed at " + method + "; its log says why.", nullptr});
  }
}

RequestHandle Extension::State::request(std::string target, std::string method, const Body& params,
                                        std::function<void(const Answer&)> on_answer, const RequestOptions& wanted) {
  ipc::SendOptions send;
  send.deadline = wanted.deadline;
  send.idempotent = wanted.idempotent;
  const std::optional<ipc::TraceContext> parent = trace;
  if (parent) send.trace = parent->child();
  const std::int64_t start = ipc::monotonic_us();
  std::string name = target + " " + method;
  if (wanted.on_progress) {
    send.on_progress = [this, name, on_progress = wanted.on_progress](const ipc::Progress& progress) {
      turn(("progress of " + name).c_str(), [&] { on_progress({progress.fraction, progress.text}); });
    };
  }
  const auto answered = [this, start, parent, own = send.trace, name = std::move(name),
                         on_answer = std::move(on_answer)](const ipc::Result<ipc::Payload>& reply) {
    const auto body = reply ? from_ipc(*reply) : ipc::Result<Body>(reply.error());
    const Answer answer = !body              ? Answer(from_ipc(body.error()))
                          : body->is_bytes() ? Answer(body->bytes())
                                             : Answer(body->document());
    if (own) spans.record(name, *own, parent->span_id, start);
    // A cancel() answers inside another handler's turn, whose trace goes on afterwards.
    const std::optional<ipc::TraceContext> interrupted = trace;
    traced_turn("answer of " + name, own, [&] { on_answer(answer); });
    trace = interrupted;
  };
  const ipc::RequestId id =
      connection->send_request({std::move(target), std::move(method), to_ipc(params)}, send, answered);
  return {id.value};
}

RequestHandle Extension::request(std::string target, std::string method, const Body& params,
                                 std::function<void(const Answer&)> on_answer, const RequestOptions& options) {
  if (!state_->connection) {
    on_answer(Error{Error::endpoint_unavailable, "The extension is not connected yet.", nullptr});
    return {};
  }
  return state_->request(std::move(target), std::move(method), params, std::move(on_answer), options);
}

RequestHandle Extension::request(std::string target, std::string method, const Body& params,
                                 std::function<void(const Answer&)> on_answer, milliseconds deadline) {
  RequestOptions options;
  options.deadline = deadline;
  return request(std::move(target), std::move(method), params, std::move(on_answer), options);
}

void Extension::cancel(RequestHandle request) {
  if (state_->connection) state_->connection->cancel({request.value});
}

void Extension::notify(std::string target, std::string method, Body params) {
  state_->when_connected([state = state_.get(), target = std::move(target), method = std::move(method),
                          params = std::move(params)] { state->notify(target, method, params); });
}

Buffer Extension::buffer(std::size_t bytes) {
  if (state_->connection) {
    if (const auto room = state_->connection->body_buffer(bytes)) {
      auto kept = std::make_shared<const ipc::BodyBuffer>(*room);
      const std::span<char> span = kept->bytes();
      return {span, std::move(kept)};
    }
  }
  auto text = std::make_shared<std::string>(bytes, '\0');
  const std::span<char> span(text->data(), text->size());
  return {span, std::move(text)};
}

namespace {

/// Whether who subscribed to `wider` gets all that `narrower` names.
bool covers(std::string_view wider, std::string_view narrower) {
  if (wider == "*" || wider == narrower) return true;
  return wider.ends_with(".*") && narrower.starts_with(wider.substr(0, wider.size() - 1));
}

}  // namespace

void Extension::State::subscribe_what_is_due() {
  const auto covered = [this](const std::string& pattern) {
    return std::any_of(subscriptions.begin(), subscriptions.end(),
                       [&](const auto& other) { return other.first != pattern && covers(other.first, pattern); });
  };
  constexpr std::array<std::string_view, 3> names{"drop_oldest", "latest_wins", "disconnect"};
  for (auto& [pattern, subscription] : subscriptions) {
    // One that a wider one covers would only bring everything twice.
    const bool wanted = !covered(pattern);
    if (wanted && subscription.due) {
      const json params = {{"topic", pattern},
                           {"when_full", names[static_cast<std::size_t>(subscription.options.when_full)]},
                           {"queue_bytes", subscription.options.queue_bytes}};
      const auto refused = [this, name = pattern](const Answer& answer) {
        if (!answer.ok()) log(LogLevel::warning, "no subscription to " + name + ": " + answer.error().message);
      };
      request("bus", "bus.subscribe", Body(params), refused, {});
    } else if (!wanted && !subscription.due) {
      request("bus", "bus.unsubscribe", Body(json{{"topic", pattern}}), [](const Answer&) {}, {});
    }
    subscription.due = !wanted;
  }
}

void Extension::subscribe(std::string pattern, OnPublished handler, TopicOptions options) {
  state_->subscriptions.insert_or_assign(std::move(pattern), State::Subscription{std::move(handler), options, true});
  if (state_->connection) state_->subscribe_what_is_due();
}

void Extension::unsubscribe(const std::string& pattern) {
  const auto found = state_->subscriptions.find(pattern);
  if (found == state_->subscriptions.end()) return;
  const bool asked_for = !found->second.due;
  state_->subscriptions.erase(found);
  if (!state_->connection) return;
  if (asked_for) {
    state_->request("bus", "bus.unsubscribe", Body(json{{"topic", pattern}}), [](const Answer&) {}, {});
  }
  state_->subscribe_what_is_due();
}

void Extension::publish(std::string topic, Body body) { notify("bus", std::move(topic), std::move(body)); }

void Extension::State::receive_published(const ipc::Incoming& incoming) {
  const auto body = from_ipc(incoming.body);
  if (!body) return;
  const Published published{incoming.method, incoming.source, *body};
  std::vector<OnPublished> handlers;  // they may change the subscriptions
  for (const auto& [pattern, subscription] : subscriptions) {
    if (covers(pattern, published.topic)) handlers.push_back(subscription.handler);
  }
  for (const OnPublished& handler : handlers) {
    traced_turn("topic " + published.topic, incoming.trace, [&] { handler(published); });
  }
}

}  // namespace symphony::sdk
