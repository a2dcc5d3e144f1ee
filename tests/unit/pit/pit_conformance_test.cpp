// The contract of a module, asked of every module three ways: linked in, from a shared object, in a process of its own.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <ostream>
#include <thread>
#include <tuple>

#include "docs_examples.h"
#include "fresh_module.h"
#include "hosted_module.h"
#include "remote/plugin_module.h"
#include "remote/process_module.h"

namespace symphony::pit::tests {
namespace {

using nlohmann::json;

enum class Way : std::uint8_t { linked, plugin, process };

constexpr std::string_view name_of(Way way) {
  return way == Way::linked ? "linked" : way == Way::plugin ? "plugin" : "process";
}

/// What is particular to a module.
struct Particulars {
  /// A request that is right, and that must be refused when `field` is of another type or missing.
  std::string method;
  json params;
  std::string field;
  /// How a state comes about. A "folder" is the test's own.
  std::vector<std::pair<std::string, json>> history;
  /// Requests that change nothing, and whose answers follow from the state.
  std::vector<std::pair<std::string, json>> questions;
};

const Particulars& particulars_of(std::string_view module) {
  static const json none = json::object();
  static const json graph = {
      {"graph", "g"}, {"nodes", {{{"id", "a"}}, {{"id", "b"}, {"hard", {"a"}}}, {{"id", "c"}, {"soft", {"a"}}}}}};
  static const std::map<std::string_view, Particulars> all = {
      {"artifact_store",
       {"artifact.put",
        {{"name", "n"}, {"content", "c"}},
        "name",
        {{"index.open", {{"folder", "FOLDER"}}}},
        {{"artifact.list", none}, {"index.status", none}}}},
      {"pool_manager",
       {"pool.add",
        {{"resource", "r"}, {"key", "k"}},
        "resource",
        {{"pool.add", {{"resource", "a"}, {"key", "k"}}},
         {"pool.add", {{"resource", "b"}, {"key", "l"}}},
         {"pool.allocate", {{"key", "k"}, {"holder", "me"}}},
         {"pool.prewarm", {{"key", "l"}}}},
        {{"pool.status", none}, {"pool.describe", {{"resource", "a"}}}, {"pool.history", none}}}},
      {"arbitration_engine",
       {"arbitration.define",
        {{"resource", "r"}, {"kind", "capacity"}, {"capacity", 2}},
        "resource",
        {{"arbitration.define", {{"resource", "cores"}, {"kind", "capacity"}, {"capacity", 2}}},
         {"arbitration.request", {{"claims", {{{"resource", "cores"}, {"amount", 2}}}}, {"holder", "me"}}},
         {"arbitration.request",
          {{"claims", {{{"resource", "cores"}, {"amount", 1}}}}, {"holder", "you"}, {"wait_ms", 5000}}}},
        {{"arbitration.status", none}, {"arbitration.audit", none}}}},
      {"dag_tracker",
       {"dag.create",
        graph,
        "graph",
        {{"dag.create", graph},
         {"dag.start", {{"graph", "g"}}},
         {"dag.report", {{"graph", "g"}, {"changes", {{{"node", "a"}, {"state", "allocated"}}}}}}},
        {{"dag.list", none},
         {"dag.order", {{"graph", "g"}}},
         {"dag.status", {{"graph", "g"}, {"nodes", {"a", "b", "c"}}}}}}},
      {"stale_manager",
       {"stale.remove_policy",
        {{"id", "p"}},
        "id",
        {{"stale.set_policy", {{"policy", {{"id", "p"}, {"goal", "archived"}, {"larger_than", 1}}}}},
         {"artifact.put", {{"name", "log"}, {"content", "aaaa"}}},
         {"artifact.put", {{"name", "log"}, {"content", "bbbb"}}},
         {"stale.plan", {{"plan", "weekly"}}}},
        {{"stale.policies", none}, {"stale.report", none}}}},
  };
  return all.at(module);
}

using Parameters = std::tuple<std::string_view, Way>;

class Conformance : public ::testing::TestWithParam<Parameters> {
 protected:
  static std::string id() { return std::string(std::get<0>(GetParam())); }
  static Way way() { return std::get<1>(GetParam()); }
  static const Particulars& particulars() { return particulars_of(std::get<0>(GetParam())); }

