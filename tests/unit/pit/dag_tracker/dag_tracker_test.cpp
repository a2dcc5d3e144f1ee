// The DAG Tracker as it is met: by messages, held to its definition both ways.

#include "dag_tracker/dag_tracker.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <symphony/descriptor/descriptor.h>
#include <symphony/ipc/interface.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <fstream>
#include <limits>
#include <thread>

#include "../manual_clock.h"
#include "../temporary_folder.h"
#include "artifact_store/encoding.h"

namespace symphony::pit::tests {
namespace {

using nlohmann::json;
using Names = std::vector<std::string>;

class DagTrackerTest : public ::testing::Test {
 protected:
  void SetUp() override { start(); }
  void start() {
    tracker_ = std::make_unique<DagTracker>(clock_);
    ASSERT_TRUE(tracker_->init({{"data_directory", data_.path().string()}}).has_value());
  }
  Result<json> call(std::string_view method, const json& params) {
    const auto interface = ipc::Interface::built_in("dag_tracker");
    const Result<ipc::Payload> body = interface->check_params(method, params);
    if (body.has_error()) return body.error();
    Result<json> result = tracker_->handle_message({method, *body->document_if_held()});
    if (result.has_value()) {
      const Result<void> promised = interface->check_result(method, *result);
      EXPECT_TRUE(promised.has_value()) << method << ": " << promised.error().message;
    }
    return result;
  }
  json ask(std::string_view method, const json& params = json::object()) {
    Result<json> result = call(method, params);
    if (result.has_value()) return *std::move(result);
    ADD_FAILURE() << method << ": " << result.error().to_json().dump();
    return nullptr;
  }
  Error refused(std::string_view method, const json& params) {
    const json before = tracker_->snapshot().value();
    const Result<json> result = call(method, params);
    EXPECT_EQ(tracker_->snapshot().value(), before) << method << " changed something";
    if (result.has_error()) return result.error();
    ADD_FAILURE() << method << " was not refused: " << result->dump();
    return {};
  }
  void expect_refused(std::string_view method, const json& params, ErrorCode code, std::string_view path) {
    const Error error = refused(method, params);
    EXPECT_EQ(error.code, code) << params.dump() << ": " << error.message;
    EXPECT_EQ(error.data.is_object() ? error.data.value("path", "") : "", path)
        << params.dump() << ": " << error.message;
  }
  static json diamond(const std::string& id = "g") {
    return {{"graph", id},
            {"nodes",
             {{{"id", "a"}, {"seconds", 2}},
              {{"id", "b"}, {"hard", {"a"}}, {"seconds", 3}},
              {{"id", "c"}, {"hard", {"a"}}},
              {{"id", "d"}, {"hard", {"b", "c"}}}}}};
  }
  json report(const std::string& node, const Names& states, const std::string& graph = "g") {
    json changes = json::array();
    for (const std::string& state : states)
      changes.push_back({{"node", node}, {"state", state}});
    return ask("dag.report", {{"graph", graph}, {"changes", changes}});
  }

