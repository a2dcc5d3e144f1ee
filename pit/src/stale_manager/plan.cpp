#include "stale_manager/plan.h"

#include <array>

namespace symphony::pit::stale {

namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 6> states = {"planning", "planned", "executing", "done", "undoing", "undone"};

json maybe(const std::optional<std::int64_t>& value) { return value ? json(*value) : json(nullptr); }

std::optional<std::int64_t> maybe(const json& value) {
  return value.is_null() ? std::nullopt : std::optional(value.get<std::int64_t>());
}

}  // namespace

std::string_view name_of(PlanState state) noexcept { return states[static_cast<std::size_t>(state)]; }

json answer(const Plan& plan) {
  return {{"plan", plan.id},
          {"state", name_of(plan.state)},
          {"examined", plan.examined},
          {"items", plan.items.size()},
          {"done", plan.done},
          {"skipped", plan.skipped},
          {"failed", plan.failed},
          {"truncated", plan.truncated},
          {"saved_bytes", plan.saved_bytes},
          {"used_before", maybe(plan.used_before)},
          {"used_after", maybe(plan.used_after)},
          {"reasons", plan.reasons}};
}

json to_json(const Plan& plan) {
  json::array_t items;
  items.reserve(plan.items.size());
  for (const Item& item : plan.items)
    items.push_back({item.hash, static_cast<int>(item.goal), item.accessed_ms, item.versions});
  json document = answer(plan);
  document["items"] = std::move(items);
  document["state"] = static_cast<int>(plan.state);
  document["created_ms"] = plan.created_ms;
  document["after"] = plan.after;
  document["next"] = plan.next;
  return document;
}

ipc::Result<Plan> plan_from_json(const json& document) {
  try {
    Plan plan;
    plan.id = document.at("plan").get<std::string>();
    const int state = document.at("state").get<int>();
    plan.created_ms = document.at("created_ms").get<std::int64_t>();
    plan.after = document.at("after").get<std::string>();
    plan.examined = document.at("examined").get<std::uint64_t>();
    plan.truncated = document.at("truncated").get<bool>();
    plan.next = document.at("next").get<std::size_t>();
    plan.done = document.at("done").get<std::uint64_t>();
    plan.skipped = document.at("skipped").get<std::uint64_t>();
    plan.failed = document.at("failed").get<std::uint64_t>();
    plan.saved_bytes = document.at("saved_bytes").get<std::int64_t>();
    plan.used_before = maybe(document.at("used_before"));
    plan.used_after = maybe(document.at("used_after"));
    plan.reasons = document.at("reasons").get<std::vector<std::string>>();
    bool good = state >= 0 && static_cast<std::size_t>(state) < states.size() && !plan.id.empty() &&
                document.at("items").size() <= most_items && plan.reasons.size() <= most_reasons;
    plan.state = good ? static_cast<PlanState>(state) : PlanState::planning;
    for (const json& one : document.at("items")) {
      Item item;
      item.hash = one.at(0).get<std::string>();
      const int goal = one.at(1).get<int>();
      good = good && goal >= static_cast<int>(Goal::compressed) && goal <= static_cast<int>(Goal::deleted);
      item.goal = good ? static_cast<Goal>(goal) : Goal::compressed;
      item.accessed_ms = one.at(2).get<std::uint64_t>();
      item.versions = one.at(3).get<std::vector<std::pair<std::string, std::uint64_t>>>();
      plan.items.push_back(std::move(item));
    }
    if (good && plan.next <= plan.items.size()) return plan;
  } catch (const json::exception&) {
    // Said below.
  }
  return ipc::Error{ipc::ErrorCode::data_corrupted, "What was kept of a plan is damaged.", nullptr};
}

}  // namespace symphony::pit::stale
