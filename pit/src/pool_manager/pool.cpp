#include "pool_manager/pool.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <utility>

namespace symphony::pit::pool {

namespace {

constexpr std::uint64_t slot_bits = 17;
static_assert(limits::resources == 1ULL << slot_bits);
constexpr std::uint32_t most_failures_in_a_row = 3;
constexpr int most_failures_of_eight = 5;
constexpr std::int64_t first_retry_us = 1'000'000;
constexpr std::uint32_t most_doublings = 8;
/// Below this, what the Conductor expects is no reason to load or to keep something.
constexpr double worth_expecting = 0.2;

bool is_loaded(State state) {
  return state == State::loading || state == State::warming || state == State::ready || state == State::active;
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= limits::id_bytes && text.find('\n') == std::string_view::npos;
}

Error bad_name(const char* what, const char* path) {
  return ipc::invalid_params(std::string(what) + " must have 1 to 128 bytes and no line end.", path);
}

Error out_of_range(const char* what, const char* path) {
  return ipc::invalid_params(std::string(what) + " is out of range.", path);
}

Error in_the_wrong_state(std::string_view id, State state, const std::string& what) {
  return {ErrorCode::invalid_request,
          "\"" + std::string(id) + "\" is " + std::string(name_of(state)) + what,
          {{"path", "/resource"}, {"state", name_of(state)}}};
}

Result<std::int64_t> checked_lease_ms(std::int64_t lease_ms) {
  if (lease_ms == 0) return limits::default_lease_ms;
  if (lease_ms < limits::shortest_lease_ms || lease_ms > limits::longest_lease_ms)
    return out_of_range("The time of a lease", "/lease_ms");
  return lease_ms;
}

Result<void> check(Holder holder) {
  if (!is_name(holder.endpoint)) return bad_name("The holder", "/holder");
  if (holder.instance.size() > limits::id_bytes || holder.instance.find('\n') != std::string_view::npos)
    return bad_name("The holder's instance", "/instance");
  return {};
}

}  // namespace

std::int64_t Pool::now() {
  last_us_ = std::max(last_us_, clock_.monotonic_us());
  return last_us_;
}

std::uint64_t Pool::lease_id(std::uint32_t slot, std::uint64_t generation) { return generation << slot_bits | slot; }

// ---- lists and states

List* Pool::list_of(std::uint32_t slot) {
  Key& key = keys_[slots_[slot].key];
  if (slots_[slot].leased) return &key.leased;
  switch (slots_[slot].state) {
    case State::unloaded:
      return &key.unloaded;
    case State::loading:
    case State::warming:
      return &key.pending;
    case State::ready:
      return &key.ready;
    case State::cooling:
      return &key.cooling;
    case State::failed:
      return &key.failed;
    case State::active:
      break;
  }
  return &key.leased;
}

void Pool::unlink(std::uint32_t slot) {
  take_out(slots_, *list_of(slot), &Slot::in_key, slot);
  if (slots_[slot].state == State::ready) take_out(slots_, idle_, &Slot::idle, slot);
}

void Pool::link(std::uint32_t slot) {
  // Of several that are ready the one that worked last is taken first, one that failed last.
  if (slots_[slot].failures_in_a_row == 0) {
    push_front(slots_, *list_of(slot), &Slot::in_key, slot);
  } else {
    push_back(slots_, *list_of(slot), &Slot::in_key, slot);
  }
  if (slots_[slot].state == State::ready) push_front(slots_, idle_, &Slot::idle, slot);
}

void Pool::move(std::uint32_t slot, State to, bool leased, Reason reason, std::string_view detail) {
  Slot& moved = slots_[slot];
  const State from = moved.state;
  assert(from == to || may_follow(from, to));
  unlink(slot);
  moved.state = to;
  moved.leased = leased;
  link(slot);
  if (from == to) return;
  --by_state_[static_cast<std::size_t>(from)];
  ++by_state_[static_cast<std::size_t>(to)];
  if (is_loaded(from) != is_loaded(to)) {
    if (is_loaded(to)) {
      ++loaded_;
      loaded_bytes_ += moved.memory_bytes;
    } else {
      --loaded_;
      loaded_bytes_ -= moved.memory_bytes;
    }
  }
  record(slot, from, to, reason, detail);
}

void Pool::record(std::uint32_t slot, State from, State to, Reason reason, std::string_view detail) {
  const std::uint64_t number = ++transitions_;
  if (history_.size() < limits::history) history_.emplace_back();
  Transition& entry = history_[(number - 1) % limits::history];
  entry.number = number;
  entry.at_ms = clock_.wall_ms();
  entry.from = from;
  entry.to = to;
  entry.reason = reason;
  entry.resource = about_[slot].id;
  entry.detail.assign(detail.substr(0, limits::reason_bytes));
}

bool Pool::fits(std::uint64_t count, std::uint64_t memory_bytes) const {
  return loaded_ + count <= room_.count && memory_bytes <= room_.memory_bytes &&
         loaded_bytes_ <= room_.memory_bytes - memory_bytes;
}

bool Pool::is_expected(std::uint32_t key, std::int64_t now_us) const {
  return keys_[key].probability >= worth_expecting && keys_[key].expected_until_us > now_us;
}

// ---- names

Result<std::uint32_t> Pool::find_resource(std::string_view id) const {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) {
    return Error{ErrorCode::not_found,
                 "There is no resource \"" + std::string(id.substr(0, limits::id_bytes)) + "\".",
                 {{"path", "/resource"}}};
  }
  return found->second;
}

