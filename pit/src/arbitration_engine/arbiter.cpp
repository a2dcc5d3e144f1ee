#include "arbitration_engine/arbiter.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace symphony::pit::arbitration {

namespace {

constexpr std::int64_t us_per_ms = 1000;
constexpr std::int64_t us_per_s = 1'000'000;
/// How much of the mean the newest time a resource was held is.
constexpr double newest_share = 0.125;

bool is_name(std::string_view text, bool may_be_empty = false) {
  return (may_be_empty || !text.empty()) && text.size() <= limits::name_bytes &&
         text.find('\n') == std::string_view::npos;
}

Error bad_name(const std::string& path) {
  return ipc::invalid_params("A name must have 1 to 128 bytes and no line end.", path);
}

Error out_of_range(const std::string& path) { return ipc::invalid_params("The number is out of range.", path); }

Error too_many(const char* what, std::size_t limit, const std::string& path) {
  return {ErrorCode::resource_exhausted,
          std::string("There are too many ") + what + ".",
          {{"limit", limit}, {"path", path}}};
}

/// It is given back.
bool is_held(Kind kind) { return kind == Kind::capacity || kind == Kind::lock; }

std::string in_ms(std::int64_t milliseconds) { return std::to_string(milliseconds) + " ms"; }

Result<void> check(const ResourceSpec& spec) {
  if (!is_name(spec.id)) return bad_name("/resource");
  const std::int64_t most = spec.kind == Kind::lock ? 1 : spec.kind == Kind::rate ? limits::rate : limits::amount;
  if (spec.capacity < 1 || spec.capacity > most) return out_of_range("/capacity");
  const bool is_rate = spec.kind == Kind::rate;
  if (is_rate ? spec.refill_per_s < 1 || spec.refill_per_s > limits::rate : spec.refill_per_s != 0)
    return out_of_range("/refill_per_s");
  const bool has_period = spec.kind == Kind::budget;
  if (spec.period_ms < 0 || spec.period_ms > limits::longest_ms || (!has_period && spec.period_ms != 0))
    return out_of_range("/period_ms");
  return {};
}

Result<void> check(const Ask& ask) {
  if (ask.claims.empty() || ask.claims.size() > limits::claims) {
    return ipc::invalid_params("A request claims 1 to 16 resources.", "/claims");
  }
  if (!is_name(ask.holder.endpoint)) return bad_name("/holder");
  if (!is_name(ask.holder.instance, true)) return bad_name("/instance");
  if (!is_name(ask.share, true)) return bad_name("/share");
  if (!is_name(ask.user, true)) return bad_name("/user");
  if (!is_name(ask.melody, true)) return bad_name("/melody");
  if (!is_name(ask.extension, true)) return bad_name("/extension");
  if (ask.expected_ms < 1 || ask.expected_ms > limits::longest_ms) return out_of_range("/expected_ms");
  if (ask.wait_ms < 0 || ask.wait_ms > limits::longest_ms) return out_of_range("/wait_ms");
  return {};
}

}  // namespace

std::int64_t Arbiter::now() {
  last_us_ = std::max(last_us_, clock_.monotonic_us());
  return last_us_;
}

// ---- names

Result<std::uint32_t> Arbiter::find_resource(std::string_view id, const std::string& path) const {
  const auto found = by_resource_.find(id);
  if (found != by_resource_.end()) return found->second;
  return Error{ErrorCode::not_found,
               "There is no resource \"" + std::string(id.substr(0, limits::name_bytes)) + "\".",
               {{"path", path}}};
}

Result<std::uint32_t> Arbiter::find_request(std::uint64_t request) const {
  const auto found = by_request_.find(request);
  if (found != by_request_.end()) return found->second;
  if (request == 0 || request > last_request_) {
    return Error{
        ErrorCode::not_found, "There never was such a request.", {{"path", "/request"}, {"reason", "unknown"}}};
  }
  const Record* const last = last_record(request);
  return Error{ErrorCode::invalid_request,
               "The request ended before.",
               {{"path", "/request"}, {"reason", last == nullptr ? "ended" : name_of(last->event)}}};
}

const Record* Arbiter::last_record(std::uint64_t request) const {
  for (std::uint64_t back = 1; back <= audit_.size(); ++back) {
    const Record& record = audit_[(records_ - back) % limits::audit];
    if (record.request == request && record.number == records_ - back + 1) return &record;
  }
  return nullptr;
}

std::uint32_t Arbiter::intern_share(std::string_view name) {
  const auto found = by_share_.find(name);
  if (found != by_share_.end()) return found->second;
  if (by_share_.size() >= limits::shares) sweep_shares();
  if (by_share_.size() >= limits::shares) return none;
  auto index = static_cast<std::uint32_t>(shares_.size());
  if (free_shares_.empty()) {
    shares_.emplace_back();
  } else {
    index = free_shares_.back();
    free_shares_.pop_back();
    shares_[index] = {};
  }
  shares_[index].name = name;
  by_share_.emplace(std::string(name), index);
  return index;
}

