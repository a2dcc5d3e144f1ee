#pragma once
// The Arbitration Engine of docs/pit.md: the arbiter's messages.

#include <symphony/pit/module.h>

#include "arbitration_engine/arbiter.h"
#include "clock.h"

namespace symphony::pit {

class ArbitrationEngine final : public Module {
 public:
  /// The clock must outlive it.
  explicit ArbitrationEngine(const Clock& clock = system_clock()) : arbiter_(clock) {}

  std::string_view id() const noexcept override { return "arbitration_engine"; }
  Traits traits() const noexcept override {
    return {.keeping = Keeping::host, .holder_gone = "arbitration.holder_gone"};
  }
  Result<void> init(const nlohmann::json& config) override;
  Execution execution(std::string_view) const noexcept override { return Execution::inline_call; }
  Result<nlohmann::json> handle_message(const Call& call) override;
  Result<nlohmann::json> snapshot() override;
  Result<void> restore(const nlohmann::json& state) override;
  void shutdown() noexcept override {}

  arbitration::Arbiter& arbiter() noexcept { return arbiter_; }

 private:
  class Messages;
  arbitration::Arbiter arbiter_;
};

}  // namespace symphony::pit
