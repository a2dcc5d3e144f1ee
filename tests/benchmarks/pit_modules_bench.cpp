// The Pit's modules that live in memory, measured directly and through the bus. Prints one JSON object a line; what the
// goals are says tests/benchmarks/pit.py.

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include <symphony/ipc/bus.h>
#include <symphony/pit/pit.h>

#include "arbitration_engine/arbitration_engine.h"
#include "clock.h"
#include "pool_manager/pool_manager.h"
#include "remote/plugin_module.h"
#include "remote/process_module.h"

namespace {

namespace fs = std::filesystem;
namespace pit = symphony::pit;
namespace ipc = symphony::ipc;
using nlohmann::json;
using SteadyClock = std::chrono::steady_clock;

void print(const std::string& name, double value) { std::cout << json{{"name", name}, {"value", value}} << std::endl; }

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// The median of `rounds` rounds, microseconds of one.
template <class Once>
double microseconds(int rounds, int times, const Once& once) {
  std::vector<double> measured;
  for (int round = 0; round < rounds; ++round) {
    const auto begun = SteadyClock::now();
    for (int time = 0; time < times; ++time)
      once();
    measured.push_back(std::chrono::duration<double, std::micro>(SteadyClock::now() - begun).count() / times);
  }
  return median(std::move(measured));
}

class Random {
 public:
  std::uint64_t below(std::uint64_t limit) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return (state_ >> 33U) % limit;
  }

 private:
  std::uint64_t state_ = 88172645463325252ULL;
};

void must(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

// ---- pool

/// Ten resources of each key, all ready.
void fill(pit::pool::Pool& pool, int resources, std::vector<std::string>& keys) {
  must(pool.resize({static_cast<std::uint64_t>(resources), 0}).has_value(), "resize");
  for (int number = 0; number < resources; ++number) {
    if (number % 10 == 0) keys.push_back("model-" + std::to_string(number));
    const std::string id = "resource-" + std::to_string(number);
    must(pool.add({id, keys.back(), pit::pool::Kind::model, 0, 5}).has_value(), "add");
  }
  for (const std::string& key : keys)
    must(pool.prewarm(key, 10).has_value(), "prewarm");
  for (int number = 0; number < resources; ++number)
    must(pool.report("resource-" + std::to_string(number), pit::pool::State::ready).has_value(), "report");
}

double pool_hit(int resources) {
  pit::pool::Pool pool(pit::system_clock());
  std::vector<std::string> keys;
  fill(pool, resources, keys);
  Random random;
  return microseconds(9, 200'000, [&] {
    const auto lease = pool.allocate(keys[random.below(keys.size())], {"bench"});
    must(lease.has_value() && lease->grade == pit::pool::Grade::hit, "a hit");
    must(pool.release(lease->lease, {"bench"}).has_value(), "release");
  });
}

// ---- arbitration

/// The ask refers to `holder`, which must outlive it.
pit::arbitration::Ask ask_for(std::string_view holder, std::int64_t amount) {
  pit::arbitration::Ask ask;
  ask.claims = {{"cores", amount}};
  ask.holder = {holder};
  ask.wait_ms = pit::arbitration::limits::longest_ms;
  return ask;
}

double arbitration_free() {
  pit::arbitration::Arbiter arbiter(pit::system_clock());
  must(arbiter.define({"cores", pit::arbitration::Kind::capacity, 8, 0, 0}).has_value(), "define");
  const auto ask = ask_for("bench", 2);
  return microseconds(9, 100'000, [&] {
    const auto outcome = arbiter.request(ask);
    must(outcome->decision == pit::arbitration::Event::granted, "granted");
    must(arbiter.release(outcome->request, {"bench"}).has_value(), "release");
  });
}

/// 1,000 wait, of as many shares as asked; each release grants one of them, and its holder asks again.
double arbitration_contended(int shares) {
  pit::arbitration::Arbiter arbiter(pit::system_clock());
  must(arbiter.define({"cores", pit::arbitration::Kind::capacity, 8, 0, 0}).has_value(), "define");
  std::vector<std::string> names;
  for (int number = 0; number < shares; ++number)
    names.push_back("share-" + std::to_string(number));
  std::map<std::uint64_t, const std::string*> holders;
  std::vector<std::uint64_t> held;
  const auto submit = [&](const std::string& name) {
    const auto outcome = arbiter.request(ask_for(name, 1));
    holders[outcome->request] = &name;
    if (outcome->decision == pit::arbitration::Event::granted) held.push_back(outcome->request);
    held.insert(held.end(), outcome->granted.begin(), outcome->granted.end());
  };
  for (int number = 0; number < 1008; ++number)
    submit(names[static_cast<std::size_t>(number % shares)]);
  // Two decisions each: who is next, and the new request.
  return microseconds(9, 20'000,
                      [&] {
                        const std::uint64_t done = held.front();
                        held.erase(held.begin());
                        const std::string& name = *holders.at(done);
                        holders.erase(done);
                        const auto released = arbiter.release(done, {name});
                        for (const std::uint64_t next : released->granted)
                          held.push_back(next);
                        submit(name);
                      }) /
         2;
}

