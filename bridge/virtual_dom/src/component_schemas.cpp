#include <symphony/virtual_dom/component_schemas.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include <symphony/virtual_dom/limits.h>

#include "embedded_components.h"

namespace symphony::virtual_dom {
namespace {

using ipc::Error;
using ipc::ErrorCode;
using ipc::Result;
using nlohmann::json;

enum class Kind : std::uint8_t { string, integer, number, boolean, choice, icon, url, id, array, object };

struct PropSchema {
  Kind kind = Kind::string;
  bool required = false;
  double minimum = std::numeric_limits<double>::lowest();
  double maximum = std::numeric_limits<double>::max();
  std::size_t max_length = limits::string_bytes;
  std::size_t max_items = std::numeric_limits<std::size_t>::max();
  std::vector<std::string> choices;
  std::unique_ptr<PropSchema> items;
  std::map<std::string, PropSchema, std::less<>> props;
};

struct Component {
  bool children = false;
  std::map<std::string, PropSchema, std::less<>> props;
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

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
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

Result<PropSchema> parse_prop(const json& document, const std::string& path);

Result<std::map<std::string, PropSchema, std::less<>>> parse_props(const json& document, const std::string& path) {
  std::map<std::string, PropSchema, std::less<>> props;
  if (!document.is_object()) return ipc::invalid_params(path + " must be an object", path);
  for (const auto& [name, member] : document.items()) {
    auto prop = parse_prop(member, pointer_to(path, name));
    if (!prop) return prop.error();
    props.emplace(name, std::move(*prop));
  }
  return props;
}

Result<Kind> parse_kind(const json& document, const std::string& path) {
  static const std::map<std::string, Kind, std::less<>> kinds = {
      {"string", Kind::string},   {"integer", Kind::integer}, {"number", Kind::number},
      {"boolean", Kind::boolean}, {"icon", Kind::icon},       {"url", Kind::url},
      {"id", Kind::id},           {"array", Kind::array},     {"object", Kind::object}};
  if (document.contains("enum")) return Kind::choice;
  const auto type = document.find("type");
  if (type != document.end() && type->is_string()) {
    const auto kind = kinds.find(type->get_ref<const std::string&>());
    if (kind != kinds.end()) return kind->second;
  }
  return ipc::invalid_params(path + " has no known type", path);
}

Result<PropSchema> parse_prop(const json& document, const std::string& path) {
  if (!document.is_object()) return ipc::invalid_params(path + " must be an object", path);
  PropSchema schema;
  auto kind = parse_kind(document, path);
  if (!kind) return kind.error();
  schema.kind = *kind;
  try {
    schema.required = document.value("required", false);
    schema.minimum = document.value("minimum", schema.minimum);
    schema.maximum = document.value("maximum", schema.maximum);
    schema.max_length = document.value("maxLength", schema.max_length);
    schema.max_items = document.value("maxItems", schema.max_items);
    schema.choices = document.value("enum", schema.choices);
  } catch (const json::exception& error) {
    return ipc::invalid_params(path + ": " + error.what(), path);
  }
  if (schema.kind == Kind::array) {
    if (!document.contains("items")) return ipc::invalid_params(path + " has no items", path);
    auto items = parse_prop(document["items"], path + "/items");
    if (!items) return items.error();
    schema.items = std::make_unique<PropSchema>(std::move(*items));
  }
  if (schema.kind == Kind::object) {
    auto props = parse_props(document.value("props", json::object()), path + "/props");
    if (!props) return props.error();
    schema.props = std::move(*props);
  }
  return schema;
}

}  // namespace

struct ComponentSchemas::Data {
  std::map<std::string, Component, std::less<>> components;
  std::set<std::string, std::less<>> icons;
  std::set<std::string, std::less<>> url_schemes;

  const Component* find(std::string_view type) const noexcept {
    const auto found = components.find(type);
    return found == components.end() ? nullptr : &found->second;
  }

