#pragma once
// A module in a shared object. Loaded once and never unloaded: its code may still be on some thread's stack. It runs in
// this process with all its rights, so only what the user configured is loaded; what it does wrong at the border is an
// answer, not a crash.

#include <filesystem>
#include <memory>

#include <symphony/pit/plugin_abi.h>

#include "remote/remote_module.h"

namespace symphony::pit {

class PluginModule final : public RemoteModule {
 public:
  /// Larger answers are refused.
  static constexpr std::uint64_t largest_answer = 64U << 20U;

  /// Errors: not_found, io_error (it cannot be loaded), version_mismatch, data_corrupted (a missing export, an answer
  /// that makes no sense), each with a sentence that says which.
  static Result<std::unique_ptr<Module>> load(const std::filesystem::path& file);
  ~PluginModule() override;

 private:
  struct Exports {
    symphony_pit_create_function* create = nullptr;
    symphony_pit_handle_function* handle = nullptr;
    symphony_pit_free_function* free = nullptr;
    symphony_pit_destroy_function* destroy = nullptr;
  };
  explicit PluginModule(const std::filesystem::path& file) : RemoteModule(file.filename().string()) {}

  Result<nlohmann::json> exchange(const nlohmann::json& request) const override;

  Exports exports_;
  symphony_pit_module* module_ = nullptr;
};

}  // namespace symphony::pit
