#include "router.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/dispatch.hpp>
#include <cerrno>

#include <symphony/descriptor/descriptor.h>
#include <symphony/ipc/limits.h>

#include "route.h"

namespace symphony::ipc {
namespace {

/// An endpoint is as well as its best instance: the others' messages go there.
void assess(EndpointStatistics& endpoint) {
  const auto waits_long = [](std::int64_t oldest_ms) { return oldest_ms >= limits::busy_after.count(); };
  if (endpoint.kind != "in_process") {
    // One that is started by the next message is not down.
    endpoint.health = endpoint.state == "waiting" ? Health::ok : Health::down;
    for (InstanceStatistics& instance : endpoint.instances) {
      if (instance.health == Health::ok && waits_long(instance.oldest_ms)) {
        instance.health = Health::busy;
      }
      endpoint.health = std::min(endpoint.health, instance.health);
    }
  }
  if (endpoint.health == Health::ok && (endpoint.parked > 0 || waits_long(endpoint.oldest_ms))) {
    endpoint.health = Health::busy;
  }
}

}  // namespace

Router::Router(BusOptions options)
    : options_(std::move(options)),
      calls_(context_, options_.process_name),
      topics_(context_,
              [this](Endpoint& endpoint, std::string_view source, std::string_view topic, const Payload& body) {
                Incoming incoming;
                incoming.source = std::string(source);
                incoming.method = std::string(topic);
                incoming.body = body;
                incoming.published = true;
                notify_handler(endpoint, std::move(incoming));
              }),
      streams_(context_) {}

std::shared_ptr<Router> Router::create(BusOptions options) {
  std::shared_ptr<Router> router(new Router(std::move(options)));
  router->calls_.owned_by(router);
  router->topics_.owned_by(router);
  router->streams_.owned_by(router);
  return router;
}

Result<void> Router::add_endpoint(std::string_view id, Handler handler, std::shared_ptr<const Interface> interface) {
  if (!is_address(id, limits::address_bytes)) {
    return invalid_params("An endpoint's id must be 1 to 128 of a-z 0-9 _ . : -", "/id");
  }
  if (closed_) {
    return bus_closed();
  }
  if (is_reserved(id) || !endpoints_.add(id, Endpoint::Kind::in_process, std::move(handler), std::move(interface))) {
    return Error{ErrorCode::invalid_request, "The endpoint \"" + std::string(id) + "\" is registered already."};
  }
  return {};
}

void Router::remove_endpoint(std::string_view id) {
  const std::shared_ptr<Endpoint> endpoint = endpoints_.remove(id);
  if (!endpoint) {
    return;
  }
  const Error reason = no_endpoint(id);
  if (endpoint->kind == Endpoint::Kind::in_process) {
    endpoint->retire();
    topics_.remove(*endpoint);
  }
  for (const auto& peer : endpoint->group.all()) {
    boost::asio::dispatch(context_, [peer, reason] { peer->close(reason); });
  }
  for (const auto& call : calls_.to(*endpoint)) {
    calls_.abandon(*call, reason);
  }
  endpoint->group.clear();
}

Result<void> Router::attach(int descriptor, PeerOptions options, Endpoint::Kind kind) {
  Descriptor socket(descriptor);
  const int flags = ::fcntl(descriptor, F_GETFL);
  if (flags < 0 || ::fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) < 0 ||
      ::fcntl(descriptor, F_SETFD, FD_CLOEXEC) < 0) {
    return io_error("The connection cannot be used", "", errno);
  }
  ::setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &limits::socket_buffer_bytes, sizeof limits::socket_buffer_bytes);
  if (!is_address(options.endpoint, limits::address_bytes)) {
    return invalid_params("An endpoint's id must be 1 to 128 of a-z 0-9 _ . : -", "/endpoint");
  }
  if (!options.instance.empty() && !is_address(options.instance, limits::address_bytes)) {
    return invalid_params("An instance's name must be up to 128 of a-z 0-9 _ . : -", "/instance");
  }
  if (closed_) {
    return bus_closed();
  }
  const Error taken{ErrorCode::invalid_request, "The endpoint is registered already."};
  if (is_reserved(options.endpoint)) {
    return taken;
  }
  std::shared_ptr<Endpoint> endpoint = endpoints_.add(options.endpoint, kind, nullptr);
  if (!endpoint) {
    // A process that comes back keeps its address and what it counted.
    endpoint = endpoints_.find(options.endpoint);
  }
  if (!endpoint || endpoint->kind != kind || kind == Endpoint::Kind::in_process ||
      endpoint->group.find(options.instance)) {
    return taken;
  }
  std::shared_ptr<Peer> peer;
  try {
    peer = std::make_shared<Peer>(context_, *this, endpoint, socket.get(), std::move(options));
  } catch (const boost::system::system_error& error) {
    return io_error("The connection cannot be watched", "", error.code().value());
  }
  socket.release();
  if (!endpoint->group.add(peer)) {
    return taken;
  }
  if (kind == Endpoint::Kind::outside) {
    ++outside_connections_;
  }
  boost::asio::dispatch(context_, [peer] { peer->start(); });
  return {};
}

