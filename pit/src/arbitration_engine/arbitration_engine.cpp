#include "arbitration_engine/arbitration_engine.h"

#include <symphony/interfaces/arbitration_engine.h>
#include <algorithm>
#include <optional>
#include <utility>

#include "module_messages.h"

namespace symphony::pit {

namespace {

namespace messages = interfaces::arbitration_engine;
using nlohmann::json;

template <class Params>
arbitration::Holder holder_of(const Params& params, const Call& call) {
  if (params.holder) return {*params.holder, params.instance ? std::string_view(*params.instance) : std::string_view()};
  return {call.source, params.instance ? std::string_view(*params.instance) : call.instance};
}

/// One that is too large stays so, and is refused by the arbiter.
std::int64_t whole(std::uint64_t value) { return static_cast<std::int64_t>(std::min<std::uint64_t>(value, INT64_MAX)); }

std::string_view view(const std::optional<std::string>& text) { return text ? std::string_view(*text) : ""; }

/// One of a list of names; what is none of them is refused.
template <class Value>
Result<Value> read_name(std::string_view text, std::size_t count, const char* path) {
  for (std::size_t index = 0; index < count; ++index) {
    if (text == name_of(static_cast<Value>(index))) return static_cast<Value>(index);
  }
  return ipc::invalid_params("It is none of the names allowed here.", path);
}

json document_of(const arbitration::Outcome& outcome) {
  json cycle = json::array();
  for (const arbitration::Wait& wait : outcome.cycle)
    cycle.push_back({{"holder", wait.holder}, {"waits_for", wait.waits_for}, {"held_by", wait.held_by}});
  const bool deferred = outcome.decision == arbitration::Event::deferred;
  return {{"decision", name_of(outcome.decision)},
          {"request", outcome.request},
          {"reason", outcome.reason},
          {"estimated_wait_ms", deferred ? json(outcome.estimated_wait_ms) : json(nullptr)},
          {"cycle", std::move(cycle)},
          {"granted", outcome.granted}};
}

json document_of(const std::vector<arbitration::Record>& records) {
  json documents = json::array();
  for (const arbitration::Record& record : records) {
    documents.push_back({{"number", record.number},
                         {"at_ms", record.at_ms},
                         {"request", record.request},
                         {"event", name_of(record.event)},
                         {"priority", name_of(record.priority)},
                         {"holder", record.holder},
                         {"share", record.share},
                         {"user", record.user},
                         {"melody", record.melody},
                         {"extension", record.extension},
                         {"claims", record.claims},
                         {"reason", record.reason}});
  }
  return {{"records", std::move(documents)}};
}

json document_of(const arbitration::ResourceStatus& resource) {
  json shares = json::array();
  for (const arbitration::ShareStatus& share : resource.shares) {
    shares.push_back(
        {{"share", share.name}, {"weight", share.weight}, {"used_ms", share.used_ms}, {"waiting", share.waiting}});
  }
  return {{"resource", resource.spec.id},       {"kind", name_of(resource.spec.kind)},
          {"capacity", resource.spec.capacity}, {"available", resource.available},
          {"waiting", resource.waiting},        {"mean_hold_ms", resource.mean_hold_ms},
          {"shares", std::move(shares)}};
}

}  // namespace

class ArbitrationEngine::Messages {
 public:
  static const MessageTable<Messages>& table() {
    namespace method = messages::method;
    static const MessageTable<Messages> table =
        MessageTable<Messages>()
            .add<messages::ArbitrationDefineParams, &Messages::define>(method::arbitration_define)
            .add<messages::ArbitrationRemoveParams, &Messages::remove>(method::arbitration_remove)
            .add<messages::ArbitrationRequestParams, &Messages::request>(method::arbitration_request)
            .add<messages::ArbitrationLookParams, &Messages::look>(method::arbitration_look)
            .add<messages::ArbitrationReleaseParams, &Messages::release>(method::arbitration_release)
            .add<messages::ArbitrationLimitParams, &Messages::limit>(method::arbitration_limit)
            .add<messages::ArbitrationPolicyParams, &Messages::policy>(method::arbitration_policy)
            .add<messages::ArbitrationExplainParams, &Messages::explain>(method::arbitration_explain)
            .add<messages::ArbitrationAuditParams, &Messages::audit>(method::arbitration_audit)
            .add<messages::ArbitrationHolderGoneParams, &Messages::holder_gone>(method::arbitration_holder_gone)
            .add<&Messages::status>(method::arbitration_status);
    return table;
  }