/// Forgets those nobody gave a weight and who ask for nothing; what they used is forgotten too.
void Arbiter::sweep_shares() {
  const auto idle = [this](std::uint32_t share) { return shares_[share].requests == 0 && !shares_[share].weighted; };
  for (ResourceEntry& resource : resources_) {
    std::erase_if(resource.lanes, [&](const Lane& lane) { return idle(lane.share); });
    resource.lane_of.clear();
    for (std::uint32_t index = 0; index < resource.lanes.size(); ++index)
      resource.lane_of[resource.lanes[index].share] = index;
  }
  boost::unordered::erase_if(by_share_, [&](const auto& entry) {
    if (!idle(entry.second)) return false;
    free_shares_.push_back(entry.second);
    return true;
  });
  // In an order that does not depend on a hash.
  std::sort(free_shares_.begin(), free_shares_.end(), std::greater<>());
}

std::uint32_t Arbiter::intern_holder(Holder holder) {
  holder_name_.assign(holder.endpoint).append(1, '\n').append(holder.instance);
  const auto found = by_holder_.find(std::string_view(holder_name_));
  if (found != by_holder_.end()) return found->second;
  if (by_holder_.size() >= sweep_holders_at_) {
    boost::unordered::erase_if(by_holder_, [this](const auto& entry) {
      const HolderEntry& known = holders_[entry.second];
      const bool idle = known.granted.empty() && known.waiting.empty();
      if (idle) free_holders_.push_back(entry.second);
      return idle;
    });
    std::sort(free_holders_.begin(), free_holders_.end(), std::greater<>());
    sweep_holders_at_ = std::max(first_sweep, 2 * by_holder_.size());
  }
  auto index = static_cast<std::uint32_t>(holders_.size());
  if (free_holders_.empty()) {
    holders_.emplace_back();
  } else {
    index = free_holders_.back();
    free_holders_.pop_back();
  }
  holders_[index] = {std::string(holder.endpoint), std::string(holder.instance), {}, {}};
  by_holder_.emplace(holder_name_, index);
  return index;
}

// ---- what there is

Result<std::vector<std::uint64_t>> Arbiter::define(const ResourceSpec& spec) {
  if (auto good = check(spec); good.has_error()) return good.error();
  const std::scoped_lock lock(mutex_);
  const std::int64_t now_us = now();
  const auto known = by_resource_.find(std::string_view(spec.id));
  if (known == by_resource_.end()) {
    if (by_resource_.size() >= limits::resources) return too_many("resources", limits::resources, "/resource");
    auto index = static_cast<std::uint32_t>(resources_.size());
    if (free_resources_.empty()) {
      resources_.emplace_back();
      spending_of_.push_back(0);
    } else {
      index = free_resources_.back();
      free_resources_.pop_back();
      resources_[index] = {};
    }
    resources_[index].spec = spec;
    resources_[index].used = true;
    resources_[index].available = spec.capacity;
    resources_[index].since_us = now_us;
    by_resource_.emplace(spec.id, index);
    return std::vector<std::uint64_t>();
  }
  ResourceEntry& resource = resources_[known->second];
  if (resource.spec.kind != spec.kind) {
    return Error{ErrorCode::invalid_request,
                 "\"" + spec.id + "\" is of another kind; remove it first.",
                 {{"path", "/kind"}, {"kind", name_of(resource.spec.kind)}}};
  }
  refresh(resource, now_us);
  if (spec.kind == Kind::rate) {
    resource.available = std::min(resource.available, spec.capacity);
  } else {
    resource.available += spec.capacity - resource.spec.capacity;
  }
  resource.spec = spec;
  std::vector<std::uint64_t> granted;
  dispatch(known->second, now_us, granted);
  return granted;
}

Result<void> Arbiter::remove(std::string_view id) {
  const std::scoped_lock lock(mutex_);
  const auto found = find_resource(id, "/resource");
  if (found.has_error()) return found.error();
  ResourceEntry& resource = resources_[*found];
  const bool claimed = std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.state != Entry::State::unused && used_claim(entry, *found) > 0;
  });
  if (claimed) {
    return Error{ErrorCode::invalid_request,
                 "\"" + std::string(id) + "\" is held or waited for.",
                 {{"path", "/resource"}, {"waiting", resource.waiting}}};
  }
  by_resource_.erase(resource.spec.id);
  std::erase_if(spending_, [&](const auto& entry) { return std::get<0>(entry.first) == id; });
  spending_of_[*found] = 0;
  resource = {};
  free_resources_.push_back(*found);
  return {};
}