  /// A module of the way, not initialised.
  std::unique_ptr<Module> fresh() {
    const std::filesystem::path folder = SYMPHONY_TEST_PLUGINS;
    auto made = [&]() -> Result<std::unique_ptr<Module>> {
      if (way() == Way::plugin) return PluginModule::load(folder / ("lib" + id() + "_plugin.so"));
      if (way() == Way::process) return ProcessModule::start(*bus_, {folder / (id() + "_process")});
      return fresh_module(id(), clock_);
    }();
    if (made.has_value()) return std::move(*made);
    ADD_FAILURE() << made.error().message;
    return nullptr;
  }
  /// One that is ready, with a data directory of its own.
  std::unique_ptr<Module> ready() {
    auto module = fresh();
    folders_.push_back(std::make_unique<TemporaryFolder>());
    if (module) init(*module, *folders_.back());
    return module;
  }
  static void init(Module& module, const TemporaryFolder& folder) {
    const Result<void> done = module.init({{"data_directory", folder.path().string()}});
    EXPECT_TRUE(done.has_value()) << done.error().message;
  }
  /// As a host that checks nothing: a module does not rely on who hosts it.
  static Result<json> unchecked(Module& module, std::string_view method, const json& params) {
    return module.handle_message({method, params, {}, "conductor"});
  }
  /// With a state that is not the one of the beginning.
  std::unique_ptr<Module> lived() {
    auto module = ready();
    for (const auto& [method, params] : particulars().history) {
      json sent = params;
      if (sent.contains("folder")) sent["folder"] = workspace_.path().string();
      const auto done = unchecked(*module, method, sent);
      EXPECT_TRUE(done.has_value()) << method << ": " << done.error().to_json().dump();
    }
    return module;
  }
  static json answers(Module& module) {
    json all = json::array();
    for (const auto& [method, params] : particulars().questions) {
      const auto answer = unchecked(module, method, params);
      all.push_back(answer.has_value() ? *answer : answer.error().to_json());
      // Counted since the start, no state.
      for (const char* const count : {"since_start", "hit_rate", "decisions", "deadlocks"}) {
        if (all.back().is_object()) all.back().erase(count);
      }
      // How far it has come with the index is another thing every moment.
      if (method == "index.status") all.back() = all.back()["folder"];
    }
    return all;
  }
  /// The answer is an error that says something, and everything is as it was before.
  template <class Do>
  static Error refused(Module& module, const Do& act) {
    const json state = module.snapshot().value();
    const json before = answers(module);
    const auto result = act();
    EXPECT_EQ(module.snapshot().value(), state);
    EXPECT_EQ(answers(module), before);
    if (result.has_value()) {
      ADD_FAILURE() << "it was not refused";
      return {};
    }
    EXPECT_FALSE(result.error().message.empty());
    EXPECT_NE(result.error().code, ErrorCode::internal_error) << result.error().message;
    return result.error();
  }
  static json with(const json& value) {
    json params = particulars().params;
    params[particulars().field] = value;
    return params;
  }

