#include <symphony/sdk/diff.h>

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace symphony::sdk {
namespace {

/// Which of `positions` (all different) are left in place when the rest is moved: a longest increasing subsequence.
std::vector<bool> longest_increasing(const std::vector<std::size_t>& positions) {
  std::vector<std::size_t> tails;  // index of the smallest last element of a run of each length
  std::vector<std::size_t> before(positions.size());
  constexpr auto none = static_cast<std::size_t>(-1);
  for (std::size_t i = 0; i < positions.size(); ++i) {
    const auto place = std::lower_bound(tails.begin(), tails.end(), positions[i],
                                        [&](std::size_t tail, std::size_t value) { return positions[tail] < value; });
    before[i] = place == tails.begin() ? none : *std::prev(place);
    if (place == tails.end()) {
      tails.push_back(i);
    } else {
      *place = i;
    }
  }
  std::vector<bool> kept(positions.size(), false);
  for (std::size_t i = tails.empty() ? none : tails.back(); i != none; i = before[i])
    kept[i] = true;
  return kept;
}

class Differ {
 public:
  Differ(const Node& from, const Node& to) : from_(from), to_(to) {}

  std::optional<nlohmann::json> run() {
    if (from_.is_same_object(to_)) return nlohmann::json::array();
    if (from_.id() != to_.id() || from_.type() != to_.type() || !from_.same_events(to_)) return std::nullopt;
    learn_old(from_);
    find_survivors(to_);
    remove_below(from_);
    place_below(to_);
    if (operations_.size() > most_patch_operations) return std::nullopt;
    return nlohmann::json(std::move(operations_));
  }

 private:
  /// A node as the host has it while the operations so far are applied.
  struct Current {
    const Node* node = nullptr;
    std::string_view parent;
    std::vector<std::string_view> children;
  };

  void learn_old(const Node& node) {
    Current& current = current_[node.id()];
    current.node = &node;
    current.children.reserve(node.children().size());
    for (const Node& child : node.children())
      current.children.push_back(child.id());
    for (const Node& child : node.children()) {
      learn_old(child);
      current_[child.id()].parent = node.id();
    }
  }

  /// A node survives when it is in both trees, unchanged in kind, and its new parent survives: what is inserted is
  /// inserted whole.
  void find_survivors(const Node& node) {
    survivors_.insert(node.id());
    for (const Node& child : node.children()) {
      const auto old = current_.find(child.id());
      if (old == current_.end() || old->second.node->type() != child.type() || !old->second.node->same_events(child))
        continue;
      find_survivors(child);
    }
  }

  void remove_below(const Node& survivor) {
    for (const Node& child : survivor.children()) {
      if (survivors_.contains(child.id())) {
        remove_below(child);
        continue;
      }
      std::vector<const Node*> rescued;
      collect_survivors(child, rescued);
      // They wait below the root, which is never removed, until their place is made.
      for (const Node* node : rescued)
        move(node->id(), to_.id(), current_[to_.id()].children.size());
      take_out(child.id());
      operations_.push_back({{"op", "remove"}, {"id", child.id()}});
      for (const Node* node : rescued)
        remove_below(*node);
    }
  }

  void collect_survivors(const Node& node, std::vector<const Node*>& found) const {
    for (const Node& child : node.children()) {
      if (survivors_.contains(child.id())) {
        found.push_back(&child);
      } else {
        collect_survivors(child, found);
      }
    }
  }

  /// Parents before children: all above `node` is in its final place, so nothing is ever moved below itself.
  void place_below(const Node& node) {
    Current& parent = current_[node.id()];
    if (parent.node->is_same_object(node)) return;
    set_props(*parent.node, node);
    const std::vector<bool> stays = staying_children(parent, node);
    std::size_t position = 0;
    for (std::size_t i = 0; i < node.children().size(); ++i) {
      if (operations_.size() > most_patch_operations) return;
      const Node& child = node.children()[i];
      if (stays[i]) {
        while (parent.children[position] != child.id())
          ++position;
      } else if (survivors_.contains(child.id())) {
        const auto here = std::find(parent.children.begin(), parent.children.end(), child.id());
        if (here != parent.children.end() && static_cast<std::size_t>(here - parent.children.begin()) < position)
          --position;
        move(child.id(), node.id(), position);
      } else {
        parent.children.insert(parent.children.begin() + static_cast<std::ptrdiff_t>(position), child.id());
        operations_.push_back(
            {{"op", "insert"}, {"parent", node.id()}, {"index", position}, {"node", child.to_json()}});
      }
      ++position;
    }
    for (const Node& child : node.children()) {
      if (survivors_.contains(child.id())) place_below(child);
    }
  }

  std::vector<bool> staying_children(const Current& parent, const Node& node) const {
    std::unordered_map<std::string_view, std::size_t> place;
    place.reserve(parent.children.size());
    for (std::size_t i = 0; i < parent.children.size(); ++i)
      place.emplace(parent.children[i], i);
    std::vector<std::size_t> positions;
    std::vector<std::size_t> which;
    for (std::size_t i = 0; i < node.children().size(); ++i) {
      const auto found = place.find(node.children()[i].id());
      if (found == place.end()) continue;
      positions.push_back(found->second);
      which.push_back(i);
    }
    const std::vector<bool> kept = longest_increasing(positions);
    std::vector<bool> stays(node.children().size(), false);
    for (std::size_t i = 0; i < which.size(); ++i)
      stays[which[i]] = kept[i];
    return stays;
  }

  void set_props(const Node& old, const Node& node) {
    nlohmann::json changed = nlohmann::json::object();
    for (const auto& [name, value] : node.props().items()) {
      const auto before = old.props().find(name);
      if (before == old.props().end() || *before != value) changed[name] = value;
    }
    for (const auto& [name, value] : old.props().items()) {
      if (!node.props().contains(name)) changed[name] = nullptr;
    }
    if (!changed.empty()) operations_.push_back({{"op", "set"}, {"id", node.id()}, {"props", std::move(changed)}});
  }

  void take_out(std::string_view id) {
    auto& siblings = current_[current_[id].parent].children;
    siblings.erase(std::find(siblings.begin(), siblings.end(), id));
  }

  /// `index` counts among the children after the node was taken out of its old place.
  void move(std::string_view id, std::string_view parent, std::size_t index) {
    Current& target = current_[parent];
    take_out(id);
    target.children.insert(target.children.begin() + static_cast<std::ptrdiff_t>(index), id);
    current_[id].parent = parent;
    operations_.push_back({{"op", "move"}, {"id", id}, {"parent", parent}, {"index", index}});
  }

  const Node& from_;
  const Node& to_;
  std::unordered_map<std::string_view, Current> current_;
  std::unordered_set<std::string_view> survivors_;
  std::vector<nlohmann::json> operations_;
};

}  // namespace

std::optional<nlohmann::json> diff(const Node& from, const Node& to) { return Differ(from, to).run(); }

}  // namespace symphony::sdk
