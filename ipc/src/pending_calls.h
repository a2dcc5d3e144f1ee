#pragma once
// Every request that is not answered yet, and the one place where each is answered exactly once.

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <symphony/ipc/bus.h>

#include "call.h"

namespace symphony::ipc {

/// Thread-safe but for the timer, which runs on the bus thread.
class PendingCalls {
 public:
  PendingCalls(boost::asio::io_context& context, std::string process_name)
      : context_(context), timer_(context), process_name_(std::move(process_name)) {}

  /// What must be alive for the timer to act: it may still be queued when its owner goes.
  void owned_by(std::weak_ptr<void> owner) { owner_ = std::move(owner); }

  /// Lists a call that was not answered at once; gives it its id.
  void list(const std::shared_ptr<Call>& call);
  std::shared_ptr<Call> find(std::uint64_t id) const { return table_.find(id); }
  std::vector<std::shared_ptr<Call>> to(const Endpoint& target) const { return table_.to(target); }
  std::vector<std::shared_ptr<Call>> at(const Peer& peer) const { return table_.at(peer); }
  std::vector<std::shared_ptr<Call>> all() const { return table_.all(); }

  /// True for exactly one caller per call, which must then deliver; `failure` is what it failed with, if it did.
  bool claim(Call& call, std::optional<ErrorCode> failure);
  void finish(Call& call, Result<Payload> outcome);
  /// Ends a call from this side: its sender gets `reason`, its target is told to stop.
  void abandon(Call& call, const Error& reason);
  /// Abandons everything, and from now on whatever is listed. On the bus thread.
  void close();

  SpanRecorder& spans() noexcept { return spans_; }

 private:
  void deliver(Call& call, Result<Payload> outcome);
  void arm_timer();
  void expire();

  boost::asio::io_context& context_;
  boost::asio::steady_timer timer_;
  const std::string process_name_;
  std::weak_ptr<void> owner_;
  std::atomic<bool> closed_{false};
  CallTable table_;
  SpanRecorder spans_;
};

}  // namespace symphony::ipc
