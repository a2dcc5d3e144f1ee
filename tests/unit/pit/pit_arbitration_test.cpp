// The Arbitration Engine: turns, limits, circles, and what it refuses.

#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "arbitration_engine/arbitration_engine.h"
#include "module_fixture.h"

namespace symphony::pit::tests {
namespace {

using nlohmann::json;

class ArbitrationTest : public ModuleTest<ArbitrationEngine> {
 protected:
  void define(const std::string& resource, const std::string& kind = "capacity", std::int64_t capacity = 1,
              json more = json::object()) {
    more.update({{"resource", resource}, {"kind", kind}, {"capacity", capacity}});
    ask("arbitration.define", more);
  }
  json request(const std::string& by, const std::string& resource, std::int64_t amount = 1,
               json more = json::object()) {
    more["claims"] = {{{"resource", resource}, {"amount", amount}}};
    return ask("arbitration.request", more, by);
  }
  std::uint64_t granted(const std::string& by, const std::string& resource, std::int64_t amount = 1,
                        const json& more = json::object()) {
    const json outcome = request(by, resource, amount, more);
    EXPECT_EQ(outcome["decision"], "granted") << outcome;
    return outcome["request"].get<std::uint64_t>();
  }
  std::uint64_t deferred(const std::string& by, const std::string& resource, std::int64_t amount = 1,
                         const json& more = json::object()) {
    const json outcome = request(by, resource, amount, more);
    EXPECT_EQ(outcome["decision"], "deferred") << outcome;
    return outcome["request"].get<std::uint64_t>();
  }
  json release(const std::string& by, std::uint64_t request) {
    return ask("arbitration.release", {{"request", request}}, by)["granted"];
  }
  std::string state(std::uint64_t request) {
    return ask("arbitration.look", {{"request", request}})["decision"].get<std::string>();
  }
  json resource(const std::string& id) {
    const json status = ask("arbitration.status");
    for (const json& one : status["resources"]) {
      if (one["resource"] == id) return one;
    }
    return nullptr;
  }
};

TEST_F(ArbitrationTest, CapacityIsHeldInPartsAndComesBack) {
  define("cores", "capacity", 4);
  const auto first = granted("a", "cores", 3);
  granted("b", "cores", 1);
  const auto third = deferred("c", "cores", 2);
  EXPECT_EQ(resource("cores")["available"], 0);
  EXPECT_EQ(release("a", first), json({third}));
  EXPECT_EQ(resource("cores")["available"], 1);
}

TEST_F(ArbitrationTest, AllClaimsOrNone) {
  define("gpu", "lock");
  define("cores", "capacity", 4);
  const auto gpu = granted("a", "gpu");
  const json both = {{"claims", {{{"resource", "cores"}, {"amount", 4}}, {{"resource", "gpu"}}}}};
  const json outcome = ask("arbitration.request", both, "b");
  EXPECT_EQ(outcome["decision"], "deferred");
  EXPECT_EQ(resource("cores")["available"], 4) << "who waits holds nothing back";
  const auto cores = granted("c", "cores", 4);
  EXPECT_EQ(release("a", gpu), json::array()) << "now the other one is missing";
  EXPECT_EQ(resource("gpu")["waiting"], 0);
  EXPECT_EQ(resource("cores")["waiting"], 1);
  EXPECT_EQ(release("c", cores), json({outcome["request"]}));
}

TEST_F(ArbitrationTest, ARateGainsWithTimeAndNothingComesBack) {
  define("calls", "rate", 10, {{"refill_per_s", 4}});
  const auto all = granted("a", "calls", 10);
  release("a", all);
  EXPECT_EQ(resource("calls")["available"], 0);
  const json next = request("a", "calls", 2);
  EXPECT_EQ(next["decision"], "deferred");
  EXPECT_EQ(next["estimated_wait_ms"], 500);
  clock_.advance_ms(499);
  EXPECT_EQ(state(next["request"]), "deferred");
  clock_.advance_ms(1);
  EXPECT_EQ(state(next["request"]), "granted");
  for (int step = 0; step < 1000; ++step) {
    clock_.advance_ms(1);  // parts of a unit are not lost
    resource("calls");
  }
  EXPECT_EQ(resource("calls")["available"], 4);
  clock_.advance_ms(3'600'000);
  EXPECT_EQ(resource("calls")["available"], 10);
}

TEST_F(ArbitrationTest, ABudgetIsSpentUntilItsPeriodEnds) {
  define("cents", "budget", 100, {{"period_ms", 1000}});
  define("gift", "budget", 5);
  release("a", granted("a", "cents", 80));
  const json more = request("a", "cents", 30);
  EXPECT_EQ(more["decision"], "deferred");
  EXPECT_EQ(more["estimated_wait_ms"], 1000);
  clock_.advance_ms(1000);
  EXPECT_EQ(state(more["request"]), "granted");
  EXPECT_EQ(resource("cents")["available"], 70);
  granted("a", "gift", 4);
  EXPECT_EQ(request("a", "gift", 2)["decision"], "denied") << "it is never renewed";
}

TEST_F(ArbitrationTest, WhatWasReallySpentCounts) {
  define("cents", "budget", 100);
  const auto id = granted("a", "cents", 80);
  EXPECT_EQ(refused("arbitration.release", {{"request", id}, {"spent", {{{"resource", "no"}, {"amount", 1}}}}}, "a")
                .data["path"],
            "/spent/0/resource");
  ask("arbitration.release", {{"request", id}, {"spent", {{{"resource", "cents"}, {"amount", 15}}}}}, "a");
  EXPECT_EQ(resource("cents")["available"], 85);
}

TEST_F(ArbitrationTest, LimitsOfUsersMelodiesAndExtensionsHold) {
  define("cents", "budget", 1000);
  const auto limit = [&](const char* scope, const char* name, const json& value) {
    ask("arbitration.limit",
        {{"resource", "cents"}, {"scope", scope}, {"name", name}, {"limit", value}, {"period_ms", 1000}});
  };
  limit("user", "ada", 100);
  limit("melody", "m", 50);
  limit("extension", "x", 0);
  granted("c", "cents", 50, {{"user", "ada"}, {"melody", "m"}});
  EXPECT_NE(request("c", "cents", 1, {{"user", "bob"}, {"melody", "m"}})["reason"].get<std::string>().find("melody"),
            std::string::npos);
  EXPECT_EQ(request("c", "cents", 51, {{"user", "ada"}})["decision"], "denied");
  EXPECT_EQ(request("c", "cents", 1, {{"extension", "x"}})["decision"], "denied");
  granted("c", "cents", 50, {{"user", "ada"}});
  clock_.advance_ms(1000);
  granted("c", "cents", 50, {{"user", "ada"}, {"melody", "m"}});
  limit("extension", "x", nullptr);
  granted("c", "cents", 1, {{"extension", "x"}});
  EXPECT_EQ(
      refused("arbitration.limit", {{"resource", "cents"}, {"scope", "user"}, {"name", "eve"}, {"limit", nullptr}})
          .code,
      ErrorCode::not_found);
}

TEST_F(ArbitrationTest, TheHighestPriorityGoesFirstThenTheOldest) {
  define("gpu", "lock");
  const auto holding = granted("h", "gpu");
  std::map<std::string, std::uint64_t> waits;
  for (const char* priority : {"background", "normal", "critical", "low", "high"})
    waits[priority] = deferred("h2", "gpu", 1, {{"priority", priority}});
  const auto second_normal = deferred("h2", "gpu");
  json next = release("h", holding);
  for (const char* priority : {"critical", "high", "normal"}) {
    EXPECT_EQ(next, json({waits[priority]}));
    next = release("h2", waits[priority]);
  }
  EXPECT_EQ(next, json({second_normal}));
}

TEST_F(ArbitrationTest, WhoWaitsLongIsRaisedUntilNobodyOvertakes) {
  ask("arbitration.policy", {{"ageing_ms", 100}});
  define("cores", "capacity", 4);
  const auto small = granted("a", "cores", 1);
  const auto large = deferred("b", "cores", 4, {{"priority", "background"}});
  granted("c", "cores", 1);  // it does not fit, so others may use what is free meanwhile
  clock_.advance_ms(500);
  deferred("d", "cores", 1, {{"priority", "critical"}});
  EXPECT_EQ(release("a", small), json::array()) << "what is free is kept for it";
  EXPECT_EQ(resource("cores")["available"], 3);
  EXPECT_EQ(ask("arbitration.holder_gone", {{"holder", "c"}})["granted"], json({large}));
}

TEST_F(ArbitrationTest, WhoWouldNotWaitIsDeniedAndWhoWaitedEnoughToo) {
  define("gpu", "lock");
  const auto holding = granted("a", "gpu");
  EXPECT_EQ(request("b", "gpu", 1, {{"wait_ms", 0}})["decision"], "denied");
  EXPECT_EQ(resource("gpu")["waiting"], 0);
  const auto impatient = deferred("b", "gpu", 1, {{"wait_ms", 100}});
  const auto patient = deferred("c", "gpu");
  clock_.advance_ms(100);
  EXPECT_EQ(release("a", holding), json({patient}));
  EXPECT_EQ(state(impatient), "denied");
  const auto later = deferred("b", "gpu", 1, {{"wait_ms", 100}});
  clock_.advance_ms(100);
  EXPECT_EQ(state(later), "denied");
  EXPECT_EQ(ask("arbitration.status")["waiting"], 0);
}

TEST_F(ArbitrationTest, WhoGivesUpLetsOthersPass) {
  ask("arbitration.policy", {{"ageing_ms", 1}});
  define("cores", "capacity", 4);
  granted("a", "cores", 2);
  const auto large = deferred("b", "cores", 4);
  clock_.advance_ms(50);
  const auto small = deferred("c", "cores", 1);
  EXPECT_EQ(release("b", large), json({small}));
  EXPECT_EQ(state(large), "cancelled");
}

TEST_F(ArbitrationTest, ACircleOfThreeIsNamed) {
  for (const char* name : {"x", "y", "z"})
    define(name, "lock");
  granted("a", "x");
  granted("b", "y");
  granted("c", "z");
  deferred("a", "y");
  deferred("b", "z");
  const json outcome = request("c", "x");
  EXPECT_EQ(outcome["decision"], "denied");
  const json circle = {{{"holder", "c"}, {"waits_for", "x"}, {"held_by", "a"}},
                       {{"holder", "a"}, {"waits_for", "y"}, {"held_by", "b"}},
                       {{"holder", "b"}, {"waits_for", "z"}, {"held_by", "c"}}};
  EXPECT_EQ(outcome["cycle"], circle);
  EXPECT_EQ(ask("arbitration.status")["deadlocks"], 1);
}

TEST_F(ArbitrationTest, WhoWaitsForHimselfIsInACircleOfOne) {
  define("gpu", "lock");
  granted("a", "gpu");
  EXPECT_EQ(request("a", "gpu")["cycle"], json({{{"holder", "a"}, {"waits_for", "gpu"}, {"held_by", "a"}}}));
}

TEST_F(ArbitrationTest, NoCircleWhereSomebodyElseGivesBack) {
  define("cores", "capacity", 3);
  define("gpu", "lock");
  granted("a", "cores", 1);
  const auto other = granted("c", "cores", 2);
  granted("b", "gpu");
  const auto waits = deferred("a", "gpu");
  const auto can = deferred("b", "cores", 2);  // c holds enough and waits for nothing
  EXPECT_EQ(release("c", other), json({can}));
  ask("arbitration.holder_gone", {{"holder", "b"}});
  EXPECT_EQ(state(waits), "granted");
}

TEST_F(ArbitrationTest, ACircleThatAGrantClosesIsOpenedAgain) {
  for (const char* name : {"x", "y", "z"})
    define(name, "lock");
  granted("b", "y");
  const auto z = granted("c", "z");
  granted("a", "x");
  const auto waits_y = deferred("a", "y");
  const auto waits_z = deferred("a", "z");
  deferred("b", "z");
  // a gets z now, and waits for y, whose holder waits for z.
  EXPECT_EQ(release("c", z), json({waits_z}));
  EXPECT_EQ(state(waits_y), "denied");
}

TEST_F(ArbitrationTest, AHolderThatIsGoneGivesEverythingBack) {
  define("gpu", "lock");
  define("cores", "capacity", 2);
  granted("a", "gpu");
  granted("a", "cores", 2);
  const auto gpu = deferred("b", "gpu");
  const auto gives_up = deferred("a", "gpu", 1, {{"holder", "d"}});
  const json gone = ask("arbitration.holder_gone", {{"holder", "a"}});
  EXPECT_EQ(gone["reclaimed"], 2);
  EXPECT_EQ(gone["granted"], json({gpu}));
  EXPECT_EQ(ask("arbitration.holder_gone", {{"holder", "d"}})["reclaimed"], 1);
  EXPECT_EQ(state(gives_up), "reclaimed");
}

TEST_F(ArbitrationTest, OtherFiguresForAResource) {
  define("cores", "capacity", 2);
  const auto first = granted("a", "cores", 2);
  const auto second = deferred("b", "cores", 2);
  EXPECT_EQ(ask("arbitration.define", {{"resource", "cores"}, {"kind", "capacity"}, {"capacity", 4}})["granted"],
            json({second}));
  define("cores", "capacity", 1);
  EXPECT_EQ(resource("cores")["available"], -3) << "what is granted stays granted";
  release("a", first);
  EXPECT_EQ(resource("cores")["available"], -1);
  EXPECT_EQ(refused("arbitration.define", {{"resource", "cores"}, {"kind", "lock"}}).data["kind"], "capacity");
  EXPECT_EQ(refused("arbitration.remove", {{"resource", "cores"}}).code, ErrorCode::invalid_request);
}

TEST_F(ArbitrationTest, AClockThatGoesBackStandsStill) {
  define("calls", "rate", 10, {{"refill_per_s", 10}});
  granted("a", "calls", 10);
  const std::int64_t before = clock_.monotonic_us();
  clock_.set_monotonic_us(0);
  clock_.set_wall_ms(0);
  EXPECT_EQ(resource("calls")["available"], 0);
  clock_.set_monotonic_us(before + 100'000);
  EXPECT_EQ(resource("calls")["available"], 1);
}

TEST_F(ArbitrationTest, BadParametersAreNamed) {
  define("cores", "capacity", 4);
  define("cents", "budget", 4);
  struct Case {
    const char* method;
    json params;
    const char* path;
  };
  const auto claims = [](const json& list) { return json{{"claims", list}}; };
  const std::vector<Case> cases = {
      {"arbitration.define", {{"resource", "r"}}, "/kind"},
      {"arbitration.define", {{"resource", "r"}, {"kind", "thing"}}, "/kind"},
      {"arbitration.define", {{"resource", "r\n"}, {"kind", "lock"}}, "/resource"},
      {"arbitration.define", {{"resource", "r"}, {"kind", "lock"}, {"capacity", 2}}, "/capacity"},
      {"arbitration.define", {{"resource", "r"}, {"kind", "capacity"}, {"capacity", -1}}, "/capacity"},
      {"arbitration.define", {{"resource", "r"}, {"kind", "capacity"}, {"capacity", 1e30}}, "/capacity"},
      {"arbitration.define", {{"resource", "r"}, {"kind", "rate"}, {"capacity", 5}}, "/refill_per_s"},
      {"arbitration.define", {{"resource", "r"}, {"kind", "capacity"}, {"period_ms", 5}}, "/period_ms"},
      {"arbitration.request", json::object(), "/claims"},
      {"arbitration.request", claims(json::array()), "/claims"},
      {"arbitration.request", claims(json::array_t(17, {{"resource", "cores"}})), "/claims"},
      {"arbitration.request", claims({{{"resource", "cores"}, {"amount", 0}}}), "/claims/0/amount"},
      {"arbitration.request", claims({{{"resource", "cores"}, {"amount", -5}}}), "/claims/0/amount"},
      {"arbitration.request", claims({{{"resource", "cores"}}, {{"resource", "cores"}}}), "/claims/1/resource"},
      {"arbitration.request", claims({{{"resource", 5}}}), "/claims/0/resource"},
      {"arbitration.request", {{"claims", {{{"resource", "cores"}}}}, {"priority", "urgent"}}, "/priority"},
      {"arbitration.request", {{"claims", {{{"resource", "cores"}}}}, {"expected_ms", 0}}, "/expected_ms"},
      {"arbitration.request", {{"claims", {{{"resource", "cores"}}}}, {"wait_ms", -1}}, "/wait_ms"},
      {"arbitration.request", {{"claims", {{{"resource", "cores"}}}}, {"holder", "a\nb"}}, "/holder"},
      {"arbitration.limit", {{"resource", "cores"}, {"scope", "user"}, {"name", "u"}, {"limit", 5}}, "/resource"},
      {"arbitration.limit", {{"resource", "cents"}, {"scope", "team"}, {"name", "u"}, {"limit", 5}}, "/scope"},
      {"arbitration.limit", {{"resource", "cents"}, {"scope", "user"}, {"name", "u"}, {"limit", -5}}, "/limit"},
      {"arbitration.policy", {{"ageing_ms", 0}}, "/ageing_ms"},
      {"arbitration.policy", {{"weights", {{{"share", "s"}, {"weight", 0}}}}}, "/weights/0/weight"},
      {"arbitration.policy", {{"weights", {{{"share", ""}, {"weight", 1}}}}}, "/weights/0/share"},
      {"arbitration.audit", {{"event", "lost"}}, "/event"},
  };
  for (const Case& one : cases) {
    const Error error = refused(one.method, one.params);
    EXPECT_EQ(error.code, ErrorCode::invalid_params) << one.method << one.params << error.message;
    EXPECT_EQ(error.data["path"], one.path) << one.method << one.params;
    // And the same where nothing was checked before.
    const auto unchecked = module_->handle_message({one.method, one.params, {}, "conductor"});
    ASSERT_TRUE(unchecked.has_error()) << one.method << one.params;
    EXPECT_EQ(unchecked.error().data["path"], one.path) << one.method << one.params;
  }
}

TEST_F(ArbitrationTest, WhatIsNotThereIsNotFound) {
  EXPECT_EQ(refused("arbitration.request", {{"claims", {{{"resource", "nothing"}}}}}).data["path"],
            "/claims/0/resource");
  EXPECT_EQ(refused("arbitration.remove", {{"resource", "nothing"}}).code, ErrorCode::not_found);
  for (const char* method : {"arbitration.release", "arbitration.look", "arbitration.explain"})
    EXPECT_EQ(refused(method, {{"request", 9}}).data["reason"], "unknown") << method;
  EXPECT_EQ(refused("arbitration.no_such", json::object()).code, ErrorCode::method_not_found);
}

TEST_F(ArbitrationTest, TheSameRequestsHaveTheSameAnswers) {
  const auto run = [] {
    ManualClock clock;
    arbitration::Arbiter arbiter(clock);
    arbiter.define({"cores", arbitration::Kind::capacity, 5, 0, 0}).value();
    arbiter.define({"gpu", arbitration::Kind::lock, 1, 0, 0}).value();
    std::uint32_t random = 7;
    std::vector<std::string> answers;
    std::vector<std::pair<std::uint64_t, std::string>> open;
    for (int step = 0; step < 3000; ++step) {
      random = random * 1664525U + 1013904223U;
      const std::uint32_t chance = random >> 16U;
      const std::string holder = "h" + std::to_string(chance % 7);
      if (chance % 3 != 0 || open.empty()) {
        arbitration::Ask ask;
        ask.claims = {{chance % 5 == 0 ? "gpu" : "cores", chance % 5 == 0 ? 1 : 1 + chance % 3}};
        ask.holder = {holder};
        ask.priority = static_cast<arbitration::Priority>(chance % arbitration::priority_count);
        const auto outcome = arbiter.request(ask).value();
        answers.push_back(outcome.reason);
        if (outcome.decision != arbitration::Event::denied) open.emplace_back(outcome.request, holder);
      } else {
        const auto one = open[chance % open.size()];
        std::erase(open, one);
        const auto released = arbiter.release(one.first, {one.second});
        if (released.has_error()) continue;
        for (const std::uint64_t id : released->granted)
          answers.push_back(std::to_string(id));
      }
      clock.advance_ms(chance % 400);
    }
    answers.push_back(arbiter.snapshot().dump());
    return answers;
  };
  EXPECT_EQ(run(), run());
}

TEST_F(ArbitrationTest, ASnapshotGivesTheSameBack) {
  ask("arbitration.policy", {{"ageing_ms", 70}, {"weights", {{{"share", "s"}, {"weight", 2.5}}}}});
  define("gone", "lock");
  define("cores", "capacity", 4);
  define("calls", "rate", 10, {{"refill_per_s", 4}});
  define("cents", "budget", 100, {{"period_ms", 5000}});
  ask("arbitration.remove", {{"resource", "gone"}});
  ask("arbitration.limit", {{"resource", "cents"}, {"scope", "user"}, {"name", "ada"}, {"limit", 50}});
  const auto first = granted("a", "cores", 3, {{"share", "s"}});
  granted("a", "cents", 20, {{"user", "ada"}});
  granted("a", "calls", 7);
  clock_.advance_ms(130);
  const auto low = deferred("b", "cores", 2, {{"priority", "low"}});
  const auto high = deferred("c", "cores", 3, {{"priority", "high"}});
  define("cores", "capacity", 3);
  const json state = module_->snapshot().value();

  ArbitrationEngine other(clock_);
  const auto done = other.restore(state);
  ASSERT_TRUE(done.has_value()) << done.error().to_json();
  EXPECT_EQ(other.snapshot().value(), state);
  EXPECT_EQ(send(other, "a", "arbitration.release", {{"request", first}}).value()["granted"], json({high}));
  EXPECT_EQ(send(other, "b", "arbitration.look", {{"request", low}}).value()["decision"], "deferred");

  EXPECT_EQ(send(other, "c", "arbitration.holder_gone", json::object()).value()["reclaimed"], 4);
  const json status = send(other, "c", "arbitration.status", json::object()).value();
  EXPECT_EQ(status["granted"], 0);
  EXPECT_EQ(status["waiting"], 0);
  EXPECT_EQ(status["limits"][0]["spent"], 20) << "what was spent stays spent";
}

TEST_F(ArbitrationTest, PeriodsGoOnWhileNothingRuns) {
  define("cents", "budget", 100, {{"period_ms", 60'000}});
  granted("a", "cents", 100);
  const json state = module_->snapshot().value();
  ManualClock later;
  later.set_monotonic_us(77);  // another boot of the machine
  later.set_wall_ms(clock_.wall_ms() + 59'999);
  ArbitrationEngine other(later);
  ASSERT_TRUE(other.restore(state).has_value());
  EXPECT_EQ(send(other, "c", "arbitration.status", json::object()).value()["resources"][0]["available"], 0);
  later.advance_ms(1);
  EXPECT_EQ(send(other, "c", "arbitration.status", json::object()).value()["resources"][0]["available"], 100);
}

TEST_F(ArbitrationTest, AStateThatMakesNoSenseChangesNothing) {
  define("cores", "capacity", 4);
  define("cents", "budget", 4);
  ask("arbitration.limit", {{"resource", "cents"}, {"scope", "user"}, {"name", "ada"}, {"limit", 50}});
  granted("a", "cores", 3);
  deferred("b", "cores", 3);
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
  for (const char* member : {"resources", "requests", "spending"}) {
    for (std::size_t column = 0; column < good[member][0].size(); ++column) {
      if (std::string(member) == "requests" && column == 12) continue;  // of one that waits only
      for (const json& value : {json(json::object()), json(json::array({json::array({"x"})}))}) {
        json wrong = good;
        wrong[member][0][column] = value;
        refuses(wrong, ErrorCode::data_corrupted);
      }
    }
    json twice = good;
    twice[member].push_back(twice[member][0]);
    if (std::string(member) != "spending") refuses(twice, ErrorCode::data_corrupted);
  }
}

/// Shares ask for as much as there is, with tasks of different sizes and lengths; what each got, in core milliseconds.
std::map<std::string, double> contend(const std::map<std::string, double>& weights, unsigned seed) {
  ManualClock clock;
  arbitration::Arbiter arbiter(clock);
  arbiter.define({"cores", arbitration::Kind::capacity, 16, 0, 0}).value();
  arbitration::Policy policy;
  policy.ageing_ms = 1'000'000'000;
  policy.weights.assign(weights.begin(), weights.end());
  arbiter.set_policy(policy).value();
  struct Task {
    std::string share;
    std::int64_t amount = 0;
    std::int64_t length_ms = 0;
  };
  std::map<std::uint64_t, Task> tasks;
  std::multimap<std::int64_t, std::uint64_t> ends;
  std::map<std::string, double> got;
  std::uint64_t random = seed;
  const auto below = [&random](std::uint64_t limit) {
    random = random * 6364136223846793005ULL + 1442695040888963407ULL;
    return (random >> 33U) % limit;
  };
  std::int64_t now = 0;
  const auto begin = [&](std::uint64_t id) { ends.emplace(now + tasks[id].length_ms, id); };
  const auto submit = [&](const std::string& share) {
    Task task{share, static_cast<std::int64_t>(1 + below(share == "a" ? 2 : 6)),
              static_cast<std::int64_t>(20 + below(share == "b" ? 400 : 100))};
    arbitration::Ask ask;
    ask.claims = {{"cores", task.amount}};
    ask.holder = {share};
    ask.expected_ms = 100;  // mostly wrong
    ask.wait_ms = arbitration::limits::longest_ms;
    const auto outcome = arbiter.request(ask).value();
    tasks[outcome.request] = task;
    if (outcome.decision == arbitration::Event::granted) begin(outcome.request);
    for (const std::uint64_t other : outcome.granted)
      begin(other);
  };
  for (const auto& [share, weight] : weights) {
    for (int number = 0; number < 20; ++number)
      submit(share);
  }
  while (now < 600'000) {
    const auto [at, id] = *ends.begin();
    ends.erase(ends.begin());
    clock.advance_ms(at - now);
    now = at;
    const Task task = tasks[id];
    tasks.erase(id);
    got[task.share] += static_cast<double>(task.amount * task.length_ms);
    const auto released = arbiter.release(id, {task.share}).value();
    for (const std::uint64_t next : released.granted)
      begin(next);
    submit(task.share);  // there is always more
  }
  return got;
}

TEST(ArbitrationFairness, SharesGetWhatTheirWeightSays) {
  const std::map<std::string, double> weights = {{"a", 1}, {"b", 2}, {"c", 5}};
  for (unsigned seed = 1; seed <= 5; ++seed) {
    const auto got = contend(weights, seed);
    double all = 0;
    for (const auto& [share, amount] : got)
      all += amount;
    for (const auto& [share, weight] : weights)
      EXPECT_NEAR(got.at(share) / all, weight / 8, 0.05 * weight / 8) << share << ", seed " << seed;
  }
}

TEST(ArbitrationFairness, NobodyStarvesBelowAConstantStreamOfHigherOnes) {
  ManualClock clock;
  arbitration::Arbiter arbiter(clock);
  arbiter.define({"gpu", arbitration::Kind::lock, 1, 0, 0}).value();
  const auto ask = [&](const char* holder, arbitration::Priority priority) {
    arbitration::Ask request;
    request.claims = {{"gpu", 1}};
    request.holder = {holder};
    request.priority = priority;
    request.wait_ms = arbitration::limits::longest_ms;
    return arbiter.request(request).value();
  };
  std::uint64_t holding = ask("busy", arbitration::Priority::critical).request;
  ask("busy2", arbitration::Priority::critical);
  const std::uint64_t low = ask("poor", arbitration::Priority::background).request;
  for (int turn = 0; turn < 100; ++turn) {
    clock.advance_ms(1000);
    const auto released = arbiter.release(holding, {turn % 2 == 0 ? "busy" : "busy2"}).value();
    ASSERT_EQ(released.granted.size(), 1U);
    holding = released.granted[0];
    if (holding == low) {
      EXPECT_LE(turn, 51) << "five priorities of ten seconds, and one turn";
      return;
    }
    ask(turn % 2 == 0 ? "busy" : "busy2", arbitration::Priority::critical);
  }
  FAIL() << "it was never its turn";
}

TEST(ArbitrationThreads, NothingIsGivenTwiceOrLost) {
  arbitration::Arbiter arbiter(system_clock());
  arbiter.define({"cores", arbitration::Kind::capacity, 3, 0, 0}).value();
  std::atomic<int> held{0};
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 6; ++thread) {
      threads.emplace_back([&, thread] {
        const std::string name = "t" + std::to_string(thread);
        for (int turn = 0; turn < 1000; ++turn) {
          arbitration::Ask ask;
          ask.claims = {{"cores", 1 + turn % 2}};
          ask.holder = {name};
          ask.wait_ms = 0;
          const auto outcome = arbiter.request(ask).value();
          if (outcome.decision != arbitration::Event::granted) continue;
          held += 1 + turn % 2;
          EXPECT_LE(held, 3);
          held -= 1 + turn % 2;
          EXPECT_TRUE(arbiter.release(outcome.request, {name}).has_value());
          if (turn % 200 == 0) static_cast<void>(arbiter.snapshot());
        }
      });
    }
  }
  const arbitration::Status status = arbiter.status();
  EXPECT_EQ(status.granted, 0U);
  EXPECT_EQ(status.resources[0].available, 3);
}

}  // namespace
}  // namespace symphony::pit::tests
