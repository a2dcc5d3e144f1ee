// What the arbiter says of itself: status, audit log, snapshot.

#include <algorithm>
#include <utility>

#include "arbitration_engine/arbiter.h"

namespace symphony::pit::arbitration {

namespace {

constexpr int state_version = 1;
constexpr std::size_t reason_bytes = 1024;

Error damaged(const std::string& path) {
  return {ErrorCode::data_corrupted, "The saved state of the arbiter makes no sense.", {{"path", path}}};
}

bool within(std::int64_t value, std::int64_t least, std::int64_t most) { return value >= least && value <= most; }

/// A value of the saved state is not what it should be; caught in load() and restore().
struct Unreadable {};

/// Throws Unreadable.
std::int64_t integer(const nlohmann::json& value) {
  const bool fits = value.is_number_integer() && (!value.is_number_unsigned() ||
                                                  value.get<std::uint64_t>() <= static_cast<std::uint64_t>(INT64_MAX));
  if (!fits) throw Unreadable();
  return value.get<std::int64_t>();
}

std::string name(const nlohmann::json& value) {
  const auto& text = value.get_ref<const std::string&>();
  if (text.size() > limits::name_bytes) throw Unreadable();
  return text;
}

}  // namespace

void Arbiter::record(const Entry& entry, Event event, std::string_view reason) {
  const std::uint64_t number = ++records_;
  if (audit_.size() < limits::audit) audit_.emplace_back();
  Record& record = audit_[(number - 1) % limits::audit];
  record.number = number;
  record.at_ms = clock_.wall_ms();
  record.request = entry.id;
  record.event = event;
  record.priority = entry.priority;
  const HolderEntry& holder = holders_[entry.holder];
  record.holder.assign(holder.endpoint);
  if (!holder.instance.empty()) record.holder.append(1, '#').append(holder.instance);
  record.share.assign(shares_[entry.share].name);
  record.user.assign(entry.user);
  record.melody.assign(entry.melody);
  record.extension.assign(entry.extension);
  record.claims.clear();
  for (const HeldClaim& claim : entry.claims) {
    if (!record.claims.empty()) record.claims.append(", ");
    record.claims.append(resources_[claim.resource].spec.id).append(1, ' ').append(std::to_string(claim.amount));
  }
  record.reason.assign(reason.substr(0, reason_bytes));
}

std::vector<Record> Arbiter::records(const RecordFilter& filter, std::size_t limit) {
  const std::scoped_lock lock(mutex_);
  const auto is = [](std::string_view asked, const std::string& value) { return asked.empty() || asked == value; };
  std::vector<Record> found;
  const std::uint64_t oldest = records_ - audit_.size();
  for (std::uint64_t number = std::max(filter.after, oldest); number < records_ && found.size() < limit; ++number) {
    const Record& record = audit_[number % limits::audit];
    // Before a restored state there are only numbers.
    if (record.number == number + 1 && (filter.request == 0 || filter.request == record.request) &&
        (!filter.event || *filter.event == record.event) && is(filter.holder, record.holder) &&
        is(filter.user, record.user) && is(filter.melody, record.melody) && is(filter.extension, record.extension))
      found.push_back(record);
  }
  return found;
}

Status Arbiter::status() {
  const std::scoped_lock lock(mutex_);
  const std::int64_t now_us = now();
  Status status;
  for (ResourceEntry& resource : resources_) {
    if (!resource.used) continue;
    refresh(resource, now_us);
    ResourceStatus said{resource.spec, resource.available, resource.waiting, resource.mean_hold_ms, {}};
    for (const Lane& lane : resource.lanes) {
      const Share& share = shares_[lane.share];
      said.shares.push_back({share.name, share.weight, lane.used, lane.waiting});
    }
    std::sort(said.shares.begin(), said.shares.end(),
              [](const ShareStatus& left, const ShareStatus& right) { return left.name < right.name; });
    status.resources.push_back(std::move(said));
  }
  std::sort(status.resources.begin(), status.resources.end(),
            [](const ResourceStatus& left, const ResourceStatus& right) { return left.spec.id < right.spec.id; });
  for (auto& [key, spending] : spending_) {
    refresh(spending, now_us);
    const std::int64_t period_us = spending.limit.period_ms * 1000;
    status.limits.push_back(
        {spending.limit, spending.spent, period_us == 0 ? 0 : (spending.since_us + period_us - now_us) / 1000});
  }
  status.granted = granted_;
  status.waiting = waiting_;
  status.decisions = decisions_;
  status.deadlocks = deadlocks_;
  return status;
}

nlohmann::json Arbiter::row_of(const Entry& entry, std::int64_t now_us) const {
  nlohmann::json::array_t claims;
  for (const HeldClaim& claim : entry.claims)
    claims.push_back({claim.resource, claim.amount});
  const HolderEntry& holder = holders_[entry.holder];
  const bool granted = entry.state == Entry::State::granted;
  nlohmann::json::array_t row;
  row.reserve(14);
  row.emplace_back(entry.id);
  row.emplace_back(granted);
  row.emplace_back(static_cast<unsigned>(entry.priority));
  row.emplace_back(holder.endpoint);
  row.emplace_back(holder.instance);
  row.emplace_back(shares_[entry.share].name);
  row.emplace_back(entry.user);
  row.emplace_back(entry.melody);
  row.emplace_back(entry.extension);
  row.emplace_back(now_us - entry.asked_us);
  row.emplace_back(granted ? now_us - entry.granted_us : entry.deadline_us - now_us);
  row.emplace_back(entry.expected_ms);
  row.emplace_back(granted ? nlohmann::json(nullptr) : nlohmann::json(entry.lane));
  row.emplace_back(std::move(claims));
  return row;
}

nlohmann::json Arbiter::snapshot() {
  const std::scoped_lock lock(mutex_);
  const std::int64_t now_us = now();
  const auto age_us = [now_us](std::int64_t since_us) {
    return std::min(now_us - since_us, limits::longest_ms * 1000);
  };
  nlohmann::json::array_t resources;
  for (const ResourceEntry& resource : resources_) {
    if (!resource.used) {
      resources.emplace_back(nullptr);
      continue;
    }
    nlohmann::json::array_t lanes;
    for (const Lane& lane : resource.lanes)
      lanes.push_back({shares_[lane.share].name, lane.used});
    const ResourceSpec& spec = resource.spec;
    resources.push_back({spec.id, static_cast<unsigned>(spec.kind), spec.capacity, spec.refill_per_s, spec.period_ms,
                         resource.available, age_us(resource.since_us), resource.mean_hold_ms, resource.turn,
                         std::move(lanes)});
  }
  std::vector<const Entry*> order;
  for (const Entry& entry : entries_) {
    if (entry.state != Entry::State::unused) order.push_back(&entry);
  }
  std::sort(order.begin(), order.end(), [](const Entry* left, const Entry* right) { return left->id < right->id; });
  nlohmann::json::array_t requests;
  requests.reserve(order.size());
  for (const Entry* entry : order)
    requests.push_back(row_of(*entry, now_us));
  nlohmann::json::array_t weights;
  for (const Share& share : shares_) {
    if (share.weighted) weights.push_back({share.name, share.weight});
  }
  std::sort(weights.begin(), weights.end());
  nlohmann::json::array_t spending;
  for (const auto& [key, one] : spending_) {
    spending.push_back({one.limit.resource, static_cast<unsigned>(one.limit.scope), one.limit.name, one.limit.limit,
                        one.limit.period_ms, one.spent, age_us(one.since_us)});
  }
  nlohmann::json::array_t audit;
  const std::uint64_t kept = std::min<std::uint64_t>(audit_.size(), limits::audit_kept);
  for (std::uint64_t number = records_ - kept; number < records_; ++number) {
    const Record& record = audit_[number % limits::audit];
    if (record.number != number + 1) continue;
    audit.push_back({record.at_ms, record.request, static_cast<unsigned>(record.event),
                     static_cast<unsigned>(record.priority), record.holder, record.share, record.user, record.melody,
                     record.extension, record.claims, record.reason});
  }
  return {{"version", state_version},        {"saved_ms", clock_.wall_ms()},    {"ageing_ms", ageing_ms_},
          {"last_request", last_request_},   {"weights", std::move(weights)},   {"resources", std::move(resources)},
          {"requests", std::move(requests)}, {"spending", std::move(spending)}, {"records", records_},
          {"audit", std::move(audit)}};
}

Result<void> Arbiter::restore(const nlohmann::json& state) {
  try {
    if (!state.is_object() || !state.contains("version") || !state["version"].is_number_integer())
      return damaged("/version");
    if (integer(state["version"]) > state_version) {
      return Error{ErrorCode::version_mismatch,
                   "The arbiter's state was saved by a newer version.",
                   {{"path", "/version"}, {"known", state_version}}};
    }
    Arbiter other(clock_);
    if (auto loaded = other.load(state); loaded.has_error()) return loaded.error();
    const std::scoped_lock lock(mutex_);
    other.last_us_ = std::max(other.last_us_, last_us_);
    static_cast<Ledger&>(*this) = std::move(static_cast<Ledger&>(other));
    return {};
  } catch (const Unreadable&) {
    return damaged("");
  } catch (const nlohmann::json::exception&) {
    return damaged("");
  }
}

Result<void> Arbiter::load(const nlohmann::json& state) {
  const std::int64_t now_us = now();
  // Periods go on while nothing runs. A clock that was set back makes them no longer.
  const std::int64_t stood_still_ms = clock_.wall_ms() - integer(state.at("saved_ms"));
  const std::int64_t begun_us = now_us - std::clamp<std::int64_t>(stood_still_ms, 0, limits::longest_ms) * 1000;
  ageing_ms_ = integer(state.at("ageing_ms"));
  if (!within(ageing_ms_, 1, limits::longest_ms)) return damaged("/ageing_ms");
  const std::int64_t last = integer(state.at("last_request"));
  if (!within(last, 0, limits::amount)) return damaged("/last_request");
  last_request_ = static_cast<std::uint64_t>(last);

  Policy policy;
  policy.ageing_ms = ageing_ms_;
  for (const nlohmann::json& row : state.at("weights").get_ref<const nlohmann::json::array_t&>())
    policy.weights.emplace_back(name(row.at(0)), row.at(1).get<double>());
  if (set_policy(policy).has_error()) return damaged("/weights");

  const auto load_all = [&](const char* member, std::size_t most, const auto& load_one) -> Result<void> {
    const auto& rows = state.at(member).get_ref<const nlohmann::json::array_t&>();
    const std::string place = std::string("/") + member;
    if (rows.size() > most) return damaged(place);
    for (std::size_t at = 0; at < rows.size(); ++at) {
      const std::string path = place + "/" + std::to_string(at);
      try {
        if (auto loaded = load_one(rows[at]); loaded.has_error()) return damaged(path);
      } catch (const Unreadable&) {
        return damaged(path);
      } catch (const nlohmann::json::exception&) {
        return damaged(path);
      }
    }
    return {};
  };
  if (auto loaded = load_all("resources", limits::resources,
                             [&](const nlohmann::json& row) { return load_resource(row, begun_us); });
      loaded.has_error())
    return loaded;
  if (auto loaded =
          load_all("requests", limits::requests, [&](const nlohmann::json& row) { return load_request(row, now_us); });
      loaded.has_error())
    return loaded;
  if (auto loaded = load_all("spending", limits::spending_limits,
                             [&](const nlohmann::json& row) { return load_spending(row, begun_us); });
      loaded.has_error())
    return loaded;

  const std::int64_t records = integer(state.at("records"));
  const std::size_t kept = state.at("audit").size();
  if (!within(records, static_cast<std::int64_t>(kept), limits::amount)) return damaged("/records");
  records_ = static_cast<std::uint64_t>(records) - kept;
  audit_.resize(std::min<std::uint64_t>(static_cast<std::uint64_t>(records), limits::audit));
  return load_all("audit", limits::audit_kept, [&](const nlohmann::json& row) -> Result<void> {
    Record& record = audit_[records_ % limits::audit];
    record.number = ++records_;
    record.at_ms = integer(row.at(0));
    const std::int64_t request = integer(row.at(1));
    const std::int64_t event = integer(row.at(2));
    const std::int64_t priority = integer(row.at(3));
    if (!within(request, 1, last) || !within(event, 0, event_count - 1) || !within(priority, 0, priority_count - 1))
      return damaged("");
    record.request = static_cast<std::uint64_t>(request);
    record.event = static_cast<Event>(event);
    record.priority = static_cast<Priority>(priority);
    std::size_t column = 4;
    for (std::string Record::*text : {&Record::holder, &Record::share, &Record::user, &Record::melody,
                                      &Record::extension, &Record::claims, &Record::reason})
      row.at(column++).get_to(record.*text);
    return {};
  });
}

Result<void> Arbiter::load_resource(const nlohmann::json& row, std::int64_t begun_us) {
  const auto index = static_cast<std::uint32_t>(resources_.size());
  resources_.emplace_back();
  spending_of_.push_back(0);
  if (row.is_null()) {
    free_resources_.push_back(index);
    return {};
  }
  ResourceEntry& resource = resources_.back();
  ResourceSpec spec;
  spec.id = name(row.at(0));
  const std::int64_t kind = integer(row.at(1));
  if (!within(kind, 0, kind_count - 1)) return damaged("");
  spec.kind = static_cast<Kind>(kind);
  spec.capacity = integer(row.at(2));
  spec.refill_per_s = integer(row.at(3));
  spec.period_ms = integer(row.at(4));
  if (Arbiter(clock_).define(spec).has_error() || by_resource_.contains(spec.id)) return damaged("");
  resource.used = true;
  resource.available = integer(row.at(5));
  const std::int64_t age_us = integer(row.at(6));
  resource.mean_hold_ms = row.at(7).get<double>();
  resource.turn = row.at(8).get<double>();
  if (!within(resource.available, -limits::amount, limits::amount) || !within(age_us, 0, limits::longest_ms * 1000) ||
      !(resource.mean_hold_ms >= 0) || !(resource.turn >= 0))
    return damaged("");
  if (spec.kind == Kind::capacity || spec.kind == Kind::lock) {
    resource.available = spec.capacity;  // what is held is taken off with each request
  } else if (resource.available > spec.capacity || (spec.kind == Kind::rate && resource.available < 0)) {
    return damaged("");
  }
  resource.since_us = begun_us - age_us;
  by_resource_.emplace(spec.id, index);
  resource.spec = std::move(spec);
  for (const nlohmann::json& lane : row.at(9).get_ref<const nlohmann::json::array_t&>()) {
    const std::uint32_t share = intern_share(name(lane.at(0)));
    if (share == none) return damaged("");
    lane_of(index, share).used = lane.at(1).get<double>();
  }
  return {};
}

Result<void> Arbiter::load_request(const nlohmann::json& row, std::int64_t now_us) {
  Entry entry;
  const std::int64_t id = integer(row.at(0));
  const bool granted = row.at(1).get<bool>();
  const std::int64_t priority = integer(row.at(2));
  const std::string holder = name(row.at(3));
  const std::string instance = name(row.at(4));
  const std::string share = name(row.at(5));
  entry.user = name(row.at(6));
  entry.melody = name(row.at(7));
  entry.extension = name(row.at(8));
  const std::int64_t asked_us = integer(row.at(9));
  const std::int64_t since_us = integer(row.at(10));
  entry.expected_ms = integer(row.at(11));
  const bool good = within(id, 1, static_cast<std::int64_t>(last_request_)) &&
                    within(priority, 0, priority_count - 1) && !holder.empty() && !share.empty() &&
                    within(asked_us, 0, limits::amount) && within(since_us, -limits::amount, limits::amount) &&
                    within(entry.expected_ms, 1, limits::longest_ms);
  if (!good || by_request_.contains(static_cast<std::uint64_t>(id))) return damaged("");
  const auto& claims = row.at(13).get_ref<const nlohmann::json::array_t&>();
  if (claims.empty() || claims.size() > limits::claims) return damaged("");
  for (const nlohmann::json& claim : claims) {
    const std::int64_t resource = integer(claim.at(0));
    const std::int64_t amount = integer(claim.at(1));
    if (!within(resource, 0, static_cast<std::int64_t>(resources_.size()) - 1) || !within(amount, 1, limits::amount) ||
        !resources_[static_cast<std::size_t>(resource)].used ||
        used_claim(entry, static_cast<std::uint32_t>(resource)) != 0)
      return damaged("");
    entry.claims.push_back({static_cast<std::uint32_t>(resource), amount});
  }
  entry.id = static_cast<std::uint64_t>(id);
  entry.priority = static_cast<Priority>(priority);
  entry.asked_us = now_us - asked_us;
  entry.granted_us = granted ? now_us - since_us : 0;
  entry.deadline_us = granted ? 0 : now_us + since_us;
  entry.holder = intern_holder({holder, instance});
  entry.share = intern_share(share);
  if (entry.share == none) return damaged("");
  const auto index = static_cast<std::uint32_t>(entries_.size());
  by_request_.emplace(entry.id, index);
  entries_.push_back(std::move(entry));
  Entry& loaded = entries_.back();
  ++shares_[loaded.share].requests;
  for (const HeldClaim& claim : loaded.claims)
    ++lane_of(claim.resource, loaded.share).active;
  if (!granted) {
    const std::int64_t lane = integer(row.at(12));
    if (!within(lane, 0, static_cast<std::int64_t>(resources_.size()) - 1) ||
        used_claim(loaded, static_cast<std::uint32_t>(lane)) == 0)
      return damaged("");
    enter_lane(index, static_cast<std::uint32_t>(lane));
    return {};
  }
  loaded.state = Entry::State::granted;
  for (const HeldClaim& claim : loaded.claims) {
    ResourceEntry& resource = resources_[claim.resource];
    if (resource.spec.kind == Kind::capacity || resource.spec.kind == Kind::lock) resource.available -= claim.amount;
    if (resource.available < -limits::amount) return damaged("");
  }
  push_back(entries_, holders_[loaded.holder].granted, &Entry::of_holder, index);
  ++granted_;
  update_entangled(loaded.holder);
  return {};
}

Result<void> Arbiter::load_spending(const nlohmann::json& row, std::int64_t begun_us) {
  const std::int64_t scope = integer(row.at(1));
  if (!within(scope, 0, scope_count - 1)) return damaged("");
  const SpendingLimit limit{name(row.at(0)), static_cast<Scope>(scope), name(row.at(2)), integer(row.at(3)),
                            integer(row.at(4))};
  const std::int64_t spent = integer(row.at(5));
  const std::int64_t age_us = integer(row.at(6));
  if (!within(spent, 0, limits::amount) || !within(age_us, 0, limits::longest_ms * 1000) ||
      set_limit(limit).has_error())
    return damaged("");
  Spending& loaded = spending_.at({limit.resource, limit.scope, limit.name});
  loaded.spent = spent;
  loaded.since_us = begun_us - age_us;
  return {};
}

}  // namespace symphony::pit::arbitration
