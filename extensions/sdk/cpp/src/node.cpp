#include <symphony/sdk/node.h>

#include <algorithm>

namespace symphony::sdk {

Node::Node(std::string id, std::string type, nlohmann::json props, std::vector<Node> children, Handlers handlers)
    : data_(std::make_shared<const Data>(Data{std::move(id), std::move(type),
                                              props.is_object() ? std::move(props) : nlohmann::json::object(),
                                              std::move(children), std::move(handlers)})) {}

bool Node::same_events(const Node& other) const noexcept {
  return std::equal(handlers().begin(), handlers().end(), other.handlers().begin(), other.handlers().end(),
                    [](const auto& a, const auto& b) { return a.first == b.first; });
}

nlohmann::json Node::to_json() const {
  nlohmann::json document = {{"id", id()}, {"type", type()}};
  if (!props().empty()) document["props"] = props();
  if (!children().empty()) {
    nlohmann::json& list = document["children"] = nlohmann::json::array();
    for (const Node& child : children())
      list.push_back(child.to_json());
  }
  if (!handlers().empty()) {
    nlohmann::json& list = document["events"] = nlohmann::json::array();
    for (const auto& [event, handler] : handlers())
      list.push_back(event);
  }
  return document;
}

}  // namespace symphony::sdk