  // A process and its bus outlive the modules of a test, which end first.
  std::unique_ptr<ipc::Bus> bus_ = std::move(*ipc::Bus::create({}));
  ManualClock clock_;
  TemporaryFolder workspace_;
  std::vector<std::unique_ptr<TemporaryFolder>> folders_;
};

TEST_P(Conformance, ItIsWhatTheLinkedModuleIs) {
  const auto module = fresh();
  const auto linked = fresh_module(id(), clock_);
  EXPECT_EQ(module->id(), id());
  EXPECT_EQ(module->traits().keeping, linked->traits().keeping);
  EXPECT_EQ(module->traits().holder_gone, linked->traits().holder_gone);
  for (const std::string& method : ipc::Interface::built_in(id())->methods()) {
    // Whatever a process does, it is waited for.
    const Execution expected = way() == Way::process ? Execution::pool : linked->execution(method);
    EXPECT_EQ(module->execution(method), expected) << method;
  }
}

TEST_P(Conformance, ItGetsReadyAndIsHealthy) {
  const auto module = ready();
  EXPECT_FALSE(module->problem().has_value()) << module->problem()->message;
  const auto answered =
      unchecked(*module, particulars().questions.front().first, particulars().questions.front().second);
  EXPECT_TRUE(answered.has_value()) << answered.error().message;
}

TEST_P(Conformance, TheDocumentedExamplesAreAnsweredAsThePageSays) {
  std::ifstream page(SYMPHONY_PIT_PAGE);
  int run = 0;
  for (const Example& example : read_examples(page)) {
    if (example.module != id()) continue;
    SCOPED_TRACE("the example at line " + std::to_string(example.number));
    clock_.set_monotonic_us(ManualClock().monotonic_us());
    clock_.set_wall_ms(ManualClock().wall_ms());
    auto module = fresh();
    Module& asked = *module;
    Runner runner(std::move(module), [&](std::int64_t ms) {
      if (way() == Way::linked) {
        clock_.advance_ms(ms);
      } else {
        EXPECT_TRUE(unchecked(asked, "test.advance_ms", {{"ms", ms}}).has_value());
      }
    });
    runner.run(example);
    ++run;
  }
  EXPECT_GT(run, 0);
}

TEST_P(Conformance, AnUnknownMethodIsSaidToBeOne) {
  const auto module = lived();
  for (const std::string method : {"no.such", "", "init", "snapshot"}) {
    const Error error = refused(*module, [&] { return unchecked(*module, method, json::object()); });
    EXPECT_EQ(error.code, ErrorCode::method_not_found) << method;
  }
}

TEST_P(Conformance, AWrongTypeIsRefusedWithItsPlace) {
  const auto module = lived();
  for (const json& wrong : {json(5), json(nullptr), json(true), json(1.5), json::array(), json::object()}) {
    const Error error = refused(*module, [&] { return unchecked(*module, particulars().method, with(wrong)); });
    EXPECT_EQ(error.code, ErrorCode::invalid_params) << wrong.dump();
    EXPECT_EQ(error.data["path"], "/" + particulars().field) << wrong.dump();
  }
}

TEST_P(Conformance, ParametersThatAreNoObjectAreRefused) {
  const auto module = lived();
  for (const json& wrong : {json(nullptr), json(5), json("text"), json::array({1, 2})}) {
    const Error error = refused(*module, [&] { return unchecked(*module, particulars().method, wrong); });
    EXPECT_EQ(error.code, ErrorCode::invalid_params) << wrong.dump();
  }
}

TEST_P(Conformance, AMissingFieldIsRefusedWithItsPlace) {
  const auto module = lived();
  json params = particulars().params;
  params.erase(particulars().field);
  const Error error = refused(*module, [&] { return unchecked(*module, particulars().method, params); });
  EXPECT_EQ(error.code, ErrorCode::invalid_params);
  EXPECT_EQ(error.data["path"], "/" + particulars().field);
}

TEST_P(Conformance, WhatIsNestedTooDeeplyIsRefused) {
  const auto module = lived();
  json deep = "the bottom";
  for (int level = 0; level < 1000; ++level)
    deep = json::array({std::move(deep)});
  const Error error = refused(*module, [&] { return unchecked(*module, particulars().method, with(deep)); });
  // A border a document passes refuses the depth, the module itself the type.
  const std::vector<ErrorCode> expected = {ErrorCode::invalid_params, ErrorCode::parse_error};
  EXPECT_NE(std::find(expected.begin(), expected.end(), error.code), expected.end()) << error.message;
}

TEST_P(Conformance, AHugeMessageIsRefused) {
  const auto module = lived();
  const json huge = std::string(100'000'000, 'x');
  const Error error = refused(*module, [&] { return send(*module, "conductor", particulars().method, with(huge)); });
  EXPECT_EQ(error.code, ErrorCode::payload_too_large) << error.message;
  EXPECT_EQ(error.data["path"], "/" + particulars().field);
  if (way() == Way::linked) return;  // nothing carries it
  const Error carried = refused(*module, [&] { return unchecked(*module, particulars().method, with(huge)); });
  EXPECT_TRUE(carried.code == ErrorCode::payload_too_large || carried.code == ErrorCode::parse_error)
      << carried.message;
  EXPECT_LT(carried.message.size(), 4096U) << "an error is not as large as what was wrong";
}

TEST_P(Conformance, AStateIsTheSameInAnotherModule) {
  const auto first = lived();
  const json state = first->snapshot().value();
  ASSERT_TRUE(state.is_object()) << state.dump();
  EXPECT_GE(state["version"].get<int>(), 1);
  const auto second = ready();
  EXPECT_NE(second->snapshot().value(), state) << "there is something to restore";
  const Result<void> restored = second->restore(state);
  ASSERT_TRUE(restored.has_value()) << restored.error().message;
  EXPECT_EQ(second->snapshot().value(), state);
  EXPECT_EQ(answers(*second), answers(*first));
  // It replaces what is there, and does it as often as one likes.
  ASSERT_TRUE(second->restore(state).has_value());
  EXPECT_EQ(second->snapshot().value(), state);
}

TEST_P(Conformance, AStateOfTheLinkedModuleIsOneOfThisAndBack) {
  // What was kept while a module was elsewhere must serve the built-in one, and the other way round.
  const auto here = lived();
  folders_.push_back(std::make_unique<TemporaryFolder>());
  const auto linked = fresh_module(id(), clock_);
  init(*linked, *folders_.back());
  ASSERT_TRUE(linked->restore(here->snapshot().value()).has_value());
  EXPECT_EQ(answers(*linked), answers(*here));
  const auto back = ready();
  ASSERT_TRUE(back->restore(linked->snapshot().value()).has_value());
  EXPECT_EQ(answers(*back), answers(*here));
}

TEST_P(Conformance, AStateOfANewerVersionIsRefused) {
  const auto module = lived();
  json newer = module->snapshot().value();
  newer["version"] = newer["version"].get<int>() + 1;
  const Error error = refused(*module, [&] { return module->restore(newer); });
  EXPECT_EQ(error.code, ErrorCode::version_mismatch) << error.message;
}

TEST_P(Conformance, AStateThatMakesNoSenseIsRefused) {
  const auto module = lived();
  const json good = module->snapshot().value();
  for (const json& wrong : {json(nullptr), json(5), json("text"), json::array(), json::object()}) {
    const Error error = refused(*module, [&] { return module->restore(wrong); });
    EXPECT_TRUE(error.code == ErrorCode::invalid_params || error.code == ErrorCode::data_corrupted) << wrong.dump();
  }
  for (const auto& [member, value] : good.items()) {
    json wrong = good;
    wrong[member] = 0.5;
    const Error error = refused(*module, [&] { return module->restore(wrong); });
    EXPECT_TRUE(error.code == ErrorCode::invalid_params || error.code == ErrorCode::data_corrupted) << member;
  }
}

TEST_P(Conformance, AHalfWrittenStateIsSetAsideAndTheModuleBeginsAnew) {
  if (fresh()->traits().keeping != Keeping::host) {
    // Who keeps its own state has no such file; the tests of the store kill it at each write.
    folders_.push_back(std::make_unique<TemporaryFolder>());
    HostedModule host(*bus_, fresh());
    ASSERT_TRUE(
        host.start({{"data_directory", folders_.back()->path().string()}}, *folders_.back() / "pit").has_value());
    EXPECT_EQ(host.status()["keeps"], "itself");
    host.shutdown();
    return;
  }
  const TemporaryFolder written;
  const std::string file = id() + ".snapshot";
  ASSERT_TRUE(SnapshotFile(written / file, id()).write(lived()->snapshot().value()).has_value());
  const std::string whole = written.read(file);
  const json begun = ready()->snapshot().value();
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, whole.size() / 2, whole.size() - 1, whole.size()}) {
    SCOPED_TRACE(size);
    folders_.push_back(std::make_unique<TemporaryFolder>());
    const TemporaryFolder& data = *folders_.back();
    data.write("pit/" + file, std::string_view(whole).substr(0, size));
    auto module = fresh();
    Module& held = *module;
    HostedModule host(*bus_, std::move(module));
    ASSERT_TRUE(host.start({{"data_directory", data.path().string()}}, data / "pit").has_value());
    const json status = host.status();
    if (size == whole.size()) {
      EXPECT_EQ(status["health"], "healthy") << status.dump();
      EXPECT_NE(held.snapshot().value(), begun);
    } else {
      EXPECT_EQ(status["health"], "degraded");
      EXPECT_EQ(status["error"]["code"], static_cast<int>(ErrorCode::data_corrupted)) << status.dump();
      EXPECT_TRUE(std::filesystem::exists(status["error"]["data"]["set_aside"].get<std::string>())) << status.dump();
      EXPECT_EQ(held.snapshot().value(), begun);
    }
    host.shutdown();
  }
}

