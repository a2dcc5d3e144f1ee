#include <symphony/virtual_dom/virtual_tree.h>

#include <algorithm>
#include <optional>
#include <utility>

#include <symphony/virtual_dom/limits.h>

namespace symphony::virtual_dom {
namespace {

using ipc::Error;
using ipc::ErrorCode;
using ipc::Result;
using nlohmann::json;

Error refuse(std::string path, std::string_view why) {
  std::string message = path + " " + std::string(why);
  return ipc::invalid_params(std::move(message), std::move(path));
}

Error over_quota(std::string path, std::string_view what, std::size_t limit) {
  Error error = refuse(std::move(path), "exceeds the limit of " + std::to_string(limit) + " " + std::string(what));
  error.code = ErrorCode::payload_too_large;
  error.data["limit"] = limit;
  return error;
}

/// The ids from the root to this node, as the path in an error: /root/search.
std::string path_to(const Node* node) {
  std::vector<const Node*> line;
  for (const Node* step = node; step != nullptr; step = step->parent)
    line.push_back(step);
  std::string path;
  for (auto step = line.rbegin(); step != line.rend(); ++step)
    append_to_pointer(path, (*step)->id);
  return path;
}

std::size_t depth_of(const Node* node) {
  std::size_t depth = 0;
  for (const Node* step = node; step != nullptr; step = step->parent)
    ++depth;
  return depth;
}

/// What it costs to look one up among its siblings, or to make room between them.
std::size_t sibling_steps(const Node* parent) { return parent->children.size() / limits::siblings_per_step + 1; }

std::optional<std::size_t> index_in(const json& operation) {
  const auto index = operation.find("index");
  if (index == operation.end() || !index->is_number_integer() || *index < 0) return std::nullopt;
  return index->get<std::size_t>();
}

std::size_t take_from_parent(Node* node) {
  auto& siblings = node->parent->children;
  const auto place = std::find(siblings.begin(), siblings.end(), node);
  const auto index = static_cast<std::size_t>(place - siblings.begin());
  siblings.erase(place);
  return index;
}

void put_under(Node* parent, Node* node, std::size_t index) {
  parent->children.insert(parent->children.begin() + static_cast<std::ptrdiff_t>(index), node);
  node->parent = parent;
}

json node_to_json(const Node& node) {
  json document = {{"id", node.id}, {"type", node.type}};
  if (!node.props.empty()) document["props"] = node.props;
  if (!node.events.empty()) document["events"] = node.events;
  if (!node.children.empty()) {
    json children = json::array();
    for (const Node* child : node.children)
      children.push_back(node_to_json(*child));
    document["children"] = std::move(children);
  }
  return document;
}

}  // namespace

bool Node::raises(std::string_view event) const noexcept {
  return std::find(events.begin(), events.end(), event) != events.end();
}

/// What makes one applied operation undone.
struct VirtualTree::Undo {
  enum class Kind { inserted, removed, moved, changed };
  Kind kind;
  Node* node;
  Node* parent = nullptr;
  std::size_t index = 0;
  std::vector<std::unique_ptr<Node>> nodes;                         // removed: the subtree, its top included
  std::vector<std::pair<std::string, std::optional<json>>> values;  // changed: the props as they were
};

/// Builds a subtree beside the tree, so that a fault found late costs nothing.
struct VirtualTree::Builder {
  const ComponentSchemas& schemas;
  const NodeMap* existing;  // null for a whole new tree
  NodeMap nodes;

