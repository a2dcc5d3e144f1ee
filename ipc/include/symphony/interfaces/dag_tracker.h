#pragma once
// Generated from ipc/interfaces/dag_tracker.json by tools/interfaces/generate.py; do not edit.
// clang-format off
// Graphs of steps that wait for each other: what may begin now, how far each is, and what decides when all are done.
//
// A member that may be left out is optional; its default stands beside it. Limits, which the bus checks before a
// handler sees a body (symphony/ipc/interface.h), are in the comments. Errors of reading: symphony/ipc/typed.h.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <symphony/ipc/method.h>
#include <symphony/ipc/typed.h>

namespace symphony::interfaces::dag_tracker {

/// A step, and what it waits for.
struct Node {
  /// Not empty. At most 256 bytes.
  std::string id;
  /// How long it is expected to take; 1 where it is not said. 0 to 31536000.
  std::optional<double> seconds;
  /// How often it may be tried. 1 to 100.
  std::optional<std::uint64_t> attempts;
  static constexpr std::uint64_t attempts_default = 1;
  /// Nodes that must complete before it; when one does not, it is skipped. At most 100000 items.
  std::optional<std::vector<std::string>> hard;
  /// Nodes that must have ended before it, whichever way. At most 100000 items.
  std::optional<std::vector<std::string>> soft;
  /// Nodes whose result it uses when it is there; it does not wait for them. At most 100000 items.
  std::optional<std::vector<std::string>> optional;
  /// Nodes that are pending and must wait for it to complete: how a fan-out is joined again. At most 100000 items.
  std::optional<std::vector<std::string>> before;
  /// Inputs; each is given to the graph or by a node, which then must complete before it. At most 100000 items.
  std::optional<std::vector<std::string>> needs;
  /// Outputs; each is given by one node of the graph. At most 100000 items.
  std::optional<std::vector<std::string>> gives;
  static constexpr auto fields = ipc::describe(
      ipc::field("id", &Node::id),
      ipc::field("seconds", &Node::seconds),
      ipc::field("attempts", &Node::attempts),
      ipc::field("hard", &Node::hard),
      ipc::field("soft", &Node::soft),
      ipc::field("optional", &Node::optional),
      ipc::field("before", &Node::before),
      ipc::field("needs", &Node::needs),
      ipc::field("gives", &Node::gives));
};

/// A node and the state it has come to.
struct Change {
  /// Not empty. At most 256 bytes.
  std::string node;
  /// How far a node is. One of pending, ready, allocated, executing, storing, completed, failed, retrying, skipped,
  /// cancelled.
  std::string state;
  /// What it took, of a node that completed; measured since it was executing where it is not said. 0 to 31536000.
  std::optional<double> seconds;
  static constexpr auto fields = ipc::describe(
      ipc::field("node", &Change::node),
      ipc::field("state", &Change::state),
      ipc::field("seconds", &Change::seconds));
};

/// What is wrong with a graph, and where.
struct Problem {
  /// One of limit, value, duplicate_node, unknown_node, self_dependency, cycle, duplicate_output, unmet_input,
  /// already_begun, orphan.
  std::string kind;
  std::string message;
  /// The place in the request, a JSON Pointer.
  std::string path;
  /// Those concerned; of a cycle in the order they wait for each other. At most 100 items.
  std::vector<std::string> nodes;
  static constexpr auto fields = ipc::describe(
      ipc::field("kind", &Problem::kind),
      ipc::field("message", &Problem::message),
      ipc::field("path", &Problem::path),
      ipc::field("nodes", &Problem::nodes));
};

/// How many nodes are in each state.
struct Counts {
  std::uint64_t pending = 0;
  std::uint64_t ready = 0;
  std::uint64_t allocated = 0;
  std::uint64_t executing = 0;
  std::uint64_t storing = 0;
  std::uint64_t completed = 0;
  std::uint64_t failed = 0;
  std::uint64_t retrying = 0;
  std::uint64_t skipped = 0;
  std::uint64_t cancelled = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("pending", &Counts::pending),
      ipc::field("ready", &Counts::ready),
      ipc::field("allocated", &Counts::allocated),
      ipc::field("executing", &Counts::executing),
      ipc::field("storing", &Counts::storing),
      ipc::field("completed", &Counts::completed),
      ipc::field("failed", &Counts::failed),
      ipc::field("retrying", &Counts::retrying),
      ipc::field("skipped", &Counts::skipped),
      ipc::field("cancelled", &Counts::cancelled));
};

