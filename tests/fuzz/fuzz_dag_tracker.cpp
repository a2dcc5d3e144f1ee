// Any bytes as messages to the DAG Tracker, one a line, and as a checkpoint: an answer that is as promised, or an
// error.

#include <symphony/ipc/interface.h>
#include <symphony/ipc/payload.h>

#include "dag_tracker/checkpoint.h"
#include "dag_tracker/dag_tracker.h"
#include "fuzz_target.h"
#include "pit_messages.h"

using namespace symphony::pit;
using nlohmann::json;
using symphony::fuzz::require;

namespace {

/// Else a graph would be older in its second snapshot than in its first.
const symphony::pit::Clock& still() {
  static const symphony::fuzz::StillClock clock;
  return clock;
}

void handle(DagTracker& tracker, std::string_view line) {
  const auto message = symphony::ipc::decode_document(symphony::ipc::BodyFormat::json, line);
  if (!message || !message->is_object() || !message->contains("method") || !(*message)["method"].is_string()) return;
  const auto method = (*message)["method"].get<std::string>();
  const json params = message->value("params", json::object());
  static const auto interface = symphony::ipc::Interface::built_in("dag_tracker");
  const json before = tracker.snapshot().value();
  const auto checked = interface->check_params(method, params);
  // The module must stand what the bus would have refused as well.
  const auto answer = tracker.handle_message({method, params});
  if (answer) {
    require(interface->check_result(method, *answer).has_value(), "an answer is as promised");
  } else {
    require(answer.error().code != symphony::ipc::ErrorCode::internal_error, "nothing fails inside");
    require(tracker.snapshot().value() == before, "an error changes nothing");
  }
  DagTracker other(still());
  const json after = tracker.snapshot().value();
  require(other.restore(after).has_value(), "a snapshot can be restored");
  require(other.snapshot().value() == after, "and is the same then");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto saved = dag::decode(bytes)) {
    if (auto graph = dag::TaskGraph::from(*saved, 0)) {
      graph->times();
      require(dag::encode(graph->save(0)) == bytes, "what is accepted is what would be written");
    }
    return 0;
  }
  DagTracker tracker(still());
  require(tracker.init(json::object()).has_value(), "init");
  std::string_view left = bytes;
  while (!left.empty()) {
    const std::size_t end = std::min(left.find('\n'), left.size());
    handle(tracker, left.substr(0, end));
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  return 0;
}

std::vector<std::string> symphony::fuzz::seeds() {
  const std::vector<dag::NodeDefinition> nodes = [] {
    std::vector<dag::NodeDefinition> list(3);
    list[0].id = "a";
    list[0].gives = std::vector<std::string>{"x"};
    list[1].id = "b";
    list[1].needs = std::vector<std::string>{"x"};
    list[2].id = "c";
    list[2].soft = std::vector<std::string>{"b"};
    return list;
  }();
  auto graph = dag::TaskGraph::create(nodes, {}).value();
  dag::Effect effect;
  require(graph.start(0, effect).has_value(), "seed");
  return {
      dag::encode(graph.save(5)),
      R"({"method":"dag.create","params":{"graph":"g","nodes":[{"id":"a","seconds":2,"attempts":2},{"id":"b","hard":["a"]}]}}
{"method":"dag.start","params":{"graph":"g"}}
{"method":"dag.report","params":{"graph":"g","changes":[{"node":"a","state":"allocated"},{"node":"a","state":"executing"}]}}
{"method":"dag.extend","params":{"graph":"g","nodes":[{"id":"c","hard":["a"],"before":["b"]}]}}
{"method":"dag.report","params":{"graph":"g","changes":[{"node":"a","state":"completed","seconds":1.5}]}}
{"method":"dag.features","params":{"graphs":["g"],"limit":5}}
{"method":"dag.critical_path","params":{"graph":"g"}})",
      R"({"method":"dag.validate","params":{"nodes":[{"id":"a","optional":["b"],"needs":["x"]},{"id":"b","soft":["a"]}],"given":["x"]}}
{"method":"dag.create","params":{"graph":"h","nodes":[{"id":"p","gives":["x"]},{"id":"q","needs":["x"]}]}}
{"method":"dag.cancel","params":{"graph":"h","nodes":["p"]}}
{"method":"dag.ready","params":{"graph":"h","limit":1}}
{"method":"dag.order","params":{"graph":"h"}}
{"method":"dag.status","params":{"graph":"h","nodes":["q"]}}
{"method":"dag.list"})"};
}
