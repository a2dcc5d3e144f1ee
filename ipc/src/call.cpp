#include "call.h"

#include <algorithm>

#include "peer.h"
#include "pending_calls.h"

namespace symphony::ipc {

void Call::receive(Result<Payload> outcome) { calls->finish(*this, std::move(outcome)); }

bool CallRoute::begin(std::shared_ptr<Peer> peer) {
  const std::lock_guard lock(mutex_);
  if (settled_) {
    return false;
  }
  peer_ = std::move(peer);
  peer_->add_outstanding();
  written_ = false;
  return true;
}

bool CallRoute::written(const Peer& peer) {
  const std::lock_guard lock(mutex_);
  if (peer_.get() != &peer) {
    return false;  // it died meanwhile
  }
  written_ = true;
  return abandoned_;
}

std::shared_ptr<Peer> CallRoute::settle() {
  const std::lock_guard lock(mutex_);
  settled_ = true;
  if (peer_) {
    peer_->release_outstanding();
  }
  return peer_;
}

std::shared_ptr<Peer> CallRoute::abandon() {
  const std::lock_guard lock(mutex_);
  abandoned_ = true;
  return written_ ? peer_ : nullptr;
}

bool CallRoute::take_back(const Peer& peer) {
  const std::lock_guard lock(mutex_);
  if (settled_ || peer_.get() != &peer) {
    return false;
  }
  peer_->release_outstanding();
  peer_.reset();
  written_ = false;
  return true;
}

std::shared_ptr<Peer> CallRoute::peer() const {
  const std::lock_guard lock(mutex_);
  return peer_;
}

bool CallRoute::is_at(const Peer& peer) const {
  const std::lock_guard lock(mutex_);
  return peer_.get() == &peer;
}

std::uint32_t Call::remaining_ms(Clock::time_point now) const noexcept {
  // 0 would mean the default.
  return static_cast<std::uint32_t>(
      std::max<std::int64_t>(std::chrono::ceil<std::chrono::milliseconds>(deadline - now).count(), 1));
}

bool CallTable::insert(const std::shared_ptr<Call>& call) {
  const std::lock_guard lock(mutex_);
  call->id = ++last_id_;
  by_id_.emplace(call->id, call);
  // Deadlines mostly come in order: the hint makes this constant time.
  by_deadline_.insert(by_deadline_.end(), *call);
  call->listed = true;
  if (call->deadline >= armed_) {
    return false;
  }
  armed_ = call->deadline;
  return true;
}

void CallTable::erase(Call& call) {
  std::shared_ptr<Call> last;  // released after the lock
  const std::lock_guard lock(mutex_);
  const auto found = by_id_.find(call.id);
  if (found != by_id_.end()) {
    last = std::move(found->second);
    by_id_.erase(found);
    by_deadline_.erase(by_deadline_.iterator_to(call));
  }
}

std::shared_ptr<Call> CallTable::find(std::uint64_t id) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<Call>> CallTable::due(Clock::time_point now) const {
  std::vector<std::shared_ptr<Call>> found;
  const std::lock_guard lock(mutex_);
  for (const Call& call : by_deadline_) {
    if (call.deadline > now) {
      break;
    }
    found.push_back(by_id_.find(call.id)->second);
  }
  return found;
}

std::vector<std::shared_ptr<Call>> CallTable::to(const Endpoint& target) const {
  std::vector<std::shared_ptr<Call>> found;
  const std::lock_guard lock(mutex_);
  for (const auto& [id, call] : by_id_) {
    if (call->target.get() == &target) {
      found.push_back(call);
    }
  }
  return found;
}

std::vector<std::shared_ptr<Call>> CallTable::at(const Peer& peer) const {
  std::vector<std::shared_ptr<Call>> found;
  const std::lock_guard lock(mutex_);
  for (const auto& [id, call] : by_id_) {
    if (call->route.is_at(peer)) {
      found.push_back(call);
    }
  }
  std::sort(found.begin(), found.end(), [](const auto& left, const auto& right) { return left->id < right->id; });
  return found;
}

std::vector<std::shared_ptr<Call>> CallTable::all() const {
  std::vector<std::shared_ptr<Call>> found;
  const std::lock_guard lock(mutex_);
  for (const auto& [id, call] : by_id_) {
    found.push_back(call);
  }
  return found;
}

std::optional<Clock::time_point> CallTable::arm() {
  const std::lock_guard lock(mutex_);
  if (by_deadline_.empty()) {
    armed_ = Clock::time_point::max();
    return std::nullopt;
  }
  armed_ = by_deadline_.begin()->deadline;
  return armed_;
}

}  // namespace symphony::ipc