class SimulatedClock final : public pit::Clock {
 public:
  std::int64_t monotonic_us() const noexcept override { return now_ms * 1000; }
  std::int64_t wall_ms() const noexcept override { return now_ms; }
  std::int64_t now_ms = 0;
};

/// How far a share is from its weight at most, in per cent, after ten simulated minutes of tasks of all sizes.
double unfairness() {
  SimulatedClock clock;
  pit::arbitration::Arbiter arbiter(clock);
  must(arbiter.define({"cores", pit::arbitration::Kind::capacity, 16, 0, 0}).has_value(), "define");
  const std::map<std::string, double> weights = {{"a", 1}, {"b", 2}, {"c", 5}, {"d", 8}};
  must(arbiter.set_policy({1'000'000'000, {weights.begin(), weights.end()}}).has_value(), "policy");
  struct Task {
    std::string share;
    std::int64_t amount;
    std::int64_t length_ms;
  };
  Random random;
  std::map<std::uint64_t, Task> tasks;
  std::multimap<std::int64_t, std::uint64_t> ends;
  std::map<std::string, double> got;
  double all = 0;
  const auto begin = [&](std::uint64_t id) { ends.emplace(clock.now_ms + tasks.at(id).length_ms, id); };
  const auto submit = [&](const std::string& share) {
    const Task task{share, static_cast<std::int64_t>(1 + random.below(6)),
                    static_cast<std::int64_t>(20 + random.below(share == "b" ? 400 : 100))};
    const auto outcome = arbiter.request(ask_for(share, task.amount));
    tasks.emplace(outcome->request, task);
    if (outcome->decision == pit::arbitration::Event::granted) begin(outcome->request);
    for (const std::uint64_t other : outcome->granted)
      begin(other);
  };
  for (const auto& [share, weight] : weights) {
    for (int number = 0; number < 20; ++number)
      submit(share);
  }
  while (clock.now_ms < 600'000) {
    const auto [at, id] = *ends.begin();
    ends.erase(ends.begin());
    clock.now_ms = at;
    const Task task = tasks.at(id);
    tasks.erase(id);
    got[task.share] += static_cast<double>(task.amount * task.length_ms);
    all += static_cast<double>(task.amount * task.length_ms);
    const auto released = arbiter.release(id, {task.share});
    for (const std::uint64_t next : released->granted)
      begin(next);
    submit(task.share);
  }
  double worst = 0;
  for (const auto& [share, weight] : weights)
    worst = std::max(worst, std::abs(got[share] / all * 16 / weight - 1) * 100);
  return worst;
}

// ---- the border

/// Five keys, and an answer that changes nothing: more than there ever is.
json denied_request() {
  return {{"claims", {{{"resource", "cores"}, {"amount", 9}}}},
          {"priority", "high"},
          {"holder", "summarizer"},
          {"user", "ada"},
          {"wait_ms", 500}};
}

void bench_bus(ipc::Bus& bus) {
  const std::string define = "arbitration.define";
  const json cores = {{"resource", "cores"}, {"kind", "capacity"}, {"capacity", 8}};
  must(bus.register_endpoint("bench", [](ipc::Incoming, ipc::Responder) {}).has_value(), "register");
  const auto send = [&](const std::string& method, const ipc::Payload& body) {
    bool answered = false;
    bus.send_request("bench", {"arbitration_engine", method, body}, {},
                     [&](const ipc::Result<ipc::Payload>& answer) { answered = answer.has_value(); });
    must(answered, "answered");
  };
  send(define, ipc::Payload(cores));
  pit::ArbitrationEngine bare;
  must(bare.init(json::object()).has_value() && bare.handle_message({define, cores, {}, "bench"}).has_value(), "init");
  pit::Module& module = bare;
  const std::string method = "arbitration.request";
  const json params = denied_request();
  const ipc::Payload body(params);
  std::vector<double> direct;
  std::vector<double> through;
  std::vector<double> ratios;
  for (int round = 0; round < 15; ++round) {
    direct.push_back(microseconds(1, 20'000, [&] {
      must(module.handle_message({method, params, {}, "bench"}).has_value(), "answered");
    }));
    through.push_back(microseconds(1, 20'000, [&] { send(method, body); }));
    ratios.push_back(through.back() / direct.back());
  }
  print("virtual_call_us", median(direct));
  print("bus_call_us", median(through));
  print("bus_call_ratio", median(ratios));
}

/// The same module linked in, from a shared object, in a process of its own: the same message to each, by its virtual
/// call.
void bench_ways(ipc::Bus& bus) {
  const json define = {{"resource", "cores"}, {"kind", "capacity"}, {"capacity", 8}};
  const json params = denied_request();
  pit::ArbitrationEngine linked;
  const auto plugin = pit::PluginModule::load(SYMPHONY_BENCH_PLUGIN);
  must(plugin.has_value(), "the plug-in");
  const auto process = pit::ProcessModule::start(bus, {SYMPHONY_PIT_MODULE, "arbitration_engine"});
  must(process.has_value(), "the process");
  const std::vector<pit::Module*> modules = {&linked, plugin->get(), process->get()};
  for (pit::Module* const module : modules) {
    must(module->init(json::object()).has_value(), "init");
    must(module->handle_message({"arbitration.define", define, {}, "bench"}).has_value(), "define");
  }
  const std::vector<int> times = {20'000, 5000, 1000};
  std::vector<std::vector<double>> taken(modules.size());
  std::vector<std::vector<double>> ratios(modules.size());
  for (int round = 0; round < 15; ++round) {
    for (std::size_t way = 0; way < modules.size(); ++way) {
      taken[way].push_back(microseconds(1, times[way], [&] {
        must(modules[way]->handle_message({"arbitration.request", params, {}, "bench"}).has_value(), "answered");
      }));
      ratios[way].push_back(taken[way].back() / taken[0].back());
    }
  }
  print("plugin_call_us", median(taken[1]));
  print("plugin_call_ratio", median(ratios[1]));
  print("process_call_us", median(taken[2]));
  print("process_call_ratio", median(ratios[2]));
}

/// 10,000 things that live: half resources, of which half are leased, half requests that are granted or wait.
void bench_snapshots() {
  pit::PoolManager pool;
  pit::ArbitrationEngine engine;
  std::vector<std::string> keys;
  fill(pool.pool(), 5000, keys);
  for (int number = 0; number < 2500; ++number)
    must(pool.pool()
             .allocate(keys[static_cast<std::size_t>(number / 5)], {"holder-" + std::to_string(number % 100)})
             .has_value(),
         "allocate");
  must(engine.arbiter().define({"cores", pit::arbitration::Kind::capacity, 2500, 0, 0}).has_value(), "define");
  for (int number = 0; number < 5000; ++number)
    must(engine.arbiter().request(ask_for("holder-" + std::to_string(number % 100), 1)).has_value(), "request");
  const std::vector<pit::Module*> modules = {&pool, &engine};
  std::vector<json> states(modules.size());
  print("snapshot_ms", microseconds(9, 1, [&] {
                         for (std::size_t index = 0; index < modules.size(); ++index)
                           states[index] = modules[index]->snapshot().value();
                       }) / 1000);
  print("restore_ms", microseconds(9, 1, [&] {
                        for (std::size_t index = 0; index < modules.size(); ++index)
                          must(modules[index]->restore(states[index]).has_value(), "restore");
                      }) / 1000);
}

/// Proportional set size of this process.
double pss_mib() {
  std::ifstream in("/proc/self/smaps_rollup");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("Pss:")) return std::stod(line.substr(4)) / 1024;
  }
  return 0;
}

}  // namespace

int main() try {
  const fs::path work = fs::temp_directory_path() / ("symphony-pit-modules-" + std::to_string(::getpid()));
  {
    auto bus = ipc::Bus::create({});
    must(bus.has_value(), "bus");
    const double before = pss_mib();
    auto opened = pit::Pit::open(**bus, {work, 2});
    must(opened.has_value(), "open");
    print("memory_at_rest_mib", pss_mib() - before);
    bench_bus(**bus);
    bench_ways(**bus);
  }
  fs::remove_all(work);
  const double small = pool_hit(1000);
  const double large = pool_hit(100'000);
  print("pool_hit_1000_us", small);
  print("pool_hit_100000_us", large);
  print("pool_hit_growth", large / small);
  const double contended = arbitration_contended(16);
  print("arbitration_free_us", arbitration_free() / 2);
  print("arbitration_contended_us", contended);
  print("arbitration_many_shares_us", arbitration_contended(500));
  print("arbitration_decisions_per_s", 1e6 / contended);
  print("arbitration_unfairness_percent", unfairness());
  bench_snapshots();
  return 0;
} catch (const std::exception& error) {
  std::cerr << "pit_modules_bench: " << error.what() << '\n';
  return 1;
}
