#pragma once
// Generated from ipc/interfaces/conductor.json by tools/interfaces/generate.py; do not edit.
// clang-format off
// Decisions: what runs, and where.
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

namespace symphony::interfaces::conductor {

/// One way a request could have been served.
struct Candidate {
  std::string name;
  /// The highest of the available ones is chosen.
  double score = 0;
  double expected_us = 0;
  bool fresh = false;
  bool available = false;
  static constexpr auto fields = ipc::describe(
      ipc::field("name", &Candidate::name),
      ipc::field("score", &Candidate::score),
      ipc::field("expected_us", &Candidate::expected_us),
      ipc::field("fresh", &Candidate::fresh),
      ipc::field("available", &Candidate::available));
};

/// How a search was served, and why.
struct Decision {
  /// At least 1.
  std::uint64_t id = 0;
  std::string chosen;
  std::string reason;
  std::vector<Candidate> candidates;
  static constexpr auto fields = ipc::describe(
      ipc::field("id", &Decision::id),
      ipc::field("chosen", &Decision::chosen),
      ipc::field("reason", &Decision::reason),
      ipc::field("candidates", &Decision::candidates));
};

/// An extension; `process` is as in `process.list` of the supervisor, null before it was first started.
struct Extension {
  std::string id;
  std::string name;
  std::string version;
  std::string kind;
  std::string folder;
  std::string state;
  std::vector<std::string> activation;
  std::optional<nlohmann::json> process;
  static constexpr auto fields = ipc::describe(
      ipc::field("id", &Extension::id),
      ipc::field("name", &Extension::name),
      ipc::field("version", &Extension::version),
      ipc::field("kind", &Extension::kind),
      ipc::field("folder", &Extension::folder),
      ipc::field("state", &Extension::state),
      ipc::field("activation", &Extension::activation),
      ipc::field("process", &Extension::process));
};

/// What one feature was worth to a decision: the decision is made again with a value in its place that says nothing.
struct FeatureWeight {
  /// Of `features`; or index.freshness, all that makes the index stale together.
  std::string feature;
  /// As it was.
  nlohmann::json value;
  /// What was put in its place.
  nlohmann::json neutral;
  /// The part of the lead of the chosen candidate's score over the next that goes with it; below 0 it spoke against
  /// what was chosen.
  std::int64_t weight = 0;
  /// Another candidate would have been chosen without it.
  bool decisive = false;
  static constexpr auto fields = ipc::describe(
      ipc::field("feature", &FeatureWeight::feature),
      ipc::field("value", &FeatureWeight::value),
      ipc::field("neutral", &FeatureWeight::neutral),
      ipc::field("weight", &FeatureWeight::weight),
      ipc::field("decisive", &FeatureWeight::decisive));
};

/// Who made a decision, and why.
struct Guard {
  /// One of learned, rule.
  std::string tier;
  /// The rule decides when learning is off, and now and then by chance (held out), to be compared with. One of
  /// learned_from_use, held_out, learning_off.
  std::string reason;
  static constexpr auto fields = ipc::describe(
      ipc::field("tier", &Guard::tier),
      ipc::field("reason", &Guard::reason));
};

/// A decision made again with some features changed; nothing is done.
struct WhatIf {
  nlohmann::json changes;
  /// Null: nothing would be available.
  std::optional<std::string> chosen;
  /// Something else would be chosen than was.
  bool differs = false;
  std::string reason;
  std::vector<Candidate> candidates;
  static constexpr auto fields = ipc::describe(
      ipc::field("changes", &WhatIf::changes),
      ipc::field("chosen", &WhatIf::chosen),
      ipc::field("differs", &WhatIf::differs),
      ipc::field("reason", &WhatIf::reason),
      ipc::field("candidates", &WhatIf::candidates));
};

/// Whether anything works less well than it should.
struct Health {
  std::string state;
  std::vector<std::string> problems;
  static constexpr auto fields = ipc::describe(
      ipc::field("state", &Health::state),
      ipc::field("problems", &Health::problems));
};

/// A place in a file's text; line and column count from 1, column and length in UTF-8 bytes.
struct Hit {
  std::string path;
  /// At least 1.
  std::uint64_t line = 0;
  /// At least 1.
  std::uint64_t column = 0;
  /// At least 1.
  std::uint64_t length = 0;
  std::string text;
  static constexpr auto fields = ipc::describe(
      ipc::field("path", &Hit::path),
      ipc::field("line", &Hit::line),
      ipc::field("column", &Hit::column),
      ipc::field("length", &Hit::length),
      ipc::field("text", &Hit::text));
};

/// What is believed of one method of one version, from what was seen of it.
struct LearnedMethod {
  /// An extension, or a module of the Pit.
  std::string subject;
  std::string version;
  /// `start` and `calls` are an extension's starts and all that is asked of it.
  std::string method;
  /// Its evidence; old calls count less.
  double calls = 0;
  /// Calls that failed, ever.
  std::uint64_t failed = 0;
  /// Expected share of calls that fail. 0 to 1.
  double failure = 0;
  double failure_deviation = 0;
  /// Expected duration against the stated one.
  double slowdown = 0;
  /// Of the logarithm.
  double slowdown_deviation = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("subject", &LearnedMethod::subject),
      ipc::field("version", &LearnedMethod::version),
      ipc::field("method", &LearnedMethod::method),
      ipc::field("calls", &LearnedMethod::calls),
      ipc::field("failed", &LearnedMethod::failed),
      ipc::field("failure", &LearnedMethod::failure),
      ipc::field("failure_deviation", &LearnedMethod::failure_deviation),
      ipc::field("slowdown", &LearnedMethod::slowdown),
      ipc::field("slowdown_deviation", &LearnedMethod::slowdown_deviation));
};

