#include "instance_group.h"

#include <algorithm>
#include <cmath>

#include <symphony/ipc/limits.h>

#include "call.h"
#include "peer.h"

namespace symphony::ipc {
namespace {

/// The same in every run and on every machine: a user stays with his instance when the host starts anew.
std::uint64_t hash_of(std::string_view text) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
  for (const char character : text) {
    hash = (hash ^ static_cast<unsigned char>(character)) * 0x100000001b3U;
  }
  return hash;
}

std::uint64_t mixed(std::uint64_t value) noexcept {  // SplitMix64's finalizer
  value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31U);
}

}  // namespace

InstanceGroup::Ticket::Ticket(InstanceGroup& group, std::shared_ptr<Peer> peer)
    : group_(group), peer_(std::move(peer)) {
  group_.writing_.fetch_add(1);
  peer_->add_outstanding();
}

InstanceGroup::Ticket::Ticket(Ticket&& other) noexcept : group_(other.group_), peer_(std::move(other.peer_)) {}

InstanceGroup::Ticket::~Ticket() {
  if (peer_) {
    peer_->release_outstanding();
    if (group_.writing_.fetch_sub(1) == 1) {
      group_.writing_.notify_all();
    }
  }
}

bool InstanceGroup::add(std::shared_ptr<Peer> peer) {
  const std::lock_guard lock(mutex_);
  for (const Member& member : members_) {
    if (member.peer->instance() == peer->instance()) {
      return false;
    }
  }
  const std::uint64_t name_hash = hash_of(peer->instance());
  members_.push_back({std::move(peer), name_hash, 0});
  return true;
}

void InstanceGroup::remove(const Peer& peer) {
  std::shared_ptr<Peer> last;  // released after the lock
  const std::lock_guard lock(mutex_);
  const auto found =
      std::find_if(members_.begin(), members_.end(), [&](const Member& member) { return member.peer.get() == &peer; });
  if (found != members_.end()) {
    last = std::move(found->peer);
    members_.erase(found);
  }
}

std::shared_ptr<Peer> InstanceGroup::find(std::string_view instance) const {
  const std::lock_guard lock(mutex_);
  for (const Member& member : members_) {
    if (member.peer->instance() == instance) {
      return member.peer;
    }
  }
  return nullptr;
}

std::vector<std::shared_ptr<Peer>> InstanceGroup::all() const {
  std::vector<std::shared_ptr<Peer>> peers;
  const std::lock_guard lock(mutex_);
  peers.reserve(members_.size());
  for (const Member& member : members_) {
    peers.push_back(member.peer);
  }
  return peers;
}

bool InstanceGroup::has_ready() const {
  const std::lock_guard lock(mutex_);
  return std::any_of(members_.begin(), members_.end(),
                     [](const Member& member) { return member.peer->ready() && member.peer->weight() > 0; });
}

void InstanceGroup::set_options(GroupOptions options) {
  const std::lock_guard lock(mutex_);
  options_ = std::move(options);
}

bool InstanceGroup::set_weight(std::string_view instance, std::uint32_t weight) {
  const std::lock_guard lock(mutex_);
  for (const Member& member : members_) {
    if (member.peer->instance() == instance) {
      member.peer->set_weight(weight);
      return true;
    }
  }
  return false;
}

void InstanceGroup::pin(std::string_view source, std::string_view instance) {
  const std::lock_guard lock(mutex_);
  std::erase_if(pins_, [&](const auto& pin) { return pin.first == source; });
  if (!instance.empty()) {
    pins_.emplace_back(source, instance);
  }
}

InstanceGroup::Admission InstanceGroup::admit(std::string_view source, std::string_view instance) {
  const std::lock_guard lock(mutex_);
  Admission admission;
  if (!instance.empty()) {
    const auto found = std::find_if(members_.begin(), members_.end(), [&](const Member& member) {
      return member.peer->instance() == instance && member.peer->ready();
    });
    if (found != members_.end()) {
      admission.ticket.emplace(ticket(*found));
    }
    return admission;
  }
  if (held_) {
    admission.refusal = Refusal::held;
    return admission;
  }
  if (const Member* chosen = choose(source)) {
    admission.ticket.emplace(ticket(*chosen));
  }
  return admission;
}

InstanceGroup::Admission InstanceGroup::admit_parked(std::string_view source) {
  const std::lock_guard lock(mutex_);
  Admission admission;
  if (const Member* chosen = choose(source)) {
    admission.ticket.emplace(ticket(*chosen));
  }
  return admission;
}

InstanceGroup::Ticket InstanceGroup::ticket(const Member& member) { return {*this, member.peer}; }

InstanceGroup::Member* InstanceGroup::pinned_to(std::string_view source) {
  for (const auto& [pinned, instance] : pins_) {
    if (pinned != source) {
      continue;
    }
    for (Member& member : members_) {
      if (member.peer->instance() == instance && member.peer->ready()) {
        return &member;
      }
    }
  }
  return nullptr;
}

InstanceGroup::Member* InstanceGroup::choose(std::string_view source) {
  if (!pins_.empty()) {
    if (Member* pinned = pinned_to(source)) {
      return pinned;
    }
  }
  // Nearly every endpoint has one process.
  if (members_.size() == 1) {
    Member& only = members_.front();
    return only.peer->ready() && only.peer->weight() > 0 ? &only : nullptr;
  }
  switch (options_.balance) {
    case Balance::weighted:
      return next_weighted();
    case Balance::sticky:
      return stuck_to(source);
    case Balance::least_outstanding:
      break;
  }
  return least_outstanding();
}