std::uint32_t Pool::intern_key(std::string_view name) {
  const auto found = by_key_.find(name);
  if (found != by_key_.end()) return found->second;
  std::uint32_t index = static_cast<std::uint32_t>(keys_.size());
  if (free_keys_.empty()) {
    keys_.emplace_back();
  } else {
    index = free_keys_.back();
    free_keys_.pop_back();
    keys_[index] = {};
  }
  keys_[index].name = name;
  by_key_.emplace(std::string(name), index);
  return index;
}

std::uint32_t Pool::intern_holder(Holder holder) {
  holder_name_.assign(holder.endpoint).append(1, '\n').append(holder.instance);
  const auto found = by_holder_.find(std::string_view(holder_name_));
  if (found != by_holder_.end()) return found->second;
  if (by_holder_.size() >= sweep_at_) {
    boost::unordered::erase_if(by_holder_, [this](const auto& entry) {
      const bool idle = holders_[entry.second].leases.empty();
      if (idle) free_holders_.push_back(entry.second);
      return idle;
    });
    sweep_at_ = std::max(first_sweep, 2 * by_holder_.size());
  }
  std::uint32_t index = static_cast<std::uint32_t>(holders_.size());
  if (free_holders_.empty()) {
    holders_.emplace_back();
  } else {
    index = free_holders_.back();
    free_holders_.pop_back();
  }
  holders_[index] = {std::string(holder.endpoint), std::string(holder.instance), {}};
  by_holder_.emplace(holder_name_, index);
  return index;
}

// ---- resources

Result<void> Pool::add(const Resource& resource) {
  if (!is_name(resource.id)) return bad_name("A resource's id", "/resource");
  if (!is_name(resource.key)) return bad_name("A key", "/key");
  if (resource.memory_bytes > limits::number) return out_of_range("The memory", "/memory_bytes");
  if (resource.load_ms > limits::number) return out_of_range("The time to load", "/load_ms");
  const std::scoped_lock lock(mutex_);
  now();
  if (by_id_.contains(resource.id)) {
    return Error{
        ErrorCode::invalid_request, "There is a resource \"" + resource.id + "\" already.", {{"path", "/resource"}}};
  }
  if (by_id_.size() >= limits::resources) {
    return Error{ErrorCode::resource_exhausted,
                 "The pool holds no more resources.",
                 {{"limit", limits::resources}, {"path", "/resource"}}};
  }
  std::uint32_t index = static_cast<std::uint32_t>(slots_.size());
  if (free_slots_.empty()) {
    slots_.emplace_back();
    about_.emplace_back();
  } else {
    index = free_slots_.back();
    free_slots_.pop_back();
  }
  const std::uint64_t generation = slots_[index].generation;  // old leases stay old
  slots_[index] = {};
  about_[index] = {};
  Slot& slot = slots_[index];
  slot.used = true;
  slot.generation = generation;
  slot.kind = resource.kind;
  slot.memory_bytes = resource.memory_bytes;
  slot.key = intern_key(resource.key);
  about_[index].id = resource.id;
  about_[index].load_ms = resource.load_ms;
  ++keys_[slot.key].resources;
  by_id_.emplace(resource.id, index);
  ++by_state_[static_cast<std::size_t>(State::unloaded)];
  push_back(slots_, keys_[slot.key].unloaded, &Slot::in_key, index);
  return {};
}