Result<void> Arbiter::set_limit(const SpendingLimit& limit) {
  if (!is_name(limit.name)) return bad_name("/name");
  if (limit.limit < 0 || limit.limit > limits::amount) return out_of_range("/limit");
  if (limit.period_ms < 0 || limit.period_ms > limits::longest_ms) return out_of_range("/period_ms");
  const std::scoped_lock lock(mutex_);
  const auto resource = find_resource(limit.resource, "/resource");
  if (resource.has_error()) return resource.error();
  const auto kind = resources_[*resource].spec.kind;
  if (is_held(kind)) {
    return ipc::invalid_params("What is given back cannot be spent; limits are for rates and budgets.", "/resource");
  }
  const std::tuple key(limit.resource, limit.scope, limit.name);
  const auto known = spending_.find(key);
  if (known == spending_.end()) {
    if (spending_.size() >= limits::spending_limits) return too_many("limits", limits::spending_limits, "/name");
    spending_[key] = {limit, 0, now()};
    ++spending_of_[*resource];
  } else {
    known->second.limit = limit;
  }
  return {};
}

Result<void> Arbiter::remove_limit(std::string_view resource, Scope scope, std::string_view name) {
  const std::scoped_lock lock(mutex_);
  const auto index = find_resource(resource, "/resource");
  if (index.has_error()) return index.error();
  if (spending_.erase({std::string(resource), scope, std::string(name)}) == 0)
    return Error{ErrorCode::not_found, "There is no such limit.", {{"path", "/name"}}};
  --spending_of_[*index];
  return {};
}

Result<void> Arbiter::set_policy(const Policy& policy) {
  if (policy.ageing_ms < 1 || policy.ageing_ms > limits::longest_ms) return out_of_range("/ageing_ms");
  for (std::size_t at = 0; at < policy.weights.size(); ++at) {
    const auto& [name, weight] = policy.weights[at];
    const std::string path = "/weights/" + std::to_string(at);
    if (!is_name(name)) return bad_name(path + "/share");
    if (!(weight >= 1 / limits::largest_weight && weight <= limits::largest_weight))
      return out_of_range(path + "/weight");
  }
  const std::scoped_lock lock(mutex_);
  std::size_t fresh = 0;
  for (const auto& [name, weight] : policy.weights)
    fresh += by_share_.contains(name) ? 0 : 1;
  if (by_share_.size() + fresh > limits::shares) sweep_shares();
  if (by_share_.size() + fresh > limits::shares) return too_many("shares", limits::shares, "/weights");
  ageing_ms_ = policy.ageing_ms;
  for (const auto& [name, weight] : policy.weights) {
    Share& share = shares_[intern_share(name)];
    share.weight = weight;
    share.weighted = true;
  }
  return {};
}

Policy Arbiter::policy() {
  const std::scoped_lock lock(mutex_);
  Policy policy;
  policy.ageing_ms = ageing_ms_;
  for (const auto& [name, index] : by_share_) {
    if (shares_[index].weighted) policy.weights.emplace_back(name, shares_[index].weight);
  }
  std::sort(policy.weights.begin(), policy.weights.end());
  return policy;
}

// ---- what is free

void Arbiter::refresh(ResourceEntry& resource, std::int64_t now_us) {
  if (resource.spec.kind == Kind::rate) {
    const std::int64_t missing = resource.spec.capacity - resource.available;
    const std::int64_t refill = resource.spec.refill_per_s;
    // Whole units only; the time of a part of one is kept.
    const std::int64_t to_full_us = missing / refill * us_per_s + us_per_s * (missing % refill) / refill + 1;
    const std::int64_t passed_us = now_us - resource.since_us;
    if (missing <= 0 || passed_us >= to_full_us) {
      resource.available = std::max(resource.available, resource.spec.capacity);
      resource.since_us = now_us;
    } else {
      const std::int64_t gained = passed_us / us_per_s * refill + passed_us % us_per_s * refill / us_per_s;
      resource.available += gained;
      resource.since_us += gained / refill * us_per_s + (gained % refill * us_per_s + refill - 1) / refill;
    }
  } else if (resource.spec.kind == Kind::budget && resource.spec.period_ms > 0) {
    const std::int64_t periods = (now_us - resource.since_us) / us_per_ms / resource.spec.period_ms;
    if (periods > 0) {
      resource.available = resource.spec.capacity;
      resource.since_us += periods * resource.spec.period_ms * us_per_ms;
    }
  }
}

void Arbiter::refresh(Spending& spending, std::int64_t now_us) {
  if (spending.limit.period_ms == 0) return;
  const std::int64_t periods = (now_us - spending.since_us) / us_per_ms / spending.limit.period_ms;
  if (periods > 0) {
    spending.spent = 0;
    spending.since_us += periods * spending.limit.period_ms * us_per_ms;
  }
}

