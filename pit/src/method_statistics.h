#pragma once
// How long each method of a module takes, and how often it answers which error.

#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include <symphony/ipc/statistics.h>

namespace symphony::pit {

/// Any thread.
class MethodStatistics {
 public:
  /// The names come from callers, so there is a limit.
  static constexpr std::size_t most_methods = 64;

  void record(std::string_view method, std::int64_t microseconds, std::optional<ipc::ErrorCode> error) {
    Figures* figures = nullptr;
    {
      const std::scoped_lock lock(mutex_);
      auto found = methods_.find(method);
      if (found == methods_.end()) {
        if (methods_.size() == most_methods) return;
        found = methods_.try_emplace(std::string(method)).first;
      }
      figures = &found->second;
    }
    figures->latency.record(microseconds);
    if (error) figures->errors.count(*error);
  }

  /// {"name": a histogram's figures and "errors": {"code": count}}
  nlohmann::json to_json() const {
    nlohmann::json methods = nlohmann::json::object();
    const std::scoped_lock lock(mutex_);
    for (const auto& [name, figures] : methods_) {
      methods[name] = figures.latency.to_json();
      methods[name]["errors"] = figures.errors.snapshot();
    }
    return methods;
  }

 private:
  struct Figures {
    ipc::LatencyHistogram latency;
    ipc::ErrorCounters errors;
  };

  mutable std::mutex mutex_;
  std::map<std::string, Figures, std::less<>> methods_;  // nodes never move
};

}  // namespace symphony::pit