  Result<Node*> build(const json& document, const Node* parent, const std::string& parent_path, std::size_t depth) {
    if (!document.is_object()) return refuse(parent_path, "holds a node that is not an object");
    const auto id = document.find("id");
    if (id == document.end() || !id->is_string()) return refuse(parent_path, "holds a node without an id");
    const std::string& name = id->get_ref<const std::string&>();
    if (!is_valid_id(name))
      return refuse(parent_path, "holds a node whose id is not 1 to 128 characters of A-Z a-z 0-9 _ . : / -");
    const std::string path = pointer_to(parent_path, name);
    if (depth > limits::node_depth) return over_quota(path, "levels of nodes", limits::node_depth);
    if (nodes.size() + (existing != nullptr ? existing->size() : 0) >= limits::nodes_per_view)
      return over_quota(path, "nodes in a view", limits::nodes_per_view);
    if (nodes.contains(name) || (existing != nullptr && existing->contains(name)))
      return refuse(path, "is an id that is already taken in this view");

    auto owned = std::make_unique<Node>();
    Node* node = owned.get();
    node->id = name;
    node->parent = const_cast<Node*>(parent);
    nodes.emplace(node->id, std::move(owned));
    if (auto filled = fill(*node, document, path); !filled) return filled.error();
    if (const auto children = document.find("children"); children != document.end()) {
      if (!children->is_array()) return refuse(path + "/children", "must be a list");
      if (!children->empty() && !schemas.may_have_children(node->type))
        return refuse(path + "/children", "are not allowed in this component");
      if (children->size() > limits::nodes_per_view) return over_quota(path, "nodes in a view", limits::nodes_per_view);
      node->children.reserve(children->size());
      for (const json& child : *children) {
        auto built = build(child, node, path, depth + 1);
        if (!built) return built.error();
        node->children.push_back(*built);
      }
    }
    return node;
  }

