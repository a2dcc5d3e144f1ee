#include "pending_calls.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "endpoint.h"
#include "peer.h"
#include "route.h"

namespace symphony::ipc {

void PendingCalls::list(const std::shared_ptr<Call>& call) {
  if (table_.insert(call)) {
    // Weak: the context belongs to the owner, and what still waits in it at the end must not keep both alive.
    boost::asio::post(context_, [this, weak = owner_] {
      if (const auto alive = weak.lock()) {
        arm_timer();
      }
    });
  }
  // It may have been answered, or the bus closed, before it was in the table.
  if (call->done) {
    table_.erase(*call);
  } else if (closed_) {
    abandon(*call, bus_closed());
  }
}

bool PendingCalls::claim(Call& call, std::optional<ErrorCode> failure) {
  if (call.done.exchange(true)) {
    return false;
  }
  if (call.listed) {
    table_.erase(call);
  }
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - call.started).count();
  EndpointCounters& counters = call.target->counters;
  counters.pending.fetch_sub(1, std::memory_order_relaxed);
  (failure ? counters.errors : counters.answers).fetch_add(1, std::memory_order_relaxed);
  if (failure) {
    counters.errors_by_code.count(*failure);
  }
  counters.latency.record(took);
  if (call.target->kind != Endpoint::Kind::in_process) {
    if (const auto peer = call.route.settle()) {
      peer->count_outcome(!failure, took);
    }
  }
  if (call.trace) {
    const std::int64_t end = monotonic_us();
    spans_.record({process_name_, "bus → " + call.target->id + " " + call.trace->method, call.trace->context,
                   call.trace->parent_id, end - took, end});
  }
  return true;
}

void PendingCalls::finish(Call& call, Result<Payload> outcome) {
  if (claim(call, outcome ? std::nullopt : std::optional(outcome.error().code))) {
    deliver(call, std::move(outcome));
  }
}

void PendingCalls::deliver(Call& call, Result<Payload> outcome) {
  if (call.on_reply) {
    const ReplyHandler on_reply = std::exchange(call.on_reply, nullptr);
    on_reply(std::move(outcome));
  } else if (const auto origin = call.origin.lock()) {
    if (call.open_at_origin) {
      origin->close_request(call.origin_id);
    }
    origin->send_reply(call.origin_id, outcome);
  }
}

void PendingCalls::abandon(Call& call, const Error& reason) {
  if (!claim(call, reason.code)) {
    return;
  }
  EndpointCounters& counters = call.target->counters;
  if (reason.code == ErrorCode::cancelled) {
    counters.cancelled.fetch_add(1, std::memory_order_relaxed);
  } else if (reason.code == ErrorCode::deadline_exceeded) {
    counters.deadlines.fetch_add(1, std::memory_order_relaxed);
  }
  if (call.stop) {
    call.stop->request_stop();
  } else if (const auto peer = call.route.abandon()) {
    peer->send_cancel(call.id);
  }
  deliver(call, reason);
}

void PendingCalls::arm_timer() {
  const auto next = table_.arm();
  if (!next) {
    return;
  }
  timer_.expires_at(*next);
  timer_.async_wait([this, weak = owner_](const boost::system::error_code& error) {
    const auto alive = weak.lock();
    if (!error && alive) {
      expire();
    }
  });
}

void PendingCalls::expire() {
  for (const auto& call : table_.due(Clock::now())) {
    abandon(*call, {ErrorCode::deadline_exceeded, "\"" + call->target->id + "\" did not answer in time."});
  }
  arm_timer();
}

void PendingCalls::close() {
  closed_ = true;
  for (const auto& call : table_.all()) {
    abandon(*call, bus_closed());
  }
  timer_.cancel();
}

}  // namespace symphony::ipc
