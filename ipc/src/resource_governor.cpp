#include "resource_governor.h"

#include <signal.h>

#include <algorithm>
#include <utility>

#include "process_usage.h"

namespace symphony::ipc {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr std::uint64_t percent = 100;
constexpr std::uint64_t warn_at = 80;
constexpr std::uint64_t warn_again_below = 70;
/// One that died this near to its limit died of it: the next allocation is what the launcher's limit refused.
constexpr std::uint64_t died_of_it = 75;
/// A program that does nothing else takes about this much.
constexpr std::uint64_t taken_in_a_millisecond = 1U << 20U;

constexpr milliseconds soonest{4};
constexpr milliseconds usual{100};
constexpr milliseconds while_the_kernel_keeps_it{500};
constexpr milliseconds until_first_measured{20};
/// How long a process may exceed its share before it is stopped, and how finely its stops are cut.
constexpr milliseconds burst{100};
constexpr milliseconds while_throttled{10};

std::string mebibytes(std::uint64_t bytes) {
  constexpr std::uint64_t mebibyte = 1U << 20U;
  return std::to_string((bytes + mebibyte / 2) / mebibyte) + " MiB";
}

std::string memory_sentence(const std::string& id, std::uint64_t used, std::uint64_t limit) {
  return "\"" + id + "\" used " + mebibytes(used) + "; its limit is " + mebibytes(limit);
}

/// How soon to look again at memory nobody else keeps an eye on: before it can have reached its limit.
milliseconds pause_for(std::uint64_t used, std::uint64_t limit) {
  const std::uint64_t left = used < limit ? limit - used : 0;
  return std::clamp(milliseconds(left / taken_in_a_millisecond / 2), soonest, usual);
}

}  // namespace

struct ResourceGovernor::Watched {
  std::string id;
  Callbacks callbacks;
  std::function<pid_t()> leader;
  pid_t pid = 0;
  SandboxProfile profile;
  ControlGroup group;
  bool alone = false;  // it can start no other process
  bool warned = false;
  bool over = false;
  bool stopped = false;
  std::uint64_t used = 0;
  nanoseconds spent{0};
  nanoseconds balance{0};  // processor time it may still use before it is stopped
  Clock::time_point measured_at;
  Clock::time_point due;
};

ResourceGovernor::ResourceGovernor(boost::asio::io_context& context, bool use_control_groups)
    : timer_(context), use_control_groups_(use_control_groups) {}

ResourceGovernor::~ResourceGovernor() = default;

ControlGroup ResourceGovernor::prepare(const std::string& id, const SandboxProfile& profile) {
  if (!use_control_groups_) {
    return {};
  }
  if (!places_) {
    places_ = ControlGroupPlaces::find();
  }
  return ControlGroup::create(*places_, id, profile);
}

void ResourceGovernor::watch(const std::string& key, const std::string& id, std::function<pid_t()> leader,
                             const SandboxProfile& profile, ControlGroup group, Callbacks callbacks) {
  auto watched = std::make_unique<Watched>();
  watched->id = id;
  watched->callbacks = std::move(callbacks);
  watched->leader = std::move(leader);
  watched->profile = profile;
  watched->group = std::move(group);
  watched->alone = !profile.outer && profile.processes == 0U;
  watched->measured_at = Clock::now();
  watched->due = watched->measured_at + until_first_measured;
  watched_[key] = std::move(watched);
  schedule();
}

std::optional<std::string> ResourceGovernor::forget(const std::string& key) {
  const auto found = watched_.find(key);
  if (found == watched_.end()) {
    return std::nullopt;
  }
  const std::unique_ptr<Watched> watched = std::move(found->second);
  watched_.erase(found);
  const std::uint64_t kills = watched->group.memory_kills();
  const bool by_group = !watched->group.kept_by(Controller::memory).empty();
  if (!watched->group.remove()) {
    leaving_.push_back(std::move(watched->group));
  }
  schedule();
  if (!watched->profile.memory_bytes) {
    return std::nullopt;
  }
  const std::uint64_t limit = *watched->profile.memory_bytes;
  if (kills > 0) {
    return memory_sentence(watched->id, limit, limit);
  }
  if (!by_group && watched->used * percent >= limit * died_of_it) {
    return memory_sentence(watched->id, watched->used, limit);
  }
  return std::nullopt;
}

void ResourceGovernor::schedule() {
  if (watched_.empty() && leaving_.empty()) {
    timer_.cancel();
    return;
  }
  Clock::time_point next = leaving_.empty() ? Clock::time_point::max() : Clock::now() + until_first_measured;
  for (const auto& [key, watched] : watched_) {
    next = std::min(next, watched->due);
  }
  timer_.expires_at(next);
  timer_.async_wait([this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
    if (!error && alive.lock()) {
      measure_all();
    }
  });
}