/// How far one node is and how much room it has.
struct NodeStatus {
  std::string node;
  /// How far a node is. One of pending, ready, allocated, executing, storing, completed, failed, retrying, skipped,
  /// cancelled.
  std::string state;
  std::uint64_t failures = 0;
  /// Dependencies, hard and soft, that have not ended.
  std::uint64_t waits_for = 0;
  /// Expected; what it took once it has completed.
  double seconds = 0;
  /// Seconds from the beginning of the graph to its earliest start.
  double start = 0;
  /// Seconds from its start to the end of the graph.
  double rank = 0;
  /// Seconds it may be late without delaying the whole; 0 on the critical path.
  double slack = 0;
  /// The longest chain of dependencies before it.
  std::uint64_t level = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("node", &NodeStatus::node),
      ipc::field("state", &NodeStatus::state),
      ipc::field("failures", &NodeStatus::failures),
      ipc::field("waits_for", &NodeStatus::waits_for),
      ipc::field("seconds", &NodeStatus::seconds),
      ipc::field("start", &NodeStatus::start),
      ipc::field("rank", &NodeStatus::rank),
      ipc::field("slack", &NodeStatus::slack),
      ipc::field("level", &NodeStatus::level));
};

/// What a change brought about.
struct Effect {
  std::string graph;
  /// How far a graph is; finished when every node has ended. One of created, running, finished, cancelled.
  std::string state;
  /// Grows with every change.
  std::uint64_t revision = 0;
  /// Nodes that have become ready by it.
  std::vector<std::string> ready;
  /// Nodes that never will, since one they need has not completed.
  std::vector<std::string> skipped;
  static constexpr auto fields = ipc::describe(
      ipc::field("graph", &Effect::graph),
      ipc::field("state", &Effect::state),
      ipc::field("revision", &Effect::revision),
      ipc::field("ready", &Effect::ready),
      ipc::field("skipped", &Effect::skipped));
};

/// Which node a row of the matrix is about.
struct FeatureRow {
  std::string graph;
  std::string node;
  static constexpr auto fields = ipc::describe(
      ipc::field("graph", &FeatureRow::graph),
      ipc::field("node", &FeatureRow::node));
};

/// A graph that is kept.
struct GraphSummary {
  std::string graph;
  /// How far a graph is; finished when every node has ended. One of created, running, finished, cancelled.
  std::string state;
  /// At least 1.
  std::uint64_t nodes = 0;
  std::uint64_t revision = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("graph", &GraphSummary::graph),
      ipc::field("state", &GraphSummary::state),
      ipc::field("nodes", &GraphSummary::nodes),
      ipc::field("revision", &GraphSummary::revision));
};

/// The parameters of dag.validate.
struct DagValidateParams {
  /// At most 100000 items.
  std::vector<Node> nodes;
  /// Inputs that are there from the beginning. At most 100000 items.
  std::optional<std::vector<std::string>> given;
  static constexpr auto fields = ipc::describe(
      ipc::field("nodes", &DagValidateParams::nodes),
      ipc::field("given", &DagValidateParams::given));
};

/// The result of dag.validate.
struct DagValidateResult {
  /// Orphans are mentioned and are no fault.
  bool valid = false;
  /// At most 100 items.
  std::vector<Problem> problems;
  static constexpr auto fields = ipc::describe(
      ipc::field("valid", &DagValidateResult::valid),
      ipc::field("problems", &DagValidateResult::problems));
};

/// The parameters of dag.create.
struct DagCreateParams {
  /// Not empty. At most 256 bytes.
  std::string graph;
  /// At most 100000 items.
  std::vector<Node> nodes;
  /// Inputs that are there from the beginning. At most 100000 items.
  std::optional<std::vector<std::string>> given;
  static constexpr auto fields = ipc::describe(
      ipc::field("graph", &DagCreateParams::graph),
      ipc::field("nodes", &DagCreateParams::nodes),
      ipc::field("given", &DagCreateParams::given));
};

