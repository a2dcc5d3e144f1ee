// From a schema's document to its nodes.

#include <algorithm>
#include <array>
#include <set>

#include <symphony/ipc/limits.h>

#include "schema_data.h"

namespace symphony::ipc {

using nlohmann::json;
using Kind = SchemaNode::Kind;

std::string pointer_to(std::string_view parent, std::string_view step) {
  std::string path(parent);
  path += '/';
  for (const char c : step) {
    if (c == '~') {
      path += "~0";
    } else if (c == '/') {
      path += "~1";
    } else {
      path += c;
    }
  }
  return path;
}

namespace {

/// Thrown inside compile() only.
struct Refused {
  Error error;
};

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw Refused{invalid_params("The schema's " + (path.empty() ? "/" : path) + " " + why + ".", path)};
}

constexpr std::array<std::string_view, 3> annotations = {"description", "default", "type"};

struct KindRow {
  std::string_view name;
  Kind kind;
  std::vector<std::string_view> keywords;
};

const std::vector<KindRow>& kinds() {
  static const std::vector<KindRow> rows = {
      {"object", Kind::object, {"properties", "required", "additionalProperties"}},
      {"array", Kind::array, {"items", "minItems", "maxItems"}},
      {"string", Kind::text, {"enum", "minLength", "maxLength", "maxBytes", "format"}},
      {"integer", Kind::integer, {"minimum", "maximum"}},
      {"number", Kind::number, {"minimum", "maximum"}},
      {"boolean", Kind::boolean, {}},
      {"any", Kind::any, {}}};
  return rows;
}

const json* find(const json& source, const char* key) {
  const auto found = source.find(key);
  return found == source.end() ? nullptr : &*found;
}

}  // namespace

class Schema::Compiler {
 public:
  explicit Compiler(const SchemaContext& context) : context_(context) {}

  SchemaNode::Index add(const json& source, const std::string& path, std::size_t depth) {
    if (depth > limits::schema_depth) {
      refuse(path, "is nested deeper than " + std::to_string(limits::schema_depth));
    }
    if (!source.is_object()) {
      refuse(path, "must be an object");
    }
    if (const json* reference = find(source, "$ref")) {
      return referred(source, *reference, path, depth);
    }
    SchemaNode node;
    const KindRow& row = kind_of(source, path, node);
    node.kind = row.kind;
    for (const auto& [key, argument] : source.items()) {
      if (std::find(annotations.begin(), annotations.end(), key) == annotations.end() &&
          std::find(row.keywords.begin(), row.keywords.end(), key) == row.keywords.end()) {
        refuse(pointer_to(path, key), "is no keyword for type " + std::string(row.name));
      }
    }
    if (node.kind == Kind::object) {
      add_members(source, path, depth, node);
    } else if (node.kind == Kind::array) {
      if (const json* items = find(source, "items")) {
        node.items = add(*items, pointer_to(path, "items"), depth + 1);
      }
      node.least_items = count(source, "minItems", path, node.least_items);
      node.most_items = count(source, "maxItems", path, node.most_items);
    } else if (node.kind == Kind::text) {
      add_text(source, path, node);
    } else if (node.kind == Kind::integer || node.kind == Kind::number) {
      node.minimum = bound(source, "minimum", path, node.minimum, node.has_minimum);
      node.maximum = bound(source, "maximum", path, node.maximum, node.has_maximum);
    }
    return push(std::move(node), path);
  }

  std::vector<SchemaNode> take() { return std::move(nodes_); }

 private:
  SchemaNode::Index push(SchemaNode node, const std::string& path) {
    if (nodes_.size() == limits::schema_nodes) {
      refuse(path, "makes more than " + std::to_string(limits::schema_nodes) + " parts");
    }
    nodes_.push_back(std::move(node));
    return static_cast<SchemaNode::Index>(nodes_.size() - 1);
  }

  SchemaNode::Index referred(const json& source, const json& reference, const std::string& path, std::size_t depth) {
    constexpr std::string_view prefix = "#/types/";
    for (const auto& [key, argument] : source.items()) {
      if (key != "$ref" && key != "default" && key != "description") {
        refuse(pointer_to(path, key), "may not stand beside a reference");
      }
    }
    const std::string target = reference.is_string() ? reference.get<std::string>() : std::string();
    const std::string name = target.starts_with(prefix) ? target.substr(prefix.size()) : std::string();
    const auto type = context_.types.is_object() ? context_.types.find(name) : context_.types.end();
    if (name.empty() || type == context_.types.end()) {
      refuse(pointer_to(path, "$ref"), "refers to no type there is");
    }
    if (const auto known = types_.find(name); known != types_.end()) {
      return known->second;
    }
    if (!open_.insert(name).second) {
      refuse(pointer_to(path, "$ref"), "makes a type hold itself");
    }
    const SchemaNode::Index index = add(*type, pointer_to("/types", name), depth + 1);
    open_.erase(name);
    types_.emplace(name, index);
    return index;
  }

