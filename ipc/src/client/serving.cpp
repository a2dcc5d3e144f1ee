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
    responder = Responder(std::make_shared<Answers>(weak_from_this(), envelope.id));
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
  }
  after_send(send_outcome(out, format, id, outcome, defers()));
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
