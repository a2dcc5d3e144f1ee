#include "dag_tracker/dag_tracker.h"

#include <symphony/interfaces/dag_tracker.h>
#include <algorithm>
#include <array>
#include <utility>

#include "artifact_store/encoding.h"
#include "dag_tracker/answers.h"
#include "dag_tracker/checkpoint.h"
#include "dag_tracker/features.h"
#include "module_messages.h"

namespace symphony::pit {

namespace {

namespace messages = interfaces::dag_tracker;
namespace limits = dag::limits;
using dag::NodeIndex;

constexpr int snapshot_version = 1;

template <class T>
std::span<const T> list_of(const std::optional<std::vector<T>>& maybe) {
  return maybe ? std::span<const T>(*maybe) : std::span<const T>();
}

Error no_graph(const std::string& id) {
  return {ErrorCode::not_found, "There is no graph \"" + id + "\".", {{"path", "/graph"}}};
}

/// The nodes' numbers; `path` is that of their names. Errors: invalid_params for one there is not.
Result<std::vector<NodeIndex>> numbers(const dag::TaskGraph& graph, std::span<const std::string> names,
                                       const std::string& path) {
  std::vector<NodeIndex> found;
  found.reserve(names.size());
  for (std::size_t at = 0; at < names.size(); ++at) {
    const std::optional<NodeIndex> node = graph.shape().find(names[at]);
    if (!node) {
      return ipc::invalid_params("The graph has no node \"" + names[at] + "\".", path + "/" + std::to_string(at));
    }
    found.push_back(*node);
  }
  return found;
}

Result<std::vector<dag::Change>> changes_of(const dag::TaskGraph& graph, std::span<const messages::Change> asked) {
  std::vector<dag::Change> changes;
  changes.reserve(asked.size());
  for (std::size_t at = 0; at < asked.size(); ++at) {
    const auto place = [&](const char* field) { return "/changes/" + std::to_string(at) + field; };
    const messages::Change& one = asked[at];
    const std::optional<NodeIndex> node = graph.shape().find(one.node);
    if (!node) return ipc::invalid_params("The graph has no node \"" + one.node + "\".", place("/node"));
    const std::optional<dag::NodeState> state = dag::node_state(one.state);
    if (!state) return ipc::invalid_params("\"" + one.state + "\" is no state.", place("/state"));
    dag::Change change{*node, *state, std::nullopt};
    if (one.seconds) {
      if (!(*one.seconds >= 0 && *one.seconds <= limits::seconds))
        return ipc::invalid_params("\"seconds\" is out of range.", place("/seconds"));
      change.took = static_cast<dag::Microseconds>(*one.seconds * 1e6 + 0.5);
    }
    changes.push_back(change);
  }
  return changes;
}

/// One graph as a checkpoint or snapshot has it.
Result<dag::TaskGraph> graph_of(const nlohmann::json& encoded, std::int64_t now) {
  const std::optional<std::string> bytes =
      encoded.is_string() ? from_base64(encoded.get_ref<const std::string&>()) : std::nullopt;
  if (!bytes) return Error{ErrorCode::data_corrupted, "What was kept of the graph is damaged.", nullptr};
  const Result<dag::TaskGraph::Saved> saved = dag::decode(*bytes);
  if (saved.has_error()) return saved.error();
  return dag::TaskGraph::from(*saved, now);
}

}  // namespace

class DagTracker::Use {
 public:
  explicit Use(std::shared_ptr<Entry> entry) : entry_(std::move(entry)), lock_(entry_->mutex) {}
  dag::TaskGraph& operator*() const noexcept { return entry_->graph; }
  dag::TaskGraph* operator->() const noexcept { return &entry_->graph; }
  Entry& entry() const noexcept { return *entry_; }

