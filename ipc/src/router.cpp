#include "router.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>

#include <symphony/ipc/limits.h>

#include "frame_layout.h"

namespace symphony::ipc {
namespace {

using std::chrono::milliseconds;
using Importance = OutgoingStream::Importance;

milliseconds effective(milliseconds deadline) {
  return deadline.count() <= 0 ? limits::default_deadline : std::min(deadline, limits::longest_deadline);
}

Error not_found(std::string_view target) {
  return {ErrorCode::endpoint_not_found, "There is no endpoint \"" + std::string(target.substr(0, 128)) + "\"."};
}

Error not_running(std::string_view target) {
  return {ErrorCode::endpoint_unavailable, "\"" + std::string(target) + "\" is not running; try again later."};
}

Error bus_closed() { return {ErrorCode::endpoint_unavailable, "The bus is closed."}; }

bool is_address(std::string_view text, std::size_t limit) {
  return !text.empty() && text.size() <= limit && is_address_text(text);
}

/// What the wire checks for a peer is checked here for senders in this process.
Result<void> check_message(std::string_view source, const Message& message) {
  if (!is_address(message.target, limits::address_bytes)) {
    return invalid_params("The target must be 1 to 128 of a-z 0-9 _ . : -", "/target");
  }
  if (!is_address(message.method, limits::method_bytes)) {
    return invalid_params("The method must be 1 to 128 of a-z 0-9 _ . : -", "/method");
  }
  if (!is_address(source, limits::address_bytes)) {
    return invalid_params("The source must be 1 to 128 of a-z 0-9 _ . : -", "/source");
  }
  return {};
}

/// A body in the format of a peer: its own bytes where that is possible.
struct WireBody {
  BodyFormat format = BodyFormat::none;
  std::string_view view;
  std::shared_ptr<const std::string> owner;
};

Result<WireBody> convert(BodyFormat from, std::string_view bytes, BodyFormat to) {
  if (from == to || from == BodyFormat::none) {
    return WireBody{from, bytes, nullptr};
  }
  const auto document = decode_document(from, bytes);
  if (!document) {
    return document.error();
  }
  auto owner = std::make_shared<const std::string>(encode_document(to, *document));
  if (owner->size() > limits::body_bytes) {
    return Error{ErrorCode::payload_too_large, "The body is larger than 16 MiB.", {{"limit", limits::body_bytes}}};
  }
  return WireBody{to, *owner, owner};
}

}  // namespace

Router::Router(BusOptions options) : options_(std::move(options)) {}

Result<void> Router::add_endpoint(std::string_view id, Handler handler) {
  if (!is_address(id, limits::address_bytes)) {
    return invalid_params("An endpoint's id must be 1 to 128 of a-z 0-9 _ . : -", "/id");
  }
  if (closed_) {
    return bus_closed();
  }
  if (!endpoints_.add(id, Endpoint::Kind::in_process, std::move(handler))) {
    return Error{ErrorCode::invalid_request, "The endpoint \"" + std::string(id) + "\" is registered already."};
  }
  return {};
}

void Router::remove_endpoint(std::string_view id) {
  const std::shared_ptr<Endpoint> endpoint = endpoints_.remove(id);
  if (!endpoint) {
    return;
  }
  const Error reason = not_found(id);
  if (const auto peer = endpoint->peer()) {
    boost::asio::dispatch(context_, [peer, reason] { peer->close(reason); });
  } else {
    endpoint->retire();
  }
  for (const auto& call : calls_.to(*endpoint)) {
    abandon(*call, reason);
  }
}

RequestId Router::request(std::string_view source, Message message, const SendOptions& options, ReplyHandler on_reply) {
  std::shared_ptr<Endpoint> target;
  Result<void> allowed = check_message(source, message);
  if (allowed && closed_) {
    allowed = bus_closed();
  }
  if (allowed) {
    target = endpoints_.find(message.target);
    if (!target) {
      allowed = not_found(message.target);
    }
  }
  if (!allowed) {
    on_reply(allowed.error());
    return {};
  }
  target->counters.requests.fetch_add(1, std::memory_order_relaxed);
  target->counters.pending.fetch_add(1, std::memory_order_relaxed);
  const auto call = std::make_shared<Call>();
  call->target = target;
  call->on_reply = std::move(on_reply);
  call->started = Clock::now();
  const milliseconds deadline = effective(options.deadline);
  call->deadline = call->started + deadline;
  if (options.trace) {
    call->trace = CallTrace{options.trace->child(), options.trace->span_id, message.method};
  }
  if (target->kind == Endpoint::Kind::in_process) {
    run_handler(call, source, std::move(message.method), std::move(message.body));
    return {call->done ? 0 : call->id};
  }
  const auto peer = target->peer();
  if (!peer || !peer->ready()) {
    finish(*call, not_running(message.target));
    return {};
  }
  const BodyFormat format = peer->format();
  const auto body = message.body.bytes(format);
  if (body->size() > limits::body_bytes) {
    finish(*call,
           Error{ErrorCode::payload_too_large, "The body is larger than 16 MiB.", {{"limit", limits::body_bytes}}});
    return {};
  }
  Envelope frame;
  frame.kind = FrameKind::request;
  frame.format = format;
  frame.control_priority = options.control_priority;
  frame.deadline_ms = static_cast<std::uint32_t>(deadline.count());
  frame.target = message.target;
  frame.method = message.method;
  frame.source = source;
  frame.body = *body;
  forward(call, frame, body);
  return {call->done ? 0 : call->id};
}

void Router::run_handler(const std::shared_ptr<Call>& call, std::string_view source, std::string method, Payload body) {
  call->stop.emplace();
  Incoming incoming;
  incoming.source = std::string(source);
  incoming.method = std::move(method);
  incoming.body = std::move(body);
  incoming.is_request = true;
  incoming.deadline = call->deadline;
  if (call->trace) {
    incoming.trace = call->trace->context;
  }
  incoming.stop = call->stop->get_token();
  Responder responder(
      [self = shared_from_this(), call](Result<Payload> outcome) { self->finish(*call, std::move(outcome)); });
  {
    const HandlerCall running(*call->target);
    if (!running.allowed()) {
      responder.fail(not_found(call->target->id));
      return;
    }
    try {
      call->target->handler(std::move(incoming), std::move(responder));
    } catch (const std::exception& fault) {
      // The Responder went down with the handler's stack and has answered, unless the handler had kept it.
      finish(*call, Error{ErrorCode::internal_error, std::string("The target failed: ") + fault.what()});
    }
  }
  if (!call->done) {
    list(call);
  }
}

void Router::list(const std::shared_ptr<Call>& call) {
  if (calls_.insert(call)) {
    // Weak: the context belongs to the router, and what still waits in it at the end must not keep both alive.
    boost::asio::post(context_, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) {
        self->arm_timer();
      }
    });
  }
  // It may have been answered, or the bus closed, before it was in the table.
  if (call->done) {
    calls_.erase(*call);
  } else if (closed_) {
    abandon(*call, bus_closed());
  }
}

