#include "naive_tree.h"

#include <stdexcept>

namespace symphony::testing {
namespace {

using nlohmann::json;

json* find(json& tree, const std::string& id) {
  if (tree.at("id") == id) return &tree;
  if (!tree.contains("children")) return nullptr;
  for (json& child : tree["children"]) {
    if (json* found = find(child, id)) return found;
  }
  return nullptr;
}

json& need(json& tree, const std::string& id) {
  json* found = find(tree, id);
  if (found == nullptr) throw std::runtime_error("no node " + id);
  return *found;
}

json take_out(json& tree, const std::string& id) {
  if (tree.contains("children")) {
    json& children = tree["children"];
    for (auto child = children.begin(); child != children.end(); ++child) {
      if (child->at("id") == id) {
        json taken = *child;
        children.erase(child);
        return taken;
      }
      if (json taken = take_out(*child, id); !taken.is_null()) return taken;
    }
  }
  return nullptr;
}

void put(json& parent, std::size_t index, json node) {
  json& children = parent["children"];
  if (children.is_null()) children = json::array();
  if (index > children.size())
    throw std::runtime_error("index beyond the children of " + parent.at("id").get<std::string>());
  children.insert(children.begin() + static_cast<std::ptrdiff_t>(index), std::move(node));
}

void check_fresh(json& tree, const json& node) {
  if (find(tree, node.at("id")) != nullptr)
    throw std::runtime_error("duplicate id " + node.at("id").get<std::string>());
  if (!node.contains("children")) return;
  for (const json& child : node["children"])
    check_fresh(tree, child);
}

}  // namespace

void apply_operation(json& tree, const json& operation) {
  const std::string op = operation.at("op");
  if (op == "insert") {
    check_fresh(tree, operation.at("node"));
    put(need(tree, operation.at("parent")), operation.at("index"), operation.at("node"));
    return;
  }
  const std::string id = operation.at("id");
  if (op == "set") {
    json& props = need(tree, id)["props"];
    if (props.is_null()) props = json::object();
    for (const auto& [name, value] : operation.at("props").items()) {
      if (value.is_null()) {
        props.erase(name);
      } else {
        props[name] = value;
      }
    }
    return;
  }
  if (tree.at("id") == id) throw std::runtime_error("the root is never removed or moved");
  json node = take_out(tree, id);
  if (node.is_null()) throw std::runtime_error("no node " + id);
  if (op == "move") {
    put(need(tree, operation.at("parent")), operation.at("index"), std::move(node));
  } else if (op != "remove") {
    throw std::runtime_error("unknown operation " + op);
  }
}

void apply_operations(json& tree, const json& operations) {
  for (const json& operation : operations)
    apply_operation(tree, operation);
}

const json* find_node(const json& tree, const std::string& id) { return find(const_cast<json&>(tree), id); }

json normalised(const json& tree) {
  json result = tree;
  for (const char* name : {"props", "children", "events"}) {
    if (result.contains(name) && result[name].empty()) result.erase(name);
  }
  if (result.contains("children")) {
    for (json& child : result["children"])
      child = normalised(child);
  }
  return result;
}

}  // namespace symphony::testing
