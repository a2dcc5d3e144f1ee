#pragma once
// Contract v1 of a Pit module. State is serialisable and nothing crosses by reference, so that a module can also run in
// a process of its own; no exception leaves it.

#include <memory>
#include <nlohmann/json.hpp>
#include <stop_token>
#include <string>
#include <string_view>

#include <symphony/ipc/error.h>

namespace symphony::pit {

using ipc::Error;
using ipc::ErrorCode;
using ipc::Result;

inline constexpr std::uint32_t contract_version = 1;

struct Call {
  std::string_view method;
  const nlohmann::json& params;
  /// Stops when the caller no longer wants the answer.
  std::stop_token stop;
};

/// Where a method runs: `inline_call` on the caller's thread (microseconds, no disk wait), `pool` on the Pit's threads.
enum class Execution : std::uint8_t { inline_call, pool };

/// All members but init() and shutdown() may be called from several threads at once.
class Module {
 public:
  virtual ~Module() = default;
  virtual std::string_view id() const noexcept = 0;
  virtual Result<void> init(const nlohmann::json& config) = 0;
  virtual Execution execution(std::string_view method) const noexcept = 0;
  virtual Result<nlohmann::json> handle_message(const Call& call) = 0;
  virtual Result<nlohmann::json> snapshot() = 0;
  virtual Result<void> restore(const nlohmann::json& state) = 0;
  virtual void shutdown() noexcept = 0;
};

}  // namespace symphony::pit