std::uint32_t Arbiter::lacking(const Entry& entry, std::int64_t now_us) {
  for (const HeldClaim& claim : entry.claims) {
    ResourceEntry& resource = resources_[claim.resource];
    if (!is_held(resource.spec.kind)) refresh(resource, now_us);
    if (resource.available < claim.amount) return claim.resource;
  }
  return none;
}

template <class Visit>
void Arbiter::for_each_spending(const Entry& entry, std::uint32_t resource, const Visit& visit) {
  if (spending_of_[resource] == 0) return;
  const std::string_view id = resources_[resource].spec.id;
  const auto look = [&](Scope scope, std::string_view name) {
    if (name.empty()) return;
    const auto found = spending_.find(std::tuple<std::string_view, Scope, std::string_view>(id, scope, name));
    if (found != spending_.end()) visit(found->second);
  };
  look(Scope::user, entry.user);
  look(Scope::melody, entry.melody);
  look(Scope::extension, entry.extension);
}

std::string Arbiter::forbidden(const Entry& entry, std::int64_t now_us) {
  for (const HeldClaim& claim : entry.claims) {
    ResourceEntry& resource = resources_[claim.resource];
    const ResourceSpec& spec = resource.spec;
    if (claim.amount > spec.capacity) {
      return "There are never more than " + std::to_string(spec.capacity) + " of \"" + spec.id + "\".";
    }
    if (spec.kind == Kind::budget && spec.period_ms == 0 && claim.amount > resource.available) {
      return "Of \"" + spec.id + "\" only " + std::to_string(std::max<std::int64_t>(0, resource.available)) +
             " are left, and it is not renewed.";
    }
    std::string over;
    for_each_spending(entry, claim.resource, [&](Spending& spending) {
      refresh(spending, now_us);
      if (claim.amount <= spending.limit.limit - spending.spent || !over.empty()) return;
      over = "The limit of the " + std::string(name_of(spending.limit.scope)) + " \"" + spending.limit.name + "\" is " +
             std::to_string(spending.limit.limit) + " of \"" + spec.id + "\", and " + std::to_string(spending.spent) +
             " are spent";
      if (spending.limit.period_ms > 0) {
        const std::int64_t left_us = spending.since_us + spending.limit.period_ms * us_per_ms - now_us;
        over += "; it is renewed in " + in_ms((left_us + us_per_ms - 1) / us_per_ms);
      }
      over += ".";
    });
    if (!over.empty()) return over;
  }
  return {};
}

double Arbiter::cost(const HeldClaim& claim, const Share& share, double held_ms) const {
  const ResourceSpec& spec = resources_[claim.resource].spec;
  const auto amount = static_cast<double>(claim.amount);
  switch (spec.kind) {
    case Kind::capacity:
    case Kind::lock:
      return amount / static_cast<double>(spec.capacity) * held_ms / share.weight;
    case Kind::rate:
      return amount / static_cast<double>(spec.refill_per_s) * 1000 / share.weight;
    case Kind::budget:
      break;
  }
  return amount / static_cast<double>(spec.capacity) * 1000 / share.weight;
}

Lane& Arbiter::lane_of(std::uint32_t resource, std::uint32_t share) {
  ResourceEntry& of = resources_[resource];
  const auto [found, fresh] = of.lane_of.try_emplace(share, static_cast<std::uint32_t>(of.lanes.size()));
  if (fresh) of.lanes.emplace_back().share = share;
  return of.lanes[found->second];
}

void Arbiter::activate(std::uint32_t index) {
  const Entry& entry = entries_[index];
  ++shares_[entry.share].requests;
  for (const HeldClaim& claim : entry.claims) {
    Lane& lane = lane_of(claim.resource, entry.share);
    if (lane.active++ == 0) lane.used = std::max(lane.used, resources_[claim.resource].turn);
  }
}

std::int64_t Arbiter::used_claim(const Entry& entry, std::uint32_t resource) const {
  for (const HeldClaim& claim : entry.claims) {
    if (claim.resource == resource) return claim.amount;
  }
  return 0;
}

// ---- requests

Result<void> Arbiter::read_claims(const Ask& ask, Entry& entry) const {
  for (std::size_t at = 0; at < ask.claims.size(); ++at) {
    const Claim& claim = ask.claims[at];
    const auto place = [at](const char* member) { return "/claims/" + std::to_string(at) + member; };
    const auto found = by_resource_.find(std::string_view(claim.resource));
    if (found == by_resource_.end()) return find_resource(claim.resource, place("/resource")).error();
    if (claim.amount < 1 || claim.amount > limits::amount) return out_of_range(place("/amount"));
    for (const HeldClaim& other : entry.claims) {
      if (other.resource == found->second)
        return ipc::invalid_params("A resource is claimed once.", place("/resource"));
    }
    entry.claims.push_back({found->second, claim.amount});
  }
  return {};
}

