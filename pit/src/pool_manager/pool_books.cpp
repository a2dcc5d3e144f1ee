// What the pool says of itself, and its snapshot.

#include <algorithm>
#include <bit>
#include <utility>

#include "pool_manager/pool.h"

namespace symphony::pit::pool {

namespace {

constexpr int state_version = 1;
/// Members of a resource's row.
enum Column : std::size_t {
  column_slot,
  column_id,
  column_key,
  column_kind,
  column_memory,
  column_load_ms,
  column_state,
  column_generation,
  column_ended,
  column_outcomes,
  column_failures,
  column_uses,
  column_problem,
  column_retry_us,
  column_put_down,
  column_replacement,
  column_holder,
  column_instance,
  column_lease_us,
  column_count
};

Error damaged(const std::string& path) {
  return {ErrorCode::data_corrupted, "The saved state of the pool makes no sense.", {{"path", path}}};
}

/// Reads numbers and texts of a row; the first that is wrong makes all wrong.
class Row {
 public:
  explicit Row(const nlohmann::json& row) : row_(row), good_(row.is_array() && row.size() == column_count) {}

  std::uint64_t number(Column at, std::uint64_t most) {
    if (!good_ || !row_[at].is_number_integer() || (!row_[at].is_number_unsigned() && row_[at].get<std::int64_t>() < 0))
      return fault(at), 0;
    const auto value = row_[at].get<std::uint64_t>();
    return value <= most ? value : (fault(at), 0);
  }
  std::string text(Column at, std::size_t most) {
    if (!good_ || !row_[at].is_string()) return fault(at), std::string();
    const auto& value = row_[at].get_ref<const std::string&>();
    return value.size() <= most ? value : (fault(at), std::string());
  }
  void fault(Column at) {
    good_ = false;
    where_ = at;
  }
  bool good() const { return good_; }
  std::string where() const { return "/" + std::to_string(where_); }