Result<void> Pool::remove(std::string_view id) {
  const std::scoped_lock lock(mutex_);
  expire(now(), true);
  const auto found = find_resource(id);
  if (found.has_error()) return found.error();
  const std::uint32_t index = *found;
  Slot& slot = slots_[index];
  if (slot.leased) return in_the_wrong_state(id, slot.state, " and has a lease; it cannot be removed.");
  unlink(index);
  --by_state_[static_cast<std::size_t>(slot.state)];
  if (is_loaded(slot.state)) {
    --loaded_;
    loaded_bytes_ -= slot.memory_bytes;
  }
  if (--keys_[slot.key].resources == 0) {
    by_key_.erase(keys_[slot.key].name);
    std::erase(expected_, slot.key);
    free_keys_.push_back(slot.key);
  }
  by_id_.erase(about_[index].id);
  slot.used = false;
  slot.state = State::unloaded;
  free_slots_.push_back(index);
  return {};
}

// ---- leases

void Pool::begin_lease(std::uint32_t index, State state, Reason reason, Holder holder, std::int64_t expires_us) {
  Slot& slot = slots_[index];
  const std::uint32_t held_by = intern_holder(holder);
  move(index, state, true, reason);
  ++slot.generation;
  slot.holder = held_by;
  slot.expires_us = expires_us;
  slot.ended = Ended::not_yet;
  push_back(slots_, holders_[held_by].leases, &Slot::of_holder, index);
  push_front(slots_, wheel_[static_cast<std::size_t>(expires_us >> wheel_shift) % wheel_size], &Slot::in_wheel, index);
  ++keys_[slot.key].leased_count;
  ++leases_;
  ++about_[index].uses;
}

void Pool::close_lease(std::uint32_t index, Ended how) {
  Slot& slot = slots_[index];
  take_out(slots_, holders_[slot.holder].leases, &Slot::of_holder, index);
  take_out(slots_, wheel_[static_cast<std::size_t>(slot.expires_us >> wheel_shift) % wheel_size], &Slot::in_wheel,
           index);
  slot.holder = none;
  slot.ended = how;
  --keys_[slot.key].leased_count;
  --leases_;
}

void Pool::end_lease(std::uint32_t index, Ended how, Reason reason) {
  close_lease(index, how);
  const State state = slots_[index].state;
  move(index, state == State::active ? State::ready : state, false, reason);
  cool_if_too_much(index);
}

void Pool::cool_if_too_much(std::uint32_t index) {
  // A smaller room was asked for while it was in use or being loaded.
  const bool too_many = loaded_ > room_.count;
  if (slots_[index].state != State::ready || (!too_many && loaded_bytes_ <= room_.memory_bytes)) return;
  move(index, State::cooling, false, too_many ? Reason::evicted_for_count : Reason::evicted_for_memory);
  ++statistics_.evicted;
}

void Pool::expire(std::int64_t now_us, bool exactly) {
  const std::int64_t tick = now_us >> wheel_shift;
  if (tick == wheel_tick_ && !exactly) return;
  std::vector<std::uint32_t> over;
  const std::int64_t first = std::max(wheel_tick_, tick - static_cast<std::int64_t>(wheel_size) + 1);
  for (std::int64_t at = first; at <= tick; ++at) {
    const List& bucket = wheel_[static_cast<std::size_t>(at) % wheel_size];
    for (std::uint32_t index = bucket.first; index != none; index = slots_[index].in_wheel.next) {
      if (slots_[index].expires_us <= now_us) over.push_back(index);
    }
  }
  wheel_tick_ = tick;
  std::sort(over.begin(), over.end(), [this](std::uint32_t left, std::uint32_t right) {
    return std::pair(slots_[left].expires_us, left) < std::pair(slots_[right].expires_us, right);
  });
  for (const std::uint32_t index : over) {
    end_lease(index, Ended::expired, Reason::expired);
    ++statistics_.expired;
  }
}

