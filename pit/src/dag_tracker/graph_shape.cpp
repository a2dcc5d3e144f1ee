#include "dag_tracker/graph_shape.h"

#include <algorithm>
#include <cmath>
#include <queue>
#include <unordered_map>

#include <symphony/ipc/path_text.h>

#include "dag_tracker/room.h"

namespace symphony::pit::dag {

namespace {

std::string shown(std::string_view name) {
  constexpr std::size_t longest = 80;
  return "\"" + std::string(name.substr(0, longest)) + (name.size() > longest ? "…\"" : "\"");
}

std::string step(const std::string& path, std::size_t index) { return path + "/" + std::to_string(index); }

template <class T>
std::span<const T> list(const std::optional<std::vector<T>>& maybe) {
  return maybe ? std::span<const T>(*maybe) : std::span<const T>();
}

/// A name that can be kept; what is wrong with it otherwise.
std::optional<Problem> check_name(std::string_view name, const std::string& path) {
  if (name.empty()) return Problem{ProblemKind::value, "A name must not be empty.", path, {}, 0};
  if (name.size() > limits::name_bytes) {
    return Problem{ProblemKind::limit,
                   "A name has at most " + std::to_string(limits::name_bytes) + " bytes.",
                   path,
                   {},
                   limits::name_bytes};
  }
  return std::nullopt;
}

}  // namespace

/// How much there was before something was added.
struct GraphShape::Mark {
  explicit Mark(const GraphShape& shape)
      : nodes(shape.size()), edges(shape.edges_.size()), outputs(shape.outputs_.size()) {}

