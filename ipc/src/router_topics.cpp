// What the bus itself is asked: to subscribe and unsubscribe.

#include "route.h"
#include "router.h"

namespace symphony::ipc {

Result<Payload> Router::serve(const std::shared_ptr<Peer>& peer, const Envelope& frame) {
  if (frame.method != "bus.subscribe" && frame.method != "bus.unsubscribe") {
    return Error{ErrorCode::method_not_found, "The bus has the methods bus.subscribe and bus.unsubscribe."};
  }
  const auto params = payload_of(frame).document();
  if (!params) {
    return params.error();
  }
  auto subscription = read_subscription(*params);
  if (!subscription) {
    return subscription.error();
  }
  if (frame.method == "bus.unsubscribe") {
    if (const auto done = topics_.unsubscribe(*peer, subscription->pattern); !done) {
      return done.error();
    }
    return Payload(nlohmann::json::object());
  }
  // A pattern is covered by the grant of the same or a wider one.
  if (const auto allowed = check_capability(*peer, "subscribe", subscription->pattern); !allowed) {
    peer->endpoint()->counters.refused.fetch_add(1, std::memory_order_relaxed);
    return allowed.error();
  }
  if (const auto done = topics_.subscribe(peer, std::move(*subscription)); !done) {
    return done.error();
  }
  return Payload(nlohmann::json::object());
}

Result<void> Router::subscribe(std::string_view endpoint, std::string pattern) {
  if (const auto valid = check_topic_pattern(pattern); !valid) {
    return valid.error();
  }
  const auto target = endpoints_.find(endpoint);
  if (!target) {
    return no_endpoint(endpoint);
  }
  if (target->kind != Endpoint::Kind::in_process) {
    return Error{ErrorCode::invalid_request, "A process subscribes by itself."};
  }
  topics_.subscribe(target, std::move(pattern));
  return {};
}

void Router::unsubscribe(std::string_view endpoint, const std::string& pattern) {
  if (const auto target = endpoints_.find(endpoint)) {
    [[maybe_unused]] const auto done = topics_.unsubscribe(*target, pattern);
  }
}

}  // namespace symphony::ipc