void Router::disconnect(std::string_view endpoint, const Error& reason) {
  const auto found = endpoints_.find(endpoint);
  if (!found) {
    return;
  }
  for (const auto& peer : found->group.all()) {
    boost::asio::dispatch(context_, [peer, reason] { peer->close(reason); });
  }
}

void Router::disconnect(std::string_view endpoint, std::string_view instance, const Error& reason) {
  const auto found = endpoints_.find(endpoint);
  if (const auto peer = found ? found->group.find(instance) : nullptr) {
    boost::asio::dispatch(context_, [peer, reason] { peer->close(reason); });
  }
}

Result<Welcome> Router::admit(Peer& peer, const Hello& hello) {
  // The version first: a token is not spent on a client that cannot talk to this host.
  auto welcome = agree(hello, peer.endpoint()->id, options_.host_name, options_.host_version);
  if (welcome && peer.endpoint()->kind == Endpoint::Kind::outside && authenticate) {
    if (const Result<void> known = authenticate(hello); !known) {
      return known.error();
    }
  }
  return welcome;
}

void Router::became_ready(const std::shared_ptr<Peer>& peer) {
  Endpoint& endpoint = *peer->endpoint();
  send_waiting(endpoint);
  ReadyListener listener;
  {
    const std::lock_guard lock(listener_mutex_);
    listener = ready_listener_;
  }
  if (listener) {
    listener(endpoint.id, peer->instance());
  }
}

void Router::set_ready_listener(ReadyListener listener) {
  const std::lock_guard lock(listener_mutex_);
  ready_listener_ = std::move(listener);
}

void Router::set_gone_listener(GoneListener listener) {
  const std::lock_guard lock(listener_mutex_);
  gone_listener_ = std::move(listener);
}

void Router::closed(const std::shared_ptr<Peer>& peer, const Error& reason) {
  const auto& endpoint = peer->endpoint();
  if (endpoint->kind == Endpoint::Kind::outside) {
    endpoints_.remove(endpoint->id, endpoint.get());
    --outside_connections_;
  }
  endpoint->group.remove(*peer);
  topics_.remove(*peer);
  streams_.remove(*peer);
  progress_.remove(*peer);
  const Error cause = closed_ ? bus_closed() : reason;
  for (const auto& call : calls_.at(*peer)) {
    if (call->route.take_back(*peer)) {
      lost(*endpoint, call, cause);
    }
  }
  for (const auto& call : peer->take_requests()) {
    if (call->target) {
      calls_.abandon(*call, {ErrorCode::cancelled, "The sender is gone."});
    }
  }
  GoneListener listener;
  {
    const std::lock_guard lock(listener_mutex_);
    listener = gone_listener_;
  }
  if (listener) {
    listener(endpoint->id, peer->instance(), endpoint->group.all().empty());
  }
}

void Router::close() {
  closed_ = true;
  for (const auto& endpoint : endpoints_.all()) {
    for (const auto& peer : endpoint->group.all()) {
      peer->close(bus_closed());
    }
  }
  calls_.close();
  topics_.close();
  streams_.close(bus_closed());
  for (const auto& endpoint : endpoints_.all()) {
    endpoints_.remove(endpoint->id, endpoint.get());
    endpoint->retire();
    endpoint->group.clear();
  }
}

BusStatistics Router::statistics() const {
  BusStatistics shown;
  for (const auto& endpoint : endpoints_.all()) {
    shown.endpoints.push_back(endpoint->statistics());
  }
  topics_.add_statistics(shown);
  const auto now = Clock::now();
  for (const auto& call : calls_.all()) {
    const auto target = std::lower_bound(shown.endpoints.begin(), shown.endpoints.end(), call->target->id,
                                         [](const auto& entry, const std::string& id) { return entry.id < id; });
    if (call->done || target == shown.endpoints.end() || target->id != call->target->id) {
      continue;
    }
    const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(now - call->started).count();
    target->oldest_ms = std::max(target->oldest_ms, waited);
    const auto peer = call->route.peer();
    for (InstanceStatistics& instance : target->instances) {
      if (peer && instance.instance == peer->instance()) {
        instance.oldest_ms = std::max(instance.oldest_ms, waited);
      }
    }
  }
  for (EndpointStatistics& endpoint : shown.endpoints) {
    assess(endpoint);
  }
  return shown;
}

}  // namespace symphony::ipc
