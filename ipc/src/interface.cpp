#include <symphony/ipc/interface.h>

#include <algorithm>

#include "embedded_interfaces.h"
#include "schema_data.h"

namespace symphony::ipc {
namespace {

using nlohmann::json;

Error no_definition(const std::string& why, const std::string& path) {
  return invalid_params("The definition cannot be used: " + why + ".", path);
}

/// Says where in the definition, not only where in the schema.
Error at(Error error, const std::string& place) {
  const std::string inner = error.data.is_object() ? error.data.value("path", std::string()) : std::string();
  const std::string path = inner.starts_with("/types/") ? inner : place + inner;
  error.data["path"] = path;
  return error;
}

bool is_absent(const Payload& body) {
  if (const json* held = body.document_if_held()) {
    return held->is_null();
  }
  return body.held_bytes() == 0;
}

}  // namespace

std::vector<std::string> Interface::methods() const {
  std::vector<std::string> names;
  for (const auto& [name, shapes] : methods_) {
    names.push_back(name);
  }
  return names;
}

Result<Interface> Interface::compile(const json& definition) {
  if (!definition.is_object()) {
    return no_definition("it must be an object", "");
  }
  const auto name = definition.find("interface");
  const auto methods = definition.find("methods");
  if (name == definition.end() || !name->is_string()) {
    return no_definition("it has no name", "/interface");
  }
  if (methods == definition.end() || !methods->is_object()) {
    return no_definition("it has no methods", "/methods");
  }
  SchemaContext context;
  if (const auto types = definition.find("types"); types != definition.end()) {
    context.types = *types;
  }
  Interface made;
  made.name_ = name->get<std::string>();
  for (const auto& [method, source] : methods->items()) {
    const std::string place = pointer_to("/methods", method);
    if (!source.is_object() || !source.contains("params")) {
      return no_definition("a method has no params", pointer_to(place, "params"));
    }
    auto params = Schema::compile(source["params"], context);
    if (!params) {
      return at(params.error(), pointer_to(place, "params"));
    }
    Shapes shapes{std::move(*params), std::nullopt};
    if (const auto result = source.find("result"); result != source.end()) {
      auto compiled = Schema::compile(*result, context);
      if (!compiled) {
        return at(compiled.error(), pointer_to(place, "result"));
      }
      shapes.result = std::move(*compiled);
    }
    made.methods_.emplace(method, std::move(shapes));
  }
  return made;
}

std::shared_ptr<const Interface> Interface::built_in(std::string_view name) {
  using Compiled = std::map<std::string, std::shared_ptr<const Interface>, std::less<>>;
  // The definitions are part of the build and a test compiles them: value() cannot throw in a program that was tested.
  static const Compiled interfaces = [] {
    Compiled made;
    for (const std::string_view text : embedded_interfaces) {
      auto interface = std::make_shared<const Interface>(compile(json::parse(text)).value());
      made.emplace(interface->name(), interface);
    }
    return made;
  }();
  const auto found = interfaces.find(name);
  return found == interfaces.end() ? nullptr : found->second;
}

Result<Payload> Interface::check_params(std::string_view method, Payload body) const {
  const auto shapes = methods_.find(method);
  if (shapes == methods_.end()) {
    return body;
  }
  if (is_absent(body)) {
    body = Payload(json::object());
  }
  if (body.may_change()) {
    // In shared memory: its sender could change it between this look and the handler's.
    body = Payload::copy_of(body.held_format(), body.view());
  }
  const Schema& params = shapes->second.params;
  const auto check = [&]() -> Result<void> {
    if (const json* held = body.document_if_held()) {
      return params.check(*held);
    }
    if (body.held_format() == BodyFormat::msgpack) {
      return params.check_msgpack(body.view());
    }
    const auto document = body.document();
    return document ? params.check(*document) : Result<void>(document.error());
  };
  const Result<void> checked = check();
  if (!checked) {
    return checked.error();
  }
  return body;
}

Result<void> Interface::check_result(std::string_view method, const Payload& body) const {
  const auto shapes = methods_.find(method);
  if (shapes == methods_.end() || !shapes->second.result) {
    return {};
  }
  const auto document = body.document();
  return document ? shapes->second.result->check(*document) : Result<void>(document.error());
}

}  // namespace symphony::ipc