  NodeIndex nodes;
  std::size_t edges;
  std::uint32_t outputs;
  /// Levels of older nodes as they were, the oldest change first.
  std::vector<std::pair<NodeIndex, std::uint32_t>> levels;
};

void GraphShape::reserve(std::size_t nodes, std::size_t edges) {
  names_.reserve(nodes);
  make_room(levels_, nodes);
  make_room(first_out_, nodes);
  make_room(first_in_, nodes);
  make_room(out_degree_, nodes);
  make_room(edges_, edges);
}

void GraphShape::append_node() {
  levels_.push_back(0);
  first_out_.push_back(Edge::none);
  first_in_.push_back(Edge::none);
  out_degree_.push_back(0);
}

void GraphShape::append_edge(NodeIndex from, NodeIndex to, Dependency kind) {
  edges_.push_back({from, to, first_out_[from], first_in_[to], kind});
  const auto number = static_cast<std::uint32_t>(edges_.size() - 1);
  first_out_[from] = number;
  first_in_[to] = number;
  ++out_degree_[from];
}

void GraphShape::undo(const Mark& mark) noexcept {
  for (auto change = mark.levels.rbegin(); change != mark.levels.rend(); ++change)
    levels_[change->first] = change->second;
  while (edges_.size() > mark.edges) {
    const Edge& newest = edges_.back();
    first_out_[newest.from] = newest.next_out;
    first_in_[newest.to] = newest.next_in;
    --out_degree_[newest.from];
    edges_.pop_back();
  }
  names_.truncate(mark.nodes);
  levels_.resize(mark.nodes);
  first_out_.resize(mark.nodes);
  first_in_.resize(mark.nodes);
  out_degree_.resize(mark.nodes);
  outputs_.truncate(mark.outputs);
  givers_.resize(mark.outputs);
}

std::vector<NodeIndex> GraphShape::order() const {
  const std::uint32_t levels = size() == 0 ? 0 : *std::max_element(levels_.begin(), levels_.end()) + 1;
  std::vector<NodeIndex> place(levels + 1, 0);
  for (const std::uint32_t level : levels_)
    ++place[level + 1];
  for (std::uint32_t level = 0; level < levels; ++level)
    place[level + 1] += place[level];
  std::vector<NodeIndex> order(size());
  for (NodeIndex node = 0; node < size(); ++node)
    order[place[levels_[node]]++] = node;
  return order;
}

std::vector<NodeIndex> GraphShape::level_from(NodeIndex first) {
  const NodeIndex count = size() - first;
  std::vector<std::uint32_t> missing(count, 0);
  std::vector<NodeIndex> settled;
  settled.reserve(count);
  for (NodeIndex node = first; node < size(); ++node) {
    for_each_in(node, [&](const Edge& edge) {
      if (edge.from >= first) {
        ++missing[node - first];
      } else {
        levels_[node] = std::max(levels_[node], levels_[edge.from] + 1);
      }
    });
    if (missing[node - first] == 0) settled.push_back(node);
  }
  for (std::size_t next = 0; next < settled.size(); ++next) {
    const NodeIndex node = settled[next];
    for_each_out(node, [&](const Edge& edge) {
      if (edge.to < first) return;
      levels_[edge.to] = std::max(levels_[edge.to], levels_[node] + 1);
      if (--missing[edge.to - first] == 0) settled.push_back(edge.to);
    });
  }
  if (settled.size() == count) return {};

  // Back from a node that never came to its turn, always to one that did not either, until one repeats.
  const auto waits = [&](NodeIndex node) { return node >= first && missing[node - first] > 0; };
  NodeIndex current = first;
  while (!waits(current))
    ++current;
  std::vector<NodeIndex> way;
  std::vector<bool> seen(count, false);
  while (!seen[current - first]) {
    seen[current - first] = true;
    way.push_back(current);
    NodeIndex earlier = current;
    for_each_in(current, [&](const Edge& edge) {
      if (waits(edge.from)) earlier = edge.from;
    });
    current = earlier;
  }
  way.erase(way.begin(), std::find(way.begin(), way.end(), current));
  std::reverse(way.begin(), way.end());
  // It begins with its first node, wherever it was found.
  std::rotate(way.begin(), std::min_element(way.begin(), way.end()), way.end());
  return way;
}

std::vector<NodeIndex> GraphShape::raise(NodeIndex from, NodeIndex to,
                                         std::vector<std::pair<NodeIndex, std::uint32_t>>& journal) {
  if (levels_[to] > levels_[from]) return {};
  // By their old levels, which are in order for every edge but the new one: each node is settled once.
  struct Raised {
    std::uint32_t level;
    NodeIndex by;
  };
  using Waiting = std::pair<std::uint32_t, NodeIndex>;
  std::priority_queue<Waiting, std::vector<Waiting>, std::greater<>> queue;
  std::unordered_map<NodeIndex, Raised> raised;
  raised[to] = {levels_[from] + 1, from};
  queue.emplace(levels_[to], to);
  while (!queue.empty()) {
    const NodeIndex node = queue.top().second;
    queue.pop();
    const std::uint32_t level = raised[node].level;
    journal.emplace_back(node, levels_[node]);
    levels_[node] = level;
    bool closed = false;
    for_each_out(node, [&](const Edge& edge) {
      if (levels_[edge.to] > level) return;
      const auto [found, first] = raised.try_emplace(edge.to, Raised{level + 1, node});
      if (first) queue.emplace(levels_[edge.to], edge.to);
      if (!first && found->second.level < level + 1) found->second = {level + 1, node};
      closed = closed || edge.to == from;
    });
    if (!closed) continue;
    std::vector<NodeIndex> cycle{from};
    for (NodeIndex back = node; back != from; back = raised[back].by)
      cycle.push_back(back);
    std::reverse(cycle.begin() + 1, cycle.end());
    std::rotate(cycle.begin(), std::min_element(cycle.begin(), cycle.end()), cycle.end());
    return cycle;
  }
  return {};
}

/// One go at adding nodes.
class GraphShape::Extension {
 public:
  Extension(GraphShape& shape, std::span<const NodeDefinition> nodes, const std::string& path,
            const GraphShape::MayWait& may_wait, Problems& problems)
      : shape_(shape), nodes_(nodes), path_(path), may_wait_(may_wait), problems_(problems), mark_(shape) {}

