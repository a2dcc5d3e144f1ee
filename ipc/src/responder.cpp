#include <symphony/ipc/bus.h>

namespace symphony::ipc {
namespace {

class CallsBack final : public Responder::Receiver {
 public:
  explicit CallsBack(std::function<void(Result<Payload>)> send) : send_(std::move(send)) {}
  void receive(Result<Payload> outcome) override { send_(std::move(outcome)); }

 private:
  const std::function<void(Result<Payload>)> send_;
};

}  // namespace

Responder::Responder(std::shared_ptr<Receiver> receiver) : receiver_(std::move(receiver)) {}

Responder::Responder(std::function<void(Result<Payload>)> send)
    : receiver_(send ? std::make_shared<CallsBack>(std::move(send)) : nullptr) {}

Responder& Responder::operator=(Responder&& other) noexcept {
  if (this != &other) {
    // What this one stood for is answered like any dropped request.
    Responder dropped(std::move(*this));
    receiver_ = std::move(other.receiver_);
  }
  return *this;
}

Responder::~Responder() {
  if (receiver_) {
    fail({ErrorCode::internal_error, "The target dropped the request without an answer.", nullptr});
  }
}

void Responder::answer(Payload result) { finish(std::move(result)); }

void Responder::fail(Error error) { finish(std::move(error)); }

void Responder::finish(Result<Payload> outcome) {
  if (const auto receiver = std::exchange(receiver_, nullptr)) {
    receiver->receive(std::move(outcome));
  }
}

}  // namespace symphony::ipc