void ResourceGovernor::measure_all() {
  const auto now = Clock::now();
  std::erase_if(leaving_, [](ControlGroup& group) { return group.remove(); });
  std::vector<std::string> due;
  for (const auto& [key, watched] : watched_) {
    if (watched->due <= now) {
      due.push_back(key);
    }
  }
  // A callback may end the watch of any of them.
  for (const std::string& key : due) {
    if (const auto found = watched_.find(key); found != watched_.end()) {
      Watched& watched = *found->second;
      watched.due = now + while_the_kernel_keeps_it;
      const milliseconds pause = measure(watched);
      if (const auto still = watched_.find(key); still != watched_.end()) {
        still->second->due = now + pause;
      }
    }
  }
  schedule();
}

milliseconds ResourceGovernor::measure(Watched& watched) {
  const std::string id = watched.id;  // a callback may end the watch
  const SandboxProfile& profile = watched.profile;
  if (watched.pid == 0) {
    watched.pid = watched.leader();
    if (watched.pid == 0) {
      return soonest;  // the launcher is still at work
    }
  }
  const std::vector<pid_t> members = members_of_group(watched.pid, watched.alone);
  milliseconds pause = while_the_kernel_keeps_it;

  if (profile.cpu_percent && watched.group.kept_by(Controller::cpu).empty()) {
    const auto now = Clock::now();
    const nanoseconds spent = processor_time(members);
    const nanoseconds earned = (now - watched.measured_at) * *profile.cpu_percent / percent;
    const nanoseconds most = nanoseconds(burst) * *profile.cpu_percent / percent;
    // Less than before: a member ended, and took its time with it.
    const nanoseconds used = std::max(spent - watched.spent, nanoseconds{0});
    watched.balance = std::min(watched.balance + earned - used, most);
    watched.spent = spent;
    watched.measured_at = now;
    const bool stop = watched.balance < nanoseconds{0};
    if (stop != watched.stopped) {
      ::kill(-watched.pid, stop ? SIGSTOP : SIGCONT);
      watched.stopped = stop;
    }
    pause = watched.balance < most / 2 ? while_throttled : usual;
  }

  if (profile.processes && *profile.processes > 0 && !watched.over) {
    // bubblewrap's own two are not the extension's.
    const std::size_t own = profile.outer ? 3 : 1;
    if (members.size() > *profile.processes + own) {
      watched.over = true;
      watched.callbacks.exceeded(false, "\"" + id + "\" had started " + std::to_string(members.size() - own) +
                                            " processes; its limit is " + std::to_string(*profile.processes));
      return usual;
    }
    pause = std::min(pause, usual);
  }

  if (profile.memory_bytes && !watched.over) {
    const std::uint64_t limit = *profile.memory_bytes;
    const bool by_group = !watched.group.kept_by(Controller::memory).empty();
    watched.used = resident_sum(members);
    if (watched.used * percent >= limit * warn_at && !std::exchange(watched.warned, true)) {
      watched.callbacks.memory_pressure(watched.used, limit);
    } else if (watched.used * percent < limit * warn_again_below) {
      watched.warned = false;
    }
    const std::uint64_t kills = watched.group.memory_kills();
    if (kills > 0 || (!by_group && watched.used > limit)) {
      watched.over = true;
      watched.callbacks.exceeded(true, memory_sentence(id, kills > 0 ? limit : watched.used, limit));
      return usual;
    }
    pause = std::min(pause, by_group ? while_the_kernel_keeps_it : pause_for(watched.used, limit));
  }
  return pause;
}

nlohmann::json ResourceGovernor::report(const SandboxProfile& profile, const ControlGroup& group) {
  nlohmann::json limits = nlohmann::json::object();
  const auto add = [&](const char* name, Controller controller, std::uint64_t limit, const char* unit,
                       const char* else_by, bool hard_without) {
    const std::string by = group.kept_by(controller);
    limits[name] = {{"limit", limit},
                    {"unit", unit},
                    {"enforced", by.empty() && !hard_without ? "best effort" : "hard"},
                    {"by", by.empty() ? else_by : by}};
  };
  if (profile.memory_bytes) {
    add("memory", Controller::memory, *profile.memory_bytes, "bytes", "measured, and RLIMIT_DATA", false);
  }
  if (profile.cpu_percent) {
    add("cpu", Controller::cpu, *profile.cpu_percent, "percent of one processor", "stopped and continued", false);
  }
  if (profile.processes == 0U) {
    limits["processes"] = {{"limit", 0}, {"unit", "processes"}, {"enforced", "hard"}, {"by", "seccomp"}};
  } else if (profile.processes) {
    add("processes", Controller::processes, *profile.processes, "processes", "measured", false);
  }
  if (profile.files) {
    limits["files"] = {
        {"limit", *profile.files}, {"unit", "descriptors"}, {"enforced", "hard"}, {"by", "RLIMIT_NOFILE"}};
  }
  return limits;
}

}  // namespace symphony::ipc