  explicit Messages(arbitration::Arbiter& arbiter) : arbiter_(arbiter) {}
  static std::string_view id() { return "arbitration_engine"; }

 private:
  Result<json> define(const messages::ArbitrationDefineParams& params, const Call&) {
    const auto kind = read_name<arbitration::Kind>(params.kind, arbitration::kind_count, "/kind");
    if (kind.has_error()) return kind.error();
    const auto granted = arbiter_.define({params.resource, *kind, whole(params.capacity.value_or(1)),
                                          whole(params.refill_per_s.value_or(0)), whole(params.period_ms.value_or(0))});
    if (granted.has_error()) return granted.error();
    return json{{"granted", *granted}};
  }

  Result<json> remove(const messages::ArbitrationRemoveParams& params, const Call&) {
    if (auto done = arbiter_.remove(params.resource); done.has_error()) return done.error();
    return json::object();
  }

  Result<json> request(const messages::ArbitrationRequestParams& params, const Call& call) {
    arbitration::Ask ask;
    for (const messages::Claim& claim : params.claims)
      ask.claims.push_back({claim.resource, whole(claim.amount.value_or(1))});
    if (params.priority) {
      const auto priority =
          read_name<arbitration::Priority>(*params.priority, arbitration::priority_count, "/priority");
      if (priority.has_error()) return priority.error();
      ask.priority = *priority;
    }
    ask.holder = holder_of(params, call);
    ask.share = view(params.share);
    ask.user = view(params.user);
    ask.melody = view(params.melody);
    ask.extension = view(params.extension);
    if (params.expected_ms) ask.expected_ms = whole(*params.expected_ms);
    if (params.wait_ms) ask.wait_ms = whole(*params.wait_ms);
    const auto outcome = arbiter_.request(ask);
    if (outcome.has_error()) return outcome.error();
    return document_of(*outcome);
  }

  Result<json> look(const messages::ArbitrationLookParams& params, const Call&) {
    const auto outcome = arbiter_.look(params.request);
    if (outcome.has_error()) return outcome.error();
    return document_of(*outcome);
  }

  Result<json> release(const messages::ArbitrationReleaseParams& params, const Call& call) {
    std::vector<arbitration::Claim> spent;
    if (params.spent) {
      if (params.spent->size() > arbitration::limits::claims)
        return ipc::invalid_params("A request claims at most 16 resources.", "/spent");
      for (const messages::Spent& one : *params.spent)
        spent.push_back({one.resource, whole(one.amount)});
    }
    const auto done = arbiter_.release(params.request, holder_of(params, call), spent);
    if (done.has_error()) return done.error();
    return json{{"event", name_of(done->what)}, {"granted", done->granted}};
  }

  Result<json> limit(const messages::ArbitrationLimitParams& params, const Call&) {
    const auto scope = read_name<arbitration::Scope>(params.scope, arbitration::scope_count, "/scope");
    if (scope.has_error()) return scope.error();
    const auto done = params.limit ? arbiter_.set_limit({params.resource, *scope, params.name, whole(*params.limit),
                                                         whole(params.period_ms.value_or(0))})
                                   : arbiter_.remove_limit(params.resource, *scope, params.name);
    if (done.has_error()) return done.error();
    return json::object();
  }