Result<std::uint32_t> Pool::find_lease(std::uint64_t lease, Holder holder, std::int64_t now_us) {
  const auto refuse = [&](ErrorCode code, const char* sentence, const char* reason) {
    return Error{code, sentence, {{"path", "/lease"}, {"reason", reason}}};
  };
  const auto index = static_cast<std::uint32_t>(lease & (limits::resources - 1));
  const std::uint64_t generation = lease >> slot_bits;
  if (index >= slots_.size() || generation == 0 || generation > slots_[index].generation)
    return refuse(ErrorCode::not_found, "There never was such a lease.", "unknown");
  const Slot& slot = slots_[index];
  if (generation < slot.generation || !slot.used)
    return refuse(ErrorCode::invalid_request, "The lease ended long ago.", "ended");
  if (slot.leased) {
    const HolderEntry& owner = holders_[slot.holder];
    if (owner.endpoint != holder.endpoint || owner.instance != holder.instance)
      return refuse(ErrorCode::permission_denied, "The lease is somebody else's.", "not_yours");
    if (slot.expires_us > now_us) return index;
    end_lease(index, Ended::expired, Reason::expired);
    ++statistics_.expired;
  }
  switch (slot.ended) {
    case Ended::expired:
      return refuse(ErrorCode::deadline_exceeded, "The lease's time was over before.", "expired");
    case Ended::reclaimed:
      return refuse(ErrorCode::invalid_request, "The lease was taken back when its holder was gone.", "reclaimed");
    case Ended::failed:
      return refuse(ErrorCode::invalid_request, "The lease ended when its resource failed.", "failed");
    case Ended::moved: {
      Error moved = refuse(ErrorCode::invalid_request, "The resource failed; another lease stands in for it.", "moved");
      moved.data["lease"] = about_[index].replacement;
      return moved;
    }
    case Ended::not_yet:
    case Ended::released:
      break;
  }
  return refuse(ErrorCode::invalid_request, "The lease was released before.", "released");
}

std::uint32_t Pool::loadable(std::uint32_t key, std::int64_t now_us) {
  if (!keys_[key].unloaded.empty()) return keys_[key].unloaded.first;
  for (std::uint32_t index = keys_[key].failed.first; index != none; index = slots_[index].in_key.next) {
    if (about_[index].retry_us > now_us) continue;
    move(index, State::unloaded, false, Reason::retried);
    return index;
  }
  return none;
}

void Pool::cool(std::uint32_t slot, Reason reason, std::vector<std::string>& evicted) {
  move(slot, State::cooling, false, reason);
  evicted.push_back(about_[slot].id);
  ++statistics_.evicted;
}

bool Pool::make_room(std::uint64_t memory_bytes, std::uint32_t key, bool also_expected, std::int64_t now_us,
                     std::vector<std::string>& evicted) {
  if (fits(1, memory_bytes)) return true;
  std::vector<std::uint32_t> victims;
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
  const auto enough = [&] {
    return loaded_ - count < room_.count && memory_bytes <= room_.memory_bytes &&
           loaded_bytes_ - bytes <= room_.memory_bytes - memory_bytes;
  };
  for (const bool expected : {false, true}) {
    if (expected && !also_expected) break;
    for (std::uint32_t index = idle_.last; index != none && !enough(); index = slots_[index].idle.previous) {
      if (slots_[index].key == key || is_expected(slots_[index].key, now_us) != expected) continue;
      victims.push_back(index);
      ++count;
      bytes += slots_[index].memory_bytes;
    }
  }
  if (!enough()) return false;
  const Reason reason = loaded_ >= room_.count ? Reason::evicted_for_count : Reason::evicted_for_memory;
  for (const std::uint32_t index : victims)
    cool(index, reason, evicted);
  return true;
}