  static const KindRow& kind_of(const json& source, const std::string& path, SchemaNode& node) {
    const json* type = find(source, "type");
    std::string name = "any";
    if (type != nullptr && type->is_array()) {
      node.nullable = type->size() == 2 && (*type)[1] == "null" && (*type)[0].is_string() && (*type)[0] != "any";
      name = node.nullable ? (*type)[0].get<std::string>() : std::string();
    } else if (type != nullptr) {
      name = type->is_string() && *type != "any" ? type->get<std::string>() : std::string();
    }
    const auto row =
        std::find_if(kinds().begin(), kinds().end(), [&](const KindRow& each) { return each.name == name; });
    if (row == kinds().end()) {
      refuse(pointer_to(path, "type"), "is no type, nor a type and \"null\"");
    }
    return *row;
  }

  void add_members(const json& source, const std::string& path, std::size_t depth, SchemaNode& node) {
    const std::string at = pointer_to(path, "properties");
    if (const json* members = find(source, "properties")) {
      if (!members->is_object() || members->size() > limits::schema_members) {
        refuse(at, "must be an object of at most " + std::to_string(limits::schema_members) + " members");
      }
      for (const auto& [name, part] : members->items()) {  // sorted by name
        node.members.push_back({name, add(part, pointer_to(at, name), depth + 1)});
      }
    }
    if (const json* required = find(source, "required")) {
      if (!required->is_array()) {
        refuse(pointer_to(path, "required"), "must be a list of names");
      }
      for (const json& name : *required) {
        const std::size_t index =
            name.is_string() ? node.find(name.get_ref<const std::string&>(), 0) : SchemaNode::unknown;
        if (index == SchemaNode::unknown) {
          refuse(pointer_to(path, "required"), "has a name that is none of the properties");
        }
        node.required |= std::uint64_t{1} << index;
        node.required_in_order.push_back(static_cast<std::uint8_t>(index));
      }
    }
    if (const json* additional = find(source, "additionalProperties")) {
      if (!additional->is_boolean()) {
        refuse(pointer_to(path, "additionalProperties"), "must be true or false");
      }
      node.closed = !additional->get<bool>();
    }
  }

  void add_text(const json& source, const std::string& path, SchemaNode& node) const {
    node.least_length = count(source, "minLength", path, node.least_length);
    node.most_length = count(source, "maxLength", path, node.most_length);
    node.most_bytes = count(source, "maxBytes", path, node.most_bytes);
    if (const json* choices = find(source, "enum")) {
      const bool texts = choices->is_array() && !choices->empty() &&
                         std::all_of(choices->begin(), choices->end(), [](const json& one) { return one.is_string(); });
      if (!texts) {
        refuse(pointer_to(path, "enum"), "must be a list of texts that is not empty");
      }
      node.choices = choices->get<std::vector<std::string>>();
    }
    if (const json* format = find(source, "format")) {
      const auto known =
          format->is_string() ? context_.formats.find(format->get_ref<const std::string&>()) : context_.formats.end();
      if (known == context_.formats.end()) {
        refuse(pointer_to(path, "format"), "is no format that is known here");
      }
      node.format = known->second;
    }
  }

  static std::size_t count(const json& source, const char* key, const std::string& path, std::size_t fallback) {
    const json* value = find(source, key);
    if (value == nullptr) {
      return fallback;
    }
    if (!value->is_number_integer() || *value < 0) {
      refuse(pointer_to(path, key), "must be a whole number from 0");
    }
    return value->get<std::size_t>();
  }

  static std::int64_t bound(const json& source, const char* key, const std::string& path, std::int64_t fallback,
                            bool& given) {
    const json* value = find(source, key);
    if (value == nullptr) {
      return fallback;
    }
    if (!value->is_number_integer() ||
        (value->is_number_unsigned() &&
         value->get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))) {
      refuse(pointer_to(path, key), "must be a whole number of 64 bits");
    }
    given = true;
    return value->get<std::int64_t>();
  }

  const SchemaContext& context_;
  std::vector<SchemaNode> nodes_;
  std::map<std::string, SchemaNode::Index, std::less<>> types_;
  std::set<std::string, std::less<>> open_;
};

Schema::Schema(std::shared_ptr<const Data> data) : data_(std::move(data)) {}

Result<Schema> Schema::compile(const json& definition, const SchemaContext& context) {
  try {
    Compiler compiler(context);
    auto data = std::make_shared<Data>();
    data->root = compiler.add(definition, "", 0);
    data->nodes = compiler.take();
    return Schema(std::move(data));
  } catch (const Refused& refused) {
    return refused.error;
  }
}

std::size_t SchemaNode::find(std::string_view name, std::size_t expected) const noexcept {
  if (expected < members.size() && members[expected].name == name) {
    return expected;
  }
  const auto found =
      std::lower_bound(members.begin(), members.end(), name,
                       [](const Member& member, std::string_view wanted) { return member.name < wanted; });
  return found != members.end() && found->name == name ? static_cast<std::size_t>(found - members.begin()) : unknown;
}

}  // namespace symphony::ipc