  bool run() {
    if (!within_limits()) return false;
    try {
      shape_.reserve(mark_.nodes + nodes_.size(), mark_.edges);
      add_names();
      // Without a number for each name the rest would only repeat that.
      if (problems_.empty()) add_dependencies();
      if (!too_many_edges_ && numbered_) find_cycles();
    } catch (...) {
      shape_.undo(mark_);
      throw;
    }
    if (!problems_.empty()) shape_.undo(mark_);
    return problems_.empty();
  }

 private:
  bool within_limits() {
    if (nodes_.empty()) problems_.add({ProblemKind::value, "There must be at least one node.", path_, {}, 0});
    if (mark_.nodes + nodes_.size() > limits::nodes) {
      problems_.add({ProblemKind::limit,
                     "A graph has at most " + std::to_string(limits::nodes) + " nodes.",
                     path_,
                     {},
                     limits::nodes});
    }
    return problems_.empty();
  }

  void add_names() {
    for (std::size_t number = 0; number < nodes_.size() && !problems_.full(); ++number) {
      const NodeDefinition& node = nodes_[number];
      const auto place = [&](const char* field) { return step(path_, number) + "/" + field; };
      if (auto wrong = node.id.empty() || node.id.size() > limits::name_bytes ? check_name(node.id, place("id"))
                                                                              : std::nullopt) {
        problems_.add(std::move(*wrong));
      } else if (!shape_.names_.add(node.id)) {
        problems_.add(
            {ProblemKind::duplicate_node, "There are two nodes " + shown(node.id) + ".", place("id"), {node.id}, 0});
      } else {
        shape_.append_node();
      }
      // Also what is no number must not pass.
      if (node.seconds && !(*node.seconds >= 0 && *node.seconds <= limits::seconds)) {
        problems_.add(
            {ProblemKind::value,
             "\"seconds\" must be from 0 to " + std::to_string(static_cast<std::int64_t>(limits::seconds)) + ".",
             place("seconds"),
             {node.id},
             0});
      }
      if (node.attempts && (*node.attempts < 1 || *node.attempts > limits::attempts)) {
        problems_.add({ProblemKind::value,
                       "\"attempts\" must be from 1 to " + std::to_string(limits::attempts) + ".",
                       place("attempts"),
                       {node.id},
                       0});
      }
    }
    for (std::size_t number = 0; number < nodes_.size() && problems_.empty(); ++number)
      add_outputs(number);
    numbered_ = problems_.empty();
  }

  void add_outputs(std::size_t number) {
    const auto outputs = list(nodes_[number].gives);
    for (std::size_t at = 0; at < outputs.size(); ++at) {
      const std::string& output = outputs[at];
      const std::string place = step(step(path_, number) + "/gives", at);
      if (auto wrong = check_name(output, place)) {
        problems_.add(std::move(*wrong));
      } else if (shape_.outputs_.size() >= limits::dependencies) {
        problems_.add({ProblemKind::limit, "A graph has at most 1000000 outputs.", place, {}, limits::dependencies});
        return;
      } else if (shape_.given_.find(output)) {
        problems_.add({ProblemKind::duplicate_output,
                       "The input " + shown(output) + " is given to the graph and by a node.",
                       place,
                       {nodes_[number].id},
                       0});
      } else if (shape_.outputs_.add(output)) {
        shape_.givers_.push_back(mark_.nodes + static_cast<NodeIndex>(number));
      } else {
        const NodeIndex other = shape_.givers_[*shape_.outputs_.find(output)];
        problems_.add({ProblemKind::duplicate_output,
                       "Two nodes give the output " + shown(output) + ".",
                       place,
                       {std::string(shape_.name(other)), nodes_[number].id},
                       0});
      }
    }
  }

  void add_dependencies() {
    last_.assign(shape_.size(), 0);
    for (std::size_t number = 0; number < nodes_.size() && !problems_.full() && !too_many_edges_; ++number) {
      const NodeDefinition& node = nodes_[number];
      depend(number, list(node.hard), "hard", Dependency::hard);
      need(number, list(node.needs));
      depend(number, list(node.soft), "soft", Dependency::soft);
      depend(number, list(node.optional), "optional", Dependency::optional);
      join(number, list(node.before));
    }
  }