Result<Allocation> Pool::take(std::uint32_t key, Holder holder, std::int64_t expires_us, Reason reason,
                              std::int64_t now_us) {
  Allocation taken;
  std::uint32_t index = keys_[key].ready.first;
  if (index == none) {
    expire(now_us, true);
    index = keys_[key].ready.first;
  }
  State state = State::active;
  if (index == none) {
    taken.grade = Grade::warm;
    const std::uint32_t cooling = keys_[key].cooling.first;
    if (cooling != none && make_room(slots_[cooling].memory_bytes, key, true, now_us, taken.evicted)) {
      index = cooling;
    } else if (index = keys_[key].pending.first; index != none) {
      state = slots_[index].state;
    }
  }
  if (index == none) {
    taken.grade = Grade::cold;
    state = State::loading;
    index = loadable(key, now_us);
    if (index != none && !make_room(slots_[index].memory_bytes, key, true, now_us, taken.evicted)) index = none;
  }
  if (index == none) {
    ++statistics_.refused;
    return Error{ErrorCode::resource_exhausted,
                 "All of \"" + keys_[key].name + "\" are in use or failed, or there is no room to load one.",
                 {{"path", "/key"},
                  {"resources", keys_[key].resources},
                  {"leased", keys_[key].leased_count},
                  {"loaded", loaded_},
                  {"room", {{"count", room_.count}, {"memory_bytes", room_.memory_bytes}}}}};
  }
  begin_lease(index, state, reason, holder, expires_us);
  ++(taken.grade == Grade::hit ? statistics_.hits : taken.grade == Grade::warm ? statistics_.warm : statistics_.cold);
  taken.lease = lease_id(index);
  taken.resource = about_[index].id;
  taken.state = state;
  taken.expires_in_ms = (expires_us - now_us) / 1000;
  return taken;
}

Result<Allocation> Pool::allocate(std::string_view key, Holder holder, std::int64_t lease_ms) {
  const auto length = checked_lease_ms(lease_ms);
  if (length.has_error()) return length.error();
  if (auto good = check(holder); good.has_error()) return good.error();
  const std::scoped_lock lock(mutex_);
  const std::int64_t now_us = now();
  expire(now_us, false);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) {
    return Error{ErrorCode::not_found,
                 "No resource has the key \"" + std::string(key.substr(0, limits::id_bytes)) + "\".",
                 {{"path", "/key"}}};
  }
  return take(found->second, holder, now_us + *length * 1000, Reason::allocated, now_us);
}

Result<State> Pool::release(std::uint64_t lease, Holder holder, bool succeeded) {
  const std::scoped_lock lock(mutex_);
  const std::int64_t now_us = now();
  const auto found = find_lease(lease, holder, now_us);
  if (found.has_error()) return found.error();
  Slot& slot = slots_[*found];
  slot.outcomes = static_cast<std::uint8_t>(slot.outcomes << 1U | (succeeded ? 0U : 1U));
  slot.failures_in_a_row = succeeded ? std::uint8_t{0} : static_cast<std::uint8_t>(slot.failures_in_a_row + 1);
  if (succeeded) about_[*found].put_down = 0;
  end_lease(*found, Ended::released, Reason::released);
  ++statistics_.released;
  if (slot.failures_in_a_row >= most_failures_in_a_row || std::popcount(slot.outcomes) >= most_failures_of_eight)
    put_down(*found, now_us, Reason::unhealthy, "too many of its last uses failed");
  return slot.state;
}

Result<std::int64_t> Pool::renew(std::uint64_t lease, Holder holder, std::int64_t lease_ms) {
  const auto length = checked_lease_ms(lease_ms);
  if (length.has_error()) return length.error();
  const std::scoped_lock lock(mutex_);
  const std::int64_t now_us = now();
  const auto found = find_lease(lease, holder, now_us);
  if (found.has_error()) return found.error();
  Slot& slot = slots_[*found];
  const auto bucket = [&] { return static_cast<std::size_t>(slot.expires_us >> wheel_shift) % wheel_size; };
  take_out(slots_, wheel_[bucket()], &Slot::in_wheel, *found);
  slot.expires_us = now_us + *length * 1000;
  push_front(slots_, wheel_[bucket()], &Slot::in_wheel, *found);
  return *length;
}

std::size_t Pool::gone(std::string_view endpoint, const std::string* instance) {
  const std::scoped_lock lock(mutex_);
  now();
  std::size_t count = 0;
  for (auto& [name, index] : by_holder_) {
    HolderEntry& holder = holders_[index];
    if (holder.endpoint != endpoint || (instance != nullptr && holder.instance != *instance)) continue;
    for (; !holder.leases.empty(); ++count)
      end_lease(holder.leases.first, Ended::reclaimed, Reason::holder_gone);
  }
  statistics_.reclaimed += count;
  return count;
}

