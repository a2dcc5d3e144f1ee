#include "ledger.h"

#include <algorithm>

namespace symphony::chaos {

using Clock = std::chrono::steady_clock;

void Ledger::send(ipc::Bus& bus, Request request) {
  const std::uint64_t number = reserve(1);
  const MessageKind kind = request.idempotent ? MessageKind::idempotent_request : MessageKind::request;
  state_->table.sent(number, kind);
  request.params["n"] = number;
  {
    const std::lock_guard lock(state_->mutex);
    ++state_->outstanding;
    ++state_->by_target[request.target];
  }
  ipc::SendOptions options;
  options.deadline = request.deadline;
  options.idempotent = request.idempotent;
  const std::string target = request.target;
  bus.send_request("test", {std::move(request.target), std::move(request.method), std::move(request.params)}, options,
                   [state = state_, number, target,
                    until = Clock::now() + request.deadline + late](const ipc::Result<ipc::Payload>& outcome) {
                     bool as_asked = true;
                     ipc::Result<ipc::Payload> read = outcome;
                     if (outcome) {
                       const auto document = outcome->document();
                       if (!document) {
                         read = document.error();  // a typed error, too: only later
                       } else {
                         as_asked = document->is_object() && document->value("n", number + 1) == number;
                       }
                     }
                     state->table.outcome(number, read);
                     const std::lock_guard lock(state->mutex);
                     --state->outstanding;
                     --state->by_target[target];
                     ++state->outcomes;
                     state->wrong += as_asked ? 0 : 1;
                     state->too_late += Clock::now() > until ? 1 : 0;
                     state->changed.notify_all();
                   });
}

std::uint64_t Ledger::reserve(std::size_t messages) {
  const std::lock_guard lock(state_->mutex);
  const std::uint64_t first = state_->next;
  state_->next += messages;
  return first;
}

std::size_t Ledger::room() const {
  const std::lock_guard lock(state_->mutex);
  return state_->table.size() - std::min<std::uint64_t>(state_->next, state_->table.size());
}

bool Ledger::wait_below(std::size_t window, const std::set<std::string>& deaf) {
  std::unique_lock lock(state_->mutex);
  const auto only_deaf = [&] {
    std::uint64_t theirs = 0;
    for (const std::string& target : deaf) {
      const auto found = state_->by_target.find(target);
      theirs += found == state_->by_target.end() ? 0 : found->second;
    }
    return theirs > 0 && theirs == state_->outstanding;
  };
  while (state_->outstanding >= window && !only_deaf() && !state_->stuck) {
    const std::uint64_t before = state_->outcomes;
    state_->stuck = !state_->changed.wait_for(lock, patience, [&] { return state_->outcomes != before; });
  }
  return state_->outstanding < window || state_->stuck;
}

std::uint64_t Ledger::outstanding(const std::string& target) const {
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->by_target.find(target);
  return found == state_->by_target.end() ? 0 : found->second;
}

std::vector<std::string> Ledger::violations() const {
  const std::lock_guard lock(state_->mutex);
  std::vector<std::string> found;
  if (state_->wrong > 0) {
    found.push_back(std::to_string(state_->wrong) + " answers were for another request");
  }
  if (state_->too_late > 0) {
    found.push_back(std::to_string(state_->too_late) + " outcomes came long after their deadline");
  }
  if (state_->stuck) {
    found.push_back("no request was answered for a minute while " + std::to_string(state_->outstanding) + " waited");
  }
  if (state_->next > state_->table.size()) {
    found.emplace_back("the table of messages was too small for this scene");
  }
  return found;
}

}  // namespace symphony::chaos