Result<Outcome> Arbiter::request(const Ask& ask) {
  if (auto good = check(ask); good.has_error()) return good.error();
  const std::scoped_lock lock(mutex_);
  const std::int64_t now_us = now();
  if (by_request_.size() >= limits::requests) return too_many("requests", limits::requests, "");
  auto index = static_cast<std::uint32_t>(entries_.size());
  if (free_entries_.empty()) {
    entries_.emplace_back();
  } else {
    index = free_entries_.back();
    free_entries_.pop_back();
  }
  Entry& entry = entries_[index];
  entry.claims.clear();
  if (auto read = read_claims(ask, entry); read.has_error()) {
    free_entries_.push_back(index);
    return read.error();
  }
  const std::uint32_t share = intern_share(!ask.share.empty()  ? ask.share
                                           : !ask.user.empty() ? ask.user
                                                               : ask.holder.endpoint);
  if (share == none) {
    free_entries_.push_back(index);
    return too_many("shares", limits::shares, "/share");
  }
  entry.priority = ask.priority;
  entry.holder = intern_holder(ask.holder);
  entry.share = share;
  entry.id = ++last_request_;
  entry.asked_us = now_us;
  entry.deadline_us = now_us + ask.wait_ms * us_per_ms;
  entry.expected_ms = ask.expected_ms;
  entry.user.assign(ask.user);
  entry.melody.assign(ask.melody);
  entry.extension.assign(ask.extension);
  ++decisions_;
  return decide(index, ask.wait_ms, now_us);
}

Outcome Arbiter::decide(std::uint32_t index, std::int64_t wait_ms, std::int64_t now_us) {
  const std::uint64_t id = entries_[index].id;
  const auto refuse = [&](std::string reason) {
    record(entries_[index], Event::denied, reason);
    entries_[index].state = Entry::State::unused;
    free_entries_.push_back(index);
    return Outcome{Event::denied, id, std::move(reason), 0, {}, {}};
  };
  if (std::string reason = forbidden(entries_[index], now_us); !reason.empty()) return refuse(std::move(reason));
  std::uint32_t at = lacking(entries_[index], now_us);
  if (at == none) {
    for (const HeldClaim& claim : entries_[index].claims) {
      if (resources_[claim.resource].waiting > 0) at = claim.resource;
    }
  }
  if (at != none && waiting_ >= limits::waiting) return refuse("Too many wait already.");
  by_request_.emplace(id, index);
  activate(index);
  if (at == none) {
    constexpr std::string_view reason = "There is enough, and nobody waits for it.";
    grant(index, now_us, reason);
    return {Event::granted, id, std::string(reason), 0, {}, {}};
  }
  // It takes its place among those who wait, and gets what it asks for if it is its turn.
  enter_lane(index, at);
  std::vector<std::uint64_t> granted;
  dispatch(at, now_us, granted);
  std::vector<std::uint32_t> freed;
  Outcome outcome = judge(index, id, wait_ms, now_us, freed);
  // If it does not stay, it does not stand in anybody's way.
  dispatch_all(freed, now_us, granted);
  std::erase(granted, id);
  outcome.granted = std::move(granted);
  return outcome;
}

Outcome Arbiter::judge(std::uint32_t index, std::uint64_t id, std::int64_t wait_ms, std::int64_t now_us,
                       std::vector<std::uint32_t>& freed) {
  const auto still = by_request_.find(id);
  if (still == by_request_.end() || entries_[index].state != Entry::State::waiting) {
    const Record* const last = last_record(id);
    return {last->event, id, last->reason, 0, {}, {}};
  }
  if (wait_ms == 0) {
    std::string reason = "There is not enough of \"" + resources_[entries_[index].lane].spec.id +
                         "\" free for it now, and it would not wait.";
    end(index, now_us, Event::denied, reason, freed);
    return {Event::denied, id, std::move(reason), 0, {}, {}};
  }
  if (std::vector<Wait> cycle = find_deadlock(entries_[index].holder); !cycle.empty()) {
    ++deadlocks_;
    std::string reason = "It would wait for ever:";
    for (const Wait& wait : cycle)
      reason += " " + wait.holder + " waits for \"" + wait.waits_for + "\", which " + wait.held_by + " holds;";
    reason.back() = '.';
    end(index, now_us, Event::denied, reason, freed);
    return {Event::denied, id, std::move(reason), 0, std::move(cycle), {}};
  }
  const std::int64_t estimate = estimate_ms(entries_[index], now_us);
  const ResourceEntry& resource = resources_[entries_[index].lane];
  std::string reason = "Not enough of \"" + resource.spec.id +
                       "\" is free: " + std::to_string(std::max<std::int64_t>(0, resource.available)) + " of " +
                       std::to_string(resource.spec.capacity) + ", and " + std::to_string(resource.waiting) + " wait.";
  record(entries_[index], Event::deferred, reason);
  return {Event::deferred, id, std::move(reason), estimate, {}, {}};
}