  Outcome check_string(const PropSchema& schema, const json& value) const {
    if (!value.is_string()) return wrong("must be text");
    const std::string& text = value.get_ref<const std::string&>();
    if (text.size() > limits::string_bytes) return too_long();
    switch (schema.kind) {
      case Kind::choice:
        if (std::find(schema.choices.begin(), schema.choices.end(), text) == schema.choices.end())
          return wrong("is not one of the allowed values");
        break;
      case Kind::icon:
        if (!icons.contains(text)) return wrong("is not the name of an icon");
        break;
      case Kind::url:
        if (!has_allowed_scheme(text, url_schemes)) return wrong("is not an address with an allowed scheme");
        break;
      case Kind::id:
        if (!is_valid_id(text)) return wrong("is not a node id");
        break;
      default:
        if (text.size() > schema.max_length && code_points(text) > schema.max_length) {
          return wrong("is longer than " + std::to_string(schema.max_length) + " characters");
        }
    }
    return std::nullopt;
  }

  Outcome check_number(const PropSchema& schema, const json& value) const {
    if (schema.kind == Kind::integer ? !value.is_number_integer() : !value.is_number()) {
      return wrong(schema.kind == Kind::integer ? "must be an integer" : "must be a number");
    }
    const double number = value.get<double>();
    // Written so that NaN, which MessagePack can carry, is refused as well.
    if (!(number >= schema.minimum && number <= schema.maximum)) return wrong("is out of range");
    return std::nullopt;
  }

  Outcome check_value(const PropSchema& schema, const json& value) const {
    switch (schema.kind) {
      case Kind::boolean:
        return value.is_boolean() ? std::nullopt : Outcome(wrong("must be true or false"));
      case Kind::integer:
      case Kind::number:
        return check_number(schema, value);
      case Kind::array:
        if (!value.is_array()) return wrong("must be a list");
        if (value.size() > schema.max_items)
          return wrong("has more than " + std::to_string(schema.max_items) + " items");
        for (std::size_t index = 0; index < value.size(); ++index) {
          if (Outcome failure = check_value(*schema.items, value[index]))
            return std::move(*failure).under(std::to_string(index));
        }
        return std::nullopt;
      case Kind::object:
        return check_members(schema.props, nullptr, value, true);
      default:
        return check_string(schema, value);
    }
  }

  /// `fallback` is consulted for names `props` does not have. `whole`: required members must be there, null is a value.
  Outcome check_members(const std::map<std::string, PropSchema, std::less<>>& props,
                        const std::map<std::string, PropSchema, std::less<>>* fallback, const json& value,
                        bool whole) const {
    if (!value.is_object()) return wrong("must be an object");
    for (const auto& [name, member] : value.items()) {
      if (is_prototype_name(name)) return wrong("is not an allowed name").under(name);
      const PropSchema* schema = nullptr;
      if (const auto found = props.find(name); found != props.end()) {
        schema = &found->second;
      } else if (fallback != nullptr) {
        if (const auto shared = fallback->find(name); shared != fallback->end()) schema = &shared->second;
      }
      if (schema == nullptr) return wrong("is not a prop of this component").under(name);
      if (!whole && member.is_null()) {
        if (schema->required) return wrong("is required and cannot be removed").under(name);
        continue;
      }
      if (Outcome failure = check_value(*schema, member)) return std::move(*failure).under(name);
    }
    if (whole) {
      for (const auto& [name, schema] : props) {
        if (schema.required && !value.contains(name)) return wrong("is required").under(name);
      }
    }
    return std::nullopt;
  }

  Result<void> check(std::string_view type, const json& props, std::string_view path, bool whole) const {
    const Component* component = find(type);
    Outcome failure = component == nullptr
                          ? (props.is_object() ? check_harmless(props, 0) : Outcome(wrong("must be an object")))
                          : check_members(component->props, &common, props, whole);
    if (failure) return std::move(*failure).to_error(path);
    return {};
  }

  std::map<std::string, PropSchema, std::less<>> common;
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
    auto common = parse_props(document.at("common"), "/common");
    if (!common) return common.error();
    data->common = std::move(*common);
    for (const auto& [type, member] : document.at("components").items()) {
      const std::string path = pointer_to("/components", type);
      Component component;
      component.children = member.at("children").get<bool>();
      auto props = parse_props(member.at("props"), path + "/props");
      if (!props) return props.error();
      component.props = std::move(*props);
      for (const json& event : member.at("events"))
        component.events.insert(event.get<std::string>());
      data->components.emplace(type, std::move(component));
    }
    for (const json& icon : document.at("icons"))
      data->icons.insert(icon.get<std::string>());
    for (const json& scheme : document.at("urlSchemes"))
      data->url_schemes.insert(scheme.get<std::string>());
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