/// The result of dag.create.
struct DagCreateResult {
  std::string graph;
  /// At least 1.
  std::uint64_t nodes = 0;
  std::uint64_t dependencies = 0;
  /// At least 1.
  std::uint64_t levels = 0;
  double critical_path_seconds = 0;
  /// Nodes without any dependency, in a graph of several. At most 100 items.
  std::vector<std::string> orphans;
  static constexpr auto fields = ipc::describe(
      ipc::field("graph", &DagCreateResult::graph),
      ipc::field("nodes", &DagCreateResult::nodes),
      ipc::field("dependencies", &DagCreateResult::dependencies),
      ipc::field("levels", &DagCreateResult::levels),
      ipc::field("critical_path_seconds", &DagCreateResult::critical_path_seconds),
      ipc::field("orphans", &DagCreateResult::orphans));
};

/// The parameters of dag.start.
struct DagStartParams {
  /// Not empty. At most 256 bytes.
  std::string graph;
  static constexpr auto fields = ipc::describe(
      ipc::field("graph", &DagStartParams::graph));
};

using DagStartResult = Effect;

/// The parameters of dag.report.
struct DagReportParams {
  /// Not empty. At most 256 bytes.
  std::string graph;
  /// At most 10000 items.
  std::vector<Change> changes;
  static constexpr auto fields = ipc::describe(
      ipc::field("graph", &DagReportParams::graph),
      ipc::field("changes", &DagReportParams::changes));
};

using DagReportResult = Effect;

/// The parameters of dag.extend.
struct DagExtendParams {
  /// Not empty. At most 256 bytes.
  std::string graph;
  /// At most 100000 items.
  std::vector<Node> nodes;
  static constexpr auto fields = ipc::describe(
      ipc::field("graph", &DagExtendParams::graph),
      ipc::field("nodes", &DagExtendParams::nodes));
};

using DagExtendResult = Effect;

/// The parameters of dag.cancel.
struct DagCancelParams {
  /// Not empty. At most 256 bytes.
  std::string graph;
  /// All of them where it is not said. At most 10000 items.
  std::optional<std::vector<std::string>> nodes;
  static constexpr auto fields = ipc::describe(
      ipc::field("graph", &DagCancelParams::graph),
      ipc::field("nodes", &DagCancelParams::nodes));
};

/// The result of dag.cancel.
struct DagCancelResult {
  /// What a change brought about.
  Effect effect;
  /// Nodes that were allocated, executing or storing.
  std::vector<std::string> stop;
  static constexpr auto fields = ipc::describe(
      ipc::field("effect", &DagCancelResult::effect),
      ipc::field("stop", &DagCancelResult::stop));
};

/// The parameters of dag.ready.
struct DagReadyParams {
  /// Not empty. At most 256 bytes.
  std::string graph;
  /// 1 to 100000.
  std::optional<std::uint64_t> limit;
  static constexpr std::uint64_t limit_default = 1000;
  static constexpr auto fields = ipc::describe(
      ipc::field("graph", &DagReadyParams::graph),
      ipc::field("limit", &DagReadyParams::limit));
};

/// The result of dag.ready.
struct DagReadyResult {
  std::string graph;
  std::uint64_t revision = 0;
  /// At most 100000 items.
  std::vector<std::string> ready;
  /// Also of those beyond the limit.
  std::uint64_t total = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("graph", &DagReadyResult::graph),
      ipc::field("revision", &DagReadyResult::revision),
      ipc::field("ready", &DagReadyResult::ready),
      ipc::field("total", &DagReadyResult::total));
};

/// The parameters of dag.status.
struct DagStatusParams {
  /// Not empty. At most 256 bytes.
  std::string graph;
  /// At most 10000 items.
  std::optional<std::vector<std::string>> nodes;
  static constexpr auto fields = ipc::describe(
      ipc::field("graph", &DagStatusParams::graph),
      ipc::field("nodes", &DagStatusParams::nodes));
};