void Arbiter::grant(std::uint32_t index, std::int64_t now_us, std::string_view reason) {
  Entry& entry = entries_[index];
  entry.state = Entry::State::granted;
  entry.granted_us = now_us;
  const Share& share = shares_[entry.share];
  for (const HeldClaim& claim : entry.claims) {
    ResourceEntry& resource = resources_[claim.resource];
    resource.available -= claim.amount;
    Lane& lane = lane_of(claim.resource, entry.share);
    resource.turn = std::max(resource.turn, lane.used);
    lane.used += cost(claim, share, static_cast<double>(entry.expected_ms));
    for_each_spending(entry, claim.resource, [&](Spending& spending) { spending.spent += claim.amount; });
  }
  push_back(entries_, holders_[entry.holder].granted, &Entry::of_holder, index);
  ++granted_;
  update_entangled(entry.holder);
  record(entry, Event::granted, reason);
}

void Arbiter::enter_lane(std::uint32_t index, std::uint32_t resource) {
  Entry& entry = entries_[index];
  if (entry.lane == none) {
    entry.state = Entry::State::waiting;
    push_back(entries_, holders_[entry.holder].waiting, &Entry::of_holder, index);
    ++waiting_;
    update_entangled(entry.holder);
  }
  entry.lane = resource;
  Lane& lane = lane_of(resource, entry.share);
  List& list = lane.by_priority[static_cast<std::size_t>(entry.priority)];
  // By age: one that comes from another lane may be older than those who wait here.
  std::uint32_t before = list.last;
  while (before != none && entries_[before].id > entry.id)
    before = entries_[before].in_lane.previous;
  insert_after(entries_, list, &Entry::in_lane, before, index);
  ++lane.waiting;
  ++resources_[resource].waiting;
  resources_[resource].waiting_amount += used_claim(entry, resource);
}

void Arbiter::leave_lane(std::uint32_t index) {
  Entry& entry = entries_[index];
  Lane& lane = lane_of(entry.lane, entry.share);
  take_out(entries_, lane.by_priority[static_cast<std::size_t>(entry.priority)], &Entry::in_lane, index);
  --lane.waiting;
  --resources_[entry.lane].waiting;
  resources_[entry.lane].waiting_amount -= used_claim(entry, entry.lane);
}

void Arbiter::update_entangled(std::uint32_t holder) {
  // One that has several requests waiting does something else meanwhile; one thing alone it waits for.
  const List& waiting = holders_[holder].waiting;
  if (!holders_[holder].granted.empty() && !waiting.empty() && waiting.first == waiting.last) {
    entangled_.insert(holder);
  } else if (!entangled_.empty()) {
    entangled_.erase(holder);
  }
}

void Arbiter::end(std::uint32_t index, std::int64_t now_us, Event event, std::string_view reason,
                  std::vector<std::uint32_t>& freed) {
  Entry& entry = entries_[index];
  HolderEntry& holder = holders_[entry.holder];
  const bool was_granted = entry.state == Entry::State::granted;
  if (was_granted) {
    take_out(entries_, holder.granted, &Entry::of_holder, index);
    --granted_;
  } else {
    leave_lane(index);
    freed.push_back(entry.lane);  // it may have stood in the way
    take_out(entries_, holder.waiting, &Entry::of_holder, index);
    --waiting_;
  }
  Share& share = shares_[entry.share];
  const double held_ms = static_cast<double>(now_us - entry.granted_us) / 1000;
  for (const HeldClaim& claim : entry.claims) {
    ResourceEntry& resource = resources_[claim.resource];
    Lane& lane = lane_of(claim.resource, entry.share);
    --lane.active;
    if (!was_granted || !is_held(resource.spec.kind)) continue;
    resource.available += claim.amount;
    resource.mean_hold_ms += newest_share * (held_ms - resource.mean_hold_ms);
    // It was charged for what was expected.
    lane.used += cost(claim, share, held_ms) - cost(claim, share, static_cast<double>(entry.expected_ms));
    freed.push_back(claim.resource);
  }
  --share.requests;
  update_entangled(entry.holder);
  record(entry, event, reason);
  by_request_.erase(entry.id);
  entry.state = Entry::State::unused;
  entry.lane = none;
  free_entries_.push_back(index);
}

std::uint32_t Arbiter::next_in(const ResourceEntry& resource, std::int64_t now_us, bool& boosted) const {
  std::uint32_t best = none;
  std::tuple<std::int64_t, double, std::uint64_t> best_rank;
  for (const Lane& lane : resource.lanes) {
    if (lane.waiting == 0) continue;
    for (const List& list : lane.by_priority) {
      if (list.empty() || entries_[list.first].tried == round_) continue;
      const Entry& entry = entries_[list.first];
      const std::int64_t raised = (now_us - entry.asked_us) / us_per_ms / ageing_ms_;
      const std::int64_t priority = std::max<std::int64_t>(-1, static_cast<std::int64_t>(entry.priority) - raised);
      const std::tuple rank(priority, priority < 0 ? 0 : lane.used, entry.id);
      if (best != none && rank >= best_rank) continue;
      best = list.first;
      best_rank = rank;
    }
  }
  boosted = best != none && std::get<0>(best_rank) < 0;
  return best;
}

