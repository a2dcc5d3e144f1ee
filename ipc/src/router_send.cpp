// What this process sends, and the handlers that live in it.

#include <symphony/ipc/limits.h>

#include "route.h"
#include "router.h"

namespace symphony::ipc {

using std::chrono::milliseconds;

void Router::begin(Call& call, std::shared_ptr<Endpoint> target, milliseconds deadline, Clock::time_point now) {
  call.target = std::move(target);
  call.started = now;
  call.deadline = call.started + effective_deadline(deadline);
  call.target->counters.requests.fetch_add(1, std::memory_order_relaxed);
  call.target->counters.pending.fetch_add(1, std::memory_order_relaxed);
}

RequestId Router::request(std::string_view source, Message message, const SendOptions& options, ReplyHandler on_reply) {
  std::shared_ptr<Endpoint> target;
  Result<void> allowed = check_route(message.target, message.method);
  if (allowed) {
    // What the wire checks for a peer is checked here for senders in this process.
    allowed = check_source(source);
  }
  if (allowed && closed_) {
    allowed = bus_closed();
  }
  if (allowed) {
    target = endpoints_.find(message.target);
    if (!target) {
      allowed = no_endpoint(message.target);
    }
  }
  if (!allowed) {
    on_reply(allowed.error());
    return {};
  }
  const auto call = std::make_shared<Call>();
  call->on_reply = std::move(on_reply);
  call->on_progress = options.on_progress;
  begin(*call, target, options.deadline, Clock::now());
  if (options.trace) {
    call->trace = CallTrace{options.trace->child(), options.trace->span_id, message.method};
  }
  if (target->kind == Endpoint::Kind::in_process) {
    Incoming incoming;
    incoming.source = std::string(source);
    incoming.method = std::move(message.method);
    incoming.body = std::move(message.body);
    run_handler(call, std::move(incoming));
    return {call->done ? 0 : call->id};
  }
  MessageView view;
  view.frame.kind = FrameKind::request;
  view.frame.control_priority = options.control_priority;
  view.frame.idempotent = options.idempotent;
  view.frame.wants_progress = static_cast<bool>(options.on_progress);
  view.frame.target = message.target;
  view.frame.method = message.method;
  view.frame.source = source;
  view.payload = &message.body;
  view.instance = options.instance;
  if (options.idempotent) {
    call->again = std::make_unique<StoredMessage>(view);
  }
  calls_.list(call);
  route(*target, view, call);
  return {call->done ? 0 : call->id};
}

void Router::cancel(RequestId request) {
  if (const auto call = request.value != 0 ? calls_.find(request.value) : nullptr) {
    calls_.abandon(*call, {ErrorCode::cancelled, "The request was cancelled."});
  }
}

void Router::notify(std::string_view source, Message message, const SendOptions& options) {
  const bool valid = !closed_ && check_route(message.target, message.method) && check_source(source);
  const auto target = valid ? endpoints_.find(message.target) : nullptr;
  if (!target) {
    return;
  }
  if (target->kind == Endpoint::Kind::in_process) {
    Incoming incoming;
    incoming.source = std::string(source);
    incoming.method = std::move(message.method);
    incoming.body = std::move(message.body);
    incoming.trace = options.trace;
    notify_handler(*target, std::move(incoming));
    return;
  }
  MessageView view;
  view.frame.kind = FrameKind::notification;
  view.frame.control_priority = options.control_priority;
  view.frame.trace = options.trace;
  view.frame.target = message.target;
  view.frame.method = message.method;
  view.frame.source = source;
  view.payload = &message.body;
  view.instance = options.instance;
  route(*target, view, nullptr);
}

void Router::run_handler(const CallPtr& call, Incoming incoming) {
  call->stop.emplace();
  incoming.is_request = true;
  incoming.deadline = call->deadline;
  if (call->trace) {
    incoming.trace = call->trace->context;
  }
  incoming.stop = call->stop->get_token();
  if (call->wants_progress()) {
    incoming.report = [self = shared_from_this(), call](const Progress& progress) {
      self->tell_progress(call, progress);
    };
  }
  call->calls = std::shared_ptr<PendingCalls>(shared_from_this(), &calls_);
  Responder responder(std::static_pointer_cast<Responder::Receiver>(call));
  {
    const HandlerCall running(*call->target);
    if (!running.allowed()) {
      responder.fail(no_endpoint(call->target->id));
      return;
    }
    try {
      if (auto admitted = call->target->admit(incoming); !admitted) {
        responder.fail(std::move(admitted.error()));
        return;
      }
      call->target->handler(std::move(incoming), std::move(responder));
    } catch (const std::exception& fault) {
      // The Responder went down with the handler's stack and has answered, unless the handler had kept it.
      calls_.finish(*call, Error{ErrorCode::internal_error, std::string("The target failed: ") + fault.what()});
    }
  }
  if (call->done) {
    return;
  }
  if (const auto origin = call->origin_id == 0 ? nullptr : call->origin.lock(); origin && !origin->open_request(call)) {
    calls_.abandon(*call, {ErrorCode::cancelled, "The sender is gone."});
    return;
  }
  calls_.list(call);
}

void Router::notify_handler(Endpoint& endpoint, Incoming incoming) {
  std::optional<TraceContext> sender;
  std::string name;
  std::int64_t start = 0;
  if (incoming.trace) {
    sender = *incoming.trace;
    incoming.trace = sender->child();
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
      if (endpoint.admit(incoming)) {
        endpoint.handler(std::move(incoming), Responder());
      }
    } catch (const std::exception&) {
      endpoint.counters.errors.fetch_add(1, std::memory_order_relaxed);
    }
  }
  if (context) {
    calls_.spans().record({options_.process_name, std::move(name), *context, sender->span_id, start, monotonic_us()});
  }
}

}  // namespace symphony::ipc