InstanceGroup::Member* InstanceGroup::least_outstanding() {
  Member* best = nullptr;
  const std::size_t count = members_.size();
  // Begins with another one each time: idle instances take turns.
  ++turn_;
  for (std::size_t step = 0; step < count; ++step) {
    Member& member = members_[(turn_ + step) % count];
    if (!member.peer->ready() || member.peer->weight() == 0) {
      continue;
    }
    // Compares outstanding / weight without dividing.
    if (best == nullptr || std::uint64_t{member.peer->outstanding()} * best->peer->weight() <
                               std::uint64_t{best->peer->outstanding()} * member.peer->weight()) {
      best = &member;
    }
  }
  return best;
}

/// Smooth weighted turns: of weights 3 and 1, every fourth goes to the second, never three in a row more than needed.
InstanceGroup::Member* InstanceGroup::next_weighted() {
  Member* best = nullptr;
  std::int64_t total = 0;
  for (Member& member : members_) {
    if (!member.peer->ready() || member.peer->weight() == 0) {
      continue;
    }
    member.credit += member.peer->weight();
    total += member.peer->weight();
    if (best == nullptr || member.credit > best->credit) {
      best = &member;
    }
  }
  if (best != nullptr) {
    best->credit -= total;
  }
  return best;
}

/// Weighted rendezvous hashing: an instance that comes or goes moves only the sources that are or become its own.
InstanceGroup::Member* InstanceGroup::stuck_to(std::string_view source) {
  Member* best = nullptr;
  double best_score = 0;
  const std::uint64_t key = hash_of(source);
  for (Member& member : members_) {
    if (!member.peer->ready() || member.peer->weight() == 0) {
      continue;
    }
    // In (0, 1): the top 53 bits are what a double can hold.
    const double draw = (static_cast<double>(mixed(key ^ mixed(member.name_hash)) >> 11U) + 0.5) * 0x1p-53;
    const double score = -static_cast<double>(member.peer->weight()) / std::log(draw);
    if (best == nullptr || score > best_score) {
      best = &member;
      best_score = score;
    }
  }
  return best;
}

void InstanceGroup::hold() {
  {
    const std::lock_guard lock(mutex_);
    held_ = true;
    resuming_ = false;
  }
  // A write never blocks, so this is short.
  for (std::uint32_t writing = writing_.load(); writing > 0; writing = writing_.load()) {
    writing_.wait(writing);
  }
}

void InstanceGroup::begin_resume() {
  const std::lock_guard lock(mutex_);
  resuming_ = held_;
}

std::optional<Parked> InstanceGroup::next_parked() {
  const std::lock_guard lock(mutex_);
  if (!resuming_) {
    return std::nullopt;
  }
  if (parked_.empty()) {
    held_ = false;
    resuming_ = false;
    return std::nullopt;
  }
  std::optional<Parked> first(std::move(parked_.front()));
  parked_.pop_front();
  parked_bytes_ -= first->message.bytes();
  return first;
}

InstanceGroup::ParkResult InstanceGroup::park(Parked message) {
  std::shared_ptr<const std::function<void()>> listener;
  {
    const std::lock_guard lock(mutex_);
    const ParkResult result = park_locked(std::move(message));
    if (result != ParkResult::parked || parked_.size() > 1) {
      return result;
    }
    listener = parked_listener_;
  }
  if (listener) {
    (*listener)();
  }
  return ParkResult::parked;
}

void InstanceGroup::on_parked(std::shared_ptr<const std::function<void()>> listener) {
  {
    const std::lock_guard lock(mutex_);
    parked_listener_ = listener;
    if (parked_.empty()) {
      return;
    }
  }
  if (listener) {
    (*listener)();
  }
}

InstanceGroup::ParkResult InstanceGroup::park_locked(Parked message) {
  if (!held_) {
    return ParkResult::not_held;
  }
  const std::size_t bytes = message.message.bytes();
  const auto full = [&] {
    return parked_.size() >= limits::parked_messages || parked_bytes_ + bytes > limits::queued_bytes_per_peer;
  };
  if (full()) {
    // Requests that were given up take no room.
    std::erase_if(parked_, [this](const Parked& entry) {
      const bool over = entry.call && entry.call->done;
      parked_bytes_ -= over ? entry.message.bytes() : 0;
      return over;
    });
    if (full()) {
      return ParkResult::full;
    }
  }
  parked_bytes_ += bytes;
  parked_.push_back(std::move(message));
  return ParkResult::parked;
}

std::size_t InstanceGroup::parked() const {
  const std::lock_guard lock(mutex_);
  return parked_.size();
}

bool InstanceGroup::held() const {
  const std::lock_guard lock(mutex_);
  return held_;
}

void InstanceGroup::wait_for_instance(Parked message) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(message));
}

std::vector<Parked> InstanceGroup::take_waiting() {
  const std::lock_guard lock(mutex_);
  return std::exchange(waiting_, {});
}

void InstanceGroup::clear() {
  std::deque<Parked> parked;  // released after the lock
  std::vector<Parked> waiting;
  const std::lock_guard lock(mutex_);
  parked.swap(parked_);
  waiting.swap(waiting_);
  parked_bytes_ = 0;
}

}  // namespace symphony::ipc