/// The result of dag.status.
struct DagStatusResult {
  std::string graph;
  /// How far a graph is; finished when every node has ended. One of created, running, finished, cancelled.
  std::string state;
  std::uint64_t revision = 0;
  /// At least 1.
  std::uint64_t nodes = 0;
  std::uint64_t dependencies = 0;
  /// How many nodes are in each state.
  Counts counts;
  /// Of the whole, by what nodes took or are expected to take.
  double critical_path_seconds = 0;
  /// Of all nodes that have not ended.
  double remaining_seconds = 0;
  /// Of the longest way through them.
  double remaining_path_seconds = 0;
  /// At most 10000 items.
  std::vector<NodeStatus> asked;
  static constexpr auto fields = ipc::describe(
      ipc::field("graph", &DagStatusResult::graph),
      ipc::field("state", &DagStatusResult::state),
      ipc::field("revision", &DagStatusResult::revision),
      ipc::field("nodes", &DagStatusResult::nodes),
      ipc::field("dependencies", &DagStatusResult::dependencies),
      ipc::field("counts", &DagStatusResult::counts),
      ipc::field("critical_path_seconds", &DagStatusResult::critical_path_seconds),
      ipc::field("remaining_seconds", &DagStatusResult::remaining_seconds),
      ipc::field("remaining_path_seconds", &DagStatusResult::remaining_path_seconds),
      ipc::field("asked", &DagStatusResult::asked));
};

/// The parameters of dag.order.
struct DagOrderParams {
  /// Not empty. At most 256 bytes.
  std::string graph;
  static constexpr auto fields = ipc::describe(
      ipc::field("graph", &DagOrderParams::graph));
};

/// The result of dag.order.
struct DagOrderResult {
  std::string graph;
  /// At most 100000 items.
  std::vector<std::string> order;
  static constexpr auto fields = ipc::describe(
      ipc::field("graph", &DagOrderResult::graph),
      ipc::field("order", &DagOrderResult::order));
};

/// The parameters of dag.critical_path.
struct DagCriticalPathParams {
  /// Not empty. At most 256 bytes.
  std::string graph;
  static constexpr auto fields = ipc::describe(
      ipc::field("graph", &DagCriticalPathParams::graph));
};

/// The result of dag.critical_path.
struct DagCriticalPathResult {
  std::string graph;
  double seconds = 0;
  /// At most 100000 items.
  std::vector<std::string> nodes;
  static constexpr auto fields = ipc::describe(
      ipc::field("graph", &DagCriticalPathResult::graph),
      ipc::field("seconds", &DagCriticalPathResult::seconds),
      ipc::field("nodes", &DagCriticalPathResult::nodes));
};

/// The parameters of dag.features.
struct DagFeaturesParams {
  /// All that run where it is not said. At most 256 items.
  std::optional<std::vector<std::string>> graphs;
  /// Of rows; those with most work behind them stay. 1 to 4096.
  std::optional<std::uint64_t> limit;
  static constexpr std::uint64_t limit_default = 512;
  /// What times are divided by; else the longest critical path of the graphs that run, as they were created. 0 to
  /// 31536000.
  std::optional<double> unit_seconds;
  static constexpr auto fields = ipc::describe(
      ipc::field("graphs", &DagFeaturesParams::graphs),
      ipc::field("limit", &DagFeaturesParams::limit),
      ipc::field("unit_seconds", &DagFeaturesParams::unit_seconds));
};

/// The result of dag.features.
struct DagFeaturesResult {
  /// At most 64 items.
  std::vector<std::string> columns;
  /// At most 4096 items.
  std::vector<FeatureRow> rows;
  /// Row after row, little-endian, in base64.
  std::string matrix;
  /// What times are divided by.
  double unit_seconds = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("columns", &DagFeaturesResult::columns),
      ipc::field("rows", &DagFeaturesResult::rows),
      ipc::field("matrix", &DagFeaturesResult::matrix),
      ipc::field("unit_seconds", &DagFeaturesResult::unit_seconds));
};

/// The result of dag.list.
struct DagListResult {
  /// At most 256 items.
  std::vector<GraphSummary> graphs;
  static constexpr auto fields = ipc::describe(
      ipc::field("graphs", &DagListResult::graphs));
};

/// The parameters of dag.forget.
struct DagForgetParams {
  /// Not empty. At most 256 bytes.
  std::string graph;
  static constexpr auto fields = ipc::describe(
      ipc::field("graph", &DagForgetParams::graph));
};

