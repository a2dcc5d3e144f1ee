#include <symphony/pit/plugin.h>

namespace symphony::pit::plugin {

namespace {

using nlohmann::json;

json document_of(const Result<json>& result) {
  return result.has_error() ? json{{"error", result.error().to_json()}} : json{{"result", *result}};
}

json document_of(const Result<void>& result) {
  return result.has_error() ? json{{"error", result.error().to_json()}} : json{{"result", json::object()}};
}

std::string text(const json& request, const char* member) {
  const auto found = request.find(member);
  return found != request.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

json answer(Module& module, const json& request) {
  const std::string what = text(request, "do");
  const json none = json::object();
  const auto member = [&](const char* name) -> const json& {
    const auto found = request.find(name);
    return found == request.end() ? none : *found;
  };
  if (what == "message") {
    const std::string method = text(request, "method");
    const std::string source = text(request, "source");
    const std::string instance = text(request, "instance");
    return document_of(module.handle_message({method, member("params"), {}, source, instance}));
  }
  if (what == "describe") {
    const Traits traits = module.traits();
    return {{"result",
             {{"id", module.id()},
              {"contract", contract_version},
              {"kept_by_host", traits.keeping == Keeping::host},
              {"holder_gone", traits.holder_gone}}}};
  }
  if (what == "execution")
    return {{"result", {{"blocks", module.execution(text(request, "method")) == Execution::pool}}}};
  if (what == "init") return document_of(module.init(member("config")));
  if (what == "snapshot") return document_of(module.snapshot());
  if (what == "restore") return document_of(module.restore(member("state")));
  if (what == "problem") {
    const std::optional<Error> problem = module.problem();
    return {{"result", {{"problem", problem ? problem->to_json() : json(nullptr)}}}};
  }
  if (what == "shutdown") {
    module.shutdown();
    return {{"result", none}};
  }
  return {{"error", ipc::invalid_params("There is no such request to a module.", "/do").to_json()}};
}

}  // namespace symphony::pit::plugin
