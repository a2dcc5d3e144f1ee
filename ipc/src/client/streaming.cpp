// A client's streams: those it opens, those it takes, and the frames between their ends and the host.

#include <symphony/ipc/limits.h>

#include "client/connection_state.h"
#include "message_view.h"
#include "outcome_frame.h"
#include "route.h"
#include "streams/credit.h"
#include "streams/descriptor_channel.h"
#include "streams/stream_documents.h"

#include <poll.h>

namespace symphony::ipc {

using Importance = OutgoingStream::Importance;
using Role = StreamEnd::Role;

namespace {

Role role_of(const StreamOptions& options) {
  return options.direction == StreamOptions::Direction::send ? Role::writes : Role::reads;
}

}  // namespace

/// From an end to the other one, by way of the host.
class ClientConnection::State::Link final : public StreamLink {
 public:
  Link(std::weak_ptr<State> state, std::uint64_t id) : state_(std::move(state)), id_(id) {}

  void bell() override {
    if (const auto state = state_.lock()) {
      state->after_send(send_signal(state->out, FrameKind::bell, id_));
    }
  }
  bool message(std::string_view bytes) override {
    const auto state = state_.lock();
    if (!state) {
      return false;
    }
    Envelope frame;
    frame.kind = FrameKind::stream;
    frame.format = BodyFormat::bytes;
    frame.id = id_;
    frame.body = bytes;
    // Credit bounds what is on its way, so the queue may be gone past.
    return state->send(frame, Importance::in_order) != OutgoingStream::Outcome::closed;
  }
  void credit(std::uint32_t bytes) override {
    if (const auto state = state_.lock()) {
      const auto encoded = encode_credit(bytes);
      Envelope frame;
      frame.kind = FrameKind::credit;
      frame.format = BodyFormat::bytes;
      frame.id = id_;
      frame.control_priority = true;
      frame.body = {encoded.data(), encoded.size()};
      state->send(frame, Importance::obligatory);
    }
  }
  void end(const std::optional<Error>& reason) override {
    if (const auto state = state_.lock()) {
      state->forget_stream(id_);
      state->send_stream_end(id_, reason);
    }
  }
  void post(std::function<void()> action) override {
    if (const auto state = state_.lock()) {
      state->loop->post(Clock::now(), std::move(action));
      state->loop->interrupt();
    }
  }
  bool stands() override {
    const auto state = state_.lock();
    if (!state || state->ended) {
      return false;
    }
    pollfd socket{state->socket.get(), POLLRDHUP, 0};
    return ::poll(&socket, 1, 0) == 0;
  }

