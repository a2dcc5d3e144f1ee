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

#include "message_view.h"

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

/// Which process a request went to. A cancel must not overtake its request, whichever threads the two come from, and
/// one whose process dies must go to another at most once: they meet here. Thread-safe.
class CallRoute {
 public:
  /// Before it is written to `peer`, whose outstanding it becomes. False: it is answered already; it must not be
  /// written.
  bool begin(std::shared_ptr<Peer> peer);
  /// After it was written to `peer`. True: it was given up meanwhile, and the caller sends the cancel.
  bool written(const Peer& peer);
  /// It is answered: it is nobody's outstanding any more. Who had it; null when nobody. Once.
  std::shared_ptr<Peer> settle();
  /// After settle(): gives it up. Who must be sent a cancel by the caller; null when nobody has it (or its writer will
  /// see to it).
  std::shared_ptr<Peer> abandon();
  /// True for one caller only, when it is unanswered and with `peer`: that caller decides what becomes of it.
  bool take_back(const Peer& peer);
  std::shared_ptr<Peer> peer() const;
  bool is_at(const Peer& peer) const;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<Peer> peer_;
  bool written_ = false;
  bool settled_ = false;
  bool abandoned_ = false;
};

class PendingCalls;

struct Call final : boost::intrusive::set_base_hook<>, Responder::Receiver {
  /// What the Responder of an in-process target hands over.
  void receive(Result<Payload> outcome) override;

  /// The host-global id; 0 as long as it is not in the table.
  std::uint64_t id = 0;
  std::shared_ptr<Endpoint> target;
  /// Only for a target that is a process.
  CallRoute route;
  /// What is sent again when its process dies; only of an idempotent request, and only once.
  std::unique_ptr<StoredMessage> again;
  /// Either an in-process sender ...
  ReplyHandler on_reply;
  ProgressHandler on_progress;
  /// ... or a peer, and the id it chose.
  std::weak_ptr<Peer> origin;
  std::uint64_t origin_id = 0;
  bool origin_wants_progress = false;
  bool wants_progress() const noexcept { return origin_wants_progress || on_progress; }

  Clock::time_point started;
  Clock::time_point deadline;
  std::optional<CallTrace> trace;
  /// Only for an in-process target; a process is told by a cancel frame.
  std::optional<std::stop_source> stop;
  /// Keeps the bus alive as long as such a target may answer.
  std::shared_ptr<PendingCalls> calls;
  /// Time left, as a frame says it.
  std::uint32_t remaining_ms(Clock::time_point now) const noexcept;

  /// Whoever sets it first answers; nobody else does.
  std::atomic<bool> done{false};
  std::atomic<bool> listed{false};
  /// Whether `origin` has it in its list of requests, or is about to.
  std::atomic<bool> open_at_origin{false};
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
  std::vector<std::shared_ptr<Call>> at(const Peer& peer) const;
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