 private:
  std::shared_ptr<Entry> entry_;
  std::unique_lock<std::mutex> lock_;
};

Result<void> DagTracker::init(const nlohmann::json& config) {
  const auto directory = config.find("data_directory");
  if (directory == config.end()) return {};
  if (!directory->is_string()) return ipc::invalid_params("It must be a path.", "/data_directory");
  data_directory_ = directory->get<std::string>();
  return {};
}

Execution DagTracker::execution(std::string_view method) const noexcept {
  // What is as long as a graph is large, or waits for the disk.
  static constexpr std::array<std::string_view, 8> long_ones = {"dag.validate",   "dag.create",        "dag.extend",
                                                                "dag.order",      "dag.critical_path", "dag.forget",
                                                                "dag.checkpoint", "dag.recover"};
  return std::find(long_ones.begin(), long_ones.end(), method) != long_ones.end() ? Execution::pool
                                                                                  : Execution::inline_call;
}

Result<nlohmann::json> DagTracker::handle_message(const Call& call) {
  static const auto table = [] {
    MessageTable<DagTracker> methods;
    methods.add<messages::DagValidateParams, &DagTracker::validate>(messages::method::dag_validate)
        .add<messages::DagCreateParams, &DagTracker::create>(messages::method::dag_create)
        .add<messages::DagStartParams, &DagTracker::start>(messages::method::dag_start)
        .add<messages::DagReportParams, &DagTracker::report>(messages::method::dag_report)
        .add<messages::DagExtendParams, &DagTracker::extend>(messages::method::dag_extend)
        .add<messages::DagCancelParams, &DagTracker::cancel>(messages::method::dag_cancel)
        .add<messages::DagReadyParams, &DagTracker::ready>(messages::method::dag_ready)
        .add<messages::DagStatusParams, &DagTracker::status>(messages::method::dag_status)
        .add<messages::DagOrderParams, &DagTracker::order>(messages::method::dag_order)
        .add<messages::DagCriticalPathParams, &DagTracker::critical_path>(messages::method::dag_critical_path)
        .add<messages::DagFeaturesParams, &DagTracker::features>(messages::method::dag_features)
        .add<messages::DagForgetParams, &DagTracker::forget>(messages::method::dag_forget)
        .add<messages::DagCheckpointParams, &DagTracker::checkpoint>(messages::method::dag_checkpoint)
        .add<messages::DagRecoverParams, &DagTracker::recover>(messages::method::dag_recover)
        .add<&DagTracker::list>(messages::method::dag_list);
    return methods;
  }();
  return table.handle(*this, call);
}

std::shared_ptr<DagTracker::Entry> DagTracker::find(std::string_view graph) const {
  const std::scoped_lock lock(mutex_);
  const auto found = graphs_.find(graph);
  return found == graphs_.end() ? nullptr : found->second;
}

DagTracker::Graphs DagTracker::all() const {
  const std::scoped_lock lock(mutex_);
  return graphs_;
}

Result<DagTracker::Use> DagTracker::use(const std::string& graph) const {
  if (auto entry = find(graph)) {
    Use use(std::move(entry));
    if (!use.entry().forgotten) return use;
  }
  return no_graph(graph);
}

Result<void> DagTracker::take_nodes(std::size_t nodes) {
  if (nodes_in_all_.fetch_add(nodes) + nodes <= limits::nodes_in_all) return {};
  give_nodes_back(nodes);
  return Error{ErrorCode::resource_exhausted,
               "All graphs together have at most " + std::to_string(limits::nodes_in_all) +
                   " nodes: forget those that have ended.",
               {{"path", "/nodes"}, {"limit", limits::nodes_in_all}}};
}

Result<void> DagTracker::keep(const std::string& id, dag::TaskGraph graph) {
  const std::size_t nodes = graph.shape().size();
  auto entry = std::make_shared<Entry>(std::move(graph));
  const std::scoped_lock lock(mutex_);
  if (auto taken = take_nodes(nodes); taken.has_error()) return taken;
  if (graphs_.size() >= limits::graphs) {
    give_nodes_back(nodes);
    return Error{ErrorCode::resource_exhausted,
                 "There are " + std::to_string(limits::graphs) + " graphs, the most that are kept: forget one.",
                 {{"path", "/graph"}, {"limit", limits::graphs}}};
  }
  if (!graphs_.try_emplace(id, std::move(entry)).second) {
    give_nodes_back(nodes);
    return ipc::invalid_params("There is a graph \"" + id + "\" already.", "/graph");
  }
  return {};
}

Result<nlohmann::json> DagTracker::validate(const messages::DagValidateParams& asked, const Call&) {
  const std::vector<dag::Problem> found = dag::TaskGraph::validate(asked.nodes, list_of(asked.given));
  nlohmann::json problems = nlohmann::json::array();
  bool valid = true;
  for (const dag::Problem& problem : found) {
    valid = valid && problem.kind == dag::ProblemKind::orphan;
    problems.push_back(dag::to_json(problem));
  }
  return nlohmann::json{{"valid", valid}, {"problems", std::move(problems)}};
}

Result<nlohmann::json> DagTracker::create(const messages::DagCreateParams& asked, const Call&) {
  if (asked.graph.empty() || asked.graph.size() > limits::name_bytes)
    return ipc::invalid_params("\"graph\" must have 1 to 256 bytes.", "/graph");
  if (find(asked.graph)) return ipc::invalid_params("There is a graph \"" + asked.graph + "\" already.", "/graph");
  Result<dag::TaskGraph> graph = dag::TaskGraph::create(asked.nodes, list_of(asked.given));
  if (graph.has_error()) return graph.error();
  nlohmann::json answer = dag::create_answer(asked.graph, *graph);
  if (auto kept = keep(asked.graph, std::move(*graph)); kept.has_error()) return kept.error();
  return answer;
}

Result<nlohmann::json> DagTracker::start(const messages::DagStartParams& asked, const Call&) {
  auto graph = use(asked.graph);
  if (graph.has_error()) return graph.error();
  dag::Effect effect;
  if (auto started = (*graph)->start(clock_.monotonic_us(), effect); started.has_error()) return started.error();
  return dag::effect_answer(asked.graph, **graph, std::move(effect));
}

Result<nlohmann::json> DagTracker::report(const messages::DagReportParams& asked, const Call&) {
  auto graph = use(asked.graph);
  if (graph.has_error()) return graph.error();
  const auto changes = changes_of(**graph, asked.changes);
  if (changes.has_error()) return changes.error();
  dag::Effect effect;
  const auto reported = (*graph)->report_all(*changes, clock_.monotonic_us(), effect);
  if (reported.has_error()) return reported.error();
  return dag::effect_answer(asked.graph, **graph, std::move(effect));
}

Result<nlohmann::json> DagTracker::extend(const messages::DagExtendParams& asked, const Call&) {
  auto graph = use(asked.graph);
  if (graph.has_error()) return graph.error();
  if (auto taken = take_nodes(asked.nodes.size()); taken.has_error()) return taken.error();
  dag::Effect effect;
  if (auto extended = (*graph)->extend(asked.nodes, effect); extended.has_error()) {
    give_nodes_back(asked.nodes.size());
    return extended.error();
  }
  return dag::effect_answer(asked.graph, **graph, std::move(effect));
}

Result<nlohmann::json> DagTracker::cancel(const messages::DagCancelParams& asked, const Call&) {
  auto graph = use(asked.graph);
  if (graph.has_error()) return graph.error();
  dag::Effect effect;
  std::vector<NodeIndex> stop;
  if (asked.nodes) {
    const auto nodes = numbers(**graph, *asked.nodes, "/nodes");
    if (nodes.has_error()) return nodes.error();
    stop = (*graph)->cancel(*nodes, effect);
  } else {
    stop = (*graph)->cancel();
  }
  return nlohmann::json{{"effect", dag::effect_answer(asked.graph, **graph, std::move(effect))},
                        {"stop", dag::names(**graph, stop)}};
}

Result<nlohmann::json> DagTracker::ready(const messages::DagReadyParams& asked, const Call&) {
  auto graph = use(asked.graph);
  if (graph.has_error()) return graph.error();
  const auto limit = static_cast<std::size_t>(asked.limit.value_or(messages::DagReadyParams::limit_default));
  return nlohmann::json{{"graph", asked.graph},
                        {"revision", (*graph)->revision()},
                        {"ready", dag::names(**graph, (*graph)->ready_by_rank(limit))},
                        {"total", (*graph)->ready().size()}};
}

Result<nlohmann::json> DagTracker::status(const messages::DagStatusParams& asked, const Call&) {
  auto graph = use(asked.graph);
  if (graph.has_error()) return graph.error();
  const auto nodes = numbers(**graph, list_of(asked.nodes), "/nodes");
  if (nodes.has_error()) return nodes.error();
  return dag::status_answer(asked.graph, **graph, *nodes);
}

Result<nlohmann::json> DagTracker::order(const messages::DagOrderParams& asked, const Call&) {
  auto graph = use(asked.graph);
  if (graph.has_error()) return graph.error();
  return nlohmann::json{{"graph", asked.graph}, {"order", dag::names(**graph, (*graph)->shape().order())}};
}

Result<nlohmann::json> DagTracker::critical_path(const messages::DagCriticalPathParams& asked, const Call&) {
  auto graph = use(asked.graph);
  if (graph.has_error()) return graph.error();
  const std::vector<NodeIndex> path = (*graph)->critical_path();
  return nlohmann::json{{"graph", asked.graph},
                        {"seconds", dag::seconds((*graph)->times().length())},
                        {"nodes", dag::names(**graph, path)}};
}

Result<nlohmann::json> DagTracker::features(const messages::DagFeaturesParams& asked, const Call&) {
  const auto limit = static_cast<std::size_t>(asked.limit.value_or(messages::DagFeaturesParams::limit_default));
  std::vector<std::pair<std::string, std::shared_ptr<Entry>>> chosen;
  if (asked.graphs) {
    for (std::size_t at = 0; at < asked.graphs->size(); ++at) {
      const std::string& id = (*asked.graphs)[at];
      auto entry = find(id);
      if (!entry) {
        Error missing = no_graph(id);
        missing.data["path"] = "/graphs/" + std::to_string(at);
        return missing;
      }
      chosen.emplace_back(id, std::move(entry));
    }
  } else {
    for (auto& [id, entry] : all())
      chosen.emplace_back(id, entry);
  }
  dag::Microseconds unit = 1;
  if (asked.unit_seconds) {
    if (!(*asked.unit_seconds > 0 && *asked.unit_seconds <= limits::seconds))
      return ipc::invalid_params("\"unit_seconds\" is out of range.", "/unit_seconds");
    unit = std::max(unit, static_cast<dag::Microseconds>(*asked.unit_seconds * 1e6));
  }
  for (const auto& [id, entry] : chosen) {
    const std::scoped_lock lock(entry->mutex);
    if (!asked.unit_seconds && entry->graph.state() == dag::GraphState::running)
      unit = std::max(unit, entry->graph.reference());
  }
  std::vector<dag::FeatureRow> rows;
  const std::int64_t now = clock_.monotonic_us();
  nlohmann::json about = nlohmann::json::array();
  for (std::size_t number = 0; number < chosen.size(); ++number) {
    const std::scoped_lock lock(chosen[number].second->mutex);
    dag::append_features(chosen[number].second->graph, number, now, unit, limit, rows);
  }
  dag::keep_highest(rows, limit);
  std::string bytes;
  bytes.reserve(rows.size() * sizeof(rows.front().values));
  for (const dag::FeatureRow& row : rows) {
    bytes.append(reinterpret_cast<const char*>(row.values.data()), sizeof row.values);
    about.push_back({{"graph", chosen[row.graph].first}, {"node", row.name}});
  }
  return nlohmann::json{{"columns", dag::feature_columns},
                        {"rows", std::move(about)},
                        {"matrix", to_base64(bytes)},
                        {"unit_seconds", dag::seconds(unit)}};
}

Result<nlohmann::json> DagTracker::list(const Call&) {
  nlohmann::json graphs = nlohmann::json::array();
  for (const auto& [id, entry] : all()) {
    const std::scoped_lock lock(entry->mutex);
    graphs.push_back({{"graph", id},
                      {"state", dag::name_of(entry->graph.state())},
                      {"nodes", entry->graph.shape().size()},
                      {"revision", entry->graph.revision()}});
  }
  return nlohmann::json{{"graphs", std::move(graphs)}};
}

Result<nlohmann::json> DagTracker::forget(const messages::DagForgetParams& asked, const Call&) {
  const auto entry = find(asked.graph);
  if (!entry) return no_graph(asked.graph);
  const std::scoped_lock writing(entry->checkpoint);
  {
    const std::scoped_lock lock(entry->mutex);
    if (entry->forgotten) return no_graph(asked.graph);
    if (entry->graph.state() == dag::GraphState::running) {
      return Error{
          ErrorCode::invalid_request, "The graph \"" + asked.graph + "\" runs: cancel it first.", {{"path", "/graph"}}};
    }
    entry->forgotten = true;
    give_nodes_back(entry->graph.shape().size());
  }
  {
    const std::scoped_lock lock(mutex_);
    if (const auto found = graphs_.find(asked.graph); found != graphs_.end() && found->second == entry)
      graphs_.erase(found);
  }
  std::error_code ignored;
  if (const auto file = checkpoint_file(asked.graph)) std::filesystem::remove(file->file(), ignored);
  return nlohmann::json::object();
}

std::optional<SnapshotFile> DagTracker::checkpoint_file(const std::string& graph) const {
  if (data_directory_.empty()) return std::nullopt;
  constexpr std::size_t digits = 32;
  const std::string name = to_hex(view_of(sha256(graph))).substr(0, digits) + ".checkpoint";
  return SnapshotFile(data_directory_ / "pit" / "checkpoints" / name, "dag_tracker/" + graph);
}

Result<nlohmann::json> DagTracker::checkpoint(const messages::DagCheckpointParams& asked, const Call&) {
  const auto entry = find(asked.graph);
  if (!entry) return no_graph(asked.graph);
  const std::scoped_lock writing(entry->checkpoint);
  const auto saved = [&] {
    const std::scoped_lock lock(entry->mutex);
    return entry->forgotten ? std::nullopt : std::optional(entry->graph.save(clock_.monotonic_us()));
  }();
  if (!saved) return no_graph(asked.graph);
  auto file = checkpoint_file(asked.graph);
  if (!file) return Error{ErrorCode::io_error, "There is no directory for checkpoints.", nullptr};
  const std::string encoded = dag::encode(*saved);
  const Result<void> written = file->write({{"version", snapshot_version}, {"graph", to_base64(encoded)}});
  if (written.has_error()) return written.error();
  return nlohmann::json{{"graph", asked.graph}, {"revision", saved->revision}, {"bytes", encoded.size()}};
}

Result<nlohmann::json> DagTracker::recover(const messages::DagRecoverParams& asked, const Call&) {
  auto file = checkpoint_file(asked.graph);
  const auto kept = file ? file->read() : Result<std::optional<nlohmann::json>>(std::nullopt);
  auto entry = find(asked.graph);
  std::optional<dag::TaskGraph> from_file;
  if (kept.has_value() && *kept) {
    const nlohmann::json& state = **kept;
    if (state.is_object() && state.contains("graph")) {
      auto graph = graph_of(state["graph"], clock_.monotonic_us());
      if (graph.has_error() && !entry) return graph.error();
      if (graph.has_value()) from_file = std::move(*graph);
    }
  }
  if (!from_file && !entry) {
    if (kept.has_error()) return kept.error();
    return no_graph(asked.graph);
  }
  std::string source = "memory";
  if (!entry) {
    source = "checkpoint";
    if (auto added = keep(asked.graph, std::move(*from_file)); added.has_error()) return added.error();
    from_file.reset();
  }
  auto graph = use(asked.graph);
  if (graph.has_error()) return graph.error();
  if (from_file && from_file->revision() > (*graph)->revision()) {
    const std::size_t before = (*graph)->shape().size();
    const std::size_t after = from_file->shape().size();
    if (after > before) {
      if (auto taken = take_nodes(after - before); taken.has_error()) return taken.error();
    } else {
      give_nodes_back(before - after);
    }
    **graph = std::move(*from_file);
    source = "checkpoint";
  }
  const std::vector<NodeIndex> again = (*graph)->begin_again();
  return nlohmann::json{{"graph", asked.graph},
                        {"state", dag::name_of((*graph)->state())},
                        {"revision", (*graph)->revision()},
                        {"source", source},
                        {"ready", dag::names(**graph, (*graph)->ready_by_rank(limits::nodes))},
                        {"again", dag::names(**graph, again)}};
}

Result<nlohmann::json> DagTracker::snapshot() {
  try {
    nlohmann::json graphs = nlohmann::json::array();
    for (const auto& [id, entry] : all()) {
      const std::scoped_lock lock(entry->mutex);
      if (entry->forgotten) continue;
      if (entry->encoded.empty() || entry->encoded_revision != entry->graph.revision()) {
        entry->encoded = to_base64(dag::encode(entry->graph.save(clock_.monotonic_us())));
        entry->encoded_revision = entry->graph.revision();
      }
      graphs.push_back({{"graph", id}, {"state", entry->encoded}});
    }
    return nlohmann::json{{"version", snapshot_version}, {"graphs", std::move(graphs)}};
  } catch (const std::exception& error) {
    return Error{ErrorCode::internal_error, error.what(), nullptr};
  }
}

Result<void> DagTracker::restore(const nlohmann::json& state) {
  try {
    if (!state.is_object() || !state.contains("version") || !state["version"].is_number_integer())
      return ipc::invalid_params("The state has no version.", "/version");
    if (state["version"].get<std::int64_t>() > snapshot_version) {
      return Error{ErrorCode::version_mismatch, "The state was kept by a newer Symphony.", {{"path", "/version"}}};
    }
    if (!state.contains("graphs") || !state["graphs"].is_array() || state["graphs"].size() > limits::graphs)
      return ipc::invalid_params("\"graphs\" must be a list of at most 256.", "/graphs");
    Graphs graphs;
    std::size_t nodes = 0;
    for (std::size_t at = 0; at < state["graphs"].size(); ++at) {
      const nlohmann::json& one = state["graphs"][at];
      const std::string place = "/graphs/" + std::to_string(at);
      if (!one.is_object() || !one.contains("graph") || !one["graph"].is_string() || !one.contains("state"))
        return ipc::invalid_params("A graph has its id and its state.", place);
      auto graph = graph_of(one["state"], clock_.monotonic_us());
      if (graph.has_error()) {
        Error error = graph.error();
        error.data = nlohmann::json{{"path", place + "/state"}};
        return error;
      }
      nodes += graph->shape().size();
      if (!graphs.try_emplace(one["graph"].get<std::string>(), std::make_shared<Entry>(std::move(*graph))).second)
        return ipc::invalid_params("A graph is there twice.", place + "/graph");
    }
    if (nodes > limits::nodes_in_all) return ipc::invalid_params("There are too many nodes.", "/graphs");
    const std::scoped_lock lock(mutex_);
    for (const auto& [id, entry] : graphs_) {
      const std::scoped_lock gone(entry->mutex);
      entry->forgotten = true;
    }
    graphs_ = std::move(graphs);
    nodes_in_all_ = nodes;
    return {};
  } catch (const std::exception& error) {
    return Error{ErrorCode::internal_error, error.what(), nullptr};
  }
}

}  // namespace symphony::pit
