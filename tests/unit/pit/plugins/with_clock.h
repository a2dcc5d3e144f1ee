#pragma once
// A module of the Pit whose time a test lets pass, for plug-ins and processes.

#include <cstdlib>

#include "manual_clock.h"

#if defined(INNER_POOL_MANAGER)
#include "pool_manager/pool_manager.h"
namespace symphony::pit::tests {
using Inner = PoolManager;
}
#elif defined(INNER_ARBITRATION_ENGINE)
#include "arbitration_engine/arbitration_engine.h"
namespace symphony::pit::tests {
using Inner = ArbitrationEngine;
}
#endif

namespace symphony::pit::tests {

inline ManualClock& test_clock() {
  static ManualClock clock;
  return clock;
}

class WithClock final : public Module {
 public:
  std::string_view id() const noexcept override { return inner_.id(); }
  Traits traits() const noexcept override { return inner_.traits(); }
  Result<void> init(const nlohmann::json& config) override { return inner_.init(config); }
  Execution execution(std::string_view method) const noexcept override { return inner_.execution(method); }
  Result<nlohmann::json> handle_message(const Call& call) override {
    if (call.method == "test.end") std::_Exit(7);
    if (call.method != "test.advance_ms") return inner_.handle_message(call);
    test_clock().advance_ms(call.params.at("ms").get<std::int64_t>());
    return nlohmann::json::object();
  }
  Result<nlohmann::json> snapshot() override { return inner_.snapshot(); }
  Result<void> restore(const nlohmann::json& state) override { return inner_.restore(state); }
  std::optional<Error> problem() const override { return inner_.problem(); }
  void shutdown() noexcept override { inner_.shutdown(); }

 private:
  Inner inner_{test_clock()};
};

}  // namespace symphony::pit::tests
