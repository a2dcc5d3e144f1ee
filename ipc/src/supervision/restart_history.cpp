#include "restart_history.h"

#include <algorithm>

namespace symphony::ipc {

using std::chrono::milliseconds;

milliseconds backoff_delay(std::size_t earlier_restarts, double chance) {
  constexpr std::size_t most_doublings = 16;
  const auto doublings = std::min(earlier_restarts, most_doublings);
  const milliseconds whole = std::min(milliseconds(first_backoff.count() << doublings), longest_backoff);
  return milliseconds(static_cast<std::int64_t>(static_cast<double>(whole.count()) * (0.5 + chance / 2)));
}

RestartHistory::Decision RestartHistory::decide(RestartPolicy policy, std::size_t limit, std::chrono::seconds window,
                                                Clock::time_point now, double chance) {
  while (!restarts_.empty() && now - restarts_.front() > window) {
    restarts_.pop_front();
  }
  Decision decision;
  decision.restarts = restarts_.size();
  if (policy == RestartPolicy::manual) {
    return decision;
  }
  if (restarts_.size() >= limit) {
    decision.quarantine = true;
    return decision;
  }
  decision.delay = policy == RestartPolicy::backoff ? backoff_delay(restarts_.size(), chance) : milliseconds(0);
  return decision;
}

}  // namespace symphony::ipc
