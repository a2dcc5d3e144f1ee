#include <symphony/ipc/bus.h>

namespace symphony::ipc {

Responder::Responder(std::function<void(Result<Payload>)> send) : send_(std::move(send)) {}

Responder::Responder(Responder&& other) noexcept : send_(std::exchange(other.send_, nullptr)) {}

Responder& Responder::operator=(Responder&& other) noexcept {
  if (this != &other) {
    // What this one stood for is answered like any dropped request.
    Responder dropped(std::move(*this));
    send_ = std::exchange(other.send_, nullptr);
  }
  return *this;
}

Responder::~Responder() {
  if (send_) {
    fail({ErrorCode::internal_error, "The target dropped the request without an answer.", nullptr});
  }
}

void Responder::answer(Payload result) { finish(std::move(result)); }

void Responder::fail(Error error) { finish(std::move(error)); }

void Responder::finish(Result<Payload> outcome) {
  if (const auto send = std::exchange(send_, nullptr)) {
    send(std::move(outcome));
  }
}

}  // namespace symphony::ipc
