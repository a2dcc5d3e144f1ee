// How a stream comes to be: who wants it is checked, whom it is for is asked, the memory is made and handed over.

#include <algorithm>
#include <boost/asio/dispatch.hpp>

#include <symphony/ipc/limits.h>

#include "route.h"
#include "router.h"
#include "streams/stream_documents.h"

namespace symphony::ipc {

using Role = StreamEnd::Role;
using Direction = StreamOptions::Direction;

/// Who wants a stream: a process, by a request of its own, or an endpoint here.
struct Router::Opener {
  std::string source;
  StreamRequest request;
  std::shared_ptr<Peer> peer;
  std::uint64_t request_id = 0;
  StreamOpened on_open;
  std::chrono::milliseconds deadline{0};
  std::uint64_t stream = 0;

  Role role() const { return request.options.direction == Direction::send ? Role::writes : Role::reads; }
  Role others_role() const { return role() == Role::writes ? Role::reads : Role::writes; }
  void fail(const Error& error) {
    if (peer) {
      peer->send_reply(request_id, error);
    } else if (const auto told = std::exchange(on_open, nullptr)) {
      told(error);
    }
  }
};

Result<void> Router::serve_streams(std::string_view endpoint, StreamHandler handler) {
  const auto found = endpoints_.find(endpoint);
  if (!found) {
    return no_endpoint(endpoint);
  }
  if (found->kind != Endpoint::Kind::in_process) {
    return Error{ErrorCode::invalid_request, "A process serves its streams by itself."};
  }
  found->set_stream_handler(std::move(handler));
  return {};
}

void Router::open_stream(std::string_view source, StreamRequest request, StreamOpened on_open) {
  auto valid = check_source(source);
  if (valid) {
    valid = check_request(request);
  }
  if (valid && closed_) {
    valid = bus_closed();
  }
  if (!valid) {
    on_open(valid.error());
    return;
  }
  auto opener = std::make_shared<Opener>();
  opener->source = std::string(source);
  opener->request = std::move(request);
  opener->on_open = std::move(on_open);
  offer_stream(std::move(opener));
}

void Router::received_open(const std::shared_ptr<Peer>& peer, const Envelope& frame) {
  auto opener = std::make_shared<Opener>();
  opener->source = peer->endpoint()->id;
  opener->peer = peer;
  opener->request_id = frame.id;
  opener->deadline =
      std::min(effective_deadline(std::chrono::milliseconds(frame.deadline_ms)), limits::default_deadline);
  if (!peer->takes_streams()) {
    opener->fail({ErrorCode::invalid_request, "A client that opens streams says so in its hello."});
    return;
  }
  const auto params = payload_of(frame).document();
  auto request = params ? read_open(*params) : Result<StreamRequest>(params.error());
  if (!request) {
    opener->fail(request.error());
    return;
  }
  if (const auto allowed = check_capability(*peer, request->target, request->method); !allowed) {
    peer->endpoint()->counters.refused.fetch_add(1, std::memory_order_relaxed);
    opener->fail(allowed.error());
    return;
  }
  if (!streams_.has_room(*peer, request->options.bytes)) {
    opener->fail({ErrorCode::overloaded, "Too many streams are open.", {{"limit", limits::streams_per_peer}}});
    return;
  }
  opener->request = std::move(*request);
  offer_stream(std::move(opener));
}

void Router::offer_stream(std::shared_ptr<Opener> opener) {
  const auto target = endpoints_.find(opener->request.target);
  if (!target) {
    opener->fail(no_endpoint(opener->request.target));
    return;
  }
  opener->stream = streams_.next_id();
  NumberedOffer numbered{opener->stream,
                         {opener->source, opener->request.method, opener->request.options, opener->request.params}};
  // As the other side sees it.
  numbered.offer.options.direction =
      opener->request.options.direction == Direction::send ? Direction::receive : Direction::send;
  const Error none{ErrorCode::method_not_found,
                   "\"" + target->id + "\" takes no stream \"" + opener->request.method + "\"."};
  if (target->kind == Endpoint::Kind::in_process) {
    const auto handler = target->stream_handler();
    const HandlerCall running(*target);
    if (!handler || !running.allowed()) {
      opener->fail(none);
      return;
    }
    try {
      const auto taker = (*handler)(numbered.offer);
      if (!taker || !*taker) {
        opener->fail(taker ? none : taker.error());
        return;
      }
      boost::asio::dispatch(context_, [self = shared_from_this(), opener, taker = *taker] {
        self->stream_accepted(opener, nullptr, taker);
      });
    } catch (const std::exception& fault) {
      opener->fail({ErrorCode::internal_error, std::string("The target failed: ") + fault.what()});
    }
    return;
  }
  SendOptions options;
  options.deadline = opener->deadline;
  request(bus_address, {target->id, std::string(offer_method), Payload(offer_document(numbered))}, options,
          [weak = weak_from_this(), opener](const Result<Payload>& accepted) {
            const auto self = weak.lock();
            if (!accepted || !self) {
              opener->fail(accepted ? bus_closed() : accepted.error());
              return;
            }
            // An answer is handled while the frame it came in is: so we know which process it was that accepted.
            self->stream_accepted(opener, *self->receiving_, nullptr);
          });
}

void Router::stream_accepted(const std::shared_ptr<Opener>& opener, const std::shared_ptr<Peer>& acceptor,
                             const StreamTaker& taker) {
  const std::uint64_t id = opener->stream;
  const StreamOptions& options = opener->request.options;
  const auto refuse = [&](const Error& error) {
    if (acceptor && acceptor->takes_streams()) {
      acceptor->send_stream_end(id, error);
    }
    opener->fail(error);
  };
  if (closed_ || (opener->peer && !opener->peer->ready())) {
    refuse(closed_ ? bus_closed() : Error{ErrorCode::peer_disconnected, "Who offered the stream is gone."});
    return;
  }
  if (acceptor && (!acceptor->takes_streams() || acceptor == opener->peer)) {
    refuse({ErrorCode::invalid_request, acceptor == opener->peer ? "A stream needs two ends that are not one process."
                                                                 : "The target does not know streams."});
    return;
  }
  if ((acceptor && !streams_.has_room(*acceptor, options.bytes)) ||
      (opener->peer && !streams_.has_room(*opener->peer, options.bytes))) {
    refuse({ErrorCode::overloaded, "Too many streams are open.", {{"limit", limits::streams_per_peer}}});
    return;
  }
  // Shared memory where both can have it, and it can be had.
  std::optional<Ring> memory;
  if (auto region = Ring::make_region(options.bytes)) {
    const int descriptor = region->descriptor().get();
    const bool handed_over = (!opener->peer || opener->peer->send_descriptor(id, descriptor)) &&
                             (!acceptor || acceptor->send_descriptor(id, descriptor));
    if (handed_over) {
      region->close_descriptor();
      memory.emplace(std::move(Ring::over(std::move(*region)).value()));
    }
  }
  const auto local = [&](Role role) {
    // In this process both views are of one mapping.
    return memory ? StreamEnd::over_ring(role, options, *memory, streams_.link(id, role))
                  : StreamEnd::over_socket(role, options, streams_.link(id, role));
  };
  Streams::Side own{opener->peer, opener->peer ? nullptr : local(opener->role())};
  Streams::Side others{acceptor, acceptor ? nullptr : local(opener->others_role())};
  const auto own_end = own.local;
  const auto others_end = others.local;
  const bool writes = opener->role() == Role::writes;
  streams_.add(id, options, writes ? own : others, writes ? others : own, memory);
  // Processes first: what an end here writes at once must not come before the news that it is open.
  const OpenedStream opened{id, memory.has_value()};
  if (acceptor) {
    acceptor->send_from_bus(opened_method, opened_document(opened));
  }
  if (opener->peer) {
    opener->peer->send_reply(opener->request_id, Payload(opened_document(opened)));
  }
  if (others_end) {
    taker(StreamEnd::handle(opener->others_role(), others_end));
  }
  if (own_end) {
    std::exchange(opener->on_open, nullptr)(StreamEnd::handle(opener->role(), own_end));
  }
}

}  // namespace symphony::ipc
