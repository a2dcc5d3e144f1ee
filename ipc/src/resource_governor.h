#pragma once
// Keeps the limits of extension processes: through control groups where the kernel lets us, else by measuring their
// trees and stopping or ending them. On the bus thread only.

#include <sys/types.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include <symphony/ipc/sandbox.h>

#include "control_group.h"

namespace symphony::ipc {

class ResourceGovernor {
 public:
  struct Callbacks {
    /// It uses more than 80 % of its memory; again only after it was below 70 %.
    std::function<void(std::uint64_t used, std::uint64_t limit)> memory_pressure;
    /// It is over a limit and has to be ended; `because` is a sentence for a person.
    std::function<void(bool memory, const std::string& because)> exceeded;
  };

  /// `use_control_groups`: false measures even where groups would work.
  explicit ResourceGovernor(boost::asio::io_context& context, bool use_control_groups = true);
  ~ResourceGovernor();

  /// Before the process is started: the groups it will be in.
  ControlGroup prepare(const std::string& id, const SandboxProfile& profile);
  /// From now on until `forget`. `key` is this process' alone, `id` its extension's. `leader` leads the process group
  /// of all it starts; 0 as long as it is not there yet.
  void watch(const std::string& key, const std::string& id, std::function<pid_t()> leader,
             const SandboxProfile& profile, ControlGroup group, Callbacks callbacks);
  /// The process was reaped. A sentence when what ended it was its limit of memory.
  std::optional<std::string> forget(const std::string& key);

  /// What keeps each limit: {"memory":{"limit","unit","enforced":"hard"|"best effort","by"}, …}.
  static nlohmann::json report(const SandboxProfile& profile, const ControlGroup& group);

 private:
  struct Watched;
  void schedule();
  void measure_all();
  std::chrono::milliseconds measure(Watched& watched);

  boost::asio::steady_timer timer_;
  bool use_control_groups_;
  std::optional<ControlGroupPlaces> places_;  // found when first needed
  std::map<std::string, std::unique_ptr<Watched>> watched_;
  std::vector<ControlGroup> leaving_;  // whose last processes are still dying
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace symphony::ipc
