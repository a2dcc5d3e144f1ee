#include "delivery.h"

#include <utility>

#include "bus_core.h"

namespace symphony::bridge {
namespace {

ipc::Error unavailable(const std::string& endpoint) {
  return {ipc::ErrorCode::endpoint_unavailable, endpoint + " is shutting down", nullptr};
}

}  // namespace

MessageContext::MessageContext(const Delivery& delivery)
    : source_(delivery.incoming.source),
      is_request_(delivery.incoming.is_request),
      stop_(delivery.incoming.stop),
      deadline_(delivery.incoming.deadline) {
  if (delivery.span) {
    trace_ = delivery.span->traceparent();
  }
}

std::optional<double> MessageContext::remaining_s() const {
  if (!deadline_) {
    return std::nullopt;
  }
  return std::chrono::duration<double>(*deadline_ - std::chrono::steady_clock::now()).count();
}

DeliverWork::DeliverWork(std::weak_ptr<BusCore> core, std::shared_ptr<Delivery> delivery)
    : core_(std::move(core)), delivery_(std::move(delivery)) {}

void DeliverWork::run() {
  if (const auto core = core_.lock()) {
    core->deliver(delivery_);
  } else {
    abandon();
  }
}

void DeliverWork::abandon() noexcept { delivery_->responder.fail(unavailable(delivery_->endpoint)); }

WithdrawWork::WithdrawWork(std::weak_ptr<BusCore> core, std::weak_ptr<Delivery> delivery)
    : core_(std::move(core)), delivery_(std::move(delivery)) {}

void WithdrawWork::run() {
  const auto core = core_.lock();
  const auto delivery = delivery_.lock();
  if (core && delivery) {
    core->withdraw(delivery);
  }
}

ipc::Handler queueing_handler(std::string endpoint, std::weak_ptr<BusCore> core, std::shared_ptr<LoopQueue> queue) {
  return [endpoint = std::move(endpoint), core = std::move(core), queue = std::move(queue)](ipc::Incoming incoming,
                                                                                            ipc::Responder responder) {
    auto delivery = std::make_shared<Delivery>();
    delivery->endpoint = endpoint;
    delivery->incoming = std::move(incoming);
    delivery->responder = std::move(responder);
    delivery->received_us = ipc::monotonic_us();
    std::unique_ptr<LoopWork> work = std::make_unique<DeliverWork>(core, delivery);
    if (!queue->push(work, LoopQueue::Bound::yes)) {
      delivery->responder.fail({ipc::ErrorCode::overloaded, endpoint + " has too many messages waiting", nullptr});
    }
  };
}

}  // namespace symphony::bridge