  NodeIndex index(std::size_t number) const { return mark_.nodes + static_cast<NodeIndex>(number); }

  bool edges_are_left(const std::string& list_path, std::size_t at) {
    if (shape_.edges_.size() + joins_.size() < limits::dependencies) return true;
    too_many_edges_ = true;
    problems_.add({ProblemKind::limit,
                   "A graph has at most " + std::to_string(limits::dependencies) + " dependencies.",
                   step(list_path, at),
                   {},
                   limits::dependencies});
    return false;
  }

  void connect(NodeIndex from, NodeIndex to, Dependency kind, const std::string& list_path, std::size_t at) {
    if (edges_are_left(list_path, at)) shape_.append_edge(from, to, kind);
  }

  std::optional<NodeIndex> known(std::size_t number, const std::string& name, const std::string& list_path,
                                 std::size_t at) {
    const std::optional<NodeIndex> found = shape_.find(name);
    if (!found) {
      problems_.add({ProblemKind::unknown_node,
                     "The node " + shown(nodes_[number].id) + " names " + shown(name) + ", which there is not.",
                     step(list_path, at),
                     {nodes_[number].id},
                     0});
    } else if (*found == index(number)) {
      problems_.add({ProblemKind::self_dependency,
                     "The node " + shown(name) + " waits for itself.",
                     step(list_path, at),
                     {name},
                     0});
      return std::nullopt;
    }
    return found;
  }

  /// The first of several dependencies on the same node counts: they come in the order of their strictness.
  bool first_time(NodeIndex from, std::size_t number) {
    if (last_[from] == number + 1) return false;
    last_[from] = number + 1;
    return true;
  }

  void depend(std::size_t number, std::span<const std::string> names, const char* field, Dependency kind) {
    if (names.empty()) return;
    const std::string list_path = step(path_, number) + "/" + field;
    for (std::size_t at = 0; at < names.size() && !problems_.full() && !too_many_edges_; ++at) {
      const auto from = known(number, names[at], list_path, at);
      if (from && first_time(*from, number)) connect(*from, index(number), kind, list_path, at);
    }
  }

  void need(std::size_t number, std::span<const std::string> inputs) {
    if (inputs.empty()) return;
    const std::string list_path = step(path_, number) + "/needs";
    for (std::size_t at = 0; at < inputs.size() && !problems_.full() && !too_many_edges_; ++at) {
      if (shape_.given_.find(inputs[at])) continue;
      const auto output = shape_.outputs_.find(inputs[at]);
      if (!output) {
        problems_.add({ProblemKind::unmet_input,
                       "The node " + shown(nodes_[number].id) + " needs the input " + shown(inputs[at]) +
                           ", which no node gives and the graph was not given.",
                       step(list_path, at),
                       {nodes_[number].id},
                       0});
        continue;
      }
      const NodeIndex from = shape_.givers_[*output];
      if (from == index(number)) {
        problems_.add({ProblemKind::self_dependency,
                       "The node " + shown(nodes_[number].id) + " needs its own output " + shown(inputs[at]) + ".",
                       step(list_path, at),
                       {nodes_[number].id},
                       0});
      } else if (first_time(from, number)) {
        connect(from, index(number), Dependency::hard, list_path, at);
      }
    }
  }

  void join(std::size_t number, std::span<const std::string> names) {
    if (names.empty()) return;
    const std::string list_path = step(path_, number) + "/before";
    for (std::size_t at = 0; at < names.size() && !problems_.full() && !too_many_edges_; ++at) {
      const auto to = known(number, names[at], list_path, at);
      if (!to) continue;
      if (*to < mark_.nodes && !may_wait_(*to)) {
        problems_.add({ProblemKind::already_begun,
                       "The node " + shown(names[at]) + " is no longer pending: it cannot be made to wait.",
                       step(list_path, at),
                       {names[at]},
                       0});
        continue;
      }
      if (*to >= mark_.nodes) {
        connect(index(number), *to, Dependency::hard, list_path, at);
      } else if (edges_are_left(list_path, at)) {
        joins_.emplace_back(index(number), *to);
      }
    }
  }

