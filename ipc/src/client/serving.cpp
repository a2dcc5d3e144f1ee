// What the host asks of a client, and what it answers.

#include <optional>

#include "client/connection_state.h"
#include "message_view.h"
#include "outcome_frame.h"
#include "route.h"

namespace symphony::ipc {

using std::chrono::milliseconds;

/// What the Responder of a request hands over.
class ClientConnection::State::Answers final : public Responder::Receiver {
 public:
  Answers(std::weak_ptr<State> state, std::uint64_t id) : state_(std::move(state)), id_(id) {}
  void receive(Result<Payload> outcome) override {
    if (const auto state = state_.lock()) {
      state->respond(id_, std::move(outcome));
    }
  }

 private:
  const std::weak_ptr<State> state_;
  const std::uint64_t id_;
};

void ClientConnection::State::serve(const Envelope& envelope) {
  Incoming incoming;
  incoming.source = std::string(envelope.source);
  incoming.method = std::string(envelope.method);
  incoming.body = payload_of(envelope);
  incoming.trace = envelope.trace;
  incoming.published = envelope.kind == FrameKind::notification && envelope.target == topic_address;
  Responder responder;
  if (envelope.kind == FrameKind::request) {
    incoming.is_request = true;
    incoming.deadline = Clock::now() + effective_deadline(milliseconds(envelope.deadline_ms));
    std::stop_source stop;
    incoming.stop = stop.get_token();
    {
      const std::lock_guard lock(mutex);
      serving.insert_or_assign(envelope.id, std::move(stop));
    }
    if (envelope.wants_progress) {
      incoming.report = [weak = weak_from_this(), id = envelope.id](const Progress& progress) {
        if (const auto self = weak.lock()) {
          self->report(id, progress);
        }
      };
    }
    responder = Responder(std::make_shared<Answers>(weak_from_this(), envelope.id));
  }
  if (incoming.source == bus_address && serve_bus(incoming, responder)) {
    return;
  }
  if (handler) {
    handler(std::move(incoming), std::move(responder));
  } else {
    responder.fail({ErrorCode::method_not_found, "This client serves no methods."});
  }
}

void ClientConnection::State::respond(std::uint64_t id, Result<Payload> outcome) {
  {
    const std::lock_guard lock(mutex);
    serving.erase(id);
    progress_owed.erase(id);
  }
  after_send(send_outcome(out, format, id, outcome, defers()));
}

void ClientConnection::State::report(std::uint64_t id, const Progress& progress) {
  // Written under the lock: else a newer one could come before one that had waited, or one after the answer.
  const std::lock_guard lock(mutex);
  if (!serving.contains(id)) {
    return;
  }
  if (out.queued_bytes() > 0) {
    progress_owed.insert_or_assign(id, progress);
  } else {
    write_progress(id, progress);
  }
}

void ClientConnection::State::write_progress(std::uint64_t id, const Progress& progress) {
  const std::string body = encode_document(format, progress_document(progress));
  Envelope envelope;
  envelope.kind = FrameKind::progress;
  envelope.format = format;
  envelope.id = id;
  envelope.body = body;
  send(envelope, OutgoingStream::Importance::ordinary);
}

void ClientConnection::State::send_owed_progress() {
  const std::lock_guard lock(mutex);
  for (const auto& [id, progress] : std::exchange(progress_owed, {})) {
    write_progress(id, progress);
  }
}

void ClientConnection::State::stop_serving(std::uint64_t id) {
  std::optional<std::stop_source> stop;
  {
    const std::lock_guard lock(mutex);
    if (const auto found = serving.find(id); found != serving.end()) {
      stop = found->second;
    }
  }
  if (stop) {
    stop->request_stop();
  }
}

}  // namespace symphony::ipc
