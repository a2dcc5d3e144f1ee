#pragma once
// One message on its way to a Python handler, and what the handler sees of it.

#include <pybind11/pybind11.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include <symphony/ipc/bus.h>

#include "loop_queue.h"

namespace symphony::bridge {

class BusCore;

struct Delivery {
  std::string endpoint;
  ipc::Incoming incoming;
  ipc::Responder responder;
  /// The span of the handler: a child of the sender's; what the handler passes on.
  std::optional<ipc::TraceContext> span;
  std::int64_t received_us = 0;
  std::int64_t started_us = 0;
  /// The handler's task; touched with the interpreter lock only, cleared before the delivery may be freed elsewhere.
  pybind11::object task;
  std::optional<std::stop_callback<std::function<void()>>> on_stop;
};

/// The second argument of a handler.
class MessageContext {
 public:
  explicit MessageContext(const Delivery& delivery);
  const std::string& source() const noexcept { return source_; }
  bool is_request() const noexcept { return is_request_; }
  bool cancelled() const noexcept { return stop_.stop_requested(); }
  std::optional<std::string> trace() const { return trace_; }
  /// Seconds until the sender stops waiting; nothing when it does not say.
  std::optional<double> remaining_s() const;

 private:
  std::string source_;
  bool is_request_;
  std::stop_token stop_;
  std::optional<std::string> trace_;
  std::optional<std::chrono::steady_clock::time_point> deadline_;
};

/// Delivers on the loop's thread.
class DeliverWork final : public LoopWork {
 public:
  DeliverWork(std::weak_ptr<BusCore> core, std::shared_ptr<Delivery> delivery);
  void run() override;
  void abandon() noexcept override;

 private:
  std::weak_ptr<BusCore> core_;
  std::shared_ptr<Delivery> delivery_;
};

/// Cancels the handler's task on the loop's thread.
class WithdrawWork final : public LoopWork {
 public:
  WithdrawWork(std::weak_ptr<BusCore> core, std::weak_ptr<Delivery> delivery);
  void run() override;
  void abandon() noexcept override {}

 private:
  std::weak_ptr<BusCore> core_;
  std::weak_ptr<Delivery> delivery_;
};

/// The handler the bus knows: runs on the sender's thread, never takes the interpreter lock.
ipc::Handler queueing_handler(std::string endpoint, std::weak_ptr<BusCore> core, std::shared_ptr<LoopQueue> queue);

}  // namespace symphony::bridge
