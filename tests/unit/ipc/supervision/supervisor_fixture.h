#pragma once
// A bus, a supervisor, and test_extension as what it supervises.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <symphony/ipc/supervisor.h>

#include "../waiting.h"

namespace symphony::ipc::test {

class SupervisorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "symphony-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root = pattern;
    ASSERT_TRUE(bus->register_endpoint(
        "ui", [this](const Incoming& incoming, const Responder&) { shown.put(incoming.body.document().value()); }));
    make({});
  }
  void TearDown() override {
    supervisor.reset();
    bus.reset();
    std::filesystem::remove_all(root);
  }
  void make(Heartbeat heartbeat) {
    supervisor.reset();
    supervisor = std::move(Supervisor::create(*bus, {SYMPHONY_LAUNCHER, std::move(heartbeat)}).value());
    supervisor->on_state([this](const ProcessStatus& status) { states.put(status); });
  }
  ProcessSpec spec(std::vector<std::string> arguments = {}) const {
    ProcessSpec process;
    process.id = "extension";
    process.executable = TEST_EXTENSION;
    process.arguments = std::move(arguments);
    process.working_directory = root;
    process.init = {{"workspace", "/somewhere"}, {"config", nlohmann::json::object()}};
    process.log = root / "extension.log";
    return process;
  }
  /// The same as another version, whose processes say so in what they answer to "count".
  ProcessSpec version(const std::string& name, const std::string& behaviour = "") const {
    ProcessSpec process = spec({behaviour, name});
    process.version = name;
    return process;
  }
  /// Processes in a role and a state, as a status says.
  static std::vector<InstanceStatus> those(const ProcessStatus& status, ProcessRole role, ProcessState state) {
    std::vector<InstanceStatus> found;
    for (const InstanceStatus& instance : status.instances) {
      if (instance.role == role && instance.state == state) {
        found.push_back(instance);
      }
    }
    return found;
  }
  std::optional<ProcessStatus> wait_for(std::size_t count, ProcessRole role, ProcessState state) {
    return states.next_where([&](const ProcessStatus& status) { return those(status, role, state).size() == count; });
  }
  /// What an outcome of the supervisor was.
  using Act = std::function<void(Supervisor::Outcome)>;
  static Result<nlohmann::json> outcome_of(const Act& act) {
    const auto arrived = std::make_shared<Arrivals<Result<nlohmann::json>>>();
    act([arrived](Result<nlohmann::json> outcome) { arrived->put(std::move(outcome)); });
    return arrived->next().value();
  }
  Result<nlohmann::json> swap() const {
    return outcome_of([this](Supervisor::Outcome then) { supervisor->swap("extension", std::move(then)); });
  }
  Result<nlohmann::json> split(std::uint32_t share, bool sticky) const {
    return outcome_of(
        [&](Supervisor::Outcome then) { supervisor->split("extension", share, sticky, std::move(then)); });
  }
  Result<nlohmann::json> choose(std::string_view name) const {
    return outcome_of([&](Supervisor::Outcome then) { supervisor->choose("extension", name, std::move(then)); });
  }
  std::optional<ProcessStatus> wait_for(ProcessState state) {
    return states.next_where([state](const ProcessStatus& status) { return status.state == state; });
  }
  nlohmann::json tell(const char* method, nlohmann::json params = nlohmann::json::object()) {
    return document_of(ask(*bus, {"extension", method, std::move(params)}));
  }
  void provoke(const char* method) {
    bus->send_request("test", {"extension", method, {}}, {},
                      [this](Result<Payload> outcome) { outcomes.put(outcome); });
  }
  static bool runs(std::int64_t pid) {
    std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
    std::string number;
    std::string name;
    std::string state;
    return stat >> number >> name >> state && state != "Z";
  }

  std::filesystem::path root;
  Arrivals<ProcessStatus> states;
  Arrivals<nlohmann::json> shown;
  Arrivals<Result<Payload>> outcomes;
  std::unique_ptr<Bus> bus = make_bus();
  std::unique_ptr<Supervisor> supervisor;
};

}  // namespace symphony::ipc::test
