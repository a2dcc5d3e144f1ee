#pragma once
// Contract v1 of a Pit module. State is serialisable and nothing crosses by reference, so that a module can also run in
// a process of its own; no exception leaves it.

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
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
  std::stop_token stop = {};
  /// The endpoint that sent it, as the bus knows it, and which of its processes where it has several.
  std::string_view source = {};
  std::string_view instance = {};
};

/// Where a method runs: `inline_call` on the caller's thread (microseconds, no disk wait), `pool` on the Pit's threads.
enum class Execution : std::uint8_t { inline_call, pool };

/// Who keeps a module's state from one run of the program to the next.
enum class Keeping : std::uint8_t {
  /// The module: what it has acknowledged is durable.
  itself,
  /// The host: it takes snapshot() on a timer and at the end, and gives the last one to restore() after init().
  host,
};

/// What a host must know of a module besides its messages.
struct Traits {
  Keeping keeping = Keeping::itself;
  /// The method that is told {"holder","instance"} when a process is gone, without "instance" when it was the last of
  /// its endpoint, and with neither after a start from the state of an earlier run. Empty: the module holds nothing for
  /// others.
  std::string_view holder_gone = {};
};

/// All members but init() and shutdown() may be called from several threads at once.
class Module {
 public:
  virtual ~Module() = default;
  virtual std::string_view id() const noexcept = 0;
  virtual Traits traits() const noexcept { return {}; }
  virtual Result<void> init(const nlohmann::json& config) = 0;
  virtual Execution execution(std::string_view method) const noexcept = 0;
  virtual Result<nlohmann::json> handle_message(const Call& call) = 0;
  /// An object whose member "version" (from 1) says how the rest is to be read.
  virtual Result<nlohmann::json> snapshot() = 0;
  /// Replaces the state. Errors leave it as it was: version_mismatch (from a newer program), data_corrupted,
  /// invalid_params.
  virtual Result<void> restore(const nlohmann::json& state) = 0;
  /// Why it works less well than it should; nothing when it is healthy.
  virtual std::optional<Error> problem() const { return std::nullopt; }
  virtual void shutdown() noexcept = 0;
};

}  // namespace symphony::pit
