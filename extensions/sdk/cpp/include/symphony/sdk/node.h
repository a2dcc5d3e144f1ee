#pragma once
// One element of an extension's interface. Trees of nodes are values: built, given to a View, never changed.

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace symphony::sdk {

/// Receives the data of one user-interface event. Called on the extension's thread.
using EventHandler = std::function<void(const nlohmann::json& data)>;

/// Immutable and cheap to copy (shared). The builder functions of components.h make them.
class Node {
 public:
  using Handlers = std::vector<std::pair<std::string, EventHandler>>;

  /// `id`: 1–128 characters of A-Z a-z 0-9 _ . : / -, unique in its view; focus, text and scroll are kept by it.
  /// `props` is an object. The events sent are those that have a handler.
  Node(std::string id, std::string type, nlohmann::json props, std::vector<Node> children = {}, Handlers handlers = {});

  const std::string& id() const noexcept { return data_->id; }
  const std::string& type() const noexcept { return data_->type; }
  const nlohmann::json& props() const noexcept { return data_->props; }
  const std::vector<Node>& children() const noexcept { return data_->children; }
  const Handlers& handlers() const noexcept { return data_->handlers; }
  /// Whether the same events are asked for; which function handles them is no matter of the host's.
  bool same_events(const Node& other) const noexcept;
  bool is_same_object(const Node& other) const noexcept { return data_ == other.data_; }

  /// As docs/protocol.md section 9 has it.
  nlohmann::json to_json() const;

 private:
  struct Data {
    std::string id;
    std::string type;
    nlohmann::json props;
    std::vector<Node> children;
    Handlers handlers;
  };
  std::shared_ptr<const Data> data_;
};

/// A handler that calls `method` on `object` as long as it lives, and does nothing afterwards.
template <class T, class Result, class... Arguments>
auto bind_weak(const std::shared_ptr<T>& object, Result (T::*method)(Arguments...)) {
  return [weak = std::weak_ptr<T>(object), method](Arguments... arguments) {
    if (const std::shared_ptr<T> alive = weak.lock()) (alive.get()->*method)(std::forward<Arguments>(arguments)...);
  };
}

}  // namespace symphony::sdk
