// An extension's streams. The bus wants its ends to be owned; here copies are the same stream, and one that is being
// read or produced lives until it has ended.

#include <symphony/ipc/stream.h>

#include "extension_state.h"

namespace symphony::sdk {

class OutgoingStream::Inner : public std::enable_shared_from_this<OutgoingStream::Inner> {
 public:
  Inner(std::shared_ptr<Extension::State*> extension, ipc::StreamWriter given)
      : state(std::move(extension)), writer(std::move(given)) {}

  /// As a turn, when there is still an extension to have one.
  void turn(const char* what, const std::function<void()>& action) const {
    if (*state != nullptr) (*state)->turn(what, action);
  }
  void produce_on() {
    for (;;) {
      if (!waiting) waiting = next();
      if (!waiting) {
        finish(std::nullopt);
        return;
      }
      const auto sent = writer.try_send(*waiting);
      if (sent && *sent == ipc::StreamEvent::timed_out) {
        writer.when_room([self = shared_from_this()] { self->turn("a stream", [&] { self->produce_on(); }); });
        return;
      }
      waiting.reset();
      if (!sent || *sent == ipc::StreamEvent::ended) {
        finish(sent ? std::nullopt : std::optional(from_ipc(sent.error())));
        return;
      }
    }
  }
  void finish(const std::optional<Error>& why) {
    writer.close();
    next = nullptr;
    if (const auto told = std::exchange(ended, nullptr)) told(why);
  }

  const std::shared_ptr<Extension::State*> state;
  ipc::StreamWriter writer;
  std::optional<Error> error;
  std::function<std::optional<std::string>()> next;
  std::optional<std::string> waiting;
  StreamEnded ended;
};

OutgoingStream::OutgoingStream(std::shared_ptr<Inner> inner) : inner_(std::move(inner)) {}

OutgoingStream::Sent OutgoingStream::send(std::string_view message) const {
  const auto sent = inner_->writer.try_send(message);
  if (!sent) inner_->error = from_ipc(sent.error());
  if (!sent || *sent == ipc::StreamEvent::ended) return Sent::ended;
  return *sent == ipc::StreamEvent::done ? Sent::sent : Sent::full;
}

void OutgoingStream::when_room(std::function<void()> ready) const {
  inner_->writer.when_room([inner = inner_, ready = std::move(ready)] { inner->turn("a stream", ready); });
}

void OutgoingStream::produce(std::function<std::optional<std::string>()> next, StreamEnded ended) const {
  inner_->next = std::move(next);
  inner_->ended = std::move(ended);
  inner_->produce_on();
}

void OutgoingStream::close() const { inner_->writer.close(); }
std::optional<Error> OutgoingStream::error() const { return inner_->error; }
std::uint64_t OutgoingStream::dropped() const { return inner_->writer.dropped(); }

class IncomingStream::Inner {
 public:
  Inner(std::shared_ptr<Extension::State*> extension, ipc::StreamReader given)
      : state(std::move(extension)), reader(std::move(given)) {}

  const std::shared_ptr<Extension::State*> state;
  ipc::StreamReader reader;
};

IncomingStream::IncomingStream(std::shared_ptr<Inner> inner) : inner_(std::move(inner)) {}

void IncomingStream::for_each(std::function<void(std::string_view)> take, StreamEnded ended) const {
  const auto turn = [state = inner_->state](const std::function<void()>& action) {
    if (*state != nullptr) (*state)->turn("a stream", action);
  };
  inner_->reader.for_each(
      [turn, inner = inner_, take = std::move(take)](std::string_view message) { turn([&] { take(message); }); },
      [turn, inner = inner_, ended = std::move(ended)](const ipc::Result<void>& how) {
        if (!ended) return;
        turn([&] { ended(how ? std::nullopt : std::optional(from_ipc(how.error()))); });
      });
}

void IncomingStream::close() const { inner_->reader.close(); }
std::uint64_t IncomingStream::dropped() const { return inner_->reader.dropped(); }

OutgoingStream Extension::State::outgoing(ipc::StreamWriter writer) {
  return OutgoingStream(std::make_shared<OutgoingStream::Inner>(self, std::move(writer)));
}

IncomingStream Extension::State::incoming(ipc::StreamReader reader) {
  return IncomingStream(std::make_shared<IncomingStream::Inner>(self, std::move(reader)));
}

ipc::Result<ipc::StreamTaker> Extension::State::take_stream(const ipc::StreamOffer& offer) {
  const StreamOffer said{offer.source, offer.params};
  const std::string what = "stream " + offer.method;
  if (offer.options.direction == ipc::StreamOptions::Direction::receive) {
    if (const auto found = incoming_streams.find(offer.method); found != incoming_streams.end()) {
      return ipc::StreamTaker([this, said, what, handler = found->second](ipc::Stream stream) {
        turn(what.c_str(), [&] { handler(incoming(std::move(*stream.reader)), said); });
      });
    }
  } else if (const auto found = outgoing_streams.find(offer.method); found != outgoing_streams.end()) {
    return ipc::StreamTaker([this, said, what, handler = found->second](ipc::Stream stream) {
      turn(what.c_str(), [&] { handler(outgoing(std::move(*stream.writer)), said); });
    });
  }
  return ipc::Error{ipc::ErrorCode::method_not_found,
                    "This extension has no stream " + offer.method + " of that direction.", nullptr};
}

void Extension::State::open_stream(std::string target, std::string method, StreamOptions wanted, bool receive,
                                   ipc::StreamOpened opened) {
  ipc::StreamRequest request;
  request.target = std::move(target);
  request.method = std::move(method);
  request.params = std::move(wanted.params);
  request.options.direction = receive ? ipc::StreamOptions::Direction::receive : ipc::StreamOptions::Direction::send;
  request.options.when_full =
      wanted.drop_oldest ? ipc::StreamOptions::WhenFull::drop_oldest : ipc::StreamOptions::WhenFull::wait;
  request.options.bytes = wanted.bytes;
  when_connected([this, request, opened = std::move(opened)] { connection->open_stream(request, opened); });
}

void Extension::on_incoming_stream(std::string method,
                                   std::function<void(IncomingStream, const StreamOffer&)> handler) {
  state_->incoming_streams.insert_or_assign(std::move(method), std::move(handler));
}

void Extension::on_outgoing_stream(std::string method,
                                   std::function<void(OutgoingStream, const StreamOffer&)> handler) {
  state_->outgoing_streams.insert_or_assign(std::move(method), std::move(handler));
}

void Extension::send_stream(std::string target, std::string method, StreamOptions options,
                            std::function<void(Opened<OutgoingStream>)> opened) {
  state_->open_stream(std::move(target), std::move(method), std::move(options), false,
                      [state = state_.get(), opened = std::move(opened)](ipc::Result<ipc::Stream> stream) {
                        state->turn("a stream that opens", [&] {
                          opened(stream ? Opened<OutgoingStream>(state->outgoing(std::move(*stream->writer)))
                                        : Opened<OutgoingStream>(from_ipc(stream.error())));
                        });
                      });
}

void Extension::receive_stream(std::string target, std::string method, StreamOptions options,
                               std::function<void(Opened<IncomingStream>)> opened) {
  state_->open_stream(std::move(target), std::move(method), std::move(options), true,
                      [state = state_.get(), opened = std::move(opened)](ipc::Result<ipc::Stream> stream) {
                        state->turn("a stream that opens", [&] {
                          opened(stream ? Opened<IncomingStream>(state->incoming(std::move(*stream->reader)))
                                        : Opened<IncomingStream>(from_ipc(stream.error())));
                        });
                      });
}

}  // namespace symphony::sdk
