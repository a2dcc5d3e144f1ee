#pragma once
// A module somewhere else, in a shared object or a process, as any other module: every call is one document there and
// one back (symphony/pit/plugin.h says which).

#include <map>
#include <shared_mutex>
#include <string>

#include <symphony/pit/module.h>

namespace symphony::pit {

class RemoteModule : public Module {
 public:
  std::string_view id() const noexcept override { return id_; }
  Traits traits() const noexcept override { return {keeping_, holder_gone_}; }
  Result<void> init(const nlohmann::json& config) override;
  Execution execution(std::string_view method) const noexcept override;
  Result<nlohmann::json> handle_message(const Call& call) override;
  Result<nlohmann::json> snapshot() override;
  Result<void> restore(const nlohmann::json& state) override;
  std::optional<Error> problem() const override;
  void shutdown() noexcept override;

 protected:
  /// `name`: what a person calls it, in sentences about it.
  explicit RemoteModule(std::string name) : name_(std::move(name)) {}

  /// The answer as it came.
  virtual Result<nlohmann::json> exchange(const nlohmann::json& request) const = 0;
  /// What it is. Before anything else. Errors: data_corrupted, version_mismatch.
  Result<void> learn();
  Error broken(const std::string& what) const;

 private:
  Result<nlohmann::json> ask(const nlohmann::json& request) const noexcept;

  const std::string name_;
  std::string id_;
  Keeping keeping_ = Keeping::itself;
  std::string holder_gone_;
  /// What execution() was told; a method is asked about once.
  mutable std::shared_mutex mutex_;
  mutable std::map<std::string, Execution, std::less<>> executions_;
};

}  // namespace symphony::pit
