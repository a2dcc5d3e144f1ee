// Many messages while everything goes wrong at once: how many were lost, how many came twice. Prints one JSON object.
// `endurance MESSAGES`; exits with 1 when an invariant did not hold.

#include <signal.h>

#include <algorithm>
#include <array>
#include <future>
#include <iostream>

#include "dice.h"
#include "stage.h"

using namespace symphony::chaos;
using nlohmann::json;
using namespace std::chrono_literals;

namespace {

constexpr std::array hostile_roles{"garbage", "truncated", "arena", "descriptors"};
constexpr std::size_t drive_batch = 2000;
constexpr std::size_t window = 96;

/// Lets one extension send messages to the others, batch after batch, until `share` are sent. False: it failed.
bool drive(Stage& stage, const std::string& driver, const std::vector<std::string>& targets, const std::string& notify,
           std::size_t share, std::uint64_t seed) {
  for (std::size_t sent = 0; sent < share; sent += drive_batch) {
    const std::size_t count = std::min(drive_batch, share - sent);
    const auto done = stage.ask(driver, "drive",
                                {{"first", stage.ledger().reserve(count)},
                                 {"count", count},
                                 {"window", window},
                                 {"targets", targets},
                                 {"notify", notify},
                                 {"seed", seed + sent}});
    if (!done) {
      std::cerr << driver << ": " << done.error().message << "\n";
      return false;
    }
  }
  return true;
}

struct Done {
  std::size_t kills = 0;
  std::size_t stalls = 0;
};

/// Sends `share` messages itself, and does all the harm.
Done send_and_harm(Stage& stage, Dice& dice, const std::vector<std::string>& victims, std::size_t share) {
  Done done;
  std::set<std::string> stalled;
  const auto wake = [&](const std::string& victim) {
    stage.signal(victim, SIGCONT);
    stalled.erase(victim);
  };
  for (std::size_t left = share; left > 0; --left) {
    while (!stage.ledger().wait_below(window, stalled)) {
      wake(*stalled.begin());
    }
    const std::string& target = dice.one_of(victims);
    const auto state = stage.status(target).state;
    if (state != symphony::ipc::ProcessState::healthy && !dice.one_in(50)) {
      // Mostly those that can answer: a refusal is cheap, and proves little.
      std::vector<std::string> able = stage.healthy();
      std::erase_if(able, [&](const std::string& id) { return id.starts_with("hostile"); });
      if (!able.empty()) {
        stage.ledger().send(stage.bus(), {dice.one_of(able), "work", json::object(), 20s, dice.one_in(10)});
        continue;
      }
    }
    stage.ledger().send(stage.bus(), {target, "work", json::object(), 20s, dice.one_in(10)});
    if (dice.one_in(400)) {
      stage.signal(dice.one_of(victims), SIGKILL);
      ++done.kills;
    }
    if (dice.one_in(1000)) {
      const std::string& victim = dice.one_of(victims);
      if (stalled.contains(victim)) {
        wake(victim);
      } else if (stalled.size() < 2) {
        stage.signal(victim, SIGSTOP);
        stalled.insert(victim);
        ++done.stalls;
      }
    }
  }
  while (!stalled.empty()) {
    wake(*stalled.begin());
  }
  return done;
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t messages = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 20'000;
  const std::uint64_t number = seed();
  Dice dice(number);
  const auto began = std::chrono::steady_clock::now();
  StageOptions options;
  options.messages = messages + 2;
  Stage stage(options);
  const std::vector<std::string> victims{"victim0", "victim1", "victim2", "victim3"};
  const std::vector<std::string> steady{"steady0", "steady1"};
  std::vector<std::string> all = victims;
  all.insert(all.end(), steady.begin(), steady.end());
  for (const std::string& id : all) {
    stage.start(id, CHAOS_EXTENSION);
  }
  for (const char* role : hostile_roles) {
    stage.start(std::string("hostile.") + role, HOSTILE_EXTENSION, {role, std::to_string(number)});
  }
  if (!stage.wait([&](const auto& statuses) {
        return std::all_of(all.begin(), all.end(), [&](const std::string& id) {
          return statuses.at(id).state == symphony::ipc::ProcessState::healthy;
        });
      })) {
    std::cerr << "the extensions did not start\n";
    return 1;
  }
  // Two fifths by the host itself, the rest from extension to extension, an eighth of that notifications.
  const std::size_t own = messages * 2 / 5;
  const std::size_t each = (messages - own) / 2;
  auto first = std::async(std::launch::async, [&] { return drive(stage, steady[0], all, steady[1], each, number); });
  auto second = std::async(std::launch::async,
                           [&] { return drive(stage, steady[1], all, steady[0], messages - own - each, number + 1); });
  const Done done = send_and_harm(stage, dice, victims, own);
  const bool driven = first.get() && second.get();
  stage.ledger().wait_all();
  // A notification has no answer; a request behind it says that it has arrived.
  for (const std::string& id : steady) {
    static_cast<void>(stage.ask(id, "ping"));
  }
  std::size_t hostile = 0;
  for (const char* role : hostile_roles) {
    hostile += stage.status(std::string("hostile.") + role).generation;
  }
  const auto beats = stage.pulse().beats();
  const auto longest = stage.pulse().longest();
  const auto broken = stage.finish({ErrorCode::peer_disconnected, ErrorCode::endpoint_unavailable});
  const MessageTotals totals = stage.messages().totals();
  const auto took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  for (const std::string& sentence : broken) {
    std::cerr << "violated: " << sentence << "\n";
  }
  const bool holds = driven && broken.empty() && totals.sent == messages;
  std::cout << json{{"name", "chaos.lost_or_duplicated"},
                    {"value", totals.lost + totals.duplicated},
                    {"unit", "messages"},
                    {"goal", "0 of " + std::to_string(messages)},
                    {"holds", holds},
                    {"messages", totals.sent},
                    {"lost", totals.lost},
                    {"duplicated", totals.duplicated},
                    {"answered", totals.answered},
                    {"errors", totals.errors},
                    {"kills", done.kills},
                    {"stalls", done.stalls},
                    {"hostile_processes", hostile},
                    {"pings", beats},
                    {"longest_ping_us", longest.count()},
                    {"violations", broken},
                    {"seconds", took},
                    {"seed", number}}
                   .dump()
            << "\n";
  return holds ? 0 : 1;
}
