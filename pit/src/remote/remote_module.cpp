#include "remote/remote_module.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include <symphony/ipc/limits.h>

namespace symphony::pit {

namespace {

using nlohmann::json;

/// Names that come from callers are remembered, so there is a limit.
constexpr std::size_t most_methods = 256;

bool is_id(std::string_view text) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !text.empty() && text.size() <= ipc::limits::address_bytes && std::all_of(text.begin(), text.end(), allowed);
}

}  // namespace

Error RemoteModule::broken(const std::string& what) const {
  return {ErrorCode::data_corrupted, "The module in \"" + name_ + "\" " + what, {{"from", name_}}};
}

Result<void> RemoteModule::learn() {
  const auto said = ask({{"do", "describe"}});
  if (said.has_error()) return said.error();
  const auto has = [&](const char* name, json::value_t type) {
    return said->is_object() && said->contains(name) && (*said)[name].type() == type;
  };
  if (!has("id", json::value_t::string) || !has("contract", json::value_t::number_unsigned) ||
      !has("kept_by_host", json::value_t::boolean) || !has("holder_gone", json::value_t::string))
    return broken("does not say what it is.");
  if ((*said)["contract"].get<std::uint64_t>() != contract_version) {
    return Error{ErrorCode::version_mismatch,
                 "The module in \"" + name_ + "\" keeps another version of the contract.",
                 {{"from", name_}, {"known", contract_version}, {"answered", (*said)["contract"]}}};
  }
  id_ = (*said)["id"].get<std::string>();
  holder_gone_ = (*said)["holder_gone"].get<std::string>();
  keeping_ = (*said)["kept_by_host"].get<bool>() ? Keeping::host : Keeping::itself;
  if (!is_id(id_) || holder_gone_.size() > ipc::limits::method_bytes) return broken("has no sensible name.");
  return {};
}

Result<json> RemoteModule::ask(const json& request) const noexcept {
  try {
    auto answer = exchange(request);
    if (answer.has_error()) return answer.error();
    if (answer->is_object() && answer->contains("error")) return Error::from_json((*answer)["error"]);
    if (!answer->is_object() || !answer->contains("result")) return broken("gave an answer without a result.");
    return std::move((*answer)["result"]);
  } catch (const std::exception& error) {
    return Error{ErrorCode::resource_exhausted, error.what(), nullptr};
  }
}

Result<void> RemoteModule::init(const json& config) {
  const auto done = ask({{"do", "init"}, {"config", config}});
  if (done.has_error()) return done.error();
  return {};
}

Execution RemoteModule::execution(std::string_view method) const noexcept {
  try {
    {
      const std::shared_lock lock(mutex_);
      const auto known = executions_.find(method);
      if (known != executions_.end()) return known->second;
    }
    const auto said = ask({{"do", "execution"}, {"method", method}});
    // Who does not say waits on a thread of the Pit, where it holds up nobody.
    const bool inline_call = said.has_value() && said->is_object() && said->value("blocks", json()) == false;
    const Execution execution = inline_call ? Execution::inline_call : Execution::pool;
    const std::scoped_lock lock(mutex_);
    if (executions_.size() < most_methods) executions_.emplace(method, execution);
    return execution;
  } catch (const std::exception&) {
    return Execution::pool;
  }
}

Result<json> RemoteModule::handle_message(const Call& call) {
  return ask({{"do", "message"},
              {"method", call.method},
              {"params", call.params},
              {"source", call.source},
              {"instance", call.instance}});
}

Result<json> RemoteModule::snapshot() { return ask({{"do", "snapshot"}}); }

Result<void> RemoteModule::restore(const json& state) {
  const auto done = ask({{"do", "restore"}, {"state", state}});
  if (done.has_error()) return done.error();
  return {};
}

std::optional<Error> RemoteModule::problem() const {
  const auto said = ask({{"do", "problem"}});
  if (said.has_error()) return said.error();
  if (!said->is_object() || !said->contains("problem")) return broken("does not say how it is.");
  if ((*said)["problem"].is_null()) return std::nullopt;
  return Error::from_json((*said)["problem"]);
}

void RemoteModule::shutdown() noexcept { static_cast<void>(ask({{"do", "shutdown"}})); }

}  // namespace symphony::pit
