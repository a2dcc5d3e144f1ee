// What peers send, on the bus thread: checked against what they may do, then handed on.

#include <symphony/ipc/limits.h>

#include "route.h"
#include "router.h"

namespace symphony::ipc {
namespace {

/// What an error frame that is only handed on says, for the counters. Errors are small; one that is not is not read.
ErrorCode code_of(const Envelope& error) {
  constexpr std::size_t longest_read = 4096;
  if (error.body.size() > longest_read) {
    return ErrorCode::internal_error;
  }
  const auto document = decode_document(error.format, error.body);
  return document ? Error::from_json(*document).code : ErrorCode::parse_error;
}

}  // namespace

using Importance = OutgoingStream::Importance;

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
  receiving_ = &peer;
  peer->endpoint()->counters.received.fetch_add(1, std::memory_order_relaxed);
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
    case FrameKind::stream:
    case FrameKind::credit:
    case FrameKind::bell:
    case FrameKind::end:
      return streams_.received(*peer, frame);
    case FrameKind::progress:
      received_progress(*peer, frame);
      return {};
    default:
      if (const auto call = peer->find_request(frame.id)) {
        calls_.abandon(*call, {ErrorCode::cancelled, "The request was cancelled."});
      }
      return {};
  }
}

Result<std::shared_ptr<Endpoint>> Router::find_target(Peer& peer, std::string_view target,
                                                      std::string_view method) const {
  const std::uint64_t generation = endpoints_.generation();
  if (auto known = peer.routes().find(target, method, generation)) {
    return known;
  }
  const bool granted = peer.grants().allow(target, method);
  if (!granted) {
    if (const auto allowed = check_capability(peer, target, method); !allowed) {
      return allowed.error();
    }
  }
  auto found = endpoints_.find(target);
  if (!found) {
    return no_endpoint(target);
  }
  if (granted) {
    peer.routes().remember(target, method, generation, found);
  }
  return found;
}

Result<void> Router::received_request(const std::shared_ptr<Peer>& peer, const Envelope& frame) {
  switch (peer->may_open(frame.id)) {
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
  if (frame.target == bus_address) {
    if (frame.method == "bus.open_stream") {
      received_open(peer, frame);
      return {};
    }
    peer->send_reply(frame.id, serve(peer, frame));
    return {};
  }
  auto found = find_target(*peer, frame.target, frame.method);
  if (!found) {
    if (found.error().code != ErrorCode::endpoint_not_found) {
      peer->endpoint()->counters.refused.fetch_add(1, std::memory_order_relaxed);
    }
    peer->send_reply(frame.id, found.error());
    return {};
  }
  const auto call = std::make_shared<Call>();
  call->origin = peer;
  call->origin_id = frame.id;
  call->origin_wants_progress = frame.wants_progress;
  begin(*call, std::move(*found), std::chrono::milliseconds(frame.deadline_ms), peer->read_at());
  Endpoint& target = *call->target;
  if (frame.trace) {
    call->trace = CallTrace{frame.trace->child(), frame.trace->span_id, std::string(frame.method)};
  }
  if (target.kind == Endpoint::Kind::in_process) {
    Incoming incoming;
    incoming.source = peer->endpoint()->id;
    incoming.instance = peer->instance();
    incoming.method = std::string(frame.method);
    incoming.body = payload_of(frame);
    run_handler(call, std::move(incoming));
    return {};
  }
  MessageView view;
  view.frame = frame;
  view.frame.source = peer->endpoint()->id;
  view.frame.trace.reset();
  if (frame.idempotent) {
    call->again = std::make_unique<StoredMessage>(view);
  }
  peer->open_request(call);
  calls_.list(call);
  route(target, view, call, peer->account());
  return {};
}

void Router::received_notification(Peer& peer, const Envelope& frame) {
  if (frame.target == bus_address) {
    if (!check_capability(peer, "publish", frame.method) ||
        !topics_.publish(peer.endpoint()->id, frame.method, payload_of(frame))) {
      peer.endpoint()->counters.refused.fetch_add(1, std::memory_order_relaxed);
    }
    return;
  }
  const auto target = find_target(peer, frame.target, frame.method);
  if (!target) {
    peer.endpoint()->counters.refused.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  if ((*target)->kind == Endpoint::Kind::in_process) {
    Incoming incoming;
    incoming.source = peer.endpoint()->id;
    incoming.instance = peer.instance();
    incoming.method = std::string(frame.method);
    incoming.body = payload_of(frame);
    incoming.trace = frame.trace;
    notify_handler(**target, std::move(incoming));
    return;
  }
  MessageView view;
  view.frame = frame;
  view.frame.source = peer.endpoint()->id;
  route(**target, view, nullptr, peer.account());
}

void Router::received_reply(const Peer& peer, const Envelope& frame) {
  const auto call = calls_.find(frame.id);
  // Only the one that was asked can answer; what comes late, or for another's request, is dropped.
  if (!call || !call->route.is_at(peer)) {
    return;
  }
  const bool succeeded = frame.kind == FrameKind::answer;
  const auto origin = call->origin_id == 0 ? nullptr : call->origin.lock();
  if (!origin) {
    if (succeeded) {
      calls_.finish(*call, payload_of(frame));
      return;
    }
    const auto document = decode_document(frame.format, frame.body);
    calls_.finish(*call, document ? Error::from_json(*document) : document.error());
    return;
  }
  MessageView view;
  view.frame = frame;
  const auto body = wire_body(view, origin->format(), origin->largest_body());
  if (!body) {
    calls_.finish(*call,
                  Error{ErrorCode::internal_error, "The target's answer cannot be read: " + body.error().message});
    return;
  }
  if (body->format == BodyFormat::bytes && !origin->takes_bytes()) {
    calls_.finish(*call, takes_no_bytes());
    return;
  }
  if (!calls_.claim(*call, succeeded ? std::nullopt : std::optional(code_of(frame)))) {
    return;
  }
  origin->close_request(call->origin_id);
  Envelope& out = view.frame;
  out.id = call->origin_id;
  out.format = body->format;
  out.body = body->view;
  out.trace.reset();
  if (origin->send(out, Importance::ordinary, body->owner) == OutgoingStream::Outcome::overloaded) {
    origin->send_reply(out.id, Error{ErrorCode::overloaded, "The receiver's queue has no room for the answer."});
  }
}

}  // namespace symphony::ipc