  Result<void> fill(Node& node, const json& document, const std::string& path) const {
    for (const auto& [name, member] : document.items()) {
      if (name != "id" && name != "type" && name != "props" && name != "children" && name != "events") {
        return refuse(pointer_to(path, name), "is not a part of a node");
      }
    }
    const auto type = document.find("type");
    if (type == document.end() || !type->is_string()) return refuse(path + "/type", "must be text");
    node.type = type->get<std::string>();
    if (node.type.empty() || node.type.size() > limits::type_bytes || is_prototype_name(node.type)) {
      return refuse(path + "/type", "is not the name of a component");
    }
    const auto props = document.find("props");
    if (props != document.end()) node.props = *props;
    if (auto checked = schemas.check_props(node.type, node.props, path + "/props"); !checked) return checked.error();
    const auto events = document.find("events");
    if (events == document.end()) return {};
    if (!events->is_array() || events->size() > limits::events_per_node)
      return refuse(path + "/events", "must be a short list of names");
    for (std::size_t index = 0; index < events->size(); ++index) {
      const json& event = (*events)[index];
      const std::string event_path = path + "/events/" + std::to_string(index);
      if (!event.is_string()) return refuse(event_path, "must be text");
      if (auto checked = schemas.check_event(node.type, event.get_ref<const std::string&>(), event_path); !checked)
        return checked.error();
      node.events.push_back(event.get<std::string>());
    }
    return {};
  }
};

VirtualTree::VirtualTree(const ComponentSchemas& schemas) : schemas_(&schemas) {}
VirtualTree::VirtualTree(VirtualTree&&) noexcept = default;
VirtualTree& VirtualTree::operator=(VirtualTree&&) noexcept = default;
VirtualTree::~VirtualTree() = default;

Result<void> VirtualTree::render(const json& tree) {
  Builder builder{*schemas_, nullptr, {}};
  auto root = builder.build(tree, nullptr, "", 1);
  if (!root) return root.error();
  nodes_ = std::move(builder.nodes);
  root_ = *root;
  return {};
}

Result<void> VirtualTree::patch(const json& operations) {
  if (!operations.is_array()) return refuse("/ops", "must be a list");
  if (operations.size() > limits::operations_per_batch)
    return over_quota("/ops", "operations in a batch", limits::operations_per_batch);
  if (root_ == nullptr) return refuse("/ops", "cannot be applied before the whole tree was sent");
  work_ = 0;
  std::vector<Undo> undo;
  undo.reserve(operations.size());
  for (std::size_t index = 0; index < operations.size(); ++index) {
    if (auto applied = apply(operations[index], "/ops/" + std::to_string(index), undo); !applied) {
      take_back(undo);
      return applied.error();
    }
  }
  return {};
}

Result<void> VirtualTree::spend(std::size_t steps, std::string_view path) {
  if (steps <= limits::work_per_batch - work_) {
    work_ += steps;
    return {};
  }
  Error error = refuse(std::string(path),
                       "costs more than the " + std::to_string(limits::work_per_batch) +
                           " steps a batch may take: send the whole tree, or fewer operations on large parts of it");
  error.code = ErrorCode::overloaded;
  error.data["limit"] = limits::work_per_batch;
  return error;
}

Result<std::size_t> VirtualTree::height_of(const Node* node, std::string_view path) {
  if (auto paid = spend(1, path); !paid) return paid.error();
  std::size_t height = 0;
  for (const Node* child : node->children) {
    const auto below = height_of(child, path);
    if (!below) return below.error();
    height = std::max(height, *below);
  }
  return height + 1;
}

Result<void> VirtualTree::apply(const json& operation, std::string_view path, std::vector<Undo>& undo) {
  const auto kind = operation.is_object() ? operation.find("op") : operation.end();
  if (kind == operation.end() || !kind->is_string()) return refuse(std::string(path) + "/op", "must name an operation");
  const std::string& name = kind->get_ref<const std::string&>();
  if (name == "set") return set(operation, path, undo);
  if (name == "insert") return insert(operation, path, undo);
  if (name == "remove") return remove(operation, path, undo);
  if (name == "move") return move(operation, path, undo);
  return refuse(std::string(path) + "/op", "is not an operation");
}

Result<Node*> VirtualTree::node_named(const json& operation, const char* field, std::string_view path) const {
  const auto id = operation.find(field);
  if (id != operation.end() && id->is_string()) {
    const auto found = nodes_.find(id->get_ref<const std::string&>());
    if (found != nodes_.end()) return found->second.get();
  }
  return refuse(pointer_to(path, field), "names no node of this view");
}

Result<Node*> VirtualTree::parent_named(const json& operation, std::string_view path) const {
  auto parent = node_named(operation, "parent", path);
  if (parent && !schemas_->may_have_children((*parent)->type))
    return refuse(pointer_to(path, "parent"), "names a component that holds no others");
  return parent;
}

Result<void> VirtualTree::insert(const json& operation, std::string_view path, std::vector<Undo>& undo) {
  auto parent = parent_named(operation, path);
  if (!parent) return parent.error();
  const auto index = index_in(operation);
  if (!index || *index > (*parent)->children.size())
    return refuse(pointer_to(path, "index"), "is not a place among the children");
  const auto document = operation.find("node");
  if (document == operation.end()) return refuse(pointer_to(path, "node"), "is missing");
  const std::size_t depth = depth_of(*parent);
  if (auto paid = spend(depth + sibling_steps(*parent), path); !paid) return paid.error();
  Builder builder{*schemas_, &nodes_, {}};
  auto built = builder.build(*document, *parent, path_to(*parent), depth + 1);
  if (!built) return built.error();
  if (auto paid = spend(builder.nodes.size(), path); !paid) return paid.error();
  nodes_.merge(builder.nodes);
  put_under(*parent, *built, *index);
  undo.push_back(Undo{Undo::Kind::inserted, *built, *parent, *index, {}, {}});
  return {};
}

Result<void> VirtualTree::remove(const json& operation, std::string_view path, std::vector<Undo>& undo) {
  auto node = node_named(operation, "id", path);
  if (!node) return node.error();
  if (*node == root_) return refuse(pointer_to(path, "id"), "names the root, which cannot be removed");
  if (auto paid = spend(sibling_steps((*node)->parent), path); !paid) return paid.error();
  Undo record{Undo::Kind::removed, *node, (*node)->parent, take_from_parent(*node), {}, {}};
  std::vector<Node*> rest = {*node};
  // A removed node was paid for when it was inserted or rendered: it goes only once.
  while (!rest.empty()) {
    Node* next = rest.back();
    rest.pop_back();
    rest.insert(rest.end(), next->children.begin(), next->children.end());
    record.nodes.push_back(std::move(nodes_.extract(next->id).mapped()));
  }
  undo.push_back(std::move(record));
  return {};
}

Result<void> VirtualTree::move(const json& operation, std::string_view path, std::vector<Undo>& undo) {
  auto node = node_named(operation, "id", path);
  if (!node) return node.error();
  if (*node == root_) return refuse(pointer_to(path, "id"), "names the root, which cannot be moved");
  auto parent = parent_named(operation, path);
  if (!parent) return parent.error();
  for (const Node* step = *parent; step != nullptr; step = step->parent) {
    if (step == *node) return refuse(pointer_to(path, "parent"), "lies inside the node to be moved");
  }
  const std::size_t depth = depth_of(*parent);
  if (auto paid = spend(depth + sibling_steps((*node)->parent) + sibling_steps(*parent), path); !paid)
    return paid.error();
  const auto height = height_of(*node, path);
  if (!height) return height.error();
  if (depth + *height > limits::node_depth) return over_quota(path_to(*node), "levels of nodes", limits::node_depth);
  const auto index = index_in(operation);
  const std::size_t places = (*parent)->children.size() - ((*node)->parent == *parent ? 1 : 0);
  if (!index || *index > places) return refuse(pointer_to(path, "index"), "is not a place among the children");
  Undo record{Undo::Kind::moved, *node, (*node)->parent, take_from_parent(*node), {}, {}};
  put_under(*parent, *node, *index);
  undo.push_back(std::move(record));
  return {};
}

Result<void> VirtualTree::set(const json& operation, std::string_view path, std::vector<Undo>& undo) {
  auto node = node_named(operation, "id", path);
  if (!node) return node.error();
  const auto props = operation.find("props");
  if (props == operation.end()) return refuse(pointer_to(path, "props"), "is missing");
  if (auto paid = spend(depth_of(*node), path); !paid) return paid.error();
  if (auto checked = schemas_->check_change((*node)->type, *props, path_to(*node) + "/props"); !checked)
    return checked.error();
  Undo record{Undo::Kind::changed, *node, nullptr, 0, {}, {}};
  json& held = (*node)->props;
  for (const auto& [name, value] : props->items()) {
    const auto old = held.find(name);
    record.values.emplace_back(name, old == held.end() ? std::nullopt : std::optional<json>(std::move(*old)));
    if (value.is_null()) {
      held.erase(name);
    } else {
      held[name] = value;
    }
  }
  undo.push_back(std::move(record));
  return {};
}

void VirtualTree::take_back(std::vector<Undo>& undo) {
  for (auto record = undo.rbegin(); record != undo.rend(); ++record) {
    switch (record->kind) {
      case Undo::Kind::inserted: {
        take_from_parent(record->node);
        std::vector<Node*> rest = {record->node};
        while (!rest.empty()) {
          Node* next = rest.back();
          rest.pop_back();
          rest.insert(rest.end(), next->children.begin(), next->children.end());
          nodes_.erase(nodes_.find(next->id));
        }
        break;
      }
      case Undo::Kind::removed:
        for (auto& node : record->nodes) {
          Node* raw = node.get();
          nodes_.emplace(raw->id, std::move(node));
        }
        put_under(record->parent, record->node, record->index);
        break;
      case Undo::Kind::moved:
        take_from_parent(record->node);
        put_under(record->parent, record->node, record->index);
        break;
      case Undo::Kind::changed:
        for (auto& [name, value] : record->values) {
          if (value) {
            record->node->props[name] = std::move(*value);
          } else {
            record->node->props.erase(name);
          }
        }
        break;
    }
  }
}

const Node* VirtualTree::root() const noexcept { return root_; }

const Node* VirtualTree::find(std::string_view id) const noexcept {
  const auto found = nodes_.find(id);
  return found == nodes_.end() ? nullptr : found->second.get();
}

std::size_t VirtualTree::size() const noexcept { return nodes_.size(); }

json VirtualTree::to_json() const { return root_ == nullptr ? json(nullptr) : node_to_json(*root_); }

}  // namespace symphony::virtual_dom
