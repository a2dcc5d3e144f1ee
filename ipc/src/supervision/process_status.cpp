// What is shown of an extension, as a document.

#include <symphony/ipc/supervisor.h>

namespace symphony::ipc {

std::string_view name_of(ProcessRole role) noexcept {
  switch (role) {
    case ProcessRole::serving:
      return "serving";
    case ProcessRole::spare:
      return "spare";
    case ProcessRole::incoming:
      return "incoming";
    case ProcessRole::leaving:
      return "leaving";
  }
  return "unknown";
}

nlohmann::json ProcessStatus::to_json() const {
  nlohmann::json processes = nlohmann::json::array();
  for (const InstanceStatus& each : instances) {
    processes.push_back({{"instance", each.instance},
                         {"version", each.version},
                         {"role", name_of(each.role)},
                         {"state", name_of(each.state)},
                         {"pid", each.pid},
                         {"generation", each.generation},
                         {"weight", each.weight},
                         {"rss_bytes", each.rss_bytes},
                         {"quarantined", each.quarantined},
                         {"last_exit", name_of(each.last_exit)},
                         {"last_exit_detail", each.last_exit_detail}});
  }
  nlohmann::json steps = nlohmann::json::array();
  for (const ProcessStep& step : history) {
    steps.push_back({{"instance", step.instance},
                     {"before", name_of(step.from)},
                     {"state", name_of(step.to)},
                     {"at_us", step.at_us},
                     {"reason", step.reason}});
  }
  return {{"id", id},
          {"version", version},
          {"pid", pid},
          {"state", name_of(state)},
          {"generation", generation},
          {"restarts", restarts},
          {"last_exit", name_of(last_exit)},
          {"last_exit_detail", last_exit_detail},
          {"quarantined", quarantined},
          {"last_recovery_us", last_recovery_us},
          {"last_pause_us", last_pause_us},
          {"rss_bytes", rss_bytes},
          {"limits", limits},
          {"sandbox", sandbox},
          {"instances", std::move(processes)},
          {"split", split},
          {"history", std::move(steps)}};
}

}  // namespace symphony::ipc