void Router::forward(const std::shared_ptr<Call>& call, Envelope frame, std::shared_ptr<const std::string> body) {
  list(call);
  const auto peer = call->target->peer();
  if (!peer) {
    finish(*call, not_running(call->target->id));
    return;
  }
  frame.id = call->id;
  if (call->trace) {
    frame.trace = call->trace->context;
  }
  switch (peer->send(frame, Importance::ordinary, std::move(body))) {
    case OutgoingStream::Outcome::overloaded:
      finish(*call, Error{ErrorCode::overloaded,
                          "\"" + call->target->id + "\" does not keep up: its queue is full.",
                          {{"limit", limits::queued_bytes_per_peer}}});
      break;
    case OutgoingStream::Outcome::closed:
      finish(*call, Error{ErrorCode::peer_disconnected, "The process of \"" + call->target->id + "\" has ended."});
      break;
    default:
      break;
  }
}

bool Router::claim(Call& call, bool succeeded) {
  if (call.done.exchange(true)) {
    return false;
  }
  if (call.listed) {
    calls_.erase(call);
  }
  EndpointCounters& counters = call.target->counters;
  const auto now = Clock::now();
  counters.pending.fetch_sub(1, std::memory_order_relaxed);
  (succeeded ? counters.answers : counters.errors).fetch_add(1, std::memory_order_relaxed);
  counters.latency.record(std::chrono::duration_cast<std::chrono::microseconds>(now - call.started).count());
  if (call.trace) {
    const std::int64_t end = monotonic_us();
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(now - call.started).count();
    spans_.record({options_.process_name, "bus → " + call.target->id + " " + call.trace->method, call.trace->context,
                   call.trace->parent_id, end - took, end});
  }
  return true;
}