/// Learned decisions against those that were left to the rule.
struct Benefit {
  /// How many there were.
  std::uint64_t learned = 0;
  std::uint64_t rule = 0;
  /// The share left to the rule. 0 to 1.
  double held_out = 0;
  /// How long learned decisions take against the rule's; null while there are too few.
  std::optional<double> ratio;
  std::optional<std::vector<double>> interval95;
  static constexpr auto fields = ipc::describe(
      ipc::field("learned", &Benefit::learned),
      ipc::field("rule", &Benefit::rule),
      ipc::field("held_out", &Benefit::held_out),
      ipc::field("ratio", &Benefit::ratio),
      ipc::field("interval95", &Benefit::interval95));
};

/// One phase of the start.
struct Phase {
  std::string name;
  /// One of pending, running, done, failed, undone.
  std::string state;
  /// Of all attempts.
  double ms = 0;
  /// Not there: it was begun once. At least 2.
  std::optional<std::uint64_t> attempts;
  static constexpr auto fields = ipc::describe(
      ipc::field("name", &Phase::name),
      ipc::field("state", &Phase::state),
      ipc::field("ms", &Phase::ms),
      ipc::field("attempts", &Phase::attempts));
};

/// The parameters of search.query.
struct SearchQueryParams {
  /// 1 to 1024 characters.
  std::string query;
  /// 1 to 5000.
  std::optional<std::uint64_t> limit;
  static constexpr std::uint64_t limit_default = 500;
  static constexpr auto fields = ipc::describe(
      ipc::field("query", &SearchQueryParams::query),
      ipc::field("limit", &SearchQueryParams::limit));
};

/// The result of search.query.
struct SearchQueryResult {
  std::string query;
  std::vector<Hit> hits;
  /// Paths whose name matches.
  std::vector<std::string> files;
  bool truncated = false;
  std::uint64_t elapsed_us = 0;
  /// How a search was served, and why.
  Decision decision;
  static constexpr auto fields = ipc::describe(
      ipc::field("query", &SearchQueryResult::query),
      ipc::field("hits", &SearchQueryResult::hits),
      ipc::field("files", &SearchQueryResult::files),
      ipc::field("truncated", &SearchQueryResult::truncated),
      ipc::field("elapsed_us", &SearchQueryResult::elapsed_us),
      ipc::field("decision", &SearchQueryResult::decision));
};