TEST_P(Conformance, ManyMayAskAtOnce) {
  const auto module = lived();
  const json expected = answers(*module);
  std::vector<json> got(4);
  {
    std::vector<std::jthread> callers;
    for (json& answer : got) {
      callers.emplace_back([&] {
        for (int time = 0; time < 20 && (time == 0 || answer == expected); ++time)
          answer = answers(*module);
      });
    }
  }
  for (const json& answer : got)
    EXPECT_EQ(answer, expected);
}

TEST_P(Conformance, AfterItsEndAnotherGoesOnInTheSameFolder) {
  const TemporaryFolder data;
  auto first = fresh();
  init(*first, data);
  ASSERT_TRUE(unchecked(*first, particulars().method, particulars().params).has_value() || id() == "stale_manager");
  const json said = answers(*first);
  const json state = first->snapshot().value();
  first->shutdown();
  first.reset();
  const auto second = fresh();
  init(*second, data);
  if (second->traits().keeping == Keeping::host) {
    EXPECT_TRUE(second->restore(state).has_value());
  }
  EXPECT_EQ(answers(*second), said);
  EXPECT_FALSE(second->problem().has_value());
  second->shutdown();
}

std::string name_of_case(const ::testing::TestParamInfo<Parameters>& info) {
  return std::string(std::get<0>(info.param)) + "_" + std::string(name_of(std::get<1>(info.param)));
}

INSTANTIATE_TEST_SUITE_P(EveryModuleEveryWay, Conformance,
                         ::testing::Combine(::testing::ValuesIn(module_ids),
                                            ::testing::Values(Way::linked, Way::plugin, Way::process)),
                         name_of_case);

}  // namespace
}  // namespace symphony::pit::tests
