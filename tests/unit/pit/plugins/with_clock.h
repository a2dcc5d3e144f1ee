#pragma once
// The module TESTED_MODULE of the Pit, whose time a test lets pass, for plug-ins and processes.

#include <cstdlib>

#include "fresh_module.h"
#include "manual_clock.h"

namespace symphony::pit::tests {

class WithClock final : public Module {
 public:
  std::string_view id() const noexcept override { return inner_->id(); }
  Traits traits() const noexcept override { return inner_->traits(); }
  Result<void> init(const nlohmann::json& config) override { return inner_->init(config); }
  Execution execution(std::string_view method) const noexcept override { return inner_->execution(method); }
  Result<nlohmann::json> handle_message(const Call& call) override {
    if (call.method == "test.end") std::_Exit(7);
    if (call.method != "test.advance_ms") return inner_->handle_message(call);
    clock_.advance_ms(call.params.at("ms").get<std::int64_t>());
    return nlohmann::json::object();
  }
  Result<nlohmann::json> snapshot() override { return inner_->snapshot(); }
  Result<void> restore(const nlohmann::json& state) override { return inner_->restore(state); }
  std::optional<Error> problem() const override { return inner_->problem(); }
  void shutdown() noexcept override { inner_->shutdown(); }

 private:
  ManualClock clock_;
  const std::unique_ptr<Module> inner_ = fresh_module(TESTED_MODULE, clock_);
};

}  // namespace symphony::pit::tests