/// The parameters of workspace.open.
struct WorkspaceOpenParams {
  /// An absolute path. 1 to 12288 characters.
  std::string path;
  static constexpr auto fields = ipc::describe(
      ipc::field("path", &WorkspaceOpenParams::path));
};

/// The result of workspace.open.
struct WorkspaceOpenResult {
  /// The canonical path.
  std::string workspace;
  static constexpr auto fields = ipc::describe(
      ipc::field("workspace", &WorkspaceOpenResult::workspace));
};

/// The result of status.get.
struct StatusGetResult {
  /// One of starting, ready, degraded, failed, stopping.
  std::string state;
  std::vector<Phase> phases;
  /// Whether anything works less well than it should.
  Health health;
  std::vector<nlohmann::json> endpoints;
  std::vector<nlohmann::json> processes;
  /// Only extensions that come with Symphony are started.
  bool safe_mode = false;
  /// The folders of the others.
  std::vector<std::string> held_back;
  nlohmann::json pit;
  std::optional<std::string> workspace;
  std::uint64_t decisions = 0;
  std::uint64_t uptime_ms = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("state", &StatusGetResult::state),
      ipc::field("phases", &StatusGetResult::phases),
      ipc::field("health", &StatusGetResult::health),
      ipc::field("endpoints", &StatusGetResult::endpoints),
      ipc::field("processes", &StatusGetResult::processes),
      ipc::field("safe_mode", &StatusGetResult::safe_mode),
      ipc::field("held_back", &StatusGetResult::held_back),
      ipc::field("pit", &StatusGetResult::pit),
      ipc::field("workspace", &StatusGetResult::workspace),
      ipc::field("decisions", &StatusGetResult::decisions),
      ipc::field("uptime_ms", &StatusGetResult::uptime_ms));
};

/// The result of learning.get.
struct LearningGetResult {
  bool on = false;
  /// Whether it now and then tries what may be quicker.
  bool exploring = false;
  std::vector<LearnedMethod> methods;
  /// Learned decisions against those that were left to the rule.
  Benefit benefit;
  static constexpr auto fields = ipc::describe(
      ipc::field("on", &LearningGetResult::on),
      ipc::field("exploring", &LearningGetResult::exploring),
      ipc::field("methods", &LearningGetResult::methods),
      ipc::field("benefit", &LearningGetResult::benefit));
};

/// The parameters of learning.set.
struct LearningSetParams {
  std::optional<bool> on;
  std::optional<bool> exploring;
  static constexpr auto fields = ipc::describe(
      ipc::field("on", &LearningSetParams::on),
      ipc::field("exploring", &LearningSetParams::exploring));
};

/// The result of learning.set.
struct LearningSetResult {
  bool on = false;
  bool exploring = false;
  static constexpr auto fields = ipc::describe(
      ipc::field("on", &LearningSetResult::on),
      ipc::field("exploring", &LearningSetResult::exploring));
};

/// The parameters of explain.decision.
struct ExplainDecisionParams {
  /// Not there: the newest. 1 to 9007199254740992.
  std::optional<std::uint64_t> id;
  /// Features of `features` and other values for them: what would be chosen then is answered too.
  std::optional<nlohmann::json> what_if;
  static constexpr auto fields = ipc::describe(
      ipc::field("id", &ExplainDecisionParams::id),
      ipc::field("what_if", &ExplainDecisionParams::what_if));
};

