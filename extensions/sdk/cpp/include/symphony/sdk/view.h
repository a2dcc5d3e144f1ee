#pragma once
// One view of the manifest: what the host shows of it, what it should show, and the patches between.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include <symphony/sdk/error.h>
#include <symphony/sdk/node.h>

namespace symphony::sdk {

/// Sends whole trees and patches by revision, at most `most_unacknowledged` ahead of the host; while the host is
/// behind, trees shown meanwhile are skipped and only the newest is sent. One thread.
class View {
 public:
  static constexpr std::size_t most_unacknowledged = 8;
  /// Sends a notification to the host's `ui`.
  using Send = std::function<void(std::string method, nlohmann::json params)>;

  View(std::string name, Send send);
  View(const View&) = delete;
  View& operator=(const View&) = delete;

  const std::string& name() const noexcept { return name_; }
  /// What the view is from now on. Sent at the end of the turn of the event loop, however often it was called in it.
  void show(Node tree);
  /// Sends what is due. The Extension calls it at the end of each turn.
  void flush();
  /// While held nothing is sent: a restarted extension waits for its state rather than show an empty picture.
  void hold(bool held) noexcept { held_ = held; }

  /// The host's ui.ack. A refusal makes the next message a whole tree; a refused whole tree is not sent again
  /// unchanged.
  void acknowledged(std::uint64_t revision, const std::optional<Error>& refused);
  /// Calls the handler of the newest tree. False when there is none (the node is gone, or never asked for the event).
  bool dispatch(std::string_view node, std::string_view event, const nlohmann::json& data);

  std::uint64_t revision() const noexcept { return revision_; }
  std::size_t unacknowledged() const noexcept { return waiting_.size(); }

 private:
  void learn_handlers(const Node& node);

  std::string name_;
  Send send_;
  std::optional<Node> wanted_;
  std::optional<Node> sent_;      // nothing: the next message is a whole tree
  std::optional<Node> rendered_;  // the last whole tree sent
  std::optional<Node> refused_;   // a whole tree the host would not take
  std::uint64_t revision_ = 0;
  std::uint64_t last_render_ = 0;
  std::deque<std::uint64_t> waiting_;
  bool dirty_ = false;
  bool held_ = false;
  bool handlers_known_ = false;
  std::unordered_map<std::string, Node::Handlers> handlers_;
};

}  // namespace symphony::sdk