void Arbiter::dispatch(std::uint32_t at, std::int64_t now_us, std::vector<std::uint64_t>& granted) {
  ResourceEntry& resource = resources_[at];
  if (resource.waiting == 0) return;
  refresh(resource, now_us);
  ++round_;
  std::vector<std::uint32_t> passable;
  // Others may take what is not enough for who comes first, but not so much more than it had that it falls behind.
  double most_used = std::numeric_limits<double>::infinity();
  while (resource.waiting > 0) {
    bool boosted = false;
    const std::uint32_t index = next_in(resource, now_us, boosted);
    if (index == none) break;
    Entry& entry = entries_[index];
    const double used = lane_of(at, entry.share).used;
    if (used > most_used && !boosted) {
      entry.tried = round_;
      continue;
    }
    if (entry.deadline_us <= now_us && entry.deadline_us != entry.asked_us) {
      end(index, now_us, Event::denied, "It waited as long as it would, and was not served.", passable);
      continue;
    }
    if (const std::string reason = forbidden(entry, now_us); !reason.empty()) {
      end(index, now_us, Event::denied, reason, passable);
      continue;
    }
    const std::uint32_t lacks = lacking(entry, now_us);
    if (lacks == at) {
      entry.tried = round_;
      if (boosted) break;  // nobody overtakes it any more
      most_used = std::min(most_used, used + resource.mean_hold_ms);
      continue;
    }
    leave_lane(index);
    if (lacks != none) {
      enter_lane(index, lacks);
      continue;
    }
    take_out(entries_, holders_[entry.holder].waiting, &Entry::of_holder, index);
    --waiting_;
    entry.lane = none;
    const std::int64_t waited_ms = (now_us - entry.asked_us) / us_per_ms;
    grant(index, now_us,
          waited_ms == 0 ? std::string("It was its turn.") : "It was its turn, after " + in_ms(waited_ms) + ".");
    granted.push_back(entry.id);
    // What it holds now may close a circle with something else its holder waits for.
    const std::uint32_t holder = entry.holder;
    if (holders_[holder].waiting.empty() || find_deadlock(holder).empty()) continue;
    ++deadlocks_;
    while (!holders_[holder].waiting.empty()) {
      end(holders_[holder].waiting.first, now_us, Event::denied,
          "Its holder would wait for ever: others wait for what it was granted meanwhile.", passable);
    }
  }
  // Where one that stood in the way of others was denied.
  std::erase(passable, at);
  if (!passable.empty()) dispatch_all(passable, now_us, granted);
}

void Arbiter::dispatch_all(std::vector<std::uint32_t>& freed, std::int64_t now_us,
                           std::vector<std::uint64_t>& granted) {
  std::sort(freed.begin(), freed.end());
  freed.erase(std::unique(freed.begin(), freed.end()), freed.end());
  for (const std::uint32_t resource : freed)
    dispatch(resource, now_us, granted);
}

std::int64_t Arbiter::estimate_ms(const Entry& entry, std::int64_t now_us) {
  ResourceEntry& resource = resources_[entry.lane];
  refresh(resource, now_us);
  const ResourceSpec& spec = resource.spec;
  // All who wait there, itself among them.
  const double missing = static_cast<double>(resource.waiting_amount - resource.available);
  double estimate = 0;
  if (is_held(spec.kind)) {
    estimate = std::ceil(missing / static_cast<double>(spec.capacity)) * resource.mean_hold_ms;
  } else if (spec.kind == Kind::rate) {
    estimate = missing * 1000 / static_cast<double>(spec.refill_per_s);
  } else {
    estimate = static_cast<double>(resource.since_us - now_us) / 1000 + static_cast<double>(spec.period_ms);
  }
  const double left = static_cast<double>(entry.deadline_us - now_us) / 1000;
  return static_cast<std::int64_t>(std::ceil(std::clamp(estimate, 1.0, std::max(1.0, left))));
}

