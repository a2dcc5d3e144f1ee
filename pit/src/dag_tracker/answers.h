#pragma once
// What the DAG Tracker answers, as documents of ipc/interfaces/dag_tracker.json.

#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "dag_tracker/problem.h"
#include "dag_tracker/task_graph.h"

namespace symphony::pit::dag {

nlohmann::json names(const TaskGraph& graph, std::span<const NodeIndex> nodes);
/// Only the first limits::names_of_a_problem.
nlohmann::json first_names(const TaskGraph& graph, std::span<const NodeIndex> nodes);
nlohmann::json to_json(const Problem& problem);
/// In the order of the nodes' numbers.
nlohmann::json effect_answer(const std::string& id, const TaskGraph& graph, Effect effect);
nlohmann::json create_answer(const std::string& id, TaskGraph& graph);
nlohmann::json status_answer(const std::string& id, TaskGraph& graph, std::span<const NodeIndex> asked);
inline double seconds(Microseconds time) { return static_cast<double>(time) / 1e6; }

}  // namespace symphony::pit::dag