/// The result of explain.decision.
struct ExplainDecisionResult {
  /// At least 1.
  std::uint64_t id = 0;
  std::string kind;
  /// Learned from use, or the rule: it is always asked now and then, so that both can be compared. One of learned,
  /// rule.
  std::string decided_by;
  /// Who made a decision, and why.
  Guard guard;
  /// Of the trained policy that took part; null: none did, as in every search.
  std::optional<std::string> policy_hash;
  /// What the rule would have chosen, which has learned nothing.
  std::string heuristic;
  std::string chosen;
  /// Differs from `chosen` when that one failed.
  std::string executed;
  std::string reason;
  /// What weighed most, the weightiest first. At most 5 items.
  std::vector<FeatureWeight> reasons;
  /// All it was made from, by name.
  nlohmann::json features;
  std::vector<nlohmann::json> candidates;
  /// One of running, done, cancelled, failed.
  std::string outcome;
  std::optional<std::uint64_t> actual_us;
  std::optional<std::string> error;
  std::uint64_t made_at_ms = 0;
  /// Not there: it was not asked for.
  std::optional<WhatIf> what_if;
  static constexpr auto fields = ipc::describe(
      ipc::field("id", &ExplainDecisionResult::id),
      ipc::field("kind", &ExplainDecisionResult::kind),
      ipc::field("decided_by", &ExplainDecisionResult::decided_by),
      ipc::field("guard", &ExplainDecisionResult::guard),
      ipc::field("policy_hash", &ExplainDecisionResult::policy_hash),
      ipc::field("heuristic", &ExplainDecisionResult::heuristic),
      ipc::field("chosen", &ExplainDecisionResult::chosen),
      ipc::field("executed", &ExplainDecisionResult::executed),
      ipc::field("reason", &ExplainDecisionResult::reason),
      ipc::field("reasons", &ExplainDecisionResult::reasons),
      ipc::field("features", &ExplainDecisionResult::features),
      ipc::field("candidates", &ExplainDecisionResult::candidates),
      ipc::field("outcome", &ExplainDecisionResult::outcome),
      ipc::field("actual_us", &ExplainDecisionResult::actual_us),
      ipc::field("error", &ExplainDecisionResult::error),
      ipc::field("made_at_ms", &ExplainDecisionResult::made_at_ms),
      ipc::field("what_if", &ExplainDecisionResult::what_if));
};

/// The parameters of extension.restart.
struct ExtensionRestartParams {
  /// 1 to 128 characters.
  std::string id;
  static constexpr auto fields = ipc::describe(
      ipc::field("id", &ExtensionRestartParams::id));
};

/// The result of extension.list.
struct ExtensionListResult {
  std::vector<Extension> extensions;
  /// What could not be used, and why.
  std::vector<std::string> problems;
  static constexpr auto fields = ipc::describe(
      ipc::field("extensions", &ExtensionListResult::extensions),
      ipc::field("problems", &ExtensionListResult::problems));
};

/// The parameters of extension.start.
struct ExtensionStartParams {
  /// 1 to 128 characters.
  std::string id;
  static constexpr auto fields = ipc::describe(
      ipc::field("id", &ExtensionStartParams::id));
};

/// The parameters of extension.stop.
struct ExtensionStopParams {
  /// 1 to 128 characters.
  std::string id;
  static constexpr auto fields = ipc::describe(
      ipc::field("id", &ExtensionStopParams::id));
};

/// The parameters of extension.swap.
struct ExtensionSwapParams {
  /// 1 to 128 characters.
  std::string id;
  /// An absolute path; without it the extension's own folder is read anew. At most 12288 characters.
  std::optional<std::string> from_folder;
  /// Agrees to what it may do beyond the running version.
  std::optional<bool> accept_permissions;
  static constexpr bool accept_permissions_default = false;
  static constexpr auto fields = ipc::describe(
      ipc::field("id", &ExtensionSwapParams::id),
      ipc::field("from_folder", &ExtensionSwapParams::from_folder),
      ipc::field("accept_permissions", &ExtensionSwapParams::accept_permissions));
};

/// The result of extension.swap.
struct ExtensionSwapResult {
  std::string version;
  std::uint64_t generation = 0;
  /// How long messages waited.
  std::uint64_t pause_us = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("version", &ExtensionSwapResult::version),
      ipc::field("generation", &ExtensionSwapResult::generation),
      ipc::field("pause_us", &ExtensionSwapResult::pause_us));
};

/// The parameters of extension.split.
struct ExtensionSplitParams {
  /// 1 to 128 characters.
  std::string id;
  /// 1 to 99.
  std::uint64_t share = 0;
  /// One of message, sender.
  std::optional<std::string> by;
  static constexpr std::string_view by_default = "message";
  /// An absolute path; without it the extension's own folder is read anew. At most 12288 characters.
  std::optional<std::string> from_folder;
  /// Agrees to what it may do beyond the running version.
  std::optional<bool> accept_permissions;
  static constexpr bool accept_permissions_default = false;
  static constexpr auto fields = ipc::describe(
      ipc::field("id", &ExtensionSplitParams::id),
      ipc::field("share", &ExtensionSplitParams::share),
      ipc::field("by", &ExtensionSplitParams::by),
      ipc::field("from_folder", &ExtensionSplitParams::from_folder),
      ipc::field("accept_permissions", &ExtensionSplitParams::accept_permissions));
};

