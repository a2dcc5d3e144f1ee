// The Pool Manager: leases, states, room, health, and what it refuses.

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <thread>

#include "module_fixture.h"
#include "pool_manager/pool_manager.h"

namespace symphony::pit::tests {
namespace {

using nlohmann::json;
using pool::State;

class PoolManagerTest : public ModuleTest<PoolManager> {
 protected:
  void add(const std::string& resource, const std::string& key = "k", std::uint64_t bytes = 0) {
    ask("pool.add", {{"resource", resource}, {"key", key}, {"memory_bytes", bytes}});
  }
  /// One that is ready.
  void ready(const std::string& resource, const std::string& key = "k", std::uint64_t bytes = 0) {
    add(resource, key, bytes);
    while (state(resource) != "loading")
      ASSERT_EQ(ask("pool.prewarm", {{"key", key}})["loading"].size(), 1U);
    ask("pool.report", {{"resource", resource}, {"state", "ready"}});
  }
  std::string state(const std::string& resource) {
    return ask("pool.describe", {{"resource", resource}})["state"].get<std::string>();
  }
  json allocate(const std::string& key = "k", const std::string& by = "user", std::uint64_t lease_ms = 300000) {
    return ask("pool.allocate", {{"key", key}, {"lease_ms", lease_ms}}, by);
  }
  json counted() { return ask("pool.status")["since_start"]; }
};

TEST_F(PoolManagerTest, AHitIsReadyAtOnceAndComesBackReady) {
  ready("a");
  const json lease = allocate();
  EXPECT_EQ(lease["grade"], "hit");
  EXPECT_EQ(lease["state"], "active");
  EXPECT_EQ(ask("pool.describe", {{"resource", "a"}})["holder"], "user");
  EXPECT_EQ(ask("pool.release", {{"lease", lease["lease"]}}, "user")["state"], "ready");
  EXPECT_EQ(ask("pool.status")["hit_rate"], 1.0);
}

TEST_F(PoolManagerTest, WhatIsOnItsWayIsWarm) {
  add("a");
  ask("pool.prewarm", {{"key", "k"}});
  const json lease = allocate();
  EXPECT_EQ(lease["grade"], "warm");
  EXPECT_EQ(lease["state"], "loading");
  EXPECT_EQ(ask("pool.report", {{"resource", "a"}, {"state", "warming"}})["state"], "warming");
  EXPECT_EQ(ask("pool.report", {{"resource", "a"}, {"state", "ready"}})["state"], "active");
}

TEST_F(PoolManagerTest, WhatIsStillInMemoryIsTakenBack) {
  ready("a");
  ask("pool.evict", {{"resource", "a"}});
  EXPECT_EQ(state("a"), "cooling");
  EXPECT_EQ(ask("pool.status")["loaded"], 0);
  const json lease = allocate();
  EXPECT_EQ(lease["grade"], "warm");
  EXPECT_EQ(lease["state"], "active");
  EXPECT_EQ(ask("pool.status")["loaded"], 1);
}

TEST_F(PoolManagerTest, TheOneThatWorkedLastIsTakenFirst) {
  ready("a");
  ready("b");
  const json first = allocate();
  const json second = allocate();
  ask("pool.release", {{"lease", second["lease"]}}, "user");
  ask("pool.release", {{"lease", first["lease"]}}, "user");
  EXPECT_EQ(allocate()["resource"], first["resource"]);
}

TEST_F(PoolManagerTest, TheLeastRecentlyUsedGoesWhenTheCountIsReached) {
  ask("pool.resize", {{"count", 2}, {"memory_bytes", 100}});
  ready("a", "x");
  ready("b", "y");
  ask("pool.release", {{"lease", allocate("x")["lease"]}}, "user");  // now y is the older one
  add("c", "z");
  EXPECT_EQ(allocate("z")["evicted"], json({"b"}));
  EXPECT_EQ(ask("pool.history", {{"resource", "b"}})["transitions"].back()["reason"], "evicted_for_count");
}

TEST_F(PoolManagerTest, MemoryIsBoundedAsWell) {
  ask("pool.resize", {{"count", 10}, {"memory_bytes", 100}});
  ready("a", "x", 40);
  ready("b", "y", 40);
  add("c", "z", 70);
  EXPECT_EQ(allocate("z")["evicted"], json({"a", "b"}));
  EXPECT_EQ(ask("pool.status")["memory_bytes"], 70);
  add("d", "w", 101);
  const Error error = refused("pool.allocate", {{"key", "w"}});
  EXPECT_EQ(error.code, ErrorCode::resource_exhausted);
  EXPECT_EQ(error.data["path"], "/key");
  EXPECT_EQ(error.data["room"]["memory_bytes"], 100);
}

TEST_F(PoolManagerTest, WhatIsLeasedIsNeverEvicted) {
  ask("pool.resize", {{"count", 1}, {"memory_bytes", 100}});
  ready("a", "x");
  const json lease = allocate("x");
  add("b", "y");
  EXPECT_EQ(refused("pool.allocate", {{"key", "y"}}).code, ErrorCode::resource_exhausted);
  EXPECT_EQ(refused("pool.evict", {{"resource", "a"}}).code, ErrorCode::invalid_request);
  EXPECT_EQ(refused("pool.remove", {{"resource", "a"}}).code, ErrorCode::invalid_request);
  EXPECT_EQ(ask("pool.evict", {{"count", 5}})["evicted"], json::array());
  ask("pool.release", {{"lease", lease["lease"]}}, "user");
  EXPECT_EQ(allocate("y")["evicted"], json({"a"}));
}

TEST_F(PoolManagerTest, ASmallerRoomEvictsNowAndTheRestWhenItIsReleased) {
  ready("a");
  ready("b");
  ready("c");
  const json lease = allocate();
  EXPECT_EQ(ask("pool.resize", {{"count", 1}, {"memory_bytes", 0}})["evicted"].size(), 2U);
  EXPECT_EQ(ask("pool.resize", {{"count", 1}, {"memory_bytes", 0}})["evicted"].size(), 0U);
  EXPECT_EQ(ask("pool.release", {{"lease", lease["lease"]}}, "user")["state"], "ready");
  ready("d", "other", 0);
  EXPECT_EQ(ask("pool.status")["loaded"], 1);
}

TEST_F(PoolManagerTest, WhatIsReleasedIntoAFullRoomCools) {
  ready("a");
  ready("b");
  const json first = allocate();
  allocate();
  ask("pool.resize", {{"count", 1}, {"memory_bytes", 0}});
  EXPECT_EQ(ask("pool.release", {{"lease", first["lease"]}}, "user")["state"], "cooling");
}

TEST_F(PoolManagerTest, ALeaseEndsOnceAndSaysHow) {
  ready("a");
  const json lease = allocate("k", "user", 1000);
  const json release = {{"lease", lease["lease"]}};
  EXPECT_EQ(refused("pool.release", release, "other").code, ErrorCode::permission_denied);
  EXPECT_EQ(refused("pool.renew", release, "other").data["reason"], "not_yours");
  ask("pool.release", release, "user");
  EXPECT_EQ(refused("pool.release", release, "user").data["reason"], "released");

  const json second = {{"lease", allocate("k", "user", 1000)["lease"]}};
  EXPECT_NE(second, release) << "a lease's id is never used again";
  EXPECT_EQ(refused("pool.release", release, "user").data["reason"], "ended");
  clock_.advance_ms(999);
  EXPECT_EQ(ask("pool.renew", {{"lease", second["lease"]}, {"lease_ms", 500}}, "user")["expires_in_ms"], 500);
  clock_.advance_ms(500);
  const Result<json> late = send(*module_, "user", "pool.release", second);
  ASSERT_TRUE(late.has_error());
  EXPECT_EQ(late.error().code, ErrorCode::deadline_exceeded);
  EXPECT_EQ(late.error().data["reason"], "expired");
  EXPECT_EQ(state("a"), "ready");
  EXPECT_EQ(counted()["expired"], 1);
}

TEST_F(PoolManagerTest, AnExpiredLeaseIsGivenToTheNextWhoAsks) {
  ready("a");
  for (const std::int64_t wait : {1000, 400'000, 90'000'000}) {  // within, beyond one and many turns of the wheel
    allocate("k", "user", static_cast<std::uint64_t>(std::min<std::int64_t>(wait, 86'400'000)));
    EXPECT_EQ(refused("pool.allocate", {{"key", "k"}}).code, ErrorCode::resource_exhausted);
    clock_.advance_ms(wait);
    EXPECT_EQ(allocate("k", "next")["grade"], "hit");
    ask("pool.holder_gone", {{"holder", "next"}});
  }
  EXPECT_EQ(counted()["expired"], 3);
}

TEST_F(PoolManagerTest, AClockThatGoesBackStandsStill) {
  ready("a");
  const json lease = allocate("k", "user", 1000);
  const std::int64_t before = clock_.monotonic_us();
  clock_.set_monotonic_us(5);
  clock_.set_wall_ms(-5);
  EXPECT_EQ(ask("pool.describe", {{"resource", "a"}})["expires_in_ms"], 1000);
  clock_.set_monotonic_us(before + 999'000);
  EXPECT_EQ(ask("pool.describe", {{"resource", "a"}})["expires_in_ms"], 1);
  ask("pool.release", {{"lease", lease["lease"]}}, "user");
}

TEST_F(PoolManagerTest, AHolderThatIsGoneLosesItsLeasesAndNobodyElse) {
  for (const char* name : {"a", "b", "c", "d"})
    ready(name);
  send(*module_, "user", "pool.allocate", {{"key", "k"}}, "1").value();
  send(*module_, "user", "pool.allocate", {{"key", "k"}}, "2").value();
  const json on_behalf = ask("pool.allocate", {{"key", "k"}, {"holder", "user"}, {"instance", "1"}});
  const json other = allocate("k", "other");
  EXPECT_EQ(ask("pool.holder_gone", {{"holder", "nobody"}})["reclaimed"], 0);
  EXPECT_EQ(ask("pool.holder_gone", {{"holder", "user"}, {"instance", "1"}})["reclaimed"], 2);
  EXPECT_EQ(
      refused("pool.release", {{"lease", on_behalf["lease"]}, {"holder", "user"}, {"instance", "1"}}).data["reason"],
      "reclaimed");
  EXPECT_EQ(ask("pool.holder_gone", {{"holder", "user"}})["reclaimed"], 1);
  EXPECT_EQ(ask("pool.status")["leases"], 1);
  ask("pool.release", {{"lease", other["lease"]}}, "other");
}

TEST_F(PoolManagerTest, AfterANewStartNothingIsHeldAndNothingInMemory) {
  ready("a");
  ready("b");
  allocate();
  EXPECT_EQ(ask("pool.holder_gone")["reclaimed"], 1);
  EXPECT_EQ(state("a"), "unloaded");
  EXPECT_EQ(state("b"), "unloaded");
  EXPECT_EQ(ask("pool.status")["loaded"], 0);
}

TEST_F(PoolManagerTest, OneThatFailsTooOftenRests) {
  ready("a");
  for (int use = 0; use < 2; ++use)
    EXPECT_EQ(ask("pool.release", {{"lease", allocate()["lease"]}, {"succeeded", false}}, "user")["state"], "ready");
  EXPECT_EQ(ask("pool.describe", {{"resource", "a"}})["failures"], 2);
  EXPECT_EQ(ask("pool.release", {{"lease", allocate()["lease"]}, {"succeeded", false}}, "user")["state"], "failed");
  EXPECT_EQ(refused("pool.allocate", {{"key", "k"}}).code, ErrorCode::resource_exhausted);
  EXPECT_EQ(ask("pool.describe", {{"resource", "a"}})["retry_in_ms"], 1000);
  clock_.advance_ms(1000);
  EXPECT_EQ(allocate()["grade"], "cold");
  ask("pool.fail", {{"resource", "a"}, {"reason", "again"}});
  EXPECT_EQ(ask("pool.describe", {{"resource", "a"}})["retry_in_ms"], 2000) << "the second time it rests longer";
}

TEST_F(PoolManagerTest, FiveFailuresOfEightAreTooManyToo) {
  ready("a");
  std::string last;
  for (const bool good : {false, false, true, false, false, true, false})
    last = ask("pool.release", {{"lease", allocate()["lease"]}, {"succeeded", good}}, "user")["state"];
  EXPECT_EQ(last, "failed");
  EXPECT_EQ(ask("pool.history")["transitions"].back()["reason"], "unhealthy");
}

TEST_F(PoolManagerTest, OneThatFailedLatelyIsTakenLast) {
  ready("a");
  ready("b");
  const json bad = allocate();
  ask("pool.release", {{"lease", bad["lease"]}, {"succeeded", false}}, "user");
  EXPECT_NE(allocate()["resource"], bad["resource"]);
}

TEST_F(PoolManagerTest, AFailureMovesTheLease) {
  ready("a");
  ready("b");
  const json lease = allocate("k", "user", 9000);
  clock_.advance_ms(4000);
  const json failure = ask("pool.fail", {{"resource", lease["resource"]}, {"reason", "it hangs"}})["failure"];
  EXPECT_EQ(failure["holder"], "user");
  EXPECT_EQ(failure["replacement"]["grade"], "hit");
  EXPECT_EQ(failure["replacement"]["expires_in_ms"], 5000);
  const Error moved = refused("pool.renew", {{"lease", lease["lease"]}}, "user");
  EXPECT_EQ(moved.data["reason"], "moved");
  EXPECT_EQ(moved.data["lease"], failure["replacement"]["lease"]);
  ask("pool.release", {{"lease", moved.data["lease"]}}, "user");
}

TEST_F(PoolManagerTest, WhereNothingCanStandInTheLeaseEnds) {
  ready("a");
  const json lease = allocate();
  EXPECT_EQ(ask("pool.fail", {{"resource", "a"}, {"reason", "broken"}})["failure"]["replacement"], nullptr);
  EXPECT_EQ(refused("pool.renew", {{"lease", lease["lease"]}}, "user").data["reason"], "failed");
  EXPECT_EQ(refused("pool.fail", {{"resource", "a"}, {"reason", "again"}}).code, ErrorCode::invalid_request);
}

TEST_F(PoolManagerTest, WhatIsExpectedIsLoadedByItsSavingAndSpared) {
  ask("pool.resize", {{"count", 3}, {"memory_bytes", 0}});
  ready("idle", "idle");
  for (const auto& [key, load_ms] : std::map<std::string, int>{{"likely", 100}, {"slow", 1000}, {"dear", 5000}})
    ask("pool.add", {{"resource", key}, {"key", key}, {"load_ms", load_ms}});
  const auto expect = [](const char* key, double probability) {
    return json{{"key", key}, {"probability", probability}, {"within_ms", 1000}};
  };
  // 900, 500 and 100 ms are to be saved; too unlikely: 950; nobody knows the last.
  const json expected = {expect("likely", 0.9), expect("slow", 0.5), expect("dear", 0.19), expect("unknown", 1)};
  const json done = ask("pool.predict", {{"expected", expected}});
  EXPECT_EQ(done["loading"], json({"slow", "likely"}));
  EXPECT_EQ(done["evicted"], json::array()) << "nothing goes for a guess";
  EXPECT_EQ(ask("pool.predict", {{"expected", expected}})["loading"], json::array()) << "it is on its way";
  ask("pool.report", {{"resource", "slow"}, {"state", "ready"}});
  ask("pool.release", {{"lease", allocate("idle")["lease"]}}, "user");  // the most recently used now
  EXPECT_EQ(allocate("dear")["evicted"], json({"idle"})) << "what is expected is spared";
  clock_.advance_ms(1000);
  add("last", "last");
  EXPECT_EQ(allocate("last")["evicted"], json({"slow"})) << "its time is over";
}

TEST_F(PoolManagerTest, OnlyTheLoaderMovesAResourceOn) {
  add("a");
  const auto report = [&](const char* state) { return refused("pool.report", {{"resource", "a"}, {"state", state}}); };
  for (const char* state : {"warming", "ready", "unloaded"})
    EXPECT_EQ(report(state).code, ErrorCode::invalid_request) << state;
  ask("pool.prewarm", {{"key", "k"}});
  ask("pool.report", {{"resource", "a"}, {"state", "ready"}});
  for (const char* state : {"warming", "ready", "unloaded"})
    EXPECT_EQ(report(state).data["state"], "ready");
  const json lease = allocate();
  EXPECT_EQ(report("unloaded").data["state"], "active");
  ask("pool.release", {{"lease", lease["lease"]}}, "user");
  ask("pool.evict", {{"resource", "a"}});
  EXPECT_EQ(report("ready").data["state"], "cooling");
  ask("pool.report", {{"resource", "a"}, {"state", "unloaded"}});
}

TEST_F(PoolManagerTest, BadParametersAreNamed) {
  ready("a");
  const std::string long_name(129, 'x');
  struct Case {
    const char* method;
    json params;
    const char* path;
  };
  const std::vector<Case> cases = {
      {"pool.add", {{"key", "k"}}, "/resource"},
      {"pool.add", {{"resource", 7}, {"key", "k"}}, "/resource"},
      {"pool.add", {{"resource", ""}, {"key", "k"}}, "/resource"},
      {"pool.add", {{"resource", long_name}, {"key", "k"}}, "/resource"},
      {"pool.add", {{"resource", "x\ny"}, {"key", "k"}}, "/resource"},
      {"pool.add", {{"resource", "b"}, {"key", "k"}, {"memory_bytes", -1}}, "/memory_bytes"},
      {"pool.add", {{"resource", "b"}, {"key", "k"}, {"memory_bytes", 18446744073709551615ULL}}, "/memory_bytes"},
      {"pool.add", {{"resource", "b"}, {"key", "k"}, {"memory_bytes", 1.5}}, "/memory_bytes"},
      {"pool.add", {{"resource", "b"}, {"key", "k"}, {"kind", "thing"}}, "/kind"},
      {"pool.allocate", {{"key", "k"}, {"lease_ms", 0}}, "/lease_ms"},
      {"pool.allocate", {{"key", "k"}, {"lease_ms", 86400001}}, "/lease_ms"},
      {"pool.allocate", {{"key", "k"}, {"holder", "a\nb"}}, "/holder"},
      {"pool.allocate", {{"key", {{"deep", {{"deeper", 1}}}}}}, "/key"},
      {"pool.release", {{"lease", 0}}, "/lease"},
      {"pool.release", {{"lease", "1"}}, "/lease"},
      {"pool.release", {{"lease", 1}, {"succeeded", "yes"}}, "/succeeded"},
      {"pool.resize", {{"count", 0}, {"memory_bytes", 1}}, "/count"},
      {"pool.resize", {{"count", 1}}, "/memory_bytes"},
      {"pool.predict",
       {{"expected", {{{"key", "k"}, {"probability", 1.5}, {"within_ms", 1}}}}},
       "/expected/0/probability"},
      {"pool.predict", {{"expected", {{{"key", "k"}, {"probability", 1}, {"within_ms", 0}}}}}, "/expected/0/within_ms"},
      {"pool.predict", {{"expected", "all"}}, "/expected"},
      {"pool.report", {{"resource", "a"}, {"state", "active"}}, "/state"},
      {"pool.fail", {{"resource", "a"}, {"reason", std::string(513, 'x')}}, "/reason"},
      {"pool.history", {{"limit", 1001}}, "/limit"},
  };
  for (const Case& one : cases) {
    const Error error = refused(one.method, one.params);
    EXPECT_TRUE(error.code == ErrorCode::invalid_params || error.code == ErrorCode::payload_too_large)
        << one.method << one.params << error.message;
    EXPECT_EQ(error.data["path"], one.path) << one.method << one.params;
  }
  // And the same where nothing was checked before.
  for (const Case& one : cases) {
    const auto unchecked = module_->handle_message({one.method, one.params, {}, "conductor"});
    if (unchecked.has_error()) {
      EXPECT_EQ(unchecked.error().data["path"], one.path) << one.method << one.params;
    }
  }
}

TEST_F(PoolManagerTest, WhatIsNotThereIsNotFound) {
  for (const char* method : {"pool.describe", "pool.remove", "pool.evict"})
    EXPECT_EQ(refused(method, {{"resource", "nothing"}}).code, ErrorCode::not_found);
  EXPECT_EQ(refused("pool.allocate", {{"key", "nothing"}}).data["path"], "/key");
  EXPECT_EQ(refused("pool.prewarm", {{"key", "nothing"}}).code, ErrorCode::not_found);
  for (const std::uint64_t lease : {1ULL, 131072ULL, 9007199254740991ULL})
    EXPECT_EQ(refused("pool.release", {{"lease", lease}}).data["reason"], "unknown");
  EXPECT_EQ(refused("pool.no_such", json::object()).code, ErrorCode::method_not_found);
  add("a");
  EXPECT_EQ(refused("pool.add", {{"resource", "a"}, {"key", "k"}}).code, ErrorCode::invalid_request);
}

TEST_F(PoolManagerTest, TheHistoryIsBoundedAndNumbered) {
  ready("a");
  for (std::size_t use = 0; use < pool::limits::history; ++use)
    ask("pool.release", {{"lease", allocate()["lease"]}}, "user");
  const json all = ask("pool.history", {{"limit", 1000}})["transitions"];
  ASSERT_EQ(all.size(), 1000U);
  const std::uint64_t total = 2 + 2 * pool::limits::history;
  EXPECT_EQ(all[0]["number"], total - pool::limits::history + 1) << "older ones are forgotten";
  const json rest = ask("pool.history", {{"after", total - 1}})["transitions"];
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest[0]["reason"], "released");
  EXPECT_EQ(ask("pool.history", {{"after", total}})["transitions"], json::array());
}

TEST_F(PoolManagerTest, ManyHoldersComeAndGo) {
  ready("a");
  for (int number = 0; number < 5000; ++number) {
    const std::string holder = "client-" + std::to_string(number);
    ask("pool.release", {{"lease", allocate("k", holder)["lease"]}}, holder);
  }
  EXPECT_EQ(ask("pool.status")["leases"], 0);
}

TEST_F(PoolManagerTest, ASnapshotGivesTheSameBack) {
  ask("pool.resize", {{"count", 9}, {"memory_bytes", 1000}});
  ready("a", "x", 10);
  ready("b", "x", 20);
  ready("c", "y", 30);
  add("gone", "z");
  ask("pool.remove", {{"resource", "gone"}});
  const json lease = allocate("x", "user", 5000);
  ask("pool.fail", {{"resource", "c"}, {"reason", "broken"}});
  ask("pool.predict", {{"expected", {{{"key", "x"}, {"probability", 0.5}, {"within_ms", 100}}}}});
  const json state = module_->snapshot().value();

  PoolManager other(clock_);
  ASSERT_TRUE(other.init(json::object()).has_value());
  ASSERT_TRUE(other.restore(state).has_value()) << other.restore(state).error().to_json();
  EXPECT_EQ(other.snapshot().value(), state);
  clock_.advance_ms(4999);
  EXPECT_EQ(send(other, "user", "pool.release", {{"lease", lease["lease"]}}).value()["state"], "ready");
  EXPECT_EQ(send(other, "user", "pool.history", json::object()).value()["transitions"].size(),
            ask("pool.history")["transitions"].size() + 1);
}

TEST_F(PoolManagerTest, AStateThatMakesNoSenseChangesNothing) {
  ready("a");
  allocate();
  const json good = module_->snapshot().value();
  const auto refuses = [&](const json& state, ErrorCode code) {
    const auto done = module_->restore(state);
    ASSERT_TRUE(done.has_error()) << state;
    EXPECT_EQ(done.error().code, code) << state;
    EXPECT_EQ(module_->snapshot().value(), good);
  };
  json newer = good;
  newer["version"] = 2;
  refuses(newer, ErrorCode::version_mismatch);
  for (const json& bad : {json(), json(7), json::array(), json::object(), json({{"version", "1"}})})
    refuses(bad, ErrorCode::data_corrupted);
  for (const auto& [name, value] : good.items()) {
    if (name == "version") continue;
    json missing = good;
    missing.erase(name);
    refuses(missing, ErrorCode::data_corrupted);
    json wrong = good;
    wrong[name] = "nonsense";
    refuses(wrong, ErrorCode::data_corrupted);
  }
  for (std::size_t column = 0; column < good["resources"][0].size(); ++column) {
    for (const json& value : {json(nullptr), json(-1), json(1e300), json(json::array())}) {
      json wrong = good;
      wrong["resources"][0][column] = value;
      refuses(wrong, ErrorCode::data_corrupted);
    }
  }
  json twice = good;
  twice["resources"].push_back(twice["resources"][0]);
  refuses(twice, ErrorCode::data_corrupted);
}

TEST(PoolStates, OnlyTheDrawnStepsAreAllowed) {
  const std::set<std::pair<State, State>> drawn = {
      {State::unloaded, State::loading}, {State::loading, State::warming}, {State::loading, State::ready},
      {State::loading, State::active},   {State::loading, State::failed},  {State::loading, State::unloaded},
      {State::warming, State::ready},    {State::warming, State::active},  {State::warming, State::failed},
      {State::warming, State::unloaded}, {State::ready, State::active},    {State::ready, State::cooling},
      {State::ready, State::failed},     {State::ready, State::unloaded},  {State::active, State::ready},
      {State::active, State::failed},    {State::active, State::unloaded}, {State::cooling, State::active},
      {State::cooling, State::ready},    {State::cooling, State::failed},  {State::cooling, State::unloaded},
      {State::failed, State::unloaded},
  };
  for (std::size_t from = 0; from < pool::state_count; ++from) {
    for (std::size_t to = 0; to < pool::state_count; ++to) {
      const auto step = std::pair(static_cast<State>(from), static_cast<State>(to));
      EXPECT_EQ(pool::may_follow(step.first, step.second), drawn.contains(step))
          << name_of(step.first) << " → " << name_of(step.second);
    }
  }
}

TEST(PoolThreads, NoLeaseIsLostOrGivenTwice) {
  PoolManager manager;
  ASSERT_TRUE(manager.init({{"room", {{"count", 64}, {"memory_bytes", 0}}}}).has_value());
  pool::Pool& pool = manager.pool();
  constexpr int resources = 8;
  for (int number = 0; number < resources; ++number)
    ASSERT_TRUE(pool.add({"r" + std::to_string(number), "k", pool::Kind::instance, 0, 0}).has_value());
  ASSERT_TRUE(pool.prewarm("k", resources).has_value());
  for (int number = 0; number < resources; ++number)
    ASSERT_TRUE(pool.report("r" + std::to_string(number), State::ready).has_value());
  std::array<std::atomic<int>, resources> users{};
  std::atomic<int> served{0};
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 6; ++thread) {
      threads.emplace_back([&, thread] {
        const std::string name = "t" + std::to_string(thread);
        for (int turn = 0; turn < 2000; ++turn) {
          const auto lease = pool.allocate("k", {name});
          if (lease.has_error()) continue;
          std::atomic<int>& user = users[static_cast<std::size_t>(lease->resource[1] - '0')];
          EXPECT_EQ(++user, 1) << "two have " << lease->resource;
          --user;
          ++served;
          if (turn % 100 == 99) {
            pool.gone(name, nullptr);
          } else {
            EXPECT_TRUE(pool.release(lease->lease, {name}).has_value());
          }
          if (turn % 500 == 0) static_cast<void>(manager.snapshot());
        }
      });
    }
  }
  const pool::Status status = pool.status();
  EXPECT_EQ(status.leases, 0U);
  EXPECT_EQ(status.by_state[static_cast<std::size_t>(State::ready)], static_cast<std::size_t>(resources));
  EXPECT_EQ(status.since_start.released + status.since_start.reclaimed, static_cast<std::uint64_t>(served));
}

}  // namespace
}  // namespace symphony::pit::tests
