#include "stale_manager/stale_manager.h"

#include <symphony/ipc/typed_document.h>
#include <algorithm>
#include <array>

#include "module_messages.h"
#include "stale_manager/policy.h"

namespace symphony::pit {

namespace {

namespace messages = interfaces::stale_manager;
namespace store_messages = interfaces::artifact_store;
using nlohmann::json;
using stale::PlanState;

constexpr int snapshot_version = 1;
constexpr std::size_t most_policies = 64;
/// Contents looked at between two looks at the time.
constexpr std::uint64_t contents_at_once = 100;

Error no_plan(const std::string& id) {
  return {ErrorCode::not_found, "There is no plan \"" + id + "\".", {{"path", "/plan"}}};
}

Error wrong_state(const stale::Plan& plan) {
  return {ErrorCode::invalid_request,
          "The plan \"" + plan.id + "\" is " + std::string(stale::name_of(plan.state)) + ".",
          {{"path", "/plan"}, {"state", stale::name_of(plan.state)}}};
}

template <class T>
void put(json& document, const char* name, const std::optional<T>& value) {
  if (value) document[name] = *value;
}

json policy_to_json(const stale::Policy& policy) {
  json document = {{"id", policy.id}, {"goal", policy.goal}};
  put(document, "older_than_ms", policy.older_than_ms);
  put(document, "unused_ms", policy.unused_ms);
  put(document, "larger_than", policy.larger_than);
  put(document, "quality_below", policy.quality_below);
  put(document, "only_tags", policy.only_tags);
  put(document, "keep_tags", policy.keep_tags);
  put(document, "keep_newest", policy.keep_newest);
  return document;
}

/// It was used, pinned or needed since, or is gone: nothing is wrong with that.
bool overtaken(const Error& error) {
  return error.code == ErrorCode::invalid_request || error.code == ErrorCode::not_found;
}

}  // namespace

/// So long and no longer; one thing is done in any case.
class StaleManager::Slice {
 public:
  Slice(const Clock& clock, std::uint64_t milliseconds, const std::stop_token& stop)
      : clock_(clock),
        end_(clock.monotonic_us() + static_cast<std::int64_t>(std::min(milliseconds, longest_ms)) * 1000),
        stop_(stop) {}
  static constexpr std::uint64_t longest_ms = 1000;
  bool over() const noexcept { return stop_.stop_requested() || clock_.monotonic_us() >= end_; }

