// The Stale Manager over a real Artifact Store, both met by messages.

#include "stale_manager/stale_manager.h"

#include <gtest/gtest.h>
#include <symphony/ipc/interface.h>

#include <atomic>
#include <thread>

#include "../temporary_folder.h"
#include "artifact_store/artifact_store.h"

namespace symphony::pit::tests {
namespace {

using nlohmann::json;

constexpr std::int64_t day = 86'400'000;

class SteppingClock final : public Clock {
 public:
  std::int64_t monotonic_us() const noexcept override { return us += step_us; }
  std::int64_t wall_ms() const noexcept override { return ms; }
  mutable std::atomic<std::int64_t> us{0};
  /// How long everything takes.
  std::atomic<std::int64_t> step_us{0};
  std::atomic<std::int64_t> ms{1'000 * day};
};

class StaleManagerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    start_store();
    start();
  }
  void start_store() {
    store_.reset();
    store_ = std::make_unique<ArtifactStore>(IndexOptions{}, clock_);
    ASSERT_TRUE(store_->init({{"data_directory", data_.path().string()}}).has_value());
  }
  void start() {
    manager_ = std::make_unique<StaleManager>(
        [this](std::string_view method, const json& params) {
          ++asked_;
          return store_->handle_message({method, params, {}});
        },
        clock_);
    ASSERT_TRUE(manager_->init(json::object()).has_value());
  }
  static Result<json> send(Module& module, std::string_view method, const json& params) {
    const auto interface = ipc::Interface::built_in(module.id());
    const Result<ipc::Payload> body = interface->check_params(method, params);
    if (body.has_error()) return body.error();
    Result<json> result = module.handle_message({method, *body->document_if_held(), {}});
    if (result.has_value()) {
      const Result<void> promised = interface->check_result(method, *result);
      EXPECT_TRUE(promised.has_value()) << method << ": " << promised.error().message;
    }
    return result;
  }
  json ask(std::string_view method, const json& params = json::object()) {
    Module& module = method.starts_with("stale.") ? static_cast<Module&>(*manager_) : *store_;
    Result<json> result = send(module, method, params);
    if (result.has_value()) return *std::move(result);
    ADD_FAILURE() << method << params.dump() << ": " << result.error().to_json().dump();
    return nullptr;
  }
  Error refused(std::string_view method, const json& params = json::object()) {
    const json before = manager_->snapshot().value();
    const Result<json> result = send(*manager_, method, params);
    EXPECT_EQ(manager_->snapshot().value(), before) << method << " changed something";
    if (result.has_error()) return result.error();
    ADD_FAILURE() << method << " was not refused: " << result->dump();
    return {};
  }
  /// Three versions of each, all old.
  void fill(int names) {
    for (int name = 0; name < names; ++name) {
      for (int number = 0; number < 3; ++number)
        ask("artifact.put", {{"name", "n" + std::to_string(name)}, {"content", text(name, number)}});
    }
    clock_.ms += 100 * day;
  }
  /// Some pages of the database: a content within one frees none of them when it is compressed.
  static std::string text(int name, int number) {
    std::string made;
    for (int line = 0; line < 1500; ++line)
      made += std::to_string(name) + "/" + std::to_string(number) + " line " + std::to_string(line) + "\n";
    return made;
  }
  void policy(const std::string& goal, json more = json::object()) {
    more["id"] = goal;
    more["goal"] = goal;
    more["unused_ms"] = 30 * day;
    ask("stale.set_policy", {{"policy", more}});
  }
  json until(const std::string& method, const std::string& state) {
    json plan = json::object();
    for (int call = 0; call < 1000 && plan.value("state", "") != state; ++call)
      plan = ask(method, {{"plan", "p"}});
    EXPECT_EQ(plan.value("state", ""), state) << plan.dump();
    return plan;
  }
  std::string tier(const std::string& name, int version) {
    return ask("artifact.describe", {{"name", name}, {"version", version}})["tier"];
  }