Result<Released> Arbiter::release(std::uint64_t request, Holder holder, const std::vector<Claim>& spent) {
  const std::scoped_lock lock(mutex_);
  const std::int64_t now_us = now();
  const auto found = find_request(request);
  if (found.has_error()) return found.error();
  Entry& entry = entries_[*found];
  const HolderEntry& owner = holders_[entry.holder];
  if (owner.endpoint != holder.endpoint || owner.instance != holder.instance) {
    return Error{ErrorCode::permission_denied,
                 "The request is somebody else's.",
                 {{"path", "/request"}, {"reason", "not_yours"}}};
  }
  const bool granted = entry.state == Entry::State::granted;
  std::vector<HeldClaim> really;
  for (std::size_t at = 0; at < spent.size(); ++at) {
    const std::string place = "/spent/" + std::to_string(at);
    const auto resource = by_resource_.find(std::string_view(spent[at].resource));
    if (resource == by_resource_.end() || used_claim(entry, resource->second) == 0 ||
        resources_[resource->second].spec.kind != Kind::budget || !granted)
      return ipc::invalid_params("Only what was granted of a budget can have been spent.", place + "/resource");
    if (spent[at].amount < 0 || spent[at].amount > limits::amount) return out_of_range(place + "/amount");
    really.push_back({resource->second, spent[at].amount});
  }
  for (const HeldClaim& claim : really) {
    ResourceEntry& resource = resources_[claim.resource];
    const std::int64_t more = claim.amount - used_claim(entry, claim.resource);
    refresh(resource, now_us);
    // What was granted in a period that is over was forgotten with it.
    if (resource.spec.period_ms == 0 || resource.since_us <= entry.granted_us) resource.available -= more;
    for_each_spending(entry, claim.resource, [&](Spending& spending) {
      refresh(spending, now_us);
      if (spending.limit.period_ms == 0 || spending.since_us <= entry.granted_us)
        spending.spent = std::clamp<std::int64_t>(spending.spent + more, 0, limits::amount);
    });
  }
  Released done;
  done.what = granted ? Event::released : Event::cancelled;
  std::vector<std::uint32_t> freed;
  for (const HeldClaim& claim : really)
    freed.push_back(claim.resource);
  end(*found, now_us, done.what, granted ? "Its holder gave it back." : "Its holder does not want it any more.", freed);
  dispatch_all(freed, now_us, done.granted);
  return done;
}

Result<Outcome> Arbiter::look(std::uint64_t request) {
  const std::scoped_lock lock(mutex_);
  const std::int64_t now_us = now();
  std::vector<std::uint64_t> granted;
  auto found = by_request_.find(request);
  if (found != by_request_.end() && entries_[found->second].state == Entry::State::waiting) {
    dispatch(entries_[found->second].lane, now_us, granted);
    found = by_request_.find(request);
  }
  if (found != by_request_.end() && entries_[found->second].state == Entry::State::waiting) {
    const Entry& entry = entries_[found->second];
    if (entry.deadline_us > now_us) {
      const ResourceEntry& resource = resources_[entry.lane];
      std::string reason =
          "It waits for \"" + resource.spec.id + "\", with " + std::to_string(resource.waiting - 1) + " others.";
      return Outcome{Event::deferred, request, std::move(reason), estimate_ms(entry, now_us), {}, std::move(granted)};
    }
    std::vector<std::uint32_t> freed;
    end(found->second, now_us, Event::denied, "It waited as long as it would, and was not served.", freed);
    dispatch_all(freed, now_us, granted);
    found = by_request_.end();
  }
  std::erase(granted, request);
  if (const Record* const last = last_record(request))
    return Outcome{last->event, request, last->reason, 0, {}, std::move(granted)};
  if (found != by_request_.end())
    return Outcome{Event::granted, request, "It was granted long ago.", 0, {}, std::move(granted)};
  return find_request(request).error();
}

std::vector<std::uint64_t> Arbiter::gone(std::string_view endpoint, const std::string* instance,
                                         std::size_t& reclaimed) {
  const std::scoped_lock lock(mutex_);
  const std::int64_t now_us = now();
  std::vector<std::uint32_t> theirs;
  for (std::uint32_t index = 0; index < holders_.size(); ++index) {
    const HolderEntry& holder = holders_[index];
    if (holder.endpoint == endpoint && (instance == nullptr || holder.instance == *instance)) theirs.push_back(index);
  }
  std::vector<std::uint32_t> freed;
  reclaimed = 0;
  for (const std::uint32_t index : theirs) {
    for (List HolderEntry::*list : {&HolderEntry::granted, &HolderEntry::waiting}) {
      for (; !(holders_[index].*list).empty(); ++reclaimed)
        end((holders_[index].*list).first, now_us, Event::reclaimed, "Its holder is gone.", freed);
    }
  }
  std::vector<std::uint64_t> granted;
  dispatch_all(freed, now_us, granted);
  return granted;
}

std::size_t Arbiter::restarted() {
  const std::scoped_lock lock(mutex_);
  const std::int64_t now_us = now();
  const std::size_t count = by_request_.size();
  std::vector<std::uint32_t> freed;
  for (std::uint32_t index = 0; index < entries_.size(); ++index) {
    if (entries_[index].state != Entry::State::unused)
      end(index, now_us, Event::reclaimed, "The program was started anew.", freed);
  }
  return count;
}

}  // namespace symphony::pit::arbitration