/// The parameters of dag.checkpoint.
struct DagCheckpointParams {
  /// Not empty. At most 256 bytes.
  std::string graph;
  static constexpr auto fields = ipc::describe(
      ipc::field("graph", &DagCheckpointParams::graph));
};

/// The result of dag.checkpoint.
struct DagCheckpointResult {
  std::string graph;
  std::uint64_t revision = 0;
  std::uint64_t bytes = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("graph", &DagCheckpointResult::graph),
      ipc::field("revision", &DagCheckpointResult::revision),
      ipc::field("bytes", &DagCheckpointResult::bytes));
};

/// The parameters of dag.recover.
struct DagRecoverParams {
  /// Not empty. At most 256 bytes.
  std::string graph;
  static constexpr auto fields = ipc::describe(
      ipc::field("graph", &DagRecoverParams::graph));
};

/// The result of dag.recover.
struct DagRecoverResult {
  std::string graph;
  /// How far a graph is; finished when every node has ended. One of created, running, finished, cancelled.
  std::string state;
  std::uint64_t revision = 0;
  /// One of memory, checkpoint.
  std::string source;
  /// Every node that may begin now.
  std::vector<std::string> ready;
  /// Those of them that were under way.
  std::vector<std::string> again;
  static constexpr auto fields = ipc::describe(
      ipc::field("graph", &DagRecoverResult::graph),
      ipc::field("state", &DagRecoverResult::state),
      ipc::field("revision", &DagRecoverResult::revision),
      ipc::field("source", &DagRecoverResult::source),
      ipc::field("ready", &DagRecoverResult::ready),
      ipc::field("again", &DagRecoverResult::again));
};

namespace method {
/// Says everything that is wrong with a graph, and keeps nothing.
inline constexpr ipc::Method dag_validate{"dag_tracker", "dag.validate", true, true};
/// Keeps a new graph; nothing is ready before it is started.
inline constexpr ipc::Method dag_create{"dag_tracker", "dag.create", true, false};
/// Lets the graph begin: what waits for nothing is ready.
inline constexpr ipc::Method dag_start{"dag_tracker", "dag.start", true, false};
/// Moves nodes on; all of the changes, in their order, or none.
inline constexpr ipc::Method dag_report{"dag_tracker", "dag.report", true, false};
/// Adds nodes to a graph that has not ended, also while it runs.
inline constexpr ipc::Method dag_extend{"dag_tracker", "dag.extend", true, false};
/// Cancels a graph, or some of its nodes, and says which of them somebody must stop.
inline constexpr ipc::Method dag_cancel{"dag_tracker", "dag.cancel", true, true};
/// The nodes that may begin now, those with most work behind them first.
inline constexpr ipc::Method dag_ready{"dag_tracker", "dag.ready", true, true};
/// How far a graph is, and the nodes that are asked for.
inline constexpr ipc::Method dag_status{"dag_tracker", "dag.status", true, true};
/// Every node after all it depends on; the same for the same graph, however it came about.
inline constexpr ipc::Method dag_order{"dag_tracker", "dag.order", true, true};
/// The chain of nodes that decides when the graph is done.
inline constexpr ipc::Method dag_critical_path{"dag_tracker", "dag.critical_path", true, true};
/// What a policy is shown of the nodes that are ready: a row of 32-bit floats each.
inline constexpr ipc::Method dag_features{"dag_tracker", "dag.features", true, true};
/// The graphs that are kept.
inline constexpr ipc::Method dag_list{"dag_tracker", "dag.list", true, true};
/// Drops a graph that does not run, and its checkpoint.
inline constexpr ipc::Method dag_forget{"dag_tracker", "dag.forget", true, false};
/// Writes a graph to the disk; durable when it is answered.
inline constexpr ipc::Method dag_checkpoint{"dag_tracker", "dag.checkpoint", true, true};
/// Takes a graph up again after an interruption, from what is kept or its checkpoint, whichever is further; what was
/// under way is ready again.
inline constexpr ipc::Method dag_recover{"dag_tracker", "dag.recover", true, true};
}  // namespace method

}  // namespace symphony::interfaces::dag_tracker