std::size_t Pool::restarted() {
  const std::scoped_lock lock(mutex_);
  now();
  const std::size_t count = leases_;
  for (std::uint32_t index = 0; index < slots_.size(); ++index) {
    if (!slots_[index].used) continue;
    if (slots_[index].leased) close_lease(index, Ended::reclaimed);
    move(index, State::unloaded, false, Reason::restarted);
  }
  statistics_.reclaimed += count;
  return count;
}

// ---- what is in memory

void Pool::prepare(std::uint32_t key, std::uint64_t count, Reason reason, std::int64_t now_us, Preparation& done) {
  for (; count > 0; --count) {
    const std::uint32_t index = loadable(key, now_us);
    if (index == none) return;
    const std::uint64_t bytes = slots_[index].memory_bytes;
    // Nobody has asked yet, so nothing that is expected goes for it; and for a guess nothing goes at all.
    const bool room = reason == Reason::predicted ? fits(1, bytes) : make_room(bytes, key, false, now_us, done.evicted);
    if (!room) return;
    move(index, State::loading, false, reason);
    done.loading.push_back(about_[index].id);
  }
}

Result<Preparation> Pool::prewarm(std::string_view key, std::uint64_t count) {
  const std::scoped_lock lock(mutex_);
  const std::int64_t now_us = now();
  expire(now_us, true);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) {
    return Error{ErrorCode::not_found,
                 "No resource has the key \"" + std::string(key.substr(0, limits::id_bytes)) + "\".",
                 {{"path", "/key"}}};
  }
  Preparation done;
  prepare(found->second, std::min<std::uint64_t>(count, limits::resources), Reason::prewarmed, now_us, done);
  return done;
}

Result<Preparation> Pool::predict(const std::vector<Expected>& expected) {
  if (expected.size() > limits::predictions) {
    return Error{ErrorCode::payload_too_large,
                 "Too much is expected at once.",
                 {{"path", "/expected"}, {"limit", limits::predictions}}};
  }
  for (std::size_t at = 0; at < expected.size(); ++at) {
    const std::string path = "/expected/" + std::to_string(at);
    if (!(expected[at].probability >= 0 && expected[at].probability <= 1))
      return ipc::invalid_params("A probability is from 0 to 1.", path + "/probability");
    if (expected[at].within_ms < 1 || expected[at].within_ms > limits::longest_lease_ms)
      return ipc::invalid_params("The time is out of range.", path + "/within_ms");
  }
  const std::scoped_lock lock(mutex_);
  const std::int64_t now_us = now();
  expire(now_us, true);
  for (const std::uint32_t key : expected_)
    keys_[key].probability = 0;
  expected_.clear();
  for (const Expected& one : expected) {
    const auto found = by_key_.find(std::string_view(one.key));
    if (found == by_key_.end()) continue;  // who expects may know more than who loads
    Key& key = keys_[found->second];
    if (key.probability == 0) expected_.push_back(found->second);
    key.probability = std::max(key.probability, one.probability);
    key.expected_until_us = now_us + one.within_ms * 1000;
  }
  // The largest expected saving first; equal ones by name, so that the same question has the same answer.
  const auto saving = [this](std::uint32_t key) {
    const std::uint32_t first = keys_[key].unloaded.first;
    return first == none ? 0.0 : keys_[key].probability * static_cast<double>(about_[first].load_ms + 1);
  };
  std::vector<std::uint32_t> order = expected_;
  std::sort(order.begin(), order.end(), [&](std::uint32_t left, std::uint32_t right) {
    const double of_left = saving(left);
    const double of_right = saving(right);
    return of_left != of_right ? of_left > of_right : keys_[left].name < keys_[right].name;
  });
  Preparation done;
  for (const std::uint32_t key : order) {
    const Key& about = keys_[key];
    if (about.probability >= worth_expecting && about.ready.empty() && about.pending.empty() && about.cooling.empty())
      prepare(key, 1, Reason::predicted, now_us, done);
  }
  return done;
}