 private:
  const Clock& clock_;
  const std::int64_t end_;
  const std::stop_token& stop_;
};

Execution StaleManager::execution(std::string_view method) const noexcept {
  static constexpr std::array<std::string_view, 6> waiting = {"stale.evaluate", "stale.plan",    "stale.execute",
                                                              "stale.undo",     "stale.restore", "stale.purge"};
  return std::find(waiting.begin(), waiting.end(), method) != waiting.end() ? Execution::pool : Execution::inline_call;
}

Result<json> StaleManager::handle_message(const Call& call) {
  static const auto table = [] {
    MessageTable<StaleManager> methods;
    methods.add<messages::StaleSetPolicyParams, &StaleManager::set_policy>(messages::method::stale_set_policy)
        .add<messages::StaleRemovePolicyParams, &StaleManager::remove_policy>(messages::method::stale_remove_policy)
        .add<&StaleManager::policies>(messages::method::stale_policies)
        .add<messages::StaleEvaluateParams, &StaleManager::evaluate>(messages::method::stale_evaluate)
        .add<messages::StalePlanParams, &StaleManager::plan>(messages::method::stale_plan)
        .add<messages::StaleExecuteParams, &StaleManager::execute>(messages::method::stale_execute)
        .add<messages::StaleUndoParams, &StaleManager::undo>(messages::method::stale_undo)
        .add<&StaleManager::report>(messages::method::stale_report)
        .add<messages::StaleForgetParams, &StaleManager::forget>(messages::method::stale_forget)
        .add<messages::StaleRestoreParams, &StaleManager::restore_content>(messages::method::stale_restore)
        .add<messages::StalePurgeParams, &StaleManager::purge>(messages::method::stale_purge);
    return methods;
  }();
  return table.handle(*this, call);
}

std::vector<stale::Policy> StaleManager::all_policies() const {
  const std::scoped_lock lock(mutex_);
  std::vector<stale::Policy> list;
  for (const auto& [id, policy] : policies_)
    list.push_back(policy);
  return list;
}

std::shared_ptr<StaleManager::Kept> StaleManager::find(const std::string& plan) const {
  const std::scoped_lock lock(mutex_);
  const auto found =
      std::find_if(plans_.begin(), plans_.end(), [&](const auto& kept) { return kept->plan.id == plan; });
  return found == plans_.end() ? nullptr : *found;
}

Result<json> StaleManager::set_policy(const messages::StaleSetPolicyParams& asked, const Call&) {
  if (auto checked = stale::check(asked.policy); checked.has_error()) return checked.error();
  const std::scoped_lock lock(mutex_);
  if (policies_.size() >= most_policies && policies_.find(asked.policy.id) == policies_.end()) {
    return Error{ErrorCode::resource_exhausted,
                 "There are " + std::to_string(most_policies) + " policies, the most there may be.",
                 {{"path", "/policy"}, {"limit", most_policies}}};
  }
  policies_[asked.policy.id] = asked.policy;
  return json{{"policies", policies_.size()}};
}

Result<json> StaleManager::remove_policy(const messages::StaleRemovePolicyParams& asked, const Call&) {
  const std::scoped_lock lock(mutex_);
  policies_.erase(asked.id);
  return json{{"policies", policies_.size()}};
}

Result<json> StaleManager::policies(const Call&) {
  json list = json::array();
  for (const stale::Policy& policy : all_policies())
    list.push_back(policy_to_json(policy));
  return json{{"policies", std::move(list)}};
}

Result<store_messages::StoreContentsResult> StaleManager::contents(const std::string& after, std::uint64_t limit) {
  const Result<json> answer = store_("store.contents", {{"after", after}, {"limit", limit}});
  if (answer.has_error()) return answer.error();
  return ipc::from_document<store_messages::StoreContentsResult>(*answer);
}

Result<std::int64_t> StaleManager::used_bytes() {
  const Result<json> answer = store_("store.usage", json::object());
  if (answer.has_error()) return answer.error();
  const auto usage = ipc::from_document<store_messages::StoreUsageResult>(*answer);
  if (usage.has_error()) return usage.error();
  return static_cast<std::int64_t>(usage->database_bytes + usage->archive_bytes + usage->chunk_bytes) -
         static_cast<std::int64_t>(usage->free_bytes);
}

Result<json> StaleManager::evaluate(const messages::StaleEvaluateParams& asked, const Call&) {
  const auto found =
      contents(asked.after.value_or(std::string()), asked.limit.value_or(messages::StaleEvaluateParams::limit_default));
  if (found.has_error()) return found.error();
  const std::vector<stale::Policy> policies = all_policies();
  constexpr std::size_t most_names = 100;
  json actions = json::array();
  for (const stale::ContentFacts& content : found->contents) {
    const auto decision = stale::judge(policies, content, clock_.wall_ms());
    if (!decision) continue;
    std::vector<std::string> names;
    for (const stale::VersionFacts& version : content.versions) {
      if (names.size() < most_names && (names.empty() || names.back() != version.name)) names.push_back(version.name);
    }
    actions.push_back({{"hash", content.hash},
                       {"goal", stale::name_of(decision->goal)},
                       {"policy", policies[decision->policy].id},
                       {"reason", decision->reason},
                       {"stored_size", content.stored_size},
                       {"names", names}});
  }
  return json{{"actions", std::move(actions)},
              {"examined", found->contents.size()},
              {"after", found->contents.empty() ? asked.after.value_or(std::string()) : found->contents.back().hash},
              {"last", found->last}};
}

void StaleManager::plan_items(stale::Plan& plan, const std::vector<stale::Policy>& policies,
                              const store_messages::StoreContentsResult& found) {
  for (const stale::ContentFacts& content : found.contents) {
    plan.after = content.hash;
    ++plan.examined;
    const auto decision = stale::judge(policies, content, clock_.wall_ms());
    if (!decision) continue;
    stale::Item item{content.hash, decision->goal, content.accessed_ms, {}};
    if (decision->goal == stale::Goal::deleted) {
      for (const stale::VersionFacts& version : content.versions)
        item.versions.emplace_back(version.name, version.version);
    }
    plan.items.push_back(std::move(item));
    if (plan.items.size() >= stale::most_items) {
      plan.truncated = true;
      break;
    }
  }
  if (found.last || plan.truncated) plan.state = PlanState::planned;
}

Result<json> StaleManager::plan(const messages::StalePlanParams& asked, const Call& call) {
  if (asked.plan.empty()) return ipc::invalid_params("\"plan\" has 1 to 40 bytes.", "/plan");
  auto kept = find(asked.plan);
  if (!kept) {
    const std::scoped_lock lock(mutex_);
    if (plans_.size() >= stale::most_plans) {
      return Error{ErrorCode::resource_exhausted,
                   "There are " + std::to_string(stale::most_plans) + " plans, the most there may be: forget one.",
                   {{"path", "/plan"}, {"limit", stale::most_plans}}};
    }
    if (policies_.empty())
      return Error{ErrorCode::invalid_request, "There is no policy to plan by.", {{"path", "/plan"}}};
    kept = std::make_shared<Kept>();
    kept->plan.id = asked.plan;
    kept->plan.created_ms = clock_.wall_ms();
    plans_.push_back(kept);
  }
  const std::scoped_lock lock(kept->mutex);
  stale::Plan& plan = kept->plan;
  if (plan.state != PlanState::planning) return wrong_state(plan);
  const std::vector<stale::Policy> policies = all_policies();
  const Slice slice(clock_, asked.slice_ms.value_or(messages::StalePlanParams::slice_ms_default), call.stop);
  do {
    const auto found = contents(plan.after, contents_at_once);
    if (found.has_error()) return found.error();
    plan_items(plan, policies, *found);
  } while (plan.state == PlanState::planning && !slice.over());
  return stale::answer(plan);
}

Result<void> StaleManager::deal_with(stale::Plan& plan) {
  const stale::Item& item = plan.items[plan.next];
  bool changed = false;
  std::optional<Error> refused;
  if (item.goal == stale::Goal::deleted) {
    for (const auto& [name, version] : item.versions) {
      const Result<json> deleted =
          store_("store.delete",
                 {{"name", name}, {"version", version}, {"unused_since", item.accessed_ms}, {"batch", plan.batch()}});
      if (deleted.has_error()) {
        refused = deleted.error();
        break;
      }
      changed = changed || deleted->value("changed", false);
    }
  } else {
    const Result<json> moved = store_("store.move", {{"hash", item.hash},
                                                     {"tier", stale::name_of(item.goal)},
                                                     {"unused_since", item.accessed_ms},
                                                     {"batch", plan.batch()}});
    if (moved.has_error()) {
      refused = moved.error();
    } else if (moved->value("changed", false)) {
      changed = true;
      plan.saved_bytes +=
          moved->value("stored_before", std::int64_t{0}) - moved->value("stored_after", std::int64_t{0});
    }
  }
  if (refused && !overtaken(*refused) && refused->code != ErrorCode::data_corrupted) return *refused;
  ++plan.next;
  if (changed) {
    ++plan.done;
  } else if (refused && refused->code == ErrorCode::data_corrupted) {
    ++plan.failed;
  } else {
    ++plan.skipped;
  }
  if (refused) plan.say(item.hash.substr(0, 12) + ": " + refused->message);
  return {};
}

Result<json> StaleManager::execute(const messages::StaleExecuteParams& asked, const Call& call) {
  const auto kept = find(asked.plan);
  if (!kept) return no_plan(asked.plan);
  const std::scoped_lock lock(kept->mutex);
  stale::Plan& plan = kept->plan;
  if (plan.state == PlanState::done) return stale::answer(plan);
  if (plan.state != PlanState::planned && plan.state != PlanState::executing) return wrong_state(plan);
  if (!plan.used_before) {
    const auto used = used_bytes();
    if (used.has_error()) return used.error();
    plan.used_before = *used;
  }
  plan.state = PlanState::executing;
  const Slice slice(clock_, asked.slice_ms.value_or(messages::StaleExecuteParams::slice_ms_default), call.stop);
  std::uint64_t left = asked.items.value_or(messages::StaleExecuteParams::items_default);
  while (plan.next < plan.items.size() && left > 0) {
    if (auto dealt = deal_with(plan); dealt.has_error()) return dealt.error();
    --left;
    if (slice.over()) break;
  }
  if (plan.next == plan.items.size()) {
    const auto used = used_bytes();
    if (used.has_error()) return used.error();
    plan.used_after = *used;
    plan.state = PlanState::done;
  }
  return stale::answer(plan);
}

Result<json> StaleManager::undo(const messages::StaleUndoParams& asked, const Call& call) {
  const auto kept = find(asked.plan);
  if (!kept) return no_plan(asked.plan);
  const std::scoped_lock lock(kept->mutex);
  stale::Plan& plan = kept->plan;
  if (plan.state == PlanState::undone) return stale::answer(plan);
  if (plan.state != PlanState::executing && plan.state != PlanState::done && plan.state != PlanState::undoing)
    return wrong_state(plan);
  plan.state = PlanState::undoing;
  const Slice slice(clock_, asked.slice_ms.value_or(messages::StaleUndoParams::slice_ms_default), call.stop);
  std::uint64_t left = asked.items.value_or(messages::StaleUndoParams::items_default);
  for (; left > 0; --left) {
    const Result<json> undone = store_("store.undo", {{"batch", plan.batch()}, {"limit", 1}});
    if (undone.has_error()) return undone.error();
    if (undone->value("gone", 0) > 0) plan.say("A change has been overtaken and stays.");
    if (undone->value("left", 0) == 0) {
      const auto used = used_bytes();
      if (used.has_error()) return used.error();
      plan.used_after = *used;
      plan.saved_bytes = 0;
      plan.state = PlanState::undone;
      break;
    }
    if (slice.over()) break;
  }
  return stale::answer(plan);
}

Result<json> StaleManager::report(const Call&) {
  std::vector<std::shared_ptr<Kept>> plans;
  {
    const std::scoped_lock lock(mutex_);
    plans = plans_;
  }
  json list = json::array();
  for (const auto& kept : plans) {
    const std::scoped_lock lock(kept->mutex);
    list.push_back(stale::answer(kept->plan));
  }
  return json{{"plans", std::move(list)}};
}

Result<json> StaleManager::forget(const messages::StaleForgetParams& asked, const Call&) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(plans_, [&](const auto& kept) { return kept->plan.id == asked.plan; });
  return json::object();
}

