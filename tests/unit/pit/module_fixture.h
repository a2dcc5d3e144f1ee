#pragma once
// A module as the bus has it: its parameters are checked before it sees them, and it keeps its definition's promises.

#include <gtest/gtest.h>
#include <symphony/ipc/interface.h>
#include <symphony/pit/module.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "manual_clock.h"

namespace symphony::pit::tests {

inline Result<nlohmann::json> send(Module& module, std::string_view source, std::string_view method,
                                   const nlohmann::json& params, std::string_view instance = {}) {
  const auto interface = ipc::Interface::built_in(module.id());
  if (!interface) return Error{ErrorCode::internal_error, "The module has no definition.", nullptr};
  const Result<ipc::Payload> body = interface->check_params(method, params);
  if (body.has_error()) return body.error();
  Result<nlohmann::json> result = module.handle_message({method, *body->document_if_held(), {}, source, instance});
  if (result.has_value()) {
    const Result<void> promised = interface->check_result(method, *result);
    EXPECT_TRUE(promised.has_value()) << method << ": " << promised.error().message << "\n" << result->dump(2);
  }
  return result;
}

/// M is constructed from a clock.
template <class M>
class ModuleTest : public ::testing::Test {
 protected:
  void SetUp() override { start(); }

  void start(const nlohmann::json& config = nlohmann::json::object()) {
    module_ = std::make_unique<M>(clock_);
    const Result<void> ready = module_->init(config);
    ASSERT_TRUE(ready.has_value()) << ready.error().message;
  }
  nlohmann::json ask(std::string_view method, const nlohmann::json& params = nlohmann::json::object(),
                     std::string_view source = "conductor") {
    Result<nlohmann::json> result = send(*module_, source, method, params);
    if (result.has_error()) {
      ADD_FAILURE() << method << " " << params.dump() << ": " << result.error().to_json().dump();
      return nullptr;
    }
    return *std::move(result);
  }
  /// Also: the state is as it was.
  Error refused(std::string_view method, const nlohmann::json& params, std::string_view source = "conductor") {
    const nlohmann::json before = module_->snapshot().value();
    const Result<nlohmann::json> result = send(*module_, source, method, params);
    EXPECT_EQ(module_->snapshot().value(), before) << method << " changed the state";
    if (result.has_error()) return result.error();
    ADD_FAILURE() << method << " was not refused: " << result->dump();
    return {};
  }

  ManualClock clock_;
  std::unique_ptr<M> module_;
};

}  // namespace symphony::pit::tests