Result<std::vector<std::string>> Pool::resize(Room room) {
  if (room.count < 1 || room.count > limits::resources) return out_of_range("The count", "/count");
  if (room.memory_bytes > limits::number) return out_of_range("The memory", "/memory_bytes");
  const std::scoped_lock lock(mutex_);
  const std::int64_t now_us = now();
  expire(now_us, true);
  room_ = room;
  std::vector<std::string> evicted;
  const auto over = [this] { return loaded_ > room_.count || loaded_bytes_ > room_.memory_bytes; };
  for (const bool expected : {false, true}) {
    for (std::uint32_t index = idle_.last; index != none && over();) {
      const std::uint32_t previous = slots_[index].idle.previous;
      if (is_expected(slots_[index].key, now_us) == expected)
        cool(index, loaded_ > room_.count ? Reason::evicted_for_count : Reason::evicted_for_memory, evicted);
      index = previous;
    }
  }
  return evicted;
}

Result<std::vector<std::string>> Pool::evict(std::uint64_t count) {
  const std::scoped_lock lock(mutex_);
  expire(now(), true);
  std::vector<std::string> evicted;
  for (; count > 0 && !idle_.empty(); --count)
    cool(idle_.last, Reason::evicted_on_request, evicted);
  return evicted;
}

Result<void> Pool::evict(std::string_view id) {
  const std::scoped_lock lock(mutex_);
  expire(now(), true);
  const auto found = find_resource(id);
  if (found.has_error()) return found.error();
  if (slots_[*found].state != State::ready)
    return in_the_wrong_state(id, slots_[*found].state, "; only what is ready can be evicted.");
  std::vector<std::string> evicted;
  cool(*found, Reason::evicted_on_request, evicted);
  return {};
}

Result<State> Pool::report(std::string_view id, State state) {
  const std::scoped_lock lock(mutex_);
  expire(now(), true);
  const auto found = find_resource(id);
  if (found.has_error()) return found.error();
  Slot& slot = slots_[*found];
  if (state != State::warming && state != State::ready && state != State::unloaded)
    return ipc::invalid_params("Only warming, ready and unloaded can be reported.", "/state");
  // Ready with a lease on it is active.
  const State to = state == State::ready && slot.leased ? State::active : state;
  const bool asked_for = slot.state == State::loading || slot.state == State::warming || slot.state == State::cooling;
  if (!may_follow(slot.state, to) || !asked_for || (slot.state == State::cooling && state != State::unloaded) ||
      (slot.leased && state == State::unloaded))
    return in_the_wrong_state(id, slot.state, " and cannot become " + std::string(name_of(state)) + ".");
  move(*found, to, slot.leased, Reason::reported);
  cool_if_too_much(*found);
  return slot.state;
}

void Pool::put_down(std::uint32_t index, std::int64_t now_us, Reason reason, std::string_view detail) {
  About& about = about_[index];
  about.problem.assign(detail.substr(0, limits::reason_bytes));
  about.retry_us = now_us + (first_retry_us << std::min(about.put_down, most_doublings));
  ++about.put_down;
  slots_[index].outcomes = 0;
  slots_[index].failures_in_a_row = 0;
  move(index, State::failed, false, reason, detail);
}

Result<std::optional<FailOver>> Pool::fail(std::string_view id, std::string_view reason) {
  const std::scoped_lock lock(mutex_);
  const std::int64_t now_us = now();
  expire(now_us, true);
  const auto found = find_resource(id);
  if (found.has_error()) return found.error();
  const std::uint32_t index = *found;
  Slot& slot = slots_[index];
  if (!may_follow(slot.state, State::failed)) return in_the_wrong_state(id, slot.state, "; it cannot fail.");
  if (!slot.leased) {
    put_down(index, now_us, Reason::failed, reason);
    return std::optional<FailOver>{};
  }
  FailOver over;
  over.lease = lease_id(index);
  const HolderEntry holder = holders_[slot.holder];
  over.holder = holder.endpoint;
  const std::int64_t expires_us = slot.expires_us;
  const std::uint32_t key = slot.key;
  close_lease(index, Ended::failed);
  put_down(index, now_us, Reason::failed, reason);
  auto other = take(key, {holder.endpoint, holder.instance}, expires_us, Reason::failed_over, now_us);
  if (other.has_value()) {
    slots_[index].ended = Ended::moved;
    about_[index].replacement = other->lease;
    ++statistics_.failed_over;
    over.replacement = std::move(*other);
  }
  return std::optional(std::move(over));
}

}  // namespace symphony::pit::pool