 private:
  const std::weak_ptr<State> state_;
  const std::uint64_t id_;
};

void ClientConnection::State::send_stream_end(std::uint64_t id, const std::optional<Error>& reason) {
  const std::string body = reason ? encode_document(format, reason->to_json()) : std::string();
  Envelope frame;
  frame.kind = FrameKind::end;
  frame.format = format;
  frame.id = id;
  frame.body = body;
  send(frame, Importance::in_order);
}

void ClientConnection::State::forget_stream(std::uint64_t id) {
  std::shared_ptr<StreamEnd> last;  // released after the lock
  const std::lock_guard lock(streams_mutex);
  if (const auto found = streams.find(id); found != streams.end()) {
    last = std::move(found->second);
    streams.erase(found);
  }
}

Result<Stream> ClientConnection::State::begin_stream(const OpenedStream& opened, const StreamOptions& options) {
  const Role role = role_of(options);
  auto link = std::make_unique<Link>(weak_from_this(), opened.stream);
  std::shared_ptr<StreamEnd> end;
  if (opened.ring) {
    auto descriptor = receive_descriptor(channel.get(), opened.stream);
    auto region = descriptor ? SharedRegion::open(std::move(*descriptor), Ring::header_bytes + options.bytes,
                                                  SharedRegion::Access::read_write)
                             : Result<SharedRegion>(descriptor.error());
    auto ring = region ? Ring::over(std::move(*region)) : Result<Ring>(region.error());
    if (!ring) {
      send_stream_end(opened.stream, ring.error());
      return ring.error();
    }
    end = StreamEnd::over_ring(role, options, std::move(*ring), std::move(link));
  } else {
    end = StreamEnd::over_socket(role, options, std::move(link));
  }
  {
    const std::lock_guard lock(streams_mutex);
    streams.insert_or_assign(opened.stream, end);
  }
  return StreamEnd::handle(role, std::move(end));
}

void ClientConnection::State::open_stream(const StreamRequest& request, StreamOpened on_open) {
  if (const auto valid = check_request(request); !valid) {
    on_open(valid.error());
    return;
  }
  if (!features.streams) {
    on_open(Error{ErrorCode::invalid_request, "The host does not know streams."});
    return;
  }
  // The host keeps the deadline; were it kept here as well, an answer could come to nobody and leave a stream open.
  SendOptions options;
  options.deadline = limits::longest_deadline;
  ask({std::string(bus_address), std::string(open_stream_method), Payload(open_document(request))}, options,
      [weak = weak_from_this(), wanted = request.options, on_open = std::move(on_open)](const Result<Payload>& answer) {
        const auto self = weak.lock();
        const auto document = answer ? answer->document() : Result<nlohmann::json>(answer.error());
        const auto opened = document ? read_opened(*document) : Result<OpenedStream>(document.error());
        on_open(!opened ? Result<Stream>(opened.error())
                : self  ? self->begin_stream(*opened, wanted)
                        : Result<Stream>(disconnected()));
      });
}

bool ClientConnection::State::serve_bus(const Incoming& incoming, Responder& responder) {
  const auto document = incoming.body.document();
  if (incoming.method == offer_method && incoming.is_request) {
    const auto numbered = document ? read_offer(*document) : Result<NumberedOffer>(document.error());
    if (!numbered) {
      responder.fail(numbered.error());
      return true;
    }
    const StreamOffer& offer = numbered->offer;
    const auto taker = stream_handler ? stream_handler(offer)
                                      : Result<StreamTaker>(Error{ErrorCode::method_not_found,
                                                                  "This client takes no stream " + offer.method + "."});
    if (!taker) {
      responder.fail(taker.error());
      return true;
    }
    accepted.insert_or_assign(numbered->stream, Accepted{*taker, offer.options});
    responder.answer(nlohmann::json::object());
    return true;
  }
  if (incoming.method == opened_method && !incoming.is_request) {
    const auto opened = document ? read_opened(*document) : Result<OpenedStream>(document.error());
    const auto waiting = opened ? accepted.find(opened->stream) : accepted.end();
    if (waiting != accepted.end()) {
      const Accepted taken = std::move(waiting->second);
      accepted.erase(waiting);
      if (auto stream = begin_stream(*opened, taken.options)) {
        taken.taker(std::move(*stream));
      }
    }
    return true;
  }
  return false;
}

void ClientConnection::State::received_of_stream(const Envelope& frame) {
  std::shared_ptr<StreamEnd> end;
  {
    const std::lock_guard lock(streams_mutex);
    if (const auto found = streams.find(frame.id); found != streams.end()) {
      end = found->second;
    }
  }
  if (!end) {
    accepted.erase(frame.id);  // it came to nothing, or has ended here already
    return;
  }
  switch (frame.kind) {
    case FrameKind::bell:
      end->look_again();
      return;
    case FrameKind::stream:
      end->take_message(frame.body);
      return;
    case FrameKind::credit:
      end->take_credit(decode_credit(frame.body));
      return;
    default: {
      std::optional<Error> reason;
      if (!frame.body.empty()) {
        const auto document = decode_document(frame.format, frame.body);
        reason = document ? Error::from_json(*document) : document.error();
      }
      forget_stream(frame.id);
      end->other_ended(std::move(reason));
    }
  }
}

void ClientConnection::State::end_streams(const Error& reason) {
  boost::unordered_flat_map<std::uint64_t, std::shared_ptr<StreamEnd>> ended;
  {
    const std::lock_guard lock(streams_mutex);
    ended.swap(streams);
  }
  accepted.clear();
  for (const auto& [id, end] : ended) {
    end->other_ended(reason);
  }
}

}  // namespace symphony::ipc
