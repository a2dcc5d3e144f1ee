#include <symphony/virtual_dom/component_schemas.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include <symphony/ipc/schema_check.h>
#include <symphony/virtual_dom/limits.h>

#include "embedded_components.h"

namespace symphony::virtual_dom {
namespace {

using ipc::Error;
using ipc::ErrorCode;
using ipc::Result;
using nlohmann::json;

struct Prop {
  ipc::Schema schema;
  bool required = false;
};
using Props = std::map<std::string, Prop, std::less<>>;

struct Component {
  bool children = false;
  Props props;
  std::set<std::string, std::less<>> events;
};

/// A failure is rare and its path long: the path is put together on the way out, so checking good props copies nothing.
struct Failure {
  std::string path;
  std::string message;
  ErrorCode code = ErrorCode::invalid_params;
  std::size_t limit = 0;

  Failure under(std::string_view step) && {
    path = pointer_to("", step) + path;
    return std::move(*this);
  }
  Error to_error(std::string_view prefix) && {
    const std::string whole = std::string(prefix) + path;
    Error error = ipc::invalid_params(whole + " " + message, whole);
    error.code = code;
    if (limit != 0) error.data["limit"] = limit;
    return error;
  }
};
using Outcome = std::optional<Failure>;

Failure wrong(std::string message) { return Failure{"", std::move(message)}; }

Failure too_long() {
  return Failure{"", "is longer than a string may be", ErrorCode::payload_too_large, limits::string_bytes};
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

/// Browsers drop tabs and newlines inside an address before they read its scheme, so any such character is refused.
bool has_allowed_scheme(std::string_view url, const std::set<std::string, std::less<>>& schemes) {
  if (std::any_of(url.begin(), url.end(), [](char c) { return static_cast<unsigned char>(c) <= 0x20U || c == 0x7F; }))
    return false;
  const std::size_t colon = url.find(':');
  return colon != std::string_view::npos && schemes.contains(lower(url.substr(0, colon)));
}

/// What must never reach a page, whatever the component: names that reach a prototype, unbounded strings and depth.
Outcome check_harmless(const json& value, std::size_t depth) {
  if (depth > limits::prop_depth) return wrong("is nested too deeply");
  if (value.is_string()) {
    if (value.get_ref<const std::string&>().size() > limits::string_bytes) return too_long();
  } else if (value.is_object()) {
    for (const auto& [name, member] : value.items()) {
      if (is_prototype_name(name)) return wrong("is not an allowed name").under(name);
      if (Outcome failure = check_harmless(member, depth + 1)) return std::move(*failure).under(name);
    }
  } else if (value.is_array()) {
    for (std::size_t index = 0; index < value.size(); ++index) {
      if (Outcome failure = check_harmless(value[index], depth + 1))
        return std::move(*failure).under(std::to_string(index));
    }
  }
  return std::nullopt;
}

/// From the notation of components.json to that of ipc::Schema: a prop says itself whether it is required, objects are
/// closed, every string is bounded, and icons, addresses and ids are types. What is wrong is refused by compile().
json schema_of(const json& prop) {
  static const std::set<std::string, std::less<>> formats = {"icon", "url", "id"};
  if (!prop.is_object()) return prop;
  json schema = json::object();
  for (const char* key : {"type", "enum", "minimum", "maximum", "maxLength", "maxItems"}) {
    if (prop.contains(key)) schema[key] = prop[key];
  }
  if (prop.contains("enum")) schema["type"] = "string";
  if (!schema.contains("type")) schema["type"] = nullptr;  // a prop that may be anything is a mistake
  const std::string type = schema["type"].is_string() ? schema["type"].get<std::string>() : std::string();
  if (formats.contains(type)) {
    schema["type"] = "string";
    schema["format"] = type;
  }
  if (schema["type"] == "string") {
    schema["maxBytes"] = limits::string_bytes;
  } else if (type == "array") {
    schema["items"] = prop.contains("items") ? schema_of(prop["items"]) : json();
  } else if (type == "object") {
    schema["additionalProperties"] = false;
    schema["properties"] = json::object();
    schema["required"] = json::array();
    const json members = prop.value("props", json::object());
    for (const auto& [name, member] : members.items()) {
      schema["properties"][name] = schema_of(member);
      if (member.is_object() && member.value("required", false)) schema["required"].push_back(name);
    }
  }
  return schema;
}

/// Throws json::exception.
Result<Props> parse_props(const json& document, const std::string& path, const ipc::SchemaContext& context) {
  Props props;
  for (const auto& [name, member] : document.get_ref<const json::object_t&>()) {
    auto schema = ipc::Schema::compile(schema_of(member), context);
    if (!schema) {
      Error error = schema.error();
      error.data["path"] = pointer_to(path, name) + error.data.value("path", std::string());
      return error;
    }
    props.emplace(name, Prop{std::move(*schema), member.value("required", false)});
  }
  return props;
}

}  // namespace

struct ComponentSchemas::Data {
  std::map<std::string, Component, std::less<>> components;
  const Component* find(std::string_view type) const noexcept {
    const auto found = components.find(type);
    return found == components.end() ? nullptr : &found->second;
  }

