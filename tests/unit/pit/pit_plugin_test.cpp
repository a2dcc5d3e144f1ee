// Modules in shared objects: as good as linked ones, and refused with a reason when they are not.

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <symphony/pit/pit.h>

#include <future>
#include <map>

#include "built_in.h"
#include "module_fixture.h"
#include "remote/plugin_module.h"
#include "remote/process_module.h"
#include "temporary_folder.h"

namespace symphony::pit::tests {
namespace {

using nlohmann::json;

std::filesystem::path plugin_folder() { return SYMPHONY_TEST_PLUGINS; }
std::filesystem::path plugin(const std::string& name) { return plugin_folder() / ("lib" + name + ".so"); }

TEST(Plugin, IsAModuleLikeAnyOther) {
  auto loaded = PluginModule::load(plugin("pool_manager_plugin"));
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  Module& module = **loaded;
  EXPECT_EQ(module.id(), "pool_manager");
  EXPECT_EQ(module.traits().keeping, Keeping::host);
  EXPECT_EQ(module.traits().holder_gone, "pool.holder_gone");
  EXPECT_EQ(module.execution("pool.allocate"), Execution::inline_call);
  EXPECT_FALSE(module.problem().has_value());
  ASSERT_TRUE(module.init(json::object()).has_value());
  EXPECT_TRUE(send(module, "kit", "pool.add", {{"resource", "a"}, {"key", "k"}}).has_value());
  const json lease = send(module, "user", "pool.allocate", {{"key", "k"}}, "7").value();
  EXPECT_EQ(send(module, "user", "pool.release", {{"lease", lease["lease"]}}, "8").error().code,
            ErrorCode::permission_denied);
  const json state = module.snapshot().value();
  auto second = PluginModule::load(plugin("pool_manager_plugin"));
  ASSERT_TRUE((*second)->restore(state).has_value());
  EXPECT_EQ((*second)->snapshot().value(), state);
  EXPECT_EQ((*second)->restore(json(5)).error().code, ErrorCode::data_corrupted);
  module.shutdown();
}

TEST(Plugin, ABadOneIsRefusedWithItsReason) {
  const std::map<std::string, std::pair<ErrorCode, std::string>> expected = {
      {"old_version", {ErrorCode::version_mismatch, "another version of the interface"}},
      {"no_destroy", {ErrorCode::data_corrupted, "symphony_pit_destroy"}},
      {"throws_making", {ErrorCode::data_corrupted, "threw"}},
      {"makes_nothing", {ErrorCode::data_corrupted, "could not be made"}},
      {"throws", {ErrorCode::data_corrupted, "threw"}},
      {"says_nothing", {ErrorCode::data_corrupted, "could not answer"}},
      {"null_answer", {ErrorCode::data_corrupted, "size"}},
      {"huge_answer", {ErrorCode::data_corrupted, "size"}},
      {"garbage", {ErrorCode::data_corrupted, "no document"}},
      {"no_result", {ErrorCode::data_corrupted, "without a result"}},
      {"bad_name", {ErrorCode::data_corrupted, "name"}},
      {"other_contract", {ErrorCode::version_mismatch, "contract"}},
      {"deep_answer", {ErrorCode::data_corrupted, "no document"}},
  };
  for (const auto& [name, error] : expected) {
    const auto loaded = PluginModule::load(plugin("hostile_" + name));
    ASSERT_TRUE(loaded.has_error()) << name;
    EXPECT_EQ(loaded.error().code, error.first) << name << ": " << loaded.error().message;
    EXPECT_NE(loaded.error().message.find(error.second), std::string::npos) << name << ": " << loaded.error().message;
  }
}

TEST(Plugin, WhatIsNoSharedObjectIsRefused) {
  const TemporaryFolder folder;
  folder.write("text.so", "not a shared object");
  folder.write("empty.so", "");
  EXPECT_EQ(PluginModule::load(folder / "text.so").error().code, ErrorCode::io_error);
  EXPECT_EQ(PluginModule::load(folder / "empty.so").error().code, ErrorCode::io_error);
  EXPECT_EQ(PluginModule::load(folder / "none.so").error().code, ErrorCode::not_found);
  EXPECT_EQ(PluginModule::load(folder.path()).error().code, ErrorCode::not_found);
  EXPECT_EQ(PluginModule::load("libm.so.6").error().code, ErrorCode::not_found) << "only what has a whole path";
}

TEST(Plugin, StaysLoadedWhenItsModuleIsGone) {
  const std::string file = plugin("pool_manager_plugin").string();
  { auto loaded = PluginModule::load(file); }
  void* const still = ::dlopen(file.c_str(), RTLD_NOW | RTLD_NOLOAD);
  EXPECT_NE(still, nullptr);
}

TEST(ModuleProcess, ComesBackWithItsLastStateWhenItDies) {
  auto bus = std::move(*ipc::Bus::create({}));
  auto started = ProcessModule::start(*bus, {plugin_folder() / "pool_manager_process"});
  ASSERT_TRUE(started.has_value()) << started.error().message;
  Module& module = **started;
  ASSERT_TRUE(module.init(json::object()).has_value());
  ASSERT_TRUE(send(module, "kit", "pool.add", {{"resource", "a"}, {"key", "k"}}).has_value());
  const json state = module.snapshot().value();
  ASSERT_TRUE(send(module, "kit", "pool.add", {{"resource", "b"}, {"key", "k"}}).has_value());
  const json none = json::object();
  const auto died = module.handle_message({"test.end", none, {}, "tester"});
  ASSERT_TRUE(died.has_error());
  EXPECT_EQ(module.snapshot().value(), state) << "what came after the last snapshot is lost";
}

TEST(ModuleProcess, WhatCannotBeStartedIsRefused) {
  auto bus = std::move(*ipc::Bus::create({}));
  EXPECT_EQ(ProcessModule::start(*bus, {}).error().code, ErrorCode::invalid_params);
  EXPECT_EQ(ProcessModule::start(*bus, {"true"}).error().code, ErrorCode::invalid_params) << "a whole path";
  EXPECT_EQ(ProcessModule::start(*bus, {"/no/such/program"}).error().code, ErrorCode::not_found);
  EXPECT_EQ(ProcessModule::start(*bus, {"/bin/true"}).error().code, ErrorCode::endpoint_unavailable);
}

/// A Pit of its own, and what it answers.
class PitWithModulesElsewhere : public ::testing::Test {
 protected:
  void open(std::vector<std::filesystem::path> plugins, std::map<std::string, std::vector<std::string>> processes) {
    PitOptions options;
    options.data_directory = data_.path();
    options.plugins = std::move(plugins);
    options.processes = std::move(processes);
    ASSERT_TRUE(bus_->register_endpoint("tester", [](ipc::Incoming, ipc::Responder) {}).has_value());
    auto opened = Pit::open(*bus_, std::move(options));
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    pit_ = std::move(*opened);
  }
  Result<json> ask(const std::string& module, const std::string& method, const json& params = json::object()) {
    auto promise = std::make_shared<std::promise<Result<ipc::Payload>>>();
    bus_->send_request("tester", {module, method, params}, {},
                       [promise](Result<ipc::Payload> answer) { promise->set_value(std::move(answer)); });
    const Result<ipc::Payload> answer = promise->get_future().get();
    if (answer.has_error()) return answer.error();
    return answer->document();
  }
  /// What one version is to the Stale Manager.
  void expect_it_asks_the_store() {
    ASSERT_TRUE(ask("artifact_store", "artifact.put", {{"name", "log"}, {"content", "a"}}).has_value());
    const auto looked_at = ask("stale_manager", "stale.evaluate");
    ASSERT_TRUE(looked_at.has_value()) << looked_at.error().message;
    EXPECT_EQ((*looked_at)["examined"], 1);
  }

