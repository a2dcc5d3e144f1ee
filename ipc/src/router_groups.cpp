// Several processes behind one endpoint: which gets a message, what waits, and what happens when one dies.

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

#include <symphony/ipc/limits.h>

#include "route.h"
#include "router.h"

namespace symphony::ipc {

using Importance = OutgoingStream::Importance;

void Router::route(Endpoint& target, const MessageView& message, const CallPtr& call,
                   const std::shared_ptr<ForwardAccount>& account) {
  for (;;) {
    const auto admission = target.group.admit(message.frame.source, message.instance);
    if (admission.ticket) {
      // A call that has just begun has all its time left.
      if (send_to(target, admission.ticket->peer(), message, call, account,
                  call ? call->started : Clock::time_point())) {
        return;
      }
      continue;  // its connection is gone: it is no longer ready, so this ends
    }
    if (admission.refusal == InstanceGroup::Refusal::none) {
      give_up(target, call, not_running(target.id));
      return;
    }
    switch (target.group.park({StoredMessage(message), call})) {
      case InstanceGroup::ParkResult::parked:
        return;
      case InstanceGroup::ParkResult::full:
        give_up(target, call,
                {ErrorCode::overloaded,
                 "Too much waits until \"" + target.id + "\" goes on.",
                 {{"limit", limits::parked_messages}}});
        return;
      case InstanceGroup::ParkResult::not_held:
        break;
    }
  }
}

void Router::route_parked(Endpoint& target, const Parked& parked) {
  if (parked.call && parked.call->done) {
    return;
  }
  const MessageView message = parked.message.view();
  for (;;) {
    const auto admission = target.group.admit_parked(message.frame.source);
    if (!admission.ticket) {
      give_up(target, parked.call, not_running(target.id));
      return;
    }
    if (send_to(target, admission.ticket->peer(), message, parked.call, nullptr, Clock::now())) {
      return;
    }
  }
}

bool Router::send_to(Endpoint& target, const std::shared_ptr<Peer>& peer, const MessageView& message,
                     const CallPtr& call, const std::shared_ptr<ForwardAccount>& account, Clock::time_point now) {
  const auto body = wire_body(message, peer->format(), peer->largest_body());
  if (!body) {
    give_up(target, call, body.error());
    return true;
  }
  Envelope frame = message.frame;
  frame.format = body->format;
  frame.body = body->view;
  if (frame.format == BodyFormat::bytes && !peer->takes_bytes()) {
    give_up(target, call, takes_no_bytes());
    return true;
  }
  frame.wants_progress = frame.wants_progress && peer->takes_progress();
  if (call) {
    frame.id = call->id;
    frame.deadline_ms = call->remaining_ms(now);
    if (call->trace) {
      frame.trace = call->trace->context;
    }
    if (!call->route.begin(peer)) {
      return true;
    }
    peer->count_request();
  }
  switch (peer->send(frame, Importance::ordinary, body->owner, account)) {
    case OutgoingStream::Outcome::closed:
      // Whoever finds it gone first, this or the connection's end, decides what becomes of it.
      return call && !call->route.take_back(*peer);
    case OutgoingStream::Outcome::overloaded:
      give_up(target, call,
              {ErrorCode::overloaded,
               "\"" + target.id + "\" does not keep up: its queue is full.",
               {{"limit", limits::queued_bytes_per_peer}}});
      return true;
    default:
      break;
  }
  if (!call) {
    target.counters.notifications.fetch_add(1, std::memory_order_relaxed);
  } else if (call->route.written(*peer)) {
    peer->send_cancel(call->id);
  }
  return true;
}

void Router::give_up(Endpoint& target, const CallPtr& call, const Error& reason) {
  if (call) {
    calls_.finish(*call, reason);
  } else {
    target.counters.refused.fetch_add(1, std::memory_order_relaxed);
  }
}

void Router::lost(Endpoint& target, const CallPtr& call, const Error& reason) {
  if (!call->again || closed_ || call->deadline <= Clock::now()) {
    calls_.finish(*call, reason);
    return;
  }
  // Taken out: it is sent again once.
  Parked again{std::move(*std::exchange(call->again, nullptr)), call};
  if (target.group.has_ready()) {
    route_parked(target, again);
  } else {
    target.group.wait_for_instance(std::move(again));
  }
}

void Router::flush_parked(const std::shared_ptr<Endpoint>& target) {
  while (const auto parked = target->group.next_parked()) {
    route_parked(*target, *parked);
  }
}

Result<std::shared_ptr<Endpoint>> Router::find_group(std::string_view endpoint) const {
  auto found = endpoints_.find(endpoint);
  if (!found) {
    return no_endpoint(endpoint);
  }
  if (found->kind == Endpoint::Kind::in_process) {
    return Error{ErrorCode::invalid_request, "\"" + found->id + "\" has no processes: it lives in this one."};
  }
  return found;
}

Result<void> Router::set_group(std::string_view endpoint, GroupOptions options) {
  if (options.sticky_by != "source") {
    return invalid_params("A request is sticky by \"source\" only.", "/sticky_by");
  }
  const auto target = find_group(endpoint);
  if (!target) {
    return target.error();
  }
  (*target)->group.set_options(std::move(options));
  return {};
}

Result<void> Router::set_weight(std::string_view endpoint, std::string_view instance, std::uint32_t weight) {
  const auto target = find_group(endpoint);
  if (!target) {
    return target.error();
  }
  if (!(*target)->group.set_weight(instance, weight)) {
    return Error{ErrorCode::not_found,
                 "\"" + (*target)->id + "\" has no instance \"" + std::string(instance) + "\" that is connected."};
  }
  if (weight > 0) {
    boost::asio::dispatch(context_, [weak = weak_from_this(), endpoint = *target] {
      if (const auto self = weak.lock()) {
        self->send_waiting(*endpoint);
      }
    });
  }
  return {};
}

void Router::send_waiting(Endpoint& target) {
  if (!target.group.has_ready()) {
    return;
  }
  for (const Parked& waiting : target.group.take_waiting()) {
    route_parked(target, waiting);
  }
}

Result<void> Router::reserve(std::string_view endpoint, std::function<void()> on_parked) {
  if (!is_address(endpoint, limits::address_bytes) || is_reserved(endpoint)) {
    return invalid_params("An endpoint's id must be 1 to 128 of a-z 0-9 _ . : -", "/endpoint");
  }
  if (closed_) {
    return bus_closed();
  }
  auto target = endpoints_.add(endpoint, Endpoint::Kind::process, nullptr);
  if (!target) {
    target = endpoints_.find(endpoint);
  }
  if (!target || target->kind != Endpoint::Kind::process) {
    return Error{ErrorCode::invalid_request, "The endpoint is registered already."};
  }
  target->group.hold();
  target->group.on_parked(
      std::make_shared<const std::function<void()>>([this, weak = weak_from_this(), on_parked = std::move(on_parked)] {
        if (const auto self = weak.lock()) {
          boost::asio::post(context_, on_parked);
        }
      }));
  return {};
}

void Router::pin(std::string_view endpoint, std::string_view source, std::string_view instance) {
  if (const auto target = endpoints_.find(endpoint)) {
    target->group.pin(source, instance);
  }
}

EndpointActivity Router::activity(std::string_view endpoint) const {
  EndpointActivity activity;
  const auto target = endpoints_.find(endpoint);
  if (!target) {
    return activity;
  }
  const EndpointCounters& counters = target->counters;
  activity.messages = counters.requests + counters.notifications + counters.received;
  activity.waiting = counters.pending > 0 || target->group.parked() > 0;
  for (const auto& peer : target->group.all()) {
    activity.waiting = activity.waiting || peer->has_requests();
  }
  return activity;
}

Result<void> Router::hold(std::string_view endpoint) {
  const auto target = find_group(endpoint);
  if (!target) {
    return target.error();
  }
  (*target)->group.hold();
  return {};
}

Result<void> Router::resume(std::string_view endpoint) {
  const auto target = find_group(endpoint);
  if (!target) {
    return target.error();
  }
  (*target)->group.begin_resume();
  boost::asio::dispatch(context_, [weak = weak_from_this(), endpoint = *target] {
    if (const auto self = weak.lock()) {
      self->flush_parked(endpoint);
    }
  });
  return {};
}

void Router::when_drained(std::string_view endpoint, std::string_view instance, std::function<void()> when_zero) {
  const auto target = endpoints_.find(endpoint);
  if (const auto peer = target ? target->group.find(instance) : nullptr) {
    peer->when_drained(std::move(when_zero));
  } else {
    boost::asio::post(context_, std::move(when_zero));
  }
}

}  // namespace symphony::ipc
