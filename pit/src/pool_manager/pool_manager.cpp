#include "pool_manager/pool_manager.h"

#include <optional>
#include <utility>

#include "module_messages.h"

namespace symphony::pit {

namespace {

namespace messages = interfaces::pool_manager;
using nlohmann::json;

/// Who is meant: the sender, unless it acts for somebody.
template <class Params>
pool::Holder holder_of(const Params& params, const Call& call) {
  if (params.holder) return {*params.holder, params.instance ? std::string_view(*params.instance) : std::string_view()};
  return {call.source, params.instance ? std::string_view(*params.instance) : call.instance};
}

json document_of(const pool::Allocation& allocation) {
  return {{"lease", allocation.lease},
          {"resource", allocation.resource},
          {"grade", name_of(allocation.grade)},
          {"state", name_of(allocation.state)},
          {"expires_in_ms", allocation.expires_in_ms},
          {"evicted", allocation.evicted}};
}

json document_of(const pool::Preparation& preparation) {
  return {{"loading", preparation.loading}, {"evicted", preparation.evicted}};
}

json document_of(const pool::Room& room) { return {{"count", room.count}, {"memory_bytes", room.memory_bytes}}; }

json text_or_null(const std::string& text) { return text.empty() ? json(nullptr) : json(text); }

std::int64_t milliseconds(const std::optional<std::uint64_t>& asked) {
  // Larger ones are refused by the pool in any case.
  return static_cast<std::int64_t>(std::min<std::uint64_t>(asked.value_or(0), pool::limits::number));
}

/// A time of 0 would be the usual one; who says it, means it.
template <class Params>
Result<void> check_lease_ms(const Params& params) {
  if (params.lease_ms && *params.lease_ms == 0)
    return ipc::invalid_params("The time of a lease is out of range.", "/lease_ms");
  return {};
}

}  // namespace

class PoolManager::Messages {
 public:
  static const MessageTable<Messages>& table() {
    namespace method = messages::method;
    static const MessageTable<Messages> table =
        MessageTable<Messages>()
            .add<messages::PoolAddParams, &Messages::add>(method::pool_add)
            .add<messages::PoolRemoveParams, &Messages::remove>(method::pool_remove)
            .add<messages::PoolAllocateParams, &Messages::allocate>(method::pool_allocate)
            .add<messages::PoolReleaseParams, &Messages::release>(method::pool_release)
            .add<messages::PoolRenewParams, &Messages::renew>(method::pool_renew)
            .add<messages::PoolPrewarmParams, &Messages::prewarm>(method::pool_prewarm)
            .add<messages::PoolPredictParams, &Messages::predict>(method::pool_predict)
            .add<messages::PoolResizeParams, &Messages::resize>(method::pool_resize)
            .add<messages::PoolEvictParams, &Messages::evict>(method::pool_evict)
            .add<messages::PoolReportParams, &Messages::report>(method::pool_report)
            .add<messages::PoolFailParams, &Messages::fail>(method::pool_fail)
            .add<messages::PoolHolderGoneParams, &Messages::holder_gone>(method::pool_holder_gone)
            .add<&Messages::status>(method::pool_status)
            .add<messages::PoolDescribeParams, &Messages::describe>(method::pool_describe)
            .add<messages::PoolHistoryParams, &Messages::history>(method::pool_history);
    return table;
  }

  explicit Messages(pool::Pool& pool) : pool_(pool) {}
  static std::string_view id() { return "pool_manager"; }

 private:
  Result<json> add(const messages::PoolAddParams& params, const Call&) {
    pool::Resource resource{params.resource, params.key, pool::Kind::instance, params.memory_bytes.value_or(0),
                            params.load_ms.value_or(0)};
    const std::string kind = params.kind.value_or(std::string(messages::PoolAddParams::kind_default));
    if (kind != "model" && kind != "instance") return ipc::invalid_params("A kind is model or instance.", "/kind");
    if (kind == "model") resource.kind = pool::Kind::model;
    if (auto done = pool_.add(resource); done.has_error()) return done.error();
    return json::object();
  }

