#pragma once
// The host's own copy of one view: nodes by id, changed only by whole, valid batches.

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <symphony/ipc/error.h>
#include <symphony/virtual_dom/component_schemas.h>

namespace symphony::virtual_dom {

struct Node {
  std::string id;
  std::string type;
  nlohmann::json props = nlohmann::json::object();
  std::vector<std::string> events;
  Node* parent = nullptr;
  std::vector<Node*> children;

  bool raises(std::string_view event) const noexcept;
};

/// Not thread-safe: its owner locks.
class VirtualTree {
 public:
  explicit VirtualTree(const ComponentSchemas& schemas = ComponentSchemas::built_in());
  VirtualTree(VirtualTree&&) noexcept;
  VirtualTree& operator=(VirtualTree&&) noexcept;
  ~VirtualTree();

  /// Replaces everything. On an error nothing has changed.
  /// Errors: invalid_params (`data.path` = /root/…/props/…), payload_too_large (`data.limit`).
  ipc::Result<void> render(const nlohmann::json& tree);
  /// Applies operations in order (docs/protocol.md section 9). On an error nothing has changed.
  /// Errors: as render(); an operation that cannot be applied names "/ops/<n>/<field>"; overloaded (`data.limit`) when
  /// the batch would cost more than limits::work_per_batch.
  ipc::Result<void> patch(const nlohmann::json& operations);

  /// Null before the first render().
  const Node* root() const noexcept;
  /// Null when there is no such node. Valid until the next change.
  const Node* find(std::string_view id) const noexcept;
  std::size_t size() const noexcept;
  /// Steps (limits::work_per_batch) the last patch() took, also when it was refused. Undoing costs no more than doing.
  std::size_t work() const noexcept { return work_; }
  /// The tree as `ui.render` carries it; null before the first render().
  nlohmann::json to_json() const;

 private:
  using NodeMap = std::unordered_map<std::string_view, std::unique_ptr<Node>>;  // keys point into the nodes
  struct Undo;
  struct Builder;

  ipc::Result<void> apply(const nlohmann::json& operation, std::string_view path, std::vector<Undo>& undo);
  ipc::Result<void> insert(const nlohmann::json& operation, std::string_view path, std::vector<Undo>& undo);
  ipc::Result<void> remove(const nlohmann::json& operation, std::string_view path, std::vector<Undo>& undo);
  ipc::Result<void> move(const nlohmann::json& operation, std::string_view path, std::vector<Undo>& undo);
  ipc::Result<void> set(const nlohmann::json& operation, std::string_view path, std::vector<Undo>& undo);
  void take_back(std::vector<Undo>& undo);
  /// Pays for work before it is done; an error when the batch has used up what it may cost.
  ipc::Result<void> spend(std::size_t steps, std::string_view path);
  /// Levels of nodes from this one down, paid for as it goes.
  ipc::Result<std::size_t> height_of(const Node* node, std::string_view path);
  ipc::Result<Node*> node_named(const nlohmann::json& operation, const char* field, std::string_view path) const;
  ipc::Result<Node*> parent_named(const nlohmann::json& operation, std::string_view path) const;

  const ComponentSchemas* schemas_;
  NodeMap nodes_;
  Node* root_ = nullptr;
  std::size_t work_ = 0;
};

}  // namespace symphony::virtual_dom