  void find_cycles() {
    std::vector<NodeIndex> cycle = shape_.level_from(mark_.nodes);
    // One at a time: the levels are right for all edges but the newest.
    for (std::size_t at = 0; at < joins_.size() && cycle.empty(); ++at) {
      shape_.append_edge(joins_[at].first, joins_[at].second, Dependency::hard);
      cycle = shape_.raise(joins_[at].first, joins_[at].second, mark_.levels);
    }
    if (!cycle.empty()) report(cycle);
  }

  void report(const std::vector<NodeIndex>& cycle) {
    constexpr std::size_t shown_in_sentence = 12;
    Problem problem{ProblemKind::cycle, "These nodes wait for each other: ", path_, {}, 0};
    for (std::size_t at = 0; at < cycle.size(); ++at) {
      const std::string name(shape_.name(cycle[at]));
      if (at < shown_in_sentence) problem.message += name + " → ";
      if (at < limits::names_of_a_problem) problem.nodes.push_back(name);
    }
    problem.message += cycle.size() > shown_in_sentence ? "… (" + std::to_string(cycle.size()) + " nodes)."
                                                        : std::string(shape_.name(cycle.front())) + ".";
    const auto inside = std::find_if(cycle.begin(), cycle.end(), [&](NodeIndex node) { return node >= mark_.nodes; });
    problem.path = step(path_, *inside - mark_.nodes);
    problems_.add(std::move(problem));
  }

  GraphShape& shape_;
  const std::span<const NodeDefinition> nodes_;
  const std::string& path_;
  const GraphShape::MayWait& may_wait_;
  Problems& problems_;
  Mark mark_;
  bool numbered_ = false;
  bool too_many_edges_ = false;
  /// For each node, the newest one (and 1) that was found to depend on it.
  std::vector<std::size_t> last_;
  /// Dependencies of nodes that were there before on new ones.
  std::vector<std::pair<NodeIndex, NodeIndex>> joins_;
};

bool GraphShape::add(std::span<const NodeDefinition> nodes, const std::string& path, const MayWait& may_wait,
                     Problems& problems) {
  return Extension(*this, nodes, path, may_wait, problems).run();
}

bool GraphShape::give(std::span<const std::string> inputs, const std::string& path, Problems& problems) {
  for (std::size_t at = 0; at < inputs.size() && problems.empty(); ++at) {
    if (auto wrong = check_name(inputs[at], step(path, at))) {
      problems.add(std::move(*wrong));
    } else if (at >= limits::nodes) {
      problems.add({ProblemKind::limit, "A graph is given at most 100000 inputs.", step(path, at), {}, limits::nodes});
    } else {
      given_.add(inputs[at]);
    }
  }
  return problems.empty();
}

bool GraphShape::assemble(const Parts& parts) {
  if (size() != 0 || parts.names.empty() || parts.names.size() > limits::nodes ||
      parts.edges.size() > limits::dependencies || parts.outputs.size() > limits::dependencies ||
      parts.given.size() > limits::nodes) {
    return false;
  }
  const auto good = [](std::string_view name) {
    return !name.empty() && name.size() <= limits::name_bytes && ipc::is_valid_utf8(name);
  };
  reserve(parts.names.size(), parts.edges.size());
  for (const std::string_view name : parts.names) {
    if (!good(name) || !names_.add(name)) return false;
    append_node();
  }
  for (const Edge& edge : parts.edges) {
    if (edge.from >= size() || edge.to >= size() || edge.from == edge.to) return false;
    append_edge(edge.from, edge.to, edge.kind);
  }
  for (const std::string_view input : parts.given) {
    if (!good(input) || !given_.add(input)) return false;
  }
  for (const auto& [output, node] : parts.outputs) {
    if (!good(output) || node >= size() || given_.find(output) || !outputs_.add(output)) return false;
    givers_.push_back(node);
  }
  return level_from(0).empty();
}

}  // namespace symphony::pit::dag