  Result<json> policy(const messages::ArbitrationPolicyParams& params, const Call&) {
    if (params.ageing_ms || params.weights) {
      arbitration::Policy policy = arbiter_.policy();
      policy.weights.clear();
      if (params.ageing_ms) policy.ageing_ms = whole(*params.ageing_ms);
      if (params.weights) {
        if (params.weights->size() > arbitration::limits::shares)
          return ipc::invalid_params("There are too many weights.", "/weights");
        for (const messages::Weight& one : *params.weights)
          policy.weights.emplace_back(one.share, one.weight);
      }
      if (auto done = arbiter_.set_policy(policy); done.has_error()) return done.error();
    }
    const arbitration::Policy policy = arbiter_.policy();
    json weights = json::array();
    for (const auto& [share, weight] : policy.weights)
      weights.push_back({{"share", share}, {"weight", weight}});
    return json{{"ageing_ms", policy.ageing_ms}, {"weights", std::move(weights)}};
  }

  Result<json> explain(const messages::ArbitrationExplainParams& params, const Call&) {
    arbitration::RecordFilter filter;
    filter.request = params.request;
    std::vector<arbitration::Record> records;
    if (params.request != 0) records = arbiter_.records(filter, arbitration::limits::audit);
    if (records.empty()) {
      return Error{ErrorCode::not_found,
                   "Nothing is recorded of such a request.",
                   {{"path", "/request"}, {"reason", "unknown"}}};
    }
    return document_of(records);
  }

  Result<json> audit(const messages::ArbitrationAuditParams& params, const Call&) {
    constexpr std::uint64_t most = 1000;
    arbitration::RecordFilter filter;
    filter.after = params.after.value_or(0);
    if (params.event) {
      const auto event = read_name<arbitration::Event>(*params.event, arbitration::event_count, "/event");
      if (event.has_error()) return event.error();
      filter.event = *event;
    }
    filter.holder = view(params.holder);
    filter.user = view(params.user);
    filter.melody = view(params.melody);
    filter.extension = view(params.extension);
    const std::uint64_t limit = params.limit.value_or(messages::ArbitrationAuditParams::limit_default);
    return document_of(arbiter_.records(filter, std::min(most, limit)));
  }

  Result<json> holder_gone(const messages::ArbitrationHolderGoneParams& params, const Call&) {
    if (!params.holder) return json{{"reclaimed", arbiter_.restarted()}, {"granted", json::array()}};
    std::size_t reclaimed = 0;
    const auto granted = arbiter_.gone(*params.holder, params.instance ? &*params.instance : nullptr, reclaimed);
    return json{{"reclaimed", reclaimed}, {"granted", granted}};
  }

  Result<json> status(const Call&) {
    const arbitration::Status status = arbiter_.status();
    json resources = json::array();
    for (const arbitration::ResourceStatus& resource : status.resources)
      resources.push_back(document_of(resource));
    json limits = json::array();
    for (const arbitration::SpendingStatus& one : status.limits) {
      limits.push_back({{"resource", one.limit.resource},
                        {"scope", name_of(one.limit.scope)},
                        {"name", one.limit.name},
                        {"limit", one.limit.limit},
                        {"spent", one.spent},
                        {"renewed_in_ms", one.limit.period_ms == 0 ? json(nullptr) : json(one.renewed_in_ms)}});
    }
    return json{{"resources", std::move(resources)}, {"limits", std::move(limits)},   {"granted", status.granted},
                {"waiting", status.waiting},         {"decisions", status.decisions}, {"deadlocks", status.deadlocks}};
  }

  arbitration::Arbiter& arbiter_;
};

Result<void> ArbitrationEngine::init(const nlohmann::json&) { return {}; }

Result<nlohmann::json> ArbitrationEngine::handle_message(const Call& call) {
  Messages messages(arbiter_);
  return Messages::table().handle(messages, call);
}

Result<nlohmann::json> ArbitrationEngine::snapshot() {
  try {
    return arbiter_.snapshot();
  } catch (const std::exception& error) {
    return Error{ErrorCode::resource_exhausted, error.what(), nullptr};
  }
}

Result<void> ArbitrationEngine::restore(const nlohmann::json& state) {
  try {
    return arbiter_.restore(state);
  } catch (const std::exception& error) {
    return Error{ErrorCode::resource_exhausted, error.what(), nullptr};
  }
}

}  // namespace symphony::pit