  TemporaryFolder data_;
  ManualClock clock_;
  std::unique_ptr<DagTracker> tracker_;
};

TEST_F(DagTrackerTest, AGraphRunsThrough) {
  const json created = ask("dag.create", diamond());
  EXPECT_EQ(created["nodes"], 4);
  EXPECT_EQ(created["dependencies"], 4);
  EXPECT_EQ(created["levels"], 3);
  EXPECT_EQ(created["critical_path_seconds"], 6.0);
  EXPECT_EQ(ask("dag.start", {{"graph", "g"}})["ready"], json({"a"}));
  clock_.advance_ms(4000);
  EXPECT_EQ(report("a", {"allocated", "executing"})["ready"], json::array());
  clock_.advance_ms(1500);
  EXPECT_EQ(report("a", {"completed"})["ready"].size(), 2U);
  EXPECT_EQ(ask("dag.ready", {{"graph", "g"}})["ready"], json({"b", "c"}));
  EXPECT_EQ(ask("dag.ready", {{"graph", "g"}, {"limit", 1}})["total"], 2);
  const json status = ask("dag.status", {{"graph", "g"}, {"nodes", {"a", "c"}}});
  EXPECT_EQ(status["asked"][0]["seconds"], 1.5);
  EXPECT_EQ(status["asked"][1]["slack"], 2.0);
  EXPECT_EQ(status["counts"]["ready"], 2);
  EXPECT_EQ(ask("dag.critical_path", {{"graph", "g"}})["nodes"], json({"a", "b", "d"}));
  EXPECT_EQ(ask("dag.order", {{"graph", "g"}})["order"], json({"a", "b", "c", "d"}));
  report("b", {"allocated", "executing", "storing", "completed"});
  report("c", {"allocated", "executing", "completed"});
  EXPECT_EQ(report("d", {"allocated", "executing", "completed"})["state"], "finished");
  EXPECT_EQ(ask("dag.list")["graphs"].size(), 1U);
  ask("dag.forget", {{"graph", "g"}});
  EXPECT_EQ(ask("dag.list")["graphs"], json::array());
}

TEST_F(DagTrackerTest, ValidateSaysEverythingAndKeepsNothing) {
  const json wrong = {
      {"nodes", {{{"id", "a"}, {"hard", {"b"}}}, {{"id", "b"}, {"hard", {"a"}}}, {{"id", "c"}, {"needs", {"thing"}}}}}};
  const json found = ask("dag.validate", wrong);
  EXPECT_EQ(found["valid"], false);
  ASSERT_EQ(found["problems"].size(), 2U);
  EXPECT_EQ(found["problems"][0]["kind"], "unmet_input");
  EXPECT_EQ(found["problems"][0]["path"], "/nodes/2/needs/0");
  EXPECT_EQ(found["problems"][1]["kind"], "cycle");
  EXPECT_EQ(found["problems"][1]["nodes"], json({"a", "b"}));
  json right = wrong;
  right["nodes"][0].erase("hard");
  right["given"] = {"thing"};
  const json fine = ask("dag.validate", right);
  EXPECT_EQ(fine["valid"], true);
  EXPECT_EQ(fine["problems"][0]["kind"], "orphan");
  EXPECT_EQ(ask("dag.list")["graphs"], json::array());
}

TEST_F(DagTrackerTest, BadInputIsRefusedWithItsPlaceAndChangesNothing) {
  ask("dag.create", diamond());
  ask("dag.start", {{"graph", "g"}});
  const auto params = ErrorCode::invalid_params;
  expect_refused("dag.create", diamond(), params, "/graph");
  expect_refused("dag.create", {{"nodes", json::array()}}, params, "/graph");
  expect_refused("dag.create", {{"graph", ""}, {"nodes", json::array()}}, params, "/graph");
  expect_refused("dag.create", {{"graph", "h"}, {"nodes", json::array()}}, params, "/nodes");
  expect_refused("dag.create", {{"graph", "h"}, {"nodes", 5}}, params, "/nodes");
  expect_refused("dag.create", {{"graph", "h"}, {"nodes", {{{"id", 5}}}}}, params, "/nodes/0/id");
  expect_refused("dag.create", {{"graph", "h"}, {"nodes", {{{"id", "a"}, {"seconds", -1}}}}}, params,
                 "/nodes/0/seconds");
  expect_refused("dag.create", {{"graph", "h"}, {"nodes", {{{"id", "a"}, {"seconds", 1e300}}}}}, params,
                 "/nodes/0/seconds");
  expect_refused("dag.create",
                 {{"graph", "h"}, {"nodes", {{{"id", "a"}, {"seconds", std::numeric_limits<double>::quiet_NaN()}}}}},
                 params, "/nodes/0/seconds");
  expect_refused("dag.create", {{"graph", "h"}, {"nodes", {{{"id", "a"}, {"attempts", 1ULL << 63U}}}}}, params,
                 "/nodes/0/attempts");
  expect_refused("dag.create", {{"graph", "h"}, {"nodes", {{{"id", "a"}, {"hard", {"a"}}}}}}, params,
                 "/nodes/0/hard/0");
  expect_refused("dag.create", {{"graph", std::string(300, 'g')}, {"nodes", {{{"id", "a"}}}}},
                 ErrorCode::payload_too_large, "/graph");
  expect_refused("dag.start", {{"graph", "nobody"}}, ErrorCode::not_found, "/graph");
  expect_refused("dag.start", {{"graph", "g"}}, ErrorCode::invalid_request, "");
  expect_refused("dag.report", {{"graph", "g"}, {"changes", {{{"node", "x"}, {"state", "ready"}}}}}, params,
                 "/changes/0/node");
  expect_refused("dag.report", {{"graph", "g"}, {"changes", {{{"node", "a"}, {"state", "done"}}}}}, params,
                 "/changes/0/state");
  expect_refused("dag.report", {{"graph", "g"}, {"changes", {{{"node", "d"}, {"state", "ready"}}}}}, params,
                 "/changes/0/state");
  expect_refused(
      "dag.report",
      {{"graph", "g"}, {"changes", {{{"node", "a"}, {"state", "allocated"}}, {{"node", "a"}, {"state", "completed"}}}}},
      params, "/changes/1/state");
  expect_refused("dag.report",
                 {{"graph", "g"}, {"changes", {{{"node", "a"}, {"state", "allocated"}, {"seconds", -2}}}}}, params,
                 "/changes/0/seconds");
  expect_refused("dag.extend", {{"graph", "g"}, {"nodes", {{{"id", "a"}}}}}, params, "/nodes/0/id");
  expect_refused("dag.extend", {{"graph", "g"}, {"nodes", {{{"id", "e"}, {"hard", {"d"}}, {"before", {"b"}}}}}}, params,
                 "/nodes/0");
  expect_refused("dag.cancel", {{"graph", "g"}, {"nodes", {"a", "x"}}}, params, "/nodes/1");
  expect_refused("dag.status", {{"graph", "g"}, {"nodes", {"x"}}}, params, "/nodes/0");
  expect_refused("dag.features", {{"graphs", {"g", "x"}}}, ErrorCode::not_found, "/graphs/1");
  expect_refused("dag.forget", {{"graph", "g"}}, ErrorCode::invalid_request, "/graph");
  expect_refused("dag.recover", {{"graph", "x"}}, ErrorCode::not_found, "/graph");
  EXPECT_EQ(refused("dag.nothing", json::object()).code, ErrorCode::method_not_found);
}

TEST_F(DagTrackerTest, AMillionNodesAreRefusedByTheLimitsName) {
  json nodes = json::array();
  for (int number = 0; number < 1'000'000; ++number)
    nodes.push_back({{"id", std::to_string(number)}});
  const Result<json> result = call("dag.create", {{"graph", "huge"}, {"nodes", std::move(nodes)}});
  ASSERT_TRUE(result.has_error());
  EXPECT_EQ(result.error().data.value("path", ""), "/nodes");
  EXPECT_NE(result.error().message.find("100000"), std::string::npos) << result.error().message;
}

TEST_F(DagTrackerTest, HowManyGraphsThereMayBe) {
  for (int number = 0; number < 256; ++number)
    ask("dag.create", {{"graph", std::to_string(number)}, {"nodes", {{{"id", "a"}}}}});
  expect_refused("dag.create", {{"graph", "more"}, {"nodes", {{{"id", "a"}}}}}, ErrorCode::resource_exhausted,
                 "/graph");
  ask("dag.forget", {{"graph", "7"}});
  ask("dag.create", {{"graph", "more"}, {"nodes", {{{"id", "a"}}}}});
}

TEST_F(DagTrackerTest, FeaturesAreAMatrixOfFloats) {
  ask("dag.create", diamond());
  ask("dag.create", diamond("h"));
  ask("dag.create", diamond("not started"));
  for (const char* graph : {"g", "h"})
    ask("dag.start", {{"graph", graph}});
  report("a", {"allocated", "executing", "completed"});
  clock_.advance_ms(3000);
  const json features = ask("dag.features");
  EXPECT_EQ(features["unit_seconds"], 6.0);
  const auto columns = features["columns"].get<Names>();
  ASSERT_EQ(features["rows"].size(), 3U);
  EXPECT_EQ(features["rows"][0], (json{{"graph", "h"}, {"node", "a"}}));
  EXPECT_EQ(features["rows"][1], (json{{"graph", "g"}, {"node", "b"}}));
  EXPECT_EQ(features["rows"][2], (json{{"graph", "g"}, {"node", "c"}}));
  const std::string bytes = from_base64(features["matrix"].get<std::string>()).value();
  ASSERT_EQ(bytes.size(), 3 * columns.size() * sizeof(float));
  const auto value = [&](std::size_t row, std::string_view column) {
    const auto found = std::find(columns.begin(), columns.end(), column);
    EXPECT_NE(found, columns.end()) << column;
    float read = 0;
    std::memcpy(
        &read,
        bytes.data() + (row * columns.size() + static_cast<std::size_t>(found - columns.begin())) * sizeof(float),
        sizeof read);
    return read;
  };
  EXPECT_FLOAT_EQ(value(0, "rank"), 1.0F);
  EXPECT_FLOAT_EQ(value(1, "rank"), 4.0F / 6);
  EXPECT_FLOAT_EQ(value(2, "rank"), 2.0F / 6);
  EXPECT_FLOAT_EQ(value(2, "rank_gap"), 2.0F / 6);
  EXPECT_FLOAT_EQ(value(2, "path_slack"), 2.0F / 6);
  EXPECT_FLOAT_EQ(value(1, "seconds"), 0.5F);
  EXPECT_FLOAT_EQ(value(1, "consumers"), 0.1F);
  EXPECT_FLOAT_EQ(value(0, "unlocks"), 0.2F);
  EXPECT_FLOAT_EQ(value(1, "unlocks"), 0.0F);
  EXPECT_FLOAT_EQ(value(1, "melody_remaining"), 5.0F / 6);
  EXPECT_FLOAT_EQ(value(1, "melody_critical_path"), 4.0F / 6);
  EXPECT_FLOAT_EQ(value(1, "melody_age"), 0.5F);
  EXPECT_FLOAT_EQ(value(1, "done"), 0.25F);
  EXPECT_EQ(ask("dag.features", {{"limit", 1}})["rows"].size(), 1U);
  EXPECT_EQ(ask("dag.features", {{"graphs", {"not started"}}})["rows"], json::array());
}

TEST_F(DagTrackerTest, ASnapshotIsTakenUpAsItWas) {
  ask("dag.create", diamond());
  ask("dag.create", diamond("h"));
  ask("dag.start", {{"graph", "g"}});
  report("a", {"allocated", "executing"});
  const json snapshot = tracker_->snapshot().value();
  start();
  ASSERT_TRUE(tracker_->restore(snapshot).has_value());
  EXPECT_EQ(tracker_->snapshot().value(), snapshot);
  EXPECT_EQ(ask("dag.status", {{"graph", "g"}})["counts"]["executing"], 1);
  EXPECT_EQ(report("a", {"completed"})["ready"].size(), 2U);
}

TEST_F(DagTrackerTest, ASnapshotThatCannotBeUsedChangesNothing) {
  ask("dag.create", diamond());
  const json good = tracker_->snapshot().value();
  const auto code = [&](const json& state) {
    const auto restored = tracker_->restore(state);
    EXPECT_EQ(tracker_->snapshot().value(), good) << state.dump();
    return restored.has_error() ? restored.error().code : ErrorCode{};
  };
  EXPECT_EQ(code(nullptr), ErrorCode::invalid_params);
  EXPECT_EQ(code(json::array()), ErrorCode::invalid_params);
  EXPECT_EQ(code({{"version", 1}}), ErrorCode::invalid_params);
  EXPECT_EQ(code({{"version", 2}, {"graphs", json::array()}}), ErrorCode::version_mismatch);
  EXPECT_EQ(code({{"version", "1"}, {"graphs", json::array()}}), ErrorCode::invalid_params);
  EXPECT_EQ(code({{"version", 1}, {"graphs", {5}}}), ErrorCode::invalid_params);
  EXPECT_EQ(code({{"version", 1}, {"graphs", {{{"graph", "x"}, {"state", "AAAA"}}}}}), ErrorCode::data_corrupted);
  EXPECT_EQ(code({{"version", 1}, {"graphs", {{{"graph", "x"}, {"state", "!"}}}}}), ErrorCode::data_corrupted);
  json twice = good;
  twice["graphs"].push_back(good["graphs"][0]);
  EXPECT_EQ(code(twice), ErrorCode::invalid_params);
  json cut = good;
  cut["graphs"][0]["state"] = good["graphs"][0]["state"].get<std::string>().substr(0, 40);
  EXPECT_EQ(code(cut), ErrorCode::data_corrupted);
}

TEST_F(DagTrackerTest, ACheckpointSurvivesTheProgram) {
  ask("dag.create", diamond());
  ask("dag.start", {{"graph", "g"}});
  report("a", {"allocated", "executing", "completed"});
  report("b", {"allocated", "executing"});
  const json written = ask("dag.checkpoint", {{"graph", "g"}});
  start();
  const json recovered = ask("dag.recover", {{"graph", "g"}});
  EXPECT_EQ(recovered["source"], "checkpoint");
  EXPECT_EQ(recovered["again"], json({"b"}));
  EXPECT_EQ(recovered["ready"], json({"b", "c"}));
  EXPECT_EQ(recovered["revision"].get<int>(), written["revision"].get<int>() + 1);
  // What is in memory has come further than the checkpoint.
  report("b", {"allocated", "executing", "completed"});
  EXPECT_EQ(ask("dag.recover", {{"graph", "g"}})["source"], "memory");
  EXPECT_EQ(ask("dag.status", {{"graph", "g"}})["counts"]["completed"], 2);
  ask("dag.cancel", {{"graph", "g"}});
  ask("dag.forget", {{"graph", "g"}});
  expect_refused("dag.recover", {{"graph", "g"}}, ErrorCode::not_found, "/graph");
}

TEST_F(DagTrackerTest, ADamagedCheckpointIsSetAside) {
  ask("dag.create", diamond());
  ask("dag.checkpoint", {{"graph", "g"}});
  for (const auto& entry : std::filesystem::directory_iterator(data_ / "pit/checkpoints"))
    std::ofstream(entry.path(), std::ios::app) << "x";
  start();
  EXPECT_EQ(refused("dag.recover", {{"graph", "g"}}).code, ErrorCode::data_corrupted);
  EXPECT_EQ(refused("dag.recover", {{"graph", "g"}}).code, ErrorCode::not_found);
}

TEST_F(DagTrackerTest, AFullDiskIsSaidAndTheLastCheckpointStays) {
  const std::filesystem::path disk = data_ / "disk";
  std::filesystem::create_directory(disk);
  if (::geteuid() != 0 || ::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=64k") != 0)
    GTEST_SKIP() << "needs the right to mount";
  tracker_ = std::make_unique<DagTracker>(clock_);
  ASSERT_TRUE(tracker_->init({{"data_directory", disk.string()}}).has_value());
  ask("dag.create", diamond());
  ask("dag.checkpoint", {{"graph", "g"}});
  json more = json::array();
  for (int number = 0; number < 3000; ++number)
    more.push_back({{"id", "n" + std::to_string(number)}, {"hard", {"a"}}});
  ask("dag.extend", {{"graph", "g"}, {"nodes", more}});
  EXPECT_EQ(refused("dag.checkpoint", {{"graph", "g"}}).code, ErrorCode::resource_exhausted);
  tracker_ = std::make_unique<DagTracker>(clock_);
  ASSERT_TRUE(tracker_->init({{"data_directory", disk.string()}}).has_value());
  ask("dag.recover", {{"graph", "g"}});
  EXPECT_EQ(ask("dag.status", {{"graph", "g"}})["nodes"], 4);
  tracker_.reset();
  ::umount2(disk.c_str(), MNT_DETACH);
}

/// In a process of its own: a step, a checkpoint, its revision to `acknowledge`, and again.
[[noreturn]] void checkpoint_until_killed(const std::string& data, int acknowledge) {
  DagTracker tracker;
  if (tracker.init({{"data_directory", data}}).has_error()) ::_exit(2);
  const json graph = {{"graph", "g"}};
  const auto ask = [&](std::string_view method, const json& params) {
    Result<json> answer = tracker.handle_message({method, params});
    if (answer.has_error()) ::_exit(3);
    return *std::move(answer);
  };
  if (tracker.handle_message({"dag.recover", graph}).has_error()) {
    ask("dag.create", {{"graph", "g"}, {"nodes", {{{"id", "n0"}}}}});
    ask("dag.start", graph);
  }
  auto next = ask("dag.status", graph)["nodes"].get<int>();
  while (true) {
    ask("dag.extend", {{"graph", "g"}, {"nodes", {{{"id", "n" + std::to_string(next)}, {"hard", {"n0"}}}}}});
    ++next;
    const auto revision = ask("dag.checkpoint", graph)["revision"].get<std::uint64_t>();
    if (::write(acknowledge, &revision, sizeof revision) != sizeof revision) ::_exit(4);
  }
}

TEST_F(DagTrackerTest, AcknowledgedCheckpointsSurviveSigkillAtAnyInstant) {
  std::uint64_t last = 0;
  for (unsigned round = 0; round < 15; ++round) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(ends[0]);
      checkpoint_until_killed(data_.path().string(), ends[1]);
    }
    ::close(ends[1]);
    const Descriptor acknowledged(ends[0]);
    // Killed some checkpoints on, at whatever instant that is for the child: it never waits for us.
    for (unsigned wanted = round % 5; wanted > 0; --wanted)
      ASSERT_EQ(::read(acknowledged.get(), &last, sizeof last), static_cast<ssize_t>(sizeof last));
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "exit code " << WEXITSTATUS(status);
    for (std::uint64_t revision = 0; ::read(acknowledged.get(), &revision, sizeof revision) == sizeof revision;)
      last = revision;
    start();
    if (last == 0) continue;
    const json recovered = ask("dag.recover", {{"graph", "g"}});
    EXPECT_GE(recovered["revision"].get<std::uint64_t>(), last);
    // Every revision but the first, of the start, added a node.
    EXPECT_EQ(ask("dag.status", {{"graph", "g"}})["nodes"].get<std::uint64_t>(),
              recovered["revision"].get<std::uint64_t>());
  }
  EXPECT_GT(last, 0U);
}

TEST_F(DagTrackerTest, CallersAtOnceLoseNothing) {
  constexpr int threads = 4;
  constexpr int nodes = 200;
  json shared = {{"graph", "shared"}, {"nodes", json::array()}};
  for (int number = 0; number < threads * nodes; ++number)
    shared["nodes"].push_back({{"id", "n" + std::to_string(number)}});
  ask("dag.create", shared);
  ask("dag.start", {{"graph", "shared"}});
  std::vector<std::jthread> callers;
  for (int caller = 0; caller < threads; ++caller) {
    callers.emplace_back([&, caller] {
      const std::string own = "own" + std::to_string(caller);
      for (int number = 0; number < nodes; ++number) {
        const std::string node = "n" + std::to_string(caller * nodes + number);
        report(node, {"allocated", "executing", "completed"}, "shared");
        ask("dag.create", diamond(own));
        ask("dag.features");
        tracker_->snapshot().value();
        ask("dag.list");
        ask("dag.forget", {{"graph", own}});
      }
    });
  }
  callers.clear();
  EXPECT_EQ(ask("dag.status", {{"graph", "shared"}})["state"], "finished");
  EXPECT_EQ(ask("dag.list")["graphs"].size(), 1U);
}

}  // namespace
}  // namespace symphony::pit::tests