Result<json> StaleManager::restore_content(const messages::StaleRestoreParams& asked, const Call&) {
  const Result<json> moved = store_("store.move", {{"hash", asked.hash}, {"tier", "hot"}});
  if (moved.has_error()) return moved.error();
  return json{{"changed", moved->value("changed", false)}};
}

Result<json> StaleManager::purge(const messages::StalePurgeParams& asked, const Call&) {
  const std::uint64_t undo_ms = asked.undo_ms.value_or(messages::StalePurgeParams::undo_ms_default);
  const auto now = static_cast<std::uint64_t>(std::max<std::int64_t>(clock_.wall_ms(), 0));
  // A clock that went back makes nothing old.
  const std::uint64_t before = now > undo_ms ? now - undo_ms : 0;
  return store_("store.purge", {{"deleted_before_ms", before},
                                {"limit", asked.limit.value_or(messages::StalePurgeParams::limit_default)}});
}

Result<json> StaleManager::snapshot() {
  try {
    json policies = json::array();
    for (const stale::Policy& policy : all_policies())
      policies.push_back(policy_to_json(policy));
    std::vector<std::shared_ptr<Kept>> kept;
    {
      const std::scoped_lock lock(mutex_);
      kept = plans_;
    }
    json plans = json::array();
    for (const auto& one : kept) {
      const std::scoped_lock lock(one->mutex);
      plans.push_back(stale::to_json(one->plan));
    }
    return json{{"version", snapshot_version}, {"policies", std::move(policies)}, {"plans", std::move(plans)}};
  } catch (const std::exception& error) {
    return Error{ErrorCode::internal_error, error.what(), nullptr};
  }
}