void Router::finish(Call& call, Result<Payload> outcome) {
  if (claim(call, outcome.has_value())) {
    deliver(call, std::move(outcome));
  }
}

void Router::deliver(Call& call, Result<Payload> outcome) {
  if (call.on_reply) {
    const ReplyHandler on_reply = std::exchange(call.on_reply, nullptr);
    on_reply(std::move(outcome));
  } else if (const auto origin = call.origin.lock()) {
    origin->close_request(call.origin_id);
    origin->send_reply(call.origin_id, outcome);
  }
}

void Router::abandon(Call& call, const Error& reason) {
  if (!claim(call, false)) {
    return;
  }
  EndpointCounters& counters = call.target->counters;
  if (reason.code == ErrorCode::cancelled) {
    counters.cancelled.fetch_add(1, std::memory_order_relaxed);
  } else if (reason.code == ErrorCode::deadline_exceeded) {
    counters.deadlines.fetch_add(1, std::memory_order_relaxed);
  }
  if (const auto peer = call.target->peer()) {
    peer->send_cancel(call.id);
  } else if (call.stop) {
    call.stop->request_stop();
  }
  deliver(call, reason);
}

void Router::cancel(RequestId request) {
  if (const auto call = request.value != 0 ? calls_.find(request.value) : nullptr) {
    abandon(*call, {ErrorCode::cancelled, "The request was cancelled."});
  }
}

void Router::arm_timer() {
  const auto next = calls_.arm();
  if (!next) {
    return;
  }
  timer_.expires_at(*next);
  timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (!error && self) {
      self->expire();
    }
  });
}

void Router::expire() {
  for (const auto& call : calls_.due(Clock::now())) {
    abandon(*call, {ErrorCode::deadline_exceeded, "\"" + call->target->id + "\" did not answer in time."});
  }
  arm_timer();
}