  TemporaryFolder data_;
  SteppingClock clock_;
  std::unique_ptr<ArtifactStore> store_;
  std::unique_ptr<StaleManager> manager_;
  std::atomic<int> asked_{0};
};

TEST_F(StaleManagerTest, ADryRunDoesNothingAndThePlanDoesWhatItSaid) {
  fill(10);
  policy("compressed");
  policy("deleted", {{"keep_newest", 2}});
  const json dry = ask("stale.evaluate");
  EXPECT_EQ(dry["examined"], 30);
  EXPECT_EQ(dry["last"], true);
  EXPECT_EQ(dry["actions"].size(), 30U);
  EXPECT_EQ(tier("n0", 1), "hot");
  const json planned = until("stale.plan", "planned");
  EXPECT_EQ(planned["items"], 30);
  EXPECT_EQ(tier("n0", 1), "hot");
  const json done = until("stale.execute", "done");
  EXPECT_EQ(done["done"], 30);
  EXPECT_EQ(done["skipped"], 0);
  EXPECT_GT(done["saved_bytes"], 20 * 2000);
  EXPECT_GT(done["used_before"], done["used_after"]);
  EXPECT_EQ(ask("artifact.versions", {{"name", "n3"}})["versions"].size(), 2U);
  EXPECT_EQ(tier("n3", 3), "compressed");
  EXPECT_EQ(ask("artifact.get", {{"name", "n3"}})["content"], text(3, 2));

  const json undone = until("stale.undo", "undone");
  EXPECT_EQ(undone["saved_bytes"], 0);
  EXPECT_EQ(ask("artifact.versions", {{"name", "n3"}})["versions"].size(), 3U);
  EXPECT_EQ(tier("n3", 1), "hot");
  EXPECT_EQ(ask("store.check")["damaged"], json::array());
}

TEST_F(StaleManagerTest, WhatIsUsedPinnedOrNeededMeanwhileIsLeftAlone) {
  fill(4);
  policy("deleted");
  EXPECT_EQ(until("stale.plan", "planned")["items"], 8);
  ask("artifact.pin", {{"name", "n0"}, {"version", 1}, {"holder", "me"}});
  clock_.ms += 1;
  ask("artifact.get", {{"name", "n1"}, {"version", 1}});
  ask("artifact.put", {{"name", "made"}, {"content", "x"}, {"parents", {{{"name", "n2"}, {"version", 1}}}}});
  ask("artifact.annotate", {{"name", "n3"}, {"version", 1}, {"add_tags", {"training"}}});
  const json done = until("stale.execute", "done");
  EXPECT_EQ(done["done"], 4);
  EXPECT_EQ(done["skipped"], 4);
  EXPECT_EQ(done["reasons"].size(), 4U);
  for (const char* name : {"n0", "n1", "n2", "n3"})
    EXPECT_EQ(ask("artifact.versions", {{"name", name}})["versions"].size(), 2U) << name;
}

TEST_F(StaleManagerTest, APieceEndsWhenItsTimeIsOver) {
  fill(20);
  policy("archived");
  until("stale.plan", "planned");
  // Each look at the clock takes 8 ms, so does what is done in between.
  clock_.step_us = 8000;
  const json piece = ask("stale.execute", {{"plan", "p"}, {"slice_ms", 20}});
  EXPECT_EQ(piece["state"], "executing");
  EXPECT_EQ(piece["done"], 3);
  EXPECT_EQ(ask("stale.execute", {{"plan", "p"}, {"slice_ms", 1000}, {"items", 2}})["done"], 5);
  clock_.step_us = 0;
  until("stale.execute", "done");
  clock_.step_us = 8000;
  const json back = ask("stale.undo", {{"plan", "p"}, {"slice_ms", 20}});
  EXPECT_EQ(back["state"], "undoing");
  clock_.step_us = 0;
  until("stale.undo", "undone");
  EXPECT_EQ(tier("n7", 2), "hot");
}

TEST_F(StaleManagerTest, APlanGoesOnAfterTheProgramEnded) {
  fill(10);
  policy("archived");
  until("stale.plan", "planned");
  ask("stale.execute", {{"plan", "p"}, {"items", 7}});
  const json kept = manager_->snapshot().value();
  // What was done after the snapshot is done all the same.
  ask("stale.execute", {{"plan", "p"}, {"items", 3}});
  start_store();
  start();
  ASSERT_TRUE(manager_->restore(kept).has_value());
  EXPECT_EQ(manager_->snapshot().value(), kept);
  const json done = until("stale.execute", "done");
  EXPECT_EQ(done["done"].get<int>() + done["skipped"].get<int>(), 30);
  EXPECT_EQ(tier("n9", 1), "archived");
  until("stale.undo", "undone");
  for (int name = 0; name < 10; ++name)
    EXPECT_EQ(tier("n" + std::to_string(name), 1), "hot") << "also what the snapshot did not know of";
}

TEST_F(StaleManagerTest, PurgeWaitsUntilAnUndoIsNoLongerPossible) {
  fill(2);
  policy("deleted");
  until("stale.plan", "planned");
  until("stale.execute", "done");
  EXPECT_EQ(ask("stale.purge")["versions"], 0);
  clock_.ms += 8 * day;
  const json purged = ask("stale.purge");
  EXPECT_EQ(purged["versions"], 4);
  EXPECT_GT(purged["freed_bytes"], 4 * 2000);
  const json undone = until("stale.undo", "undone");
  EXPECT_EQ(ask("artifact.versions", {{"name", "n0"}})["versions"].size(), 1U);
  // A clock that goes back purges nothing.
  clock_.ms = 5;
  EXPECT_EQ(ask("stale.purge")["versions"], 0);
}

TEST_F(StaleManagerTest, DamageIsCountedAndDoesNotStopTheRest) {
  fill(2);
  policy("archived");
  until("stale.plan", "planned");
  {
    // Behind the store's back.
    const auto path = data_.path() / "store.sqlite";
    Database other = Database::open(path.string());
    other.execute("UPDATE content SET data=substr(data,2) WHERE hash=(SELECT min(hash) FROM content)");
  }
  const json done = until("stale.execute", "done");
  EXPECT_EQ(done["failed"], 1);
  EXPECT_EQ(done["done"], 5);
}

TEST_F(StaleManagerTest, BadInputIsRefusedAndChangesNothing) {
  const auto path = [](const Error& error) { return error.data.value("path", ""); };
  EXPECT_EQ(path(refused("stale.set_policy", {{"policy", {{"id", "x"}, {"goal", "hot"}}}})), "/policy/goal");
  EXPECT_EQ(path(refused("stale.set_policy", {{"policy", {{"id", "x"}, {"goal", "deleted"}}}})), "/policy");
  EXPECT_EQ(path(refused("stale.set_policy", {{"policy", {{"id", "x"}, {"goal", "deleted"}, {"unused_ms", -1}}}})),
            "/policy/unused_ms");
  EXPECT_EQ(path(refused("stale.set_policy", json::object())), "/policy");
  EXPECT_EQ(path(refused("stale.plan", {{"plan", ""}})), "/plan");
  EXPECT_EQ(refused("stale.plan", {{"plan", "p"}}).code, ErrorCode::invalid_request) << "there is no policy";
  EXPECT_EQ(refused("stale.execute", {{"plan", "nobody"}}).code, ErrorCode::not_found);
  EXPECT_EQ(refused("stale.undo", {{"plan", "nobody"}}).code, ErrorCode::not_found);
  EXPECT_EQ(refused("stale.restore", {{"hash", std::string(64, '0')}}).code, ErrorCode::not_found);
  EXPECT_EQ(refused("stale.nothing").code, ErrorCode::method_not_found);
  policy("deleted");
  EXPECT_EQ(refused("stale.plan", {{"plan", ""}}).code, ErrorCode::invalid_params) << "no snapshot could keep it";
  until("stale.plan", "planned");
  EXPECT_EQ(refused("stale.plan", {{"plan", "p"}}).code, ErrorCode::invalid_request);
  EXPECT_EQ(refused("stale.undo", {{"plan", "p"}}).code, ErrorCode::invalid_request);
  for (int number = 0; number < 15; ++number)
    ask("stale.plan", {{"plan", std::to_string(number)}});
  EXPECT_EQ(refused("stale.plan", {{"plan", "more"}}).code, ErrorCode::resource_exhausted);
  ask("stale.forget", {{"plan", "3"}});
  ask("stale.plan", {{"plan", "more"}});
  EXPECT_EQ(ask("stale.report")["plans"].size(), 16U);
}

TEST_F(StaleManagerTest, ASnapshotThatCannotBeUsedChangesNothing) {
  policy("deleted", {{"keep_tags", {"a"}}, {"quality_below", 0.5}});
  until("stale.plan", "planned");
  const json good = manager_->snapshot().value();
  const auto code = [&](const json& state) {
    const auto restored = manager_->restore(state);
    EXPECT_EQ(manager_->snapshot().value(), good) << state.dump();
    return restored.has_error() ? restored.error().code : ErrorCode{};
  };
  EXPECT_EQ(code(nullptr), ErrorCode::invalid_params);
  EXPECT_EQ(code({{"version", 99}}), ErrorCode::version_mismatch);
  EXPECT_EQ(code({{"version", 1}, {"policies", 5}}), ErrorCode::invalid_params);
  EXPECT_EQ(code({{"version", 1}, {"policies", {{{"id", "x"}}}}}), ErrorCode::invalid_params);
  EXPECT_EQ(code({{"version", 1}, {"plans", {{{"plan", "x"}}}}}), ErrorCode::data_corrupted);
  json changed = good;
  changed["plans"][0]["next"] = 7;
  EXPECT_EQ(code(changed), ErrorCode::data_corrupted);
  changed = good;
  changed["plans"][0]["state"] = 17;
  EXPECT_EQ(code(changed), ErrorCode::data_corrupted);
  changed = good;
  changed["plans"][0]["items"] = {{"hash", 9, 0, json::array()}};
  EXPECT_EQ(code(changed), ErrorCode::data_corrupted);
}

TEST_F(StaleManagerTest, OthersComeBetweenTwoItems) {
  fill(40);
  policy("archived");
  until("stale.plan", "planned");
  std::atomic<bool> over{false};
  std::jthread other([&] {
    while (!over) {
      ask("artifact.put", {{"name", "other"}, {"content", "x"}});
      ask("artifact.get", {{"name", "n1"}});
    }
  });
  std::jthread reader([&] {
    while (!over) {
      ask("stale.report");
      manager_->snapshot().value();
    }
  });
  const json done = until("stale.execute", "done");
  over = true;
  EXPECT_EQ(done["failed"], 0);
  EXPECT_EQ(ask("store.check")["damaged"], json::array());
}

}  // namespace
}  // namespace symphony::pit::tests