  Result<json> remove(const messages::PoolRemoveParams& params, const Call&) {
    if (auto done = pool_.remove(params.resource); done.has_error()) return done.error();
    return json::object();
  }

  Result<json> allocate(const messages::PoolAllocateParams& params, const Call& call) {
    if (auto good = check_lease_ms(params); good.has_error()) return good.error();
    const auto allocation = pool_.allocate(params.key, holder_of(params, call), milliseconds(params.lease_ms));
    if (allocation.has_error()) return allocation.error();
    return document_of(*allocation);
  }

  Result<json> release(const messages::PoolReleaseParams& params, const Call& call) {
    const auto state = pool_.release(params.lease, holder_of(params, call), params.succeeded.value_or(true));
    if (state.has_error()) return state.error();
    return json{{"state", name_of(*state)}};
  }

  Result<json> renew(const messages::PoolRenewParams& params, const Call& call) {
    if (auto good = check_lease_ms(params); good.has_error()) return good.error();
    const auto left = pool_.renew(params.lease, holder_of(params, call), milliseconds(params.lease_ms));
    if (left.has_error()) return left.error();
    return json{{"expires_in_ms", *left}};
  }

  Result<json> prewarm(const messages::PoolPrewarmParams& params, const Call&) {
    const auto done = pool_.prewarm(params.key, params.count.value_or(1));
    if (done.has_error()) return done.error();
    return document_of(*done);
  }

  Result<json> predict(const messages::PoolPredictParams& params, const Call&) {
    std::vector<pool::Expected> expected;
    for (const messages::Expectation& one : params.expected)
      expected.push_back({one.key, one.probability, milliseconds(one.within_ms)});
    const auto done = pool_.predict(expected);
    if (done.has_error()) return done.error();
    return document_of(*done);
  }

  Result<json> resize(const messages::PoolResizeParams& params, const Call&) {
    const auto evicted = pool_.resize({params.count, params.memory_bytes});
    if (evicted.has_error()) return evicted.error();
    return json{{"evicted", *evicted}};
  }

  Result<json> evict(const messages::PoolEvictParams& params, const Call&) {
    if (params.resource) {
      if (auto done = pool_.evict(*params.resource); done.has_error()) return done.error();
      return json{{"evicted", json::array({*params.resource})}};
    }
    const auto evicted = pool_.evict(params.count.value_or(1));
    if (evicted.has_error()) return evicted.error();
    return json{{"evicted", *evicted}};
  }

  Result<json> report(const messages::PoolReportParams& params, const Call&) {
    for (const pool::State state : {pool::State::warming, pool::State::ready, pool::State::unloaded}) {
      if (params.state != name_of(state)) continue;
      const auto now = pool_.report(params.resource, state);
      if (now.has_error()) return now.error();
      return json{{"state", name_of(*now)}};
    }
    return ipc::invalid_params("Only warming, ready and unloaded can be reported.", "/state");
  }

  Result<json> fail(const messages::PoolFailParams& params, const Call&) {
    const auto failure = pool_.fail(params.resource, params.reason);
    if (failure.has_error()) return failure.error();
    if (!*failure) return json{{"failure", nullptr}};
    const pool::FailOver& over = **failure;
    const json replacement = over.replacement ? document_of(*over.replacement) : json(nullptr);
    return json{{"failure", {{"lease", over.lease}, {"holder", over.holder}, {"replacement", replacement}}}};
  }

  Result<json> holder_gone(const messages::PoolHolderGoneParams& params, const Call&) {
    if (!params.holder) return json{{"reclaimed", pool_.restarted()}};
    return json{{"reclaimed", pool_.gone(*params.holder, params.instance ? &*params.instance : nullptr)}};
  }