Result<void> StaleManager::restore(const json& state) {
  try {
    if (!state.is_object() || !state.contains("version") || !state["version"].is_number_integer())
      return ipc::invalid_params("The state has no version.", "/version");
    if (state["version"].get<std::int64_t>() > snapshot_version)
      return Error{ErrorCode::version_mismatch, "The state was kept by a newer Symphony.", {{"path", "/version"}}};
    const json none = json::array();
    const json& policies = state.contains("policies") ? state["policies"] : none;
    const json& plans = state.contains("plans") ? state["plans"] : none;
    if (!policies.is_array() || policies.size() > most_policies)
      return ipc::invalid_params("\"policies\" must be a list of at most 64.", "/policies");
    if (!plans.is_array() || plans.size() > stale::most_plans)
      return ipc::invalid_params("\"plans\" must be a list of at most 16.", "/plans");
    std::map<std::string, stale::Policy> new_policies;
    for (const json& one : policies) {
      auto policy = ipc::from_document<stale::Policy>(one);
      if (policy.has_error()) return policy.error();
      if (auto checked = stale::check(*policy); checked.has_error()) return checked.error();
      new_policies[policy->id] = *policy;
    }
    std::vector<std::shared_ptr<Kept>> new_plans;
    for (const json& one : plans) {
      auto plan = stale::plan_from_json(one);
      if (plan.has_error()) return plan.error();
      new_plans.push_back(std::make_shared<Kept>());
      new_plans.back()->plan = std::move(*plan);
    }
    const std::scoped_lock lock(mutex_);
    policies_ = std::move(new_policies);
    plans_ = std::move(new_plans);
    return {};
  } catch (const std::exception& error) {
    return Error{ErrorCode::internal_error, error.what(), nullptr};
  }
}

}  // namespace symphony::pit