void Router::notify(std::string_view source, Message message, const SendOptions& options) {
  const auto target = closed_ || !check_message(source, message) ? nullptr : endpoints_.find(message.target);
  if (!target) {
    return;
  }
  if (target->kind == Endpoint::Kind::in_process) {
    notify_handler(*target, source, std::move(message.method), std::move(message.body), options.trace);
    return;
  }
  const auto peer = target->peer();
  if (!peer || !peer->ready()) {
    target->counters.refused.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  const BodyFormat format = peer->format();
  const auto body = message.body.bytes(format);
  Envelope frame;
  frame.kind = FrameKind::notification;
  frame.format = format;
  frame.control_priority = options.control_priority;
  frame.trace = options.trace;
  frame.target = message.target;
  frame.method = message.method;
  frame.source = source;
  frame.body = *body;
  const bool sent = body->size() <= limits::body_bytes &&
                    peer->send(frame, Importance::ordinary, body) != OutgoingStream::Outcome::overloaded;
  (sent ? target->counters.notifications : target->counters.refused).fetch_add(1, std::memory_order_relaxed);
}

void Router::notify_handler(Endpoint& endpoint, std::string_view source, std::string method, Payload body,
                            const std::optional<TraceContext>& trace) {
  Incoming incoming;
  incoming.source = std::string(source);
  incoming.method = std::move(method);
  incoming.body = std::move(body);
  std::string name;
  std::int64_t start = 0;
  if (trace) {
    incoming.trace = trace->child();
    name = "bus → " + endpoint.id + " " + incoming.method;
    start = monotonic_us();
  }
  const auto context = incoming.trace;
  {
    const HandlerCall running(endpoint);
    if (!running.allowed()) {
      return;
    }
    endpoint.counters.notifications.fetch_add(1, std::memory_order_relaxed);
    try {
      endpoint.handler(std::move(incoming), Responder());
    } catch (const std::exception&) {
      endpoint.counters.errors.fetch_add(1, std::memory_order_relaxed);
    }
  }
  if (context) {
    spans_.record({options_.process_name, std::move(name), *context, trace->span_id, start, monotonic_us()});
  }
}

Result<void> Router::attach(int descriptor, PeerOptions options, Endpoint::Kind kind) {
  const int flags = ::fcntl(descriptor, F_GETFL);
  const auto fail = [descriptor](Error error) -> Result<void> {
    ::close(descriptor);
    return error;
  };
  if (flags < 0 || ::fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) < 0 ||
      ::fcntl(descriptor, F_SETFD, FD_CLOEXEC) < 0) {
    return fail(io_error("The connection cannot be used", "", errno));
  }
  ::setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &limits::socket_buffer_bytes, sizeof limits::socket_buffer_bytes);
  if (!is_address(options.endpoint, limits::address_bytes)) {
    return fail(invalid_params("An endpoint's id must be 1 to 128 of a-z 0-9 _ . : -", "/endpoint"));
  }
  if (closed_) {
    return fail(bus_closed());
  }
  std::shared_ptr<Endpoint> endpoint = endpoints_.add(options.endpoint, kind, nullptr);
  if (!endpoint) {
    // A process that comes back keeps its address and what it counted.
    endpoint = endpoints_.find(options.endpoint);
  }
  std::shared_ptr<Peer> peer;
  if (endpoint && endpoint->kind == kind && kind != Endpoint::Kind::in_process) {
    if (!endpoint->peer()) {
      try {
        peer = std::make_shared<Peer>(context_, *this, endpoint, descriptor, std::move(options));
      } catch (const boost::system::system_error& error) {
        return fail(io_error("The connection cannot be watched", "", error.code().value()));
      }
    }
  }
  if (!peer) {
    return fail({ErrorCode::invalid_request, "The endpoint is registered already."});
  }
  if (!endpoint->take_peer(peer)) {
    return Error{ErrorCode::invalid_request, "The endpoint is registered already."};  // the peer owns the descriptor
  }
  if (kind == Endpoint::Kind::outside) {
    ++outside_connections_;
  }
  boost::asio::dispatch(context_, [peer] { peer->start(); });
  return {};
}

void Router::disconnect(std::string_view endpoint, const Error& reason) {
  const auto found = endpoints_.find(endpoint);
  if (const auto peer = found ? found->peer() : nullptr) {
    boost::asio::dispatch(context_, [peer, reason] { peer->close(reason); });
  }
}

Result<Welcome> Router::admit(Peer& peer, const Hello& hello) {
  if (peer.endpoint()->kind == Endpoint::Kind::outside && authenticate) {
    // The version first: a token is not spent on a client that cannot talk to this host.
    const auto welcome = agree(hello, peer.endpoint()->id, options_.host_name, options_.host_version);
    if (!welcome) {
      return welcome.error();
    }
    if (const Result<void> known = authenticate(hello); !known) {
      return known.error();
    }
    return *welcome;
  }
  return agree(hello, peer.endpoint()->id, options_.host_name, options_.host_version);
}

