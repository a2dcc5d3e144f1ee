#pragma once
// The hand-over from running processes to those of another version, while they serve. Rehearsed first: the new ones
// are given a snapshot while the old ones go on, so that a state they cannot take costs nobody anything. Then the
// traffic is held, what has changed since is handed over, and the new ones go on. On the bus thread only.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include <symphony/ipc/error.h>

#include "context.h"
#include "process_instance.h"

namespace symphony::ipc {

class HotSwap : public std::enable_shared_from_this<HotSwap> {
 public:
  struct Pair {
    std::shared_ptr<ProcessInstance> old;
    std::shared_ptr<ProcessInstance> fresh;
    /// What the old one saved last: for one that gives no snapshot.
    std::optional<nlohmann::json> saved;
  };
  struct Callbacks {
    /// The traffic is held and all is handed over: from now on the new ones serve. `states` in the order of the pairs.
    std::function<void(std::vector<std::optional<nlohmann::json>> states)> commit;
    /// Messages waited for `pause`, which is over. After commit().
    std::function<void(std::chrono::microseconds pause)> done;
    /// Nothing has changed; the traffic flows as before. The last callback.
    std::function<void(Error)> failed;
  };

  HotSwap(std::shared_ptr<SupervisionContext> context, std::string id, std::vector<Pair> pairs, Callbacks callbacks);

  const std::vector<Pair>& pairs() const noexcept { return pairs_; }
  /// One of the new ones has answered contract.init.
  void ready(const ProcessInstance& fresh);
  /// One of the processes is gone, or somebody wants it no more. Does nothing once it is over.
  void abandon(Error reason);
  bool over() const noexcept { return over_; }

 private:
  using Next = void (HotSwap::*)();

  /// Snapshots of all old ones to all new ones, then `next`.
  void hand_over(std::chrono::milliseconds deadline, Next next);
  void restore(std::size_t index, std::chrono::milliseconds deadline, nlohmann::json state, Next next);
  void handed_over(Next next);
  void cut();
  void finish();

  const std::shared_ptr<SupervisionContext> context_;
  const std::string id_;
  const std::vector<Pair> pairs_;
  Callbacks callbacks_;
  boost::asio::steady_timer timer_;
  std::vector<std::optional<nlohmann::json>> states_;
  std::size_t ready_ = 0;
  std::size_t open_ = 0;
  bool held_ = false;
  bool over_ = false;
  std::int64_t held_since_us_ = 0;
};

}  // namespace symphony::ipc
