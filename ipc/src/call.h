#pragma once
// One request on its way: who asked, who must answer, until when.

#include <atomic>
#include <boost/intrusive/set.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <symphony/ipc/bus.h>

namespace symphony::ipc {

class Peer;
struct Endpoint;
using Clock = std::chrono::steady_clock;

/// The span of a traced request, recorded when it is answered.
struct CallTrace {
  TraceContext context;  // what the target was given
  std::uint64_t parent_id = 0;
  std::string method;
};

struct Call : boost::intrusive::set_base_hook<> {
  /// The host-global id; 0 as long as it is not in the table.
  std::uint64_t id = 0;
  std::shared_ptr<Endpoint> target;
  /// Either an in-process sender ...
  ReplyHandler on_reply;
  /// ... or a peer, and the id it chose.
  std::weak_ptr<Peer> origin;
  std::uint64_t origin_id = 0;

  Clock::time_point started;
  Clock::time_point deadline;
  std::optional<CallTrace> trace;
  /// Only for an in-process target; a process is told by a cancel frame.
  std::optional<std::stop_source> stop;
  /// Whoever sets it first answers; nobody else does.
  std::atomic<bool> done{false};
  std::atomic<bool> listed{false};
};

/// Thread-safe. Ordered by deadline too, without a timer or an allocation for each call.
class CallTable {
 public:
  /// Gives the call its id. True: its deadline is earlier than what the timer was last armed for.
  bool insert(const std::shared_ptr<Call>& call);
  void erase(Call& call);
  std::shared_ptr<Call> find(std::uint64_t id) const;
  std::vector<std::shared_ptr<Call>> due(Clock::time_point now) const;
  std::vector<std::shared_ptr<Call>> to(const Endpoint& target) const;
  std::vector<std::shared_ptr<Call>> all() const;
  /// The earliest deadline, which the timer is from now on armed for.
  std::optional<Clock::time_point> arm();

 private:
  struct EarlierDeadline {
    bool operator()(const Call& left, const Call& right) const noexcept { return left.deadline < right.deadline; }
  };

  mutable std::mutex mutex_;
  std::uint64_t last_id_ = 0;
  boost::unordered_flat_map<std::uint64_t, std::shared_ptr<Call>> by_id_;
  boost::intrusive::multiset<Call, boost::intrusive::compare<EarlierDeadline>> by_deadline_;
  Clock::time_point armed_ = Clock::time_point::max();
};

}  // namespace symphony::ipc