Result<void> Router::check_capability(const Peer& peer, std::string_view target, std::string_view method) const {
  if (peer.grants().allow(target, method)) {
    return {};
  }
  if (options_.capability_check) {
    return options_.capability_check(peer.endpoint()->id, target, method);
  }
  const std::string capability = std::string(target) + ":" + std::string(method);
  return Error{
      ErrorCode::permission_denied,
      "\"" + peer.endpoint()->id + "\" may not send " + std::string(method) + " to \"" + std::string(target) + "\".",
      {{"capability", capability}}};
}

Result<void> Router::received(const std::shared_ptr<Peer>& peer, const Envelope& frame) {
  switch (frame.kind) {
    case FrameKind::request:
      return received_request(peer, frame);
    case FrameKind::notification:
      received_notification(*peer, frame);
      return {};
    case FrameKind::answer:
      received_reply(*peer, frame);
      return {};
    case FrameKind::error:
      if (frame.id == 0) {
        const auto document = decode_document(frame.format, frame.body);
        peer->close(document ? Error::from_json(*document) : document.error());
        return {};
      }
      received_reply(*peer, frame);
      return {};
    default:
      if (const auto call = peer->find_request(frame.id)) {
        abandon(*call, {ErrorCode::cancelled, "The request was cancelled."});
      }
      return {};
  }
}

Result<void> Router::received_request(const std::shared_ptr<Peer>& peer, const Envelope& frame) {
  const auto call = std::make_shared<Call>();
  call->origin = peer;
  call->origin_id = frame.id;
  switch (peer->open_request(frame.id, call)) {
    case Peer::OpenResult::duplicate:
      return Error{ErrorCode::invalid_request, "The id is in use by a request that is not answered yet."};
    case Peer::OpenResult::too_many:
      peer->endpoint()->counters.refused.fetch_add(1, std::memory_order_relaxed);
      peer->send_reply(frame.id, Error{ErrorCode::overloaded,
                                       "Too many requests are unanswered.",
                                       {{"limit", limits::pending_requests_per_peer}}});
      return {};
    case Peer::OpenResult::opened:
      break;
  }
  const auto reject = [&](const Error& error) -> Result<void> {
    peer->close_request(frame.id);
    peer->send_reply(frame.id, error);
    return {};
  };
  if (const auto allowed = check_capability(*peer, frame.target, frame.method); !allowed) {
    peer->endpoint()->counters.refused.fetch_add(1, std::memory_order_relaxed);
    return reject(allowed.error());
  }
  const auto target = endpoints_.find(frame.target);
  if (!target) {
    return reject(not_found(frame.target));
  }
  call->target = target;
  call->started = Clock::now();
  const milliseconds deadline = effective(milliseconds(frame.deadline_ms));
  call->deadline = call->started + deadline;
  if (frame.trace) {
    call->trace = CallTrace{frame.trace->child(), frame.trace->span_id, std::string(frame.method)};
  }
  target->counters.requests.fetch_add(1, std::memory_order_relaxed);
  target->counters.pending.fetch_add(1, std::memory_order_relaxed);
  if (target->kind == Endpoint::Kind::in_process) {
    run_handler(call, peer->endpoint()->id, std::string(frame.method),
                Payload::from_bytes(frame.format, std::string(frame.body)));
    return {};
  }
  const auto target_peer = target->peer();
  if (!target_peer || !target_peer->ready()) {
    finish(*call, not_running(frame.target));
    return {};
  }
  const auto body = convert(frame.format, frame.body, target_peer->format());
  if (!body) {
    finish(*call, body.error());
    return {};
  }
  Envelope out = frame;
  out.format = body->format;
  out.body = body->view;
  out.deadline_ms = static_cast<std::uint32_t>(deadline.count());
  out.source = peer->endpoint()->id;
  out.trace.reset();
  forward(call, out, body->owner);
  return {};
}