  Result<json> status(const Call&) {
    const pool::Status status = pool_.status();
    const pool::Statistics& since = status.since_start;
    json by_state = json::object();
    for (std::size_t state = 0; state < pool::state_count; ++state)
      by_state[std::string(name_of(static_cast<pool::State>(state)))] = status.by_state[state];
    const std::uint64_t allocations = since.hits + since.warm + since.cold;
    const json hit_rate =
        allocations == 0 ? json(nullptr) : json(static_cast<double>(since.hits) / static_cast<double>(allocations));
    return json{{"resources", status.resources},
                {"leases", status.leases},
                {"loaded", status.loaded},
                {"memory_bytes", status.memory_bytes},
                {"room", document_of(status.room)},
                {"by_state", std::move(by_state)},
                {"hit_rate", hit_rate},
                {"since_start",
                 {{"hits", since.hits},
                  {"warm", since.warm},
                  {"cold", since.cold},
                  {"refused", since.refused},
                  {"released", since.released},
                  {"expired", since.expired},
                  {"reclaimed", since.reclaimed},
                  {"evicted", since.evicted},
                  {"failed_over", since.failed_over}}}};
  }

  Result<json> describe(const messages::PoolDescribeParams& params, const Call&) {
    const auto found = pool_.describe(params.resource);
    if (found.has_error()) return found.error();
    const pool::Description& said = *found;
    const bool leased = said.lease != 0;
    return json{{"resource", said.resource.id},
                {"key", said.resource.key},
                {"kind", name_of(said.resource.kind)},
                {"memory_bytes", said.resource.memory_bytes},
                {"load_ms", said.resource.load_ms},
                {"state", name_of(said.state)},
                {"uses", said.uses},
                {"failures", said.failures},
                {"problem", text_or_null(said.problem)},
                {"retry_in_ms", said.retry_in_ms},
                {"lease", leased ? json(said.lease) : json(nullptr)},
                {"holder", leased ? json(said.holder) : json(nullptr)},
                {"instance", text_or_null(said.instance)},
                {"expires_in_ms", leased ? json(said.expires_in_ms) : json(nullptr)}};
  }

  Result<json> history(const messages::PoolHistoryParams& params, const Call&) {
    constexpr std::uint64_t most = 1000;
    const std::uint64_t limit = std::min(most, params.limit.value_or(messages::PoolHistoryParams::limit_default));
    json transitions = json::array();
    for (const pool::Transition& one : pool_.history(params.after.value_or(0), limit, params.resource.value_or(""))) {
      transitions.push_back({{"number", one.number},
                             {"at_ms", one.at_ms},
                             {"resource", one.resource},
                             {"from_state", name_of(one.from)},
                             {"to_state", name_of(one.to)},
                             {"reason", name_of(one.reason)},
                             {"detail", one.detail}});
    }
    return json{{"transitions", std::move(transitions)}};
  }

  pool::Pool& pool_;
};

Result<void> PoolManager::init(const nlohmann::json& config) {
  const auto room = config.find("room");
  if (room == config.end()) return {};
  const auto asked = ipc::from_document<messages::Room>(*room);
  if (asked.has_error()) return asked.error();
  if (auto done = pool_.resize({asked->count, asked->memory_bytes}); done.has_error()) return done.error();
  return {};
}

Result<nlohmann::json> PoolManager::handle_message(const Call& call) {
  Messages messages(pool_);
  return Messages::table().handle(messages, call);
}

Result<nlohmann::json> PoolManager::snapshot() {
  try {
    return pool_.snapshot();
  } catch (const std::exception& error) {
    return Error{ErrorCode::resource_exhausted, error.what(), nullptr};
  }
}

Result<void> PoolManager::restore(const nlohmann::json& state) {
  try {
    return pool_.restore(state);
  } catch (const std::exception& error) {
    return Error{ErrorCode::resource_exhausted, error.what(), nullptr};
  }
}

}  // namespace symphony::pit