/// The result of extension.split.
struct ExtensionSplitResult {
  std::string version;
  /// 1 to 99.
  std::uint64_t share = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("version", &ExtensionSplitResult::version),
      ipc::field("share", &ExtensionSplitResult::share));
};

/// The parameters of extension.choose.
struct ExtensionChooseParams {
  /// 1 to 128 characters.
  std::string id;
  /// 1 to 64 characters.
  std::string version;
  static constexpr auto fields = ipc::describe(
      ipc::field("id", &ExtensionChooseParams::id),
      ipc::field("version", &ExtensionChooseParams::version));
};

/// The result of extension.choose.
struct ExtensionChooseResult {
  std::string version;
  std::uint64_t generation = 0;
  static constexpr auto fields = ipc::describe(
      ipc::field("version", &ExtensionChooseResult::version),
      ipc::field("generation", &ExtensionChooseResult::generation));
};

/// The parameters of view.shown.
struct ViewShownParams {
  /// 1 to 128 characters.
  std::string view;
  bool shown = false;
  static constexpr auto fields = ipc::describe(
      ipc::field("view", &ViewShownParams::view),
      ipc::field("shown", &ViewShownParams::shown));
};

namespace method {
/// Searches the open folder the way the Conductor decides.
inline constexpr ipc::Method search_query{"conductor", "search.query", true, true};
/// Opens a folder in place of the one that was open; on an error that one stays.
inline constexpr ipc::Method workspace_open{"conductor", "workspace.open", true, true};
/// What is running, how it is doing, since when.
inline constexpr ipc::Method status_get{"conductor", "status.get", true, true};
/// What was learned from use on this machine, and whether it helps.
inline constexpr ipc::Method learning_get{"conductor", "learning.get", true, true};
/// Turns learning on or off. Off, nothing is observed and decisions are the rule's.
inline constexpr ipc::Method learning_set{"conductor", "learning.set", true, true};
/// Forgets everything that was learned, on the disk as well; the switches stay as they are.
inline constexpr ipc::Method learning_forget{"conductor", "learning.forget", true, true};
/// Why one decision fell as it did: what it was made from, who made it, what weighed most, what came of it; and how
/// it would have fallen otherwise.
inline constexpr ipc::Method explain_decision{"conductor", "explain.decision", true, true};
/// Starts an extension anew, also out of quarantine.
inline constexpr ipc::Method extension_restart{"conductor", "extension.restart", true, false};
/// Every extension that was found, and how its processes are doing.
inline constexpr ipc::Method extension_list{"conductor", "extension.list", true, true};
/// Starts an extension that waits for its event, was idle, was stopped, or starts by hand only.
inline constexpr ipc::Method extension_start{"conductor", "extension.start", true, true};
/// Stops an extension until it is started again; what is sent to it fails meanwhile.
inline constexpr ipc::Method extension_stop{"conductor", "extension.stop", true, true};
/// Replaces a running extension by another version while it serves: the new one is given the state, then the traffic,
/// and the old one ends once it owes no answer. On an error the old one goes on.
inline constexpr ipc::Method extension_swap{"conductor", "extension.swap", true, false};
/// Runs another version beside the running one; it gets `share` of 100 messages, or of 100 senders.
inline constexpr ipc::Method extension_split{"conductor", "extension.split", true, false};
/// Ends a split: this version goes on alone.
inline constexpr ipc::Method extension_choose{"conductor", "extension.choose", true, false};
/// The page shows a view, or no longer: that may start its extension, and keeps it from being idle.
inline constexpr ipc::Method view_shown{"conductor", "view.shown", true, true};
}  // namespace method

}  // namespace symphony::interfaces::conductor