void Router::received_notification(const Peer& peer, const Envelope& frame) {
  const auto refuse = [&] { peer.endpoint()->counters.refused.fetch_add(1, std::memory_order_relaxed); };
  if (!check_capability(peer, frame.target, frame.method)) {
    refuse();
    return;
  }
  const auto target = endpoints_.find(frame.target);
  if (!target) {
    refuse();
    return;
  }
  if (target->kind == Endpoint::Kind::in_process) {
    notify_handler(*target, peer.endpoint()->id, std::string(frame.method),
                   Payload::from_bytes(frame.format, std::string(frame.body)), frame.trace);
    return;
  }
  const auto target_peer = target->peer();
  const auto body = target_peer && target_peer->ready() ? convert(frame.format, frame.body, target_peer->format())
                                                        : Result<WireBody>(not_running(frame.target));
  if (!body) {
    refuse();
    return;
  }
  Envelope out = frame;
  out.format = body->format;
  out.body = body->view;
  out.source = peer.endpoint()->id;
  const bool sent = target_peer->send(out, Importance::ordinary, body->owner) != OutgoingStream::Outcome::overloaded;
  (sent ? target->counters.notifications : target->counters.refused).fetch_add(1, std::memory_order_relaxed);
}

void Router::received_reply(const Peer& peer, const Envelope& frame) {
  const auto call = calls_.find(frame.id);
  // Only the one that was asked can answer; what comes late, or for another's request, is dropped.
  if (!call || call->target != peer.endpoint()) {
    return;
  }
  const bool succeeded = frame.kind == FrameKind::answer;
  const auto origin = call->origin_id == 0 ? nullptr : call->origin.lock();
  if (origin) {
    auto body = convert(frame.format, frame.body, origin->format());
    if (!body) {
      finish(*call, Error{ErrorCode::internal_error, "The target's answer cannot be read: " + body.error().message});
      return;
    }
    if (!claim(*call, succeeded)) {
      return;
    }
    origin->close_request(call->origin_id);
    Envelope out = frame;
    out.id = call->origin_id;
    out.format = body->format;
    out.body = body->view;
    out.trace.reset();
    if (origin->send(out, Importance::ordinary, body->owner) == OutgoingStream::Outcome::overloaded) {
      origin->send_reply(out.id, Error{ErrorCode::overloaded, "The receiver's queue has no room for the answer."});
    }
    return;
  }
  if (succeeded) {
    finish(*call, Payload::from_bytes(frame.format, std::string(frame.body)));
    return;
  }
  const auto document = decode_document(frame.format, frame.body);
  finish(*call, document ? Error::from_json(*document) : document.error());
}

void Router::closed(const std::shared_ptr<Peer>& peer, const Error& reason) {
  const auto& endpoint = peer->endpoint();
  if (endpoint->kind == Endpoint::Kind::outside) {
    endpoints_.remove(endpoint->id, endpoint.get());
    --outside_connections_;
  }
  endpoint->drop_peer();
  Error lost = closed_ ? bus_closed() : reason;
  for (const auto& call : calls_.to(*endpoint)) {
    finish(*call, lost);
  }
  for (const auto& call : peer->take_requests()) {
    if (call->target) {
      abandon(*call, {ErrorCode::cancelled, "The sender is gone."});
    }
  }
}

void Router::close() {
  closed_ = true;
  for (const auto& endpoint : endpoints_.all()) {
    if (const auto peer = endpoint->peer()) {
      peer->close(bus_closed());
    }
  }
  for (const auto& call : calls_.all()) {
    abandon(*call, bus_closed());
  }
  for (const auto& endpoint : endpoints_.all()) {
    endpoints_.remove(endpoint->id, endpoint.get());
    endpoint->retire();
  }
  timer_.cancel();
}

BusStatistics Router::statistics() const {
  BusStatistics shown;
  for (const auto& endpoint : endpoints_.all()) {
    shown.endpoints.push_back(endpoint->statistics());
  }
  return shown;
}

}  // namespace symphony::ipc