  TemporaryFolder data_;
  std::unique_ptr<ipc::Bus> bus_ = std::move(*ipc::Bus::create({}));
  std::unique_ptr<Pit> pit_;
};

TEST_F(PitWithModulesElsewhere, TheStaleManagerAsksTheStoreThatTookThePlace) {
  open({plugin("artifact_store_plugin")}, {});
  EXPECT_EQ(pit_->status()["refused"], json::array());
  expect_it_asks_the_store();
}

TEST_F(PitWithModulesElsewhere, TheStaleManagerAsksTheStoreInAProcess) {
  open({}, {{"artifact_store", {plugin_folder() / "artifact_store_process"}}});
  EXPECT_EQ(pit_->status()["refused"], json::array());
  expect_it_asks_the_store();
}

TEST_F(PitWithModulesElsewhere, WhatIsRefusedIsSaidAndTheBuiltInModuleStays) {
  open({plugin("hostile_throws"), "/no/such/plugin.so"},
       {{"artifact_store", {"/no/such/program"}},
        {"dag_tracker", {"/bin/true"}},
        {"pool_manager", {plugin_folder() / "artifact_store_process"}}});
  const json refused = pit_->status()["refused"];
  ASSERT_EQ(refused.size(), 5U) << refused.dump();
  for (const json& each : refused) {
    EXPECT_FALSE(each["from"].get<std::string>().empty());
    EXPECT_FALSE(each["error"]["message"].get<std::string>().empty());
  }
  EXPECT_EQ(pit_->status()["modules"].size(), built_in_ids.size());
  expect_it_asks_the_store();
  EXPECT_TRUE(ask("pool_manager", "pool.add", {{"resource", "a"}, {"key", "k"}}).has_value());
  EXPECT_TRUE(ask("dag_tracker", "dag.list").has_value());
}

TEST_F(PitWithModulesElsewhere, OneThatCannotGetReadyIsReplacedByTheBuiltInModule) {
  open({plugin("hostile_bad_init")}, {{"dag_tracker", {SYMPHONY_PIT_MODULE, "dag_tracker"}}});
  const json status = pit_->status();
  ASSERT_EQ(status["refused"].size(), 1U) << status["refused"].dump();
  EXPECT_EQ(status["refused"][0]["from"], plugin("hostile_bad_init").string());
  EXPECT_EQ(status["refused"][0]["error"]["message"],
            "The module in \"libhostile_bad_init.so\" could not answer. It is not used; the built-in module works.");
  EXPECT_EQ(status["elsewhere"], json({{"dag_tracker", SYMPHONY_PIT_MODULE}}));
  EXPECT_TRUE(ask("pool_manager", "pool.add", {{"resource", "a"}, {"key", "k"}}).has_value());
  EXPECT_TRUE(ask("dag_tracker", "dag.list").has_value());
}

TEST(ModuleProcess, OneThatDoesNotSayHelloIsNotWaitedForLong) {
  auto bus = std::move(*ipc::Bus::create({}));
  EXPECT_EQ(ProcessModule::start(*bus, {"/bin/sleep", "600"}).error().code, ErrorCode::endpoint_unavailable);
}

TEST(ModuleProcess, AStaleManagerAloneSaysWhatItLacks) {
  auto bus = std::move(*ipc::Bus::create({}));
  auto started = ProcessModule::start(*bus, {SYMPHONY_PIT_MODULE, "stale_manager"});
  ASSERT_TRUE(started.has_value()) << started.error().message;
  Module& module = **started;
  ASSERT_TRUE(module.init(json::object()).has_value());
  EXPECT_EQ(send(module, "conductor", "stale.policies", json::object()).value(), json({{"policies", json::array()}}));
  const Error refused = send(module, "conductor", "stale.evaluate", json::object()).error();
  EXPECT_EQ(refused.code, ErrorCode::endpoint_unavailable);
  EXPECT_NE(refused.message.find("run the built-in stale_manager"), std::string::npos) << refused.message;
  EXPECT_EQ(refused.data["needs"], "artifact_store");
}

TEST(ModuleProcess, EveryBuiltInModuleHasOne) {
  auto bus = std::move(*ipc::Bus::create({}));
  for (const std::string_view id : built_in_ids) {
    auto started = ProcessModule::start(*bus, {SYMPHONY_PIT_MODULE, std::string(id)});
    ASSERT_TRUE(started.has_value()) << id << ": " << started.error().message;
    EXPECT_EQ((*started)->id(), id);
  }
  EXPECT_EQ(ProcessModule::start(*bus, {SYMPHONY_PIT_MODULE, "conductor"}).error().code,
            ErrorCode::endpoint_unavailable);
}

}  // namespace
}  // namespace symphony::pit::tests
