#include "hosted_module.h"

#include <string>
#include <utility>

namespace symphony::pit {

HostedModule::HostedModule(ipc::Bus& bus, std::unique_ptr<Module> module) : bus_(bus), module_(std::move(module)) {}

Result<void> HostedModule::start(const nlohmann::json& config, const std::filesystem::path& snapshots) {
  if (auto ready = module_->init(config); ready.has_error()) return ready.error();
  if (module_->traits().keeping == Keeping::host && !snapshots.empty()) {
    const std::string name(module_->id());
    file_.emplace(snapshots / (name + ".snapshot"), name);
    restore_problem_ = restore();
  }
  return {};
}

std::optional<Error> HostedModule::restore() {
  const auto state = file_->read();
  if (state.has_error()) return state.error();
  if (!*state) return std::nullopt;
  const Result<void> done = module_->restore(**state);
  if (done.has_value()) {
    // The holders of the last run are gone with it.
    if (const std::string_view gone = module_->traits().holder_gone; !gone.empty()) {
      const auto taken_back = module_->handle_message({gone, nlohmann::json::object()});
      if (taken_back.has_error()) return taken_back.error();
    }
    return std::nullopt;
  }
  if (done.error().code == ErrorCode::version_mismatch) {
    file_->keep_untouched();
    return Error{ErrorCode::version_mismatch,
                 "The saved state was written by a newer Symphony. It is left as it is, and changes are not saved.",
                 {{"path", file_->file().string()}}};
  }
  const std::filesystem::path aside = file_->set_aside();
  return Error{ErrorCode::data_corrupted,
               "The saved state makes no sense; it was set aside, and a new one begun: " + done.error().message,
               {{"path", file_->file().string()}, {"set_aside", aside.string()}}};
}

Result<nlohmann::json> HostedModule::answer(const ipc::Incoming& incoming, const std::stop_token& stop) noexcept {
  try {
    const std::int64_t begun = ipc::monotonic_us();
    Result<nlohmann::json> result = call(incoming, stop);
    const std::optional<ErrorCode> error = result.has_error() ? std::optional(result.error().code) : std::nullopt;
    const std::int64_t ended = ipc::monotonic_us();
    if (error != ErrorCode::method_not_found) statistics_.record(incoming.method, ended - begun, error);
    if (incoming.trace) {
      bus_.spans().record({"symphony", std::string(module_->id()) + " " + incoming.method, incoming.trace->child(),
                           incoming.trace->span_id, begun, ended, "Pit"});
    }
    return result;
  } catch (const std::exception& error) {
    return Error{ErrorCode::internal_error, std::string("The module failed: ") + error.what(), nullptr};
  } catch (...) {
    return Error{ErrorCode::internal_error, "The module failed.", nullptr};
  }
}

Result<nlohmann::json> HostedModule::call(const ipc::Incoming& incoming, const std::stop_token& stop) {
  if (stop.stop_requested()) return Error{ErrorCode::cancelled, "The request was cancelled.", nullptr};
  handled_.fetch_add(1, std::memory_order_relaxed);
  const auto handle = [&](const nlohmann::json& params) {
    return module_->handle_message({incoming.method, params, stop, incoming.source, incoming.instance});
  };
  if (const nlohmann::json* held = incoming.body.document_if_held()) return handle(*held);
  const Result<nlohmann::json> document = incoming.body.document();
  if (document.has_error()) return document.error();
  return handle(*document);
}

void HostedModule::save() noexcept {
  if (!file_) return;
  try {
    const std::scoped_lock saving(saving_);
    const std::uint64_t handled = handled_.load();
    if (handled == saved_) return;
    const Result<void> done = write_snapshot();
    if (done.has_value()) saved_ = handled;
    const std::scoped_lock lock(mutex_);
    save_problem_ = done.has_error() ? std::optional(done.error()) : std::nullopt;
  } catch (const std::exception&) {
    // Out of memory: the next time comes.
  }
}

Result<void> HostedModule::write_snapshot() {
  const Result<nlohmann::json> state = module_->snapshot();
  if (state.has_error()) return state.error();
  return file_->write(*state);
}

nlohmann::json HostedModule::status() const {
  std::optional<Error> problem = module_->problem();
  if (!problem) {
    const std::scoped_lock lock(mutex_);
    problem = save_problem_ ? save_problem_ : restore_problem_;
  }
  const bool by_host = module_->traits().keeping == Keeping::host;
  return {{"id", module_->id()},
          {"keeps", by_host ? (file_ ? "file" : "memory") : "itself"},
          {"health", problem ? "degraded" : "healthy"},
          {"error", problem ? problem->to_json() : nlohmann::json(nullptr)},
          {"methods", statistics_.to_json()}};
}

}  // namespace symphony::pit