 private:
  const nlohmann::json& row_;
  bool good_;
  Column where_ = column_slot;
};

}  // namespace

Status Pool::status() {
  const std::scoped_lock lock(mutex_);
  expire(now(), true);
  Status status;
  status.resources = by_id_.size();
  status.leases = leases_;
  status.loaded = loaded_;
  status.memory_bytes = loaded_bytes_;
  status.room = room_;
  status.by_state = by_state_;
  status.since_start = statistics_;
  return status;
}

Result<Description> Pool::describe(std::string_view id) {
  const std::scoped_lock lock(mutex_);
  const std::int64_t now_us = now();
  expire(now_us, true);
  const auto found = find_resource(id);
  if (found.has_error()) return found.error();
  const Slot& slot = slots_[*found];
  const About& about = about_[*found];
  Description said;
  said.resource = {about.id, keys_[slot.key].name, slot.kind, slot.memory_bytes, about.load_ms};
  said.state = slot.state;
  said.uses = about.uses;
  said.failures = static_cast<unsigned>(std::popcount(slot.outcomes));
  said.problem = about.problem;
  if (slot.state == State::failed) said.retry_in_ms = std::max<std::int64_t>(0, (about.retry_us - now_us) / 1000);
  if (slot.leased) {
    said.lease = lease_id(*found);
    said.holder = holders_[slot.holder].endpoint;
    said.instance = holders_[slot.holder].instance;
    said.expires_in_ms = (slot.expires_us - now_us) / 1000;
  }
  return said;
}

std::vector<Transition> Pool::history(std::uint64_t after, std::size_t limit, std::string_view id) {
  const std::scoped_lock lock(mutex_);
  std::vector<Transition> found;
  const std::uint64_t oldest = transitions_ - history_.size();
  for (std::uint64_t number = std::max(after, oldest); number < transitions_ && found.size() < limit; ++number) {
    const Transition& entry = history_[number % limits::history];
    // Before a restored state there are only numbers.
    if (entry.number == number + 1 && (id.empty() || entry.resource == id)) found.push_back(entry);
  }
  return found;
}

nlohmann::json Pool::row_of(std::uint32_t index, std::int64_t now_us) const {
  const Slot& slot = slots_[index];
  const About& about = about_[index];
  nlohmann::json::array_t row;
  row.reserve(column_count);
  row.emplace_back(index);
  row.emplace_back(about.id);
  row.emplace_back(keys_[slot.key].name);
  row.emplace_back(static_cast<unsigned>(slot.kind));
  row.emplace_back(slot.memory_bytes);
  row.emplace_back(about.load_ms);
  row.emplace_back(static_cast<unsigned>(slot.state));
  row.emplace_back(slot.generation);
  row.emplace_back(static_cast<unsigned>(slot.ended));
  row.emplace_back(slot.outcomes);
  row.emplace_back(slot.failures_in_a_row);
  row.emplace_back(about.uses);
  row.emplace_back(about.problem);
  row.emplace_back(slot.state == State::failed ? std::max<std::int64_t>(0, about.retry_us - now_us) : 0);
  row.emplace_back(about.put_down);
  row.emplace_back(about.replacement);
  row.emplace_back(slot.leased ? holders_[slot.holder].endpoint : std::string());
  row.emplace_back(slot.leased ? holders_[slot.holder].instance : std::string());
  row.emplace_back(slot.leased ? std::max<std::int64_t>(0, slot.expires_us - now_us) : 0);
  return row;
}

nlohmann::json Pool::snapshot() {
  const std::scoped_lock lock(mutex_);
  const std::int64_t now_us = now();
  nlohmann::json::array_t resources;
  resources.reserve(by_id_.size());
  nlohmann::json::array_t unused;
  for (std::uint32_t index = 0; index < slots_.size(); ++index) {
    if (slots_[index].used) {
      resources.push_back(row_of(index, now_us));
    } else {
      unused.push_back({index, slots_[index].generation});
    }
  }
  nlohmann::json::array_t used_last;  // the most recently used first
  for (std::uint32_t index = idle_.first; index != none; index = slots_[index].idle.next)
    used_last.emplace_back(index);
  nlohmann::json::array_t expected;
  for (const std::uint32_t key : expected_)
    expected.push_back(
        {keys_[key].name, keys_[key].probability, std::max<std::int64_t>(0, keys_[key].expected_until_us - now_us)});
  nlohmann::json::array_t history;
  const std::uint64_t kept = std::min<std::uint64_t>(history_.size(), limits::history_kept);
  for (std::uint64_t number = transitions_ - kept; number < transitions_; ++number) {
    const Transition& entry = history_[number % limits::history];
    history.push_back({entry.at_ms, entry.resource, static_cast<unsigned>(entry.from), static_cast<unsigned>(entry.to),
                       static_cast<unsigned>(entry.reason), entry.detail});
  }
  return {{"version", state_version},          {"room", {room_.count, room_.memory_bytes}},
          {"resources", std::move(resources)}, {"unused", std::move(unused)},
          {"idle", std::move(used_last)},      {"expected", std::move(expected)},
          {"transitions", transitions_},       {"history", std::move(history)}};
}

Result<void> Pool::restore(const nlohmann::json& state) {
  try {
    if (!state.is_object() || !state.contains("version") || !state["version"].is_number_integer())
      return damaged("/version");
    if (state["version"].get<std::int64_t>() > state_version) {
      return Error{ErrorCode::version_mismatch,
                   "The pool's state was saved by a newer version.",
                   {{"path", "/version"}, {"known", state_version}}};
    }
    Pool other(clock_);
    if (auto loaded = other.load(state); loaded.has_error()) return loaded.error();
    const std::scoped_lock lock(mutex_);
    other.last_us_ = std::max(other.last_us_, last_us_);
    static_cast<Books&>(*this) = std::move(static_cast<Books&>(other));
    return {};
  } catch (const nlohmann::json::exception&) {
    return damaged("");
  }
}

Result<void> Pool::load(const nlohmann::json& state) {
  const std::int64_t now_us = now();
  wheel_tick_ = now_us >> wheel_shift;
  state.at("room").at(0).get_to(room_.count);
  state.at("room").at(1).get_to(room_.memory_bytes);
  if (room_.count < 1 || room_.count > limits::resources || room_.memory_bytes > limits::number)
    return damaged("/room");
  const auto& resources = state.at("resources").get_ref<const nlohmann::json::array_t&>();
  const auto& unused = state.at("unused").get_ref<const nlohmann::json::array_t&>();
  if (resources.size() + unused.size() > limits::resources) return damaged("/resources");
  slots_.resize(resources.size() + unused.size());
  about_.resize(slots_.size());
  for (std::size_t at = 0; at < resources.size(); ++at) {
    if (auto loaded = load_resource(resources[at], now_us); loaded.has_error()) {
      Error error = loaded.error();
      error.data["path"] = "/resources/" + std::to_string(at) + error.data.value("path", std::string());
      return error;
    }
  }
  for (std::size_t at = 0; at < unused.size(); ++at) {
    const auto index = unused[at].at(0).get<std::uint64_t>();
    const auto generation = unused[at].at(1).get<std::uint64_t>();
    if (index >= slots_.size() || slots_[index].used || slots_[index].key == 0 || generation > limits::number)
      return damaged("/unused/" + std::to_string(at));
    slots_[index].generation = generation;
    slots_[index].key = 0;  // seen
    free_slots_.push_back(static_cast<std::uint32_t>(index));
  }
  const auto& idle = state.at("idle").get_ref<const nlohmann::json::array_t&>();
  if (idle.size() != by_state_[static_cast<std::size_t>(State::ready)]) return damaged("/idle");
  // Each goes to the front of its lists once more, the least recently used first.
  for (std::size_t at = idle.size(); at-- > 0;) {
    const auto index = idle[at].get<std::uint64_t>();
    if (index >= slots_.size() || !slots_[index].used || slots_[index].state != State::ready)
      return damaged("/idle/" + std::to_string(at));
    unlink(static_cast<std::uint32_t>(index));
    link(static_cast<std::uint32_t>(index));
  }
  const auto& expected = state.at("expected").get_ref<const nlohmann::json::array_t&>();
  if (expected.size() > limits::predictions) return damaged("/expected");
  for (std::size_t at = 0; at < expected.size(); ++at) {
    const auto key = by_key_.find(std::string_view(expected[at].at(0).get_ref<const std::string&>()));
    const auto probability = expected[at].at(1).get<double>();
    const auto left_us = expected[at].at(2).get<std::int64_t>();
    if (key == by_key_.end() || !(probability >= 0 && probability <= 1) || left_us < 0 ||
        left_us > limits::longest_lease_ms * 1000)
      return damaged("/expected/" + std::to_string(at));
    expected_.push_back(key->second);
    keys_[key->second].probability = probability;
    keys_[key->second].expected_until_us = now_us + left_us;
  }
  const auto& history = state.at("history").get_ref<const nlohmann::json::array_t&>();
  const auto transitions = state.at("transitions").get<std::uint64_t>();
  if (history.size() > limits::history_kept || transitions > limits::number || transitions < history.size())
    return damaged("/history");
  // The ring begins at the entry's own place, so that its number says where it is.
  transitions_ = transitions - history.size();
  history_.resize(std::min<std::uint64_t>(transitions, limits::history));
  for (const nlohmann::json& saved : history) {
    Transition& entry = history_[transitions_ % limits::history];
    entry.number = ++transitions_;
    saved.at(0).get_to(entry.at_ms);
    saved.at(1).get_to(entry.resource);
    const auto from = saved.at(2).get<std::uint64_t>();
    const auto to = saved.at(3).get<std::uint64_t>();
    const auto reason = saved.at(4).get<std::uint64_t>();
    if (from >= state_count || to >= state_count || reason >= reason_count) return damaged("/history");
    entry.from = static_cast<State>(from);
    entry.to = static_cast<State>(to);
    entry.reason = static_cast<Reason>(reason);
    saved.at(5).get_to(entry.detail);
  }
  return {};
}

Result<void> Pool::load_resource(const nlohmann::json& saved, std::int64_t now_us) {
  Row row(saved);
  const auto index = static_cast<std::uint32_t>(row.number(column_slot, limits::resources - 1));
  const std::string id = row.text(column_id, limits::id_bytes);
  const std::string key = row.text(column_key, limits::id_bytes);
  Slot slot;
  slot.used = true;
  slot.kind = static_cast<Kind>(row.number(column_kind, 1));
  slot.memory_bytes = row.number(column_memory, limits::number);
  slot.state = static_cast<State>(row.number(column_state, state_count - 1));
  slot.generation = row.number(column_generation, limits::number);
  slot.ended = static_cast<Ended>(row.number(column_ended, ended_count - 1));
  slot.outcomes = static_cast<std::uint8_t>(row.number(column_outcomes, UINT8_MAX));
  slot.failures_in_a_row = static_cast<std::uint8_t>(row.number(column_failures, UINT8_MAX));
  About about;
  about.id = id;
  about.load_ms = row.number(column_load_ms, limits::number);
  about.uses = row.number(column_uses, limits::number);
  about.problem = row.text(column_problem, limits::reason_bytes);
  about.retry_us = now_us + static_cast<std::int64_t>(row.number(column_retry_us, limits::number));
  about.put_down = static_cast<std::uint32_t>(row.number(column_put_down, UINT32_MAX));
  about.replacement = row.number(column_replacement, limits::number);
  const std::string holder = row.text(column_holder, limits::id_bytes);
  const std::string instance = row.text(column_instance, limits::id_bytes);
  const auto lease_us = static_cast<std::int64_t>(
      row.number(column_lease_us, static_cast<std::uint64_t>(limits::longest_lease_ms) * 1000));
  if (!row.good()) return damaged(row.where());
  if (index >= slots_.size() || slots_[index].used) return damaged("/0");
  if (id.empty() || key.empty() || by_id_.contains(id)) return damaged("/1");
  const bool leased = !holder.empty();
  const bool may_be_leased =
      slot.state == State::active || slot.state == State::loading || slot.state == State::warming;
  if ((leased && (!may_be_leased || slot.generation == 0)) || (!leased && slot.state == State::active))
    return damaged("/6");

  slot.key = intern_key(key);
  slot.leased = leased;
  slots_[index] = slot;
  about_[index] = std::move(about);
  ++keys_[slot.key].resources;
  by_id_.emplace(id, index);
  ++by_state_[static_cast<std::size_t>(slot.state)];
  if (slot.state == State::loading || slot.state == State::warming || slot.state == State::ready ||
      slot.state == State::active) {
    ++loaded_;
    loaded_bytes_ += slot.memory_bytes;
  }
  link(index);
  if (leased) {
    Slot& of = slots_[index];
    of.holder = intern_holder({holder, instance});
    of.expires_us = now_us + lease_us;
    push_back(slots_, holders_[of.holder].leases, &Slot::of_holder, index);
    push_front(slots_, wheel_[static_cast<std::size_t>(of.expires_us >> wheel_shift) % wheel_size], &Slot::in_wheel,
               index);
    ++keys_[of.key].leased_count;
    ++leases_;
  }
  return {};
}

}  // namespace symphony::pit::pool
