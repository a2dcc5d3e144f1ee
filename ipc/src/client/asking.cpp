// What a client asks: its requests until they are answered, late or taken back.

#include <algorithm>
#include <vector>

#include <symphony/ipc/limits.h>

#include "client/connection_state.h"
#include "outcome_frame.h"
#include "route.h"

namespace symphony::ipc {

using std::chrono::milliseconds;

void ClientConnection::State::complete(std::uint64_t id, Result<Payload> outcome) {
  ReplyHandler on_reply;
  {
    const std::lock_guard lock(mutex);
    const auto found = pending.find(id);
    if (found == pending.end()) {
      return;  // late: cancelled or past its deadline
    }
    on_reply = std::move(found->second.on_reply);
    pending.erase(found);
  }
  if (on_reply) {
    on_reply(std::move(outcome));
  }
}

void ClientConnection::State::heard_progress(const Envelope& envelope) {
  ProgressHandler on_progress;
  {
    const std::lock_guard lock(mutex);
    if (const auto found = pending.find(envelope.id); found != pending.end()) {
      on_progress = found->second.on_progress;
    }
  }
  if (!on_progress) {
    return;
  }
  if (const auto progress = read_progress(envelope.format, envelope.body)) {
    on_progress(*progress);
  }
}

void ClientConnection::State::cancel(std::uint64_t id, ErrorCode code, const char* message) {
  after_send(send_signal(out, FrameKind::cancel, id));
  complete(id, Error{code, message});
}

EventLoop::Clock::time_point ClientConnection::State::run_due(Clock::time_point now) {
  std::vector<std::uint64_t> late;
  auto next = Clock::time_point::max();
  {
    const std::lock_guard lock(mutex);
    for (const auto& [id, request] : pending) {
      if (request.deadline <= now) {
        late.push_back(id);
      } else {
        next = std::min(next, request.deadline);
      }
    }
  }
  std::sort(late.begin(), late.end());
  for (const std::uint64_t id : late) {
    cancel(id, ErrorCode::deadline_exceeded, "No answer came before the deadline.");
  }
  return next;
}

RequestId ClientConnection::State::ask(Message message, const SendOptions& options, ReplyHandler on_reply) {
  const EncodedBody body = message.body.encoded(format);
  const auto refuse = [&](Error error) {
    on_reply(std::move(error));
    return RequestId{};
  };
  if (const auto valid = check_route(message.target, message.method); !valid) {
    return refuse(valid.error());
  }
  if (body.view.size() > out.largest_body()) {
    return refuse(body_too_large(out.largest_body()));
  }
  if (body.format == BodyFormat::bytes && !out.takes_bytes()) {
    return refuse(takes_no_bytes());
  }
  const milliseconds deadline = effective_deadline(options.deadline);
  Envelope envelope;
  envelope.kind = FrameKind::request;
  envelope.format = body.format;
  envelope.control_priority = options.control_priority;
  envelope.idempotent = options.idempotent;
  envelope.wants_progress = options.on_progress && features.progress;
  envelope.deadline_ms = static_cast<std::uint32_t>(deadline.count());
  envelope.trace = options.trace;
  envelope.target = message.target;
  envelope.method = message.method;
  envelope.body = body.view;
  bool taken = false;
  {
    const std::lock_guard lock(mutex);
    taken = pending.size() < limits::pending_requests_per_peer && !ended;
    if (taken) {
      envelope.id = next_id++;
      const auto until = Clock::now() + deadline;
      pending.emplace(envelope.id, Pending{std::move(on_reply), until, options.on_progress});
      loop->arm(until);
    }
  }
  if (!taken) {
    return refuse(ended ? disconnected()
                        : Error{ErrorCode::overloaded,
                                "Too many requests are unanswered.",
                                {{"limit", limits::pending_requests_per_peer}}});
  }
  switch (send(envelope, OutgoingStream::Importance::ordinary, body.text)) {
    case OutgoingStream::Outcome::overloaded:
      complete(envelope.id, Error{ErrorCode::overloaded, "The queue to the host is full."});
      break;
    case OutgoingStream::Outcome::closed:
      complete(envelope.id, disconnected());
      break;
    default:
      break;
  }
  return RequestId{envelope.id};
}

void ClientConnection::State::notify(const Message& message, const SendOptions& options) {
  const EncodedBody body = message.body.encoded(format);
  if (!check_route(message.target, message.method) || body.view.size() > out.largest_body() ||
      (body.format == BodyFormat::bytes && !out.takes_bytes())) {
    return;
  }
  Envelope envelope;
  envelope.kind = FrameKind::notification;
  envelope.format = body.format;
  envelope.control_priority = options.control_priority;
  envelope.trace = options.trace;
  envelope.target = message.target;
  envelope.method = message.method;
  envelope.body = body.view;
  send(envelope, OutgoingStream::Importance::ordinary, body.text);
}

}  // namespace symphony::ipc
