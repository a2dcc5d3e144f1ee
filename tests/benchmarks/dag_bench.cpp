// The DAG Tracker's engine and its messages. Without an argument: the goals on a graph of 10,000 nodes. With a file of
// real workflows (tests/benchmarks/pit_networkx.py writes it): what a whole life of each of them takes. Each line is
// {"name","value","unit"}.

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include <unistd.h>

#include "dag_tracker/checkpoint.h"
#include "dag_tracker/dag_tracker.h"
#include "dag_tracker/features.h"

using namespace symphony::pit;
using namespace symphony::pit::dag;
using SteadyClock = std::chrono::steady_clock;

namespace {

double us_since(SteadyClock::time_point begun) {
  return std::chrono::duration<double, std::micro>(SteadyClock::now() - begun).count();
}

void print(const std::string& name, double value, const char* unit) {
  std::cout << nlohmann::json{{"name", name}, {"value", value}, {"unit", unit}}.dump() << std::endl;
}

/// The median of several runs, in microseconds.
template <class Body>
double median_us(int runs, Body body) {
  std::vector<double> times;
  for (int run = 0; run < runs; ++run) {
    const auto begun = SteadyClock::now();
    body();
    times.push_back(us_since(begun));
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

/// Layers of 100, each node after two of the layer before; seeded.
std::vector<NodeDefinition> layered(std::size_t nodes) {
  constexpr std::size_t width = 100;
  std::mt19937 random(7);
  std::vector<NodeDefinition> list(nodes);
  for (std::size_t number = 0; number < nodes; ++number) {
    list[number].id = "step_" + std::to_string(number);
    list[number].seconds = static_cast<double>(random() % 5000) / 1000;
    if (number < width) continue;
    const std::size_t layer = number / width * width - width;
    list[number].hard = {"step_" + std::to_string(layer + random() % width),
                         "step_" + std::to_string(layer + random() % width)};
  }
  return list;
}

/// Every node through allocated, executing and completed; gives the changes.
std::size_t run_through(TaskGraph& graph) {
  Effect effect;
  std::size_t changes = 0;
  std::int64_t now = 0;
  if (graph.start(now, effect).has_error()) throw std::runtime_error("start");
  std::vector<NodeIndex> ready;
  while (!effect.ready.empty()) {
    ready.swap(effect.ready);
    effect.clear();
    for (const NodeIndex node : ready) {
      for (const NodeState state : {NodeState::allocated, NodeState::executing, NodeState::completed}) {
        if (graph.report({node, state, {}}, ++now, effect).has_error()) throw std::runtime_error("report");
        ++changes;
      }
    }
  }
  if (graph.state() != GraphState::finished) throw std::runtime_error("the graph did not finish");
  return changes;
}

TaskGraph made(const std::vector<NodeDefinition>& nodes) { return TaskGraph::create(nodes, {}).value(); }

void goals() {
  constexpr std::size_t size = 10'000;
  const std::vector<NodeDefinition> nodes = layered(size);
  print("dag_create", median_us(15, [&] { made(nodes); }) / 1e3, "ms");

  nlohmann::json described = nlohmann::json::array();
  for (const NodeDefinition& node : nodes) {
    described.push_back({{"id", node.id}, {"seconds", *node.seconds}});
    if (node.hard) described.back()["hard"] = *node.hard;
  }
  const nlohmann::json create = {{"graph", "g"}, {"nodes", std::move(described)}};
  const nlohmann::json one = {{"graph", "g"}};
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("symphony-dag-bench-" + std::to_string(::getpid()));
  DagTracker tracker;
  if (tracker.init({{"data_directory", folder.string()}}).has_error()) throw std::runtime_error("init");
  const auto ask = [&](const char* method, const nlohmann::json& params) {
    auto answer = tracker.handle_message({method, params});
    if (answer.has_error()) throw std::runtime_error(answer.error().message);
    return *std::move(answer);
  };
  std::vector<double> times;
  for (int round = 0; round < 9; ++round) {
    if (round > 0) ask("dag.forget", one);
    const auto begun = SteadyClock::now();
    ask("dag.create", create);
    times.push_back(us_since(begun));
  }
  std::sort(times.begin(), times.end());
  print("dag_create_by_message", times[times.size() / 2] / 1e3, "ms");

  std::vector<double> rates;
  for (int round = 0; round < 15; ++round) {
    TaskGraph graph = made(nodes);
    const auto begun = SteadyClock::now();
    const std::size_t changes = run_through(graph);
    rates.push_back(static_cast<double>(changes) / us_since(begun) * 1e6);
  }
  std::sort(rates.begin(), rates.end());
  print("dag_changes", rates[rates.size() / 2], "1/s");

  ask("dag.start", one);
  const auto ready = ask("dag.ready", one)["ready"].get<std::vector<std::string>>();
  std::size_t next = 0;
  print("dag_report_by_message",
        median_us(static_cast<int>(ready.size()),
                  [&] {
                    ask("dag.report", {{"graph", "g"},
                                       {"changes",
                                        {{{"node", ready[next]}, {"state", "allocated"}},
                                         {{"node", ready[next]}, {"state", "executing"}},
                                         {{"node", ready[next]}, {"state", "completed"}, {"seconds", 1.5}}}}});
                    ++next;
                  }),
        "us");
  print("dag_ready_by_message", median_us(200, [&] { ask("dag.ready", one); }), "us");
  print("dag_features_by_message", median_us(200, [&] { ask("dag.features", {{"limit", 50}}); }), "us");
  print("dag_checkpoint", median_us(9, [&] { ask("dag.checkpoint", one); }) / 1e3, "ms");
  print("dag_recover",
        median_us(9,
                  [&] {
                    DagTracker fresh;
                    if (fresh.init({{"data_directory", folder.string()}}).has_error() ||
                        fresh.handle_message({"dag.recover", one}).has_error())
                      throw std::runtime_error("recover");
                  }) /
            1e3,
        "ms");
  const nlohmann::json cached = tracker.snapshot().value();
  times.clear();
  for (int round = 0; round < 9; ++round) {
    ask("dag.report",
        {{"graph", "g"}, {"changes", {{{"node", ask("dag.ready", one)["ready"][0]}, {"state", "allocated"}}}}});
    const auto begun = SteadyClock::now();
    tracker.snapshot().value();
    times.push_back(us_since(begun));
  }
  std::sort(times.begin(), times.end());
  print("dag_snapshot", times[times.size() / 2] / 1e3, "ms");
  print("dag_restore",
        median_us(9,
                  [&] {
                    DagTracker fresh;
                    if (fresh.restore(cached).has_error()) throw std::runtime_error("restore");
                  }) /
            1e3,
        "ms");
  std::filesystem::remove_all(folder);
}

/// {"instances":[{"tasks":[[name, seconds, [parents], …]]}]}
void real(const char* file) {
  std::ifstream in(file);
  const nlohmann::json document = nlohmann::json::parse(in);
  std::vector<std::vector<NodeDefinition>> graphs;
  for (const auto& instance : document.at("instances")) {
    std::vector<NodeDefinition> nodes;
    for (const auto& task : instance.at("tasks")) {
      NodeDefinition node;
      node.id = std::to_string(nodes.size());
      node.seconds = std::max(0.0, task.at(1).get<double>());
      if (!task.at(2).empty()) {
        node.hard.emplace();
        for (const auto& parent : task.at(2))
          node.hard->push_back(std::to_string(parent.get<std::size_t>()));
      }
      nodes.push_back(std::move(node));
    }
    graphs.push_back(std::move(nodes));
  }
  std::size_t total = 0;
  double seconds = 0;
  const double us = median_us(5, [&] {
    total = 0;
    seconds = 0;
    for (const auto& nodes : graphs) {
      TaskGraph graph = made(nodes);
      total += graph.shape().order().size();
      seconds += static_cast<double>(graph.times().length()) / 1e6;
      total += graph.critical_path().size() > 0 ? 0 : 1;
      run_through(graph);
    }
  });
  print("real_graphs", static_cast<double>(graphs.size()), "graphs");
  print("real_nodes", static_cast<double>(total), "nodes");
  print("real_critical_path", seconds, "s");
  print("real_lives", us / 1e3, "ms");
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc > 1) {
    real(argv[1]);
  } else {
    goals();
  }
  return 0;
} catch (const std::exception& error) {
  std::cerr << "dag_bench: " << error.what() << '\n';
  return 1;
}