  /// `whole`: required props must be there, null is a value.
  Result<void> check_known(const Component& component, const json& props, std::string_view path, bool whole) const {
    const auto refuse = [&](std::string_view name, std::string_view why) -> Error {
      const std::string whole_path = name.empty() ? std::string(path) : pointer_to(path, name);
      return ipc::invalid_params(whole_path + " " + std::string(why), whole_path);
    };
    if (!props.is_object()) return refuse("", "must be an object");
    for (const auto& [name, value] : props.get_ref<const json::object_t&>()) {
      if (is_prototype_name(name)) return refuse(name, "is not an allowed name");
      auto prop = component.props.find(name);
      if (prop == component.props.end() && (prop = common.find(name)) == common.end())
        return refuse(name, "is not a prop of this component");
      if (!whole && value.is_null()) {
        if (prop->second.required) return refuse(name, "is required and cannot be removed");
        continue;
      }
      // The path is long and only a failure needs it.
      if (!prop->second.schema.check(value)) return prop->second.schema.check(value, pointer_to(path, name));
    }
    if (whole) {
      for (const auto& [name, prop] : component.props) {
        if (prop.required && !props.contains(name)) return refuse(name, "is required");
      }
    }
    return {};
  }

  Result<void> check(std::string_view type, const json& props, std::string_view path, bool whole) const {
    if (const Component* component = find(type)) return check_known(*component, props, path, whole);
    Outcome failure = props.is_object() ? check_harmless(props, 0) : Outcome(wrong("must be an object"));
    if (failure) return std::move(*failure).to_error(path);
    return {};
  }

  Props common;
};

bool is_prototype_name(std::string_view name) noexcept {
  static constexpr std::array<std::string_view, 3> names = {"__proto__", "prototype", "constructor"};
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_valid_id(std::string_view id) noexcept {
  if (id.empty() || id.size() > limits::id_bytes || is_prototype_name(id)) return false;
  return std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == ':' || c == '/' || c == '-';
  });
}

void append_to_pointer(std::string& pointer, std::string_view step) {
  pointer += '/';
  for (const char c : step) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
}

std::string pointer_to(std::string_view parent, std::string_view step) {
  std::string path(parent);
  append_to_pointer(path, step);
  return path;
}

ComponentSchemas::ComponentSchemas(std::unique_ptr<Data> data) : data_(std::move(data)) {}
ComponentSchemas::ComponentSchemas(ComponentSchemas&&) noexcept = default;
ComponentSchemas& ComponentSchemas::operator=(ComponentSchemas&&) noexcept = default;
ComponentSchemas::~ComponentSchemas() = default;

const ComponentSchemas& ComponentSchemas::built_in() {
  // The document is part of the build and a test parses it: value() cannot throw in a program that was tested.
  static const ComponentSchemas schemas = parse(json::parse(embedded_components)).value();
  return schemas;
}

Result<ComponentSchemas> ComponentSchemas::parse(const json& document) {
  auto data = std::make_unique<Data>();
  try {
    const auto icons = document.at("icons").get<std::set<std::string, std::less<>>>();
    const auto url_schemes = document.at("urlSchemes").get<std::set<std::string, std::less<>>>();
    ipc::SchemaContext context;
    context.formats["icon"] = {[icons](std::string_view text) { return icons.contains(text); },
                               "is not the name of an icon"};
    context.formats["url"] = {[url_schemes](std::string_view text) { return has_allowed_scheme(text, url_schemes); },
                              "is not an address with an allowed scheme"};
    context.formats["id"] = {[](std::string_view text) { return is_valid_id(text); }, "is not a node id"};
    auto common = parse_props(document.at("common"), "/common", context);
    if (!common) return common.error();
    data->common = std::move(*common);
    for (const auto& [type, member] : document.at("components").items()) {
      Component component;
      component.children = member.at("children").get<bool>();
      auto props = parse_props(member.at("props"), pointer_to("/components", type) + "/props", context);
      if (!props) return props.error();
      component.props = std::move(*props);
      component.events = member.at("events").get<std::set<std::string, std::less<>>>();
      data->components.emplace(type, std::move(component));
    }
  } catch (const json::exception& error) {
    return ipc::invalid_params(std::string("the component schemas are not readable: ") + error.what(), "");
  }
  return ComponentSchemas(std::move(data));
}

bool ComponentSchemas::knows(std::string_view type) const noexcept { return data_->find(type) != nullptr; }

bool ComponentSchemas::may_have_children(std::string_view type) const noexcept {
  const Component* component = data_->find(type);
  return component == nullptr || component->children;
}

Result<void> ComponentSchemas::check_props(std::string_view type, const json& props, std::string_view path) const {
  return data_->check(type, props, path, true);
}

Result<void> ComponentSchemas::check_change(std::string_view type, const json& props, std::string_view path) const {
  return data_->check(type, props, path, false);
}

Result<void> ComponentSchemas::check_event(std::string_view type, std::string_view event, std::string_view path) const {
  const Component* component = data_->find(type);
  const bool good = component == nullptr ? is_valid_id(event) : component->events.contains(event);
  if (!good) return ipc::invalid_params(std::string(path) + " is not an event of this component", std::string(path));
  return {};
}

}  // namespace symphony::virtual_dom
