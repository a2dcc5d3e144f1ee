#include "artifact_store/artifact_store.h"

#include <symphony/ipc/path_text.h>
#include <cerrno>
#include <cstdlib>

#include "artifact_store/artifacts.h"
#include "artifact_store/catalogue.h"
#include "artifact_store/encoding.h"
#include "artifact_store/index_search.h"
#include "artifact_store/integrity.h"
#include "artifact_store/live_scan.h"
#include "artifact_store/upkeep.h"

namespace symphony::pit {

namespace {

/// Of the form of snapshot().
constexpr std::int64_t snapshot_version = 1;

/// Names the store's directory after its folder, whatever bytes that has.
std::string folder_key(const std::string& folder) { return to_hex(view_of(sha256(folder))).substr(0, 32); }

Result<std::string> real_folder(const std::string& escaped) {
  const std::optional<std::string> folder = ipc::unescape_path(escaped);
  if (!folder) return ipc::invalid_params("\"folder\" is not an escaped path.", "/folder");
  if (folder->empty() || folder->front() != '/')
    return ipc::invalid_params("\"folder\" must be an absolute path.", "/folder");
  struct Free {
    void operator()(char* text) const { std::free(text); }  // NOLINT(cppcoreguidelines-no-malloc): realpath's own
  };
  const std::unique_ptr<char, Free> real(::realpath(folder->c_str(), nullptr));
  const std::string path = real ? std::string(real.get()) : *folder;
  if (auto checked = check_folder(path); checked.has_error()) return checked.error();
  return path;
}

Error no_workspace() { return {ErrorCode::not_found, "No folder is open: call index.open first.", nullptr}; }

}  // namespace

Result<void> ArtifactStore::init(const nlohmann::json& config) {
  try {
    data_directory_ = config.at("data_directory").get<std::string>();
    const std::scoped_lock opening(opening_);
    auto store = store_at(data_directory_ / "store.sqlite");
    const std::scoped_lock lock(mutex_);
    user_store_ = std::move(store);
    return {};
  } catch (const ParameterError& error) {
    return error.error();
  } catch (const DatabaseError& error) {
    return error.to_error();
  } catch (const std::exception& error) {
    return Error{ErrorCode::internal_error, error.what(), nullptr};
  }
}

Execution ArtifactStore::execution(std::string_view method) const noexcept {
  // What is not known is refused on the spot.
  const bool waits = method.starts_with("artifact.") || method.starts_with("store.") ||
                     (method.starts_with("index.") && method != "index.status");
  return waits ? Execution::pool : Execution::inline_call;
}

Result<nlohmann::json> ArtifactStore::handle_message(const Call& call) {
  try {
    return dispatch(call);
  } catch (const ParameterError& error) {
    return error.error();
  } catch (const DatabaseError& error) {
    if (error.corrupted()) replace_corrupted();
    return error.to_error();
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::resource_exhausted, "Out of memory.", nullptr};
  } catch (const std::exception& error) {
    return Error{ErrorCode::internal_error, error.what(), nullptr};
  }
}

void ArtifactStore::replace_corrupted() noexcept {
  try {
    if (const auto index = this->index()) {
      index->report_corruption();  // its thread does it, between two transactions
    } else {
      artifacts()->replace_corrupted();
    }
  } catch (const std::exception&) {
    // The next request meets the damage again and says so.
  }
}

Result<nlohmann::json> ArtifactStore::dispatch(const Call& call) {
  namespace method = messages::method;
  const auto asked = [&](const ipc::Method& one) { return call.method == one.name; };
  if (asked(method::index_status)) return index_status();
  if (asked(method::index_search))
    return search(SearchRequest(read_parameters<messages::IndexSearchParams>(call.params)), call.stop);
  if (asked(method::index_scan))
    return scan(SearchRequest(read_parameters<messages::IndexScanParams>(call.params)), call.stop);
  if (asked(method::index_open)) return open_index(read_parameters<messages::IndexOpenParams>(call.params));
  if (asked(method::index_close)) return close_index();
  return dispatch_artifacts(call);
}

Result<nlohmann::json> ArtifactStore::dispatch_artifacts(const Call& call) {
  namespace method = messages::method;
  const auto asked = [&](const ipc::Method& one) { return call.method == one.name; };
  uploads_.drop_idle();
  const auto store = artifacts();
  if (asked(method::artifact_put))
    return put_artifact(*store, read_parameters<messages::ArtifactPutParams>(call.params), clock_);
  if (asked(method::artifact_put_begin))
    return uploads_.begin(store, read_parameters<messages::ArtifactPutBeginParams>(call.params), call);
  if (asked(method::artifact_put_piece))
    return uploads_.add(read_parameters<messages::ArtifactPutPieceParams>(call.params), call);
  if (asked(method::artifact_put_commit))
    return uploads_.commit(read_parameters<messages::ArtifactPutCommitParams>(call.params), call);
  if (asked(method::artifact_put_abort))
    return uploads_.abort(read_parameters<messages::ArtifactPutAbortParams>(call.params), call);
  if (asked(method::artifact_read))
    return read_artifact(*store, read_parameters<messages::ArtifactReadParams>(call.params), call.stop, clock_);
  if (asked(method::artifact_get))
    return get_artifact(*store, read_parameters<messages::ArtifactGetParams>(call.params), call.stop, clock_);
  if (asked(method::artifact_versions))
    return list_artifact_versions(*store, read_parameters<messages::ArtifactVersionsParams>(call.params), call.stop);
  if (asked(method::artifact_list))
    return list_artifacts(*store, read_parameters<messages::ArtifactListParams>(call.params), call.stop);
  if (asked(method::artifact_describe))
    return describe_artifact(*store, read_parameters<messages::ArtifactDescribeParams>(call.params), call.stop);
  if (asked(method::artifact_annotate))
    return annotate_artifact(*store, read_parameters<messages::ArtifactAnnotateParams>(call.params));
  if (asked(method::artifact_pin))
    return pin_artifact(*store, read_parameters<messages::ArtifactPinParams>(call.params));
  if (asked(method::artifact_unpin))
    return unpin_artifact(*store, read_parameters<messages::ArtifactUnpinParams>(call.params));
  if (asked(method::artifact_lineage))
    return lineage_of(*store, read_parameters<messages::ArtifactLineageParams>(call.params), call.stop);
  return dispatch_upkeep(call, *store);
}

Result<nlohmann::json> ArtifactStore::dispatch_upkeep(const Call& call, Store& store) {
  namespace method = messages::method;
  const auto asked = [&](const ipc::Method& one) { return call.method == one.name; };
  const std::int64_t now = clock_.wall_ms();
  if (asked(method::store_holder_gone))
    return uploads_.gone(read_parameters<messages::StoreHolderGoneParams>(call.params));
  if (asked(method::store_contents))
    return list_contents(store, read_parameters<messages::StoreContentsParams>(call.params), call.stop);
  if (asked(method::store_move))
    return move_to_tier(store, read_parameters<messages::StoreMoveParams>(call.params), now);
  if (asked(method::store_delete))
    return delete_version(store, read_parameters<messages::StoreDeleteParams>(call.params), now);
  if (asked(method::store_undo))
    return undo_changes(store, read_parameters<messages::StoreUndoParams>(call.params), now, call.stop);
  if (asked(method::store_purge))
    return purge_deleted(store, read_parameters<messages::StorePurgeParams>(call.params), call.stop);
  if (asked(method::store_check))
    return check_contents(store, read_parameters<messages::StoreCheckParams>(call.params), call.stop);
  if (asked(method::store_usage)) return usage_of(store, call.stop);
  return Error{ErrorCode::method_not_found, "The Artifact Store has no method \"" + std::string(call.method) + "\".",
               nullptr};
}

std::shared_ptr<WorkspaceIndex> ArtifactStore::index() const {
  const std::scoped_lock lock(mutex_);
  return index_;
}

std::shared_ptr<Store> ArtifactStore::artifacts() const {
  const std::scoped_lock lock(mutex_);
  return index_ ? index_->store() : user_store_;
}

std::shared_ptr<Store> ArtifactStore::store_at(const std::filesystem::path& file) {
  std::erase_if(open_stores_, [](const auto& known) { return known.second.expired(); });
  if (const auto known = open_stores_.find(file); known != open_stores_.end()) {
    if (auto store = known->second.lock(); store && store->health().persistent) return store;
  }
  auto store = Store::open(file);
  open_stores_[file] = store;
  return store;
}

Result<nlohmann::json> ArtifactStore::open_index(const messages::IndexOpenParams& parameters) {
  const Result<std::string> folder = real_folder(parameters.folder);
  if (folder.has_error()) return folder.error();
  const std::scoped_lock opening(opening_);
  std::shared_ptr<WorkspaceIndex> current = index();
  const bool usable = current && current->folder() == *folder && current->state() != IndexState::failed &&
                      current->store()->health().persistent;
  if (!usable) {
    {
      const std::scoped_lock lock(mutex_);
      index_.reset();
    }
    current.reset();  // stops its thread, unless a search still holds it
    current = std::make_shared<WorkspaceIndex>(
        *folder, store_at(data_directory_ / "workspaces" / folder_key(*folder) / "store.sqlite"), options_);
    const std::scoped_lock lock(mutex_);
    index_ = current;
  }
  return nlohmann::json{{"folder", ipc::escape_path(*folder)}, {"state", name_of(current->state())}};
}

nlohmann::json ArtifactStore::close_index() {
  const std::scoped_lock opening(opening_);
  std::shared_ptr<WorkspaceIndex> closing;
  {
    const std::scoped_lock lock(mutex_);
    closing = std::move(index_);
  }
  return nlohmann::json::object();
}

nlohmann::json ArtifactStore::index_status() const {
  if (const auto index = this->index()) return index->status();
  const StoreHealth health = [this] {
    const std::scoped_lock lock(mutex_);
    return user_store_ ? user_store_->health() : StoreHealth{};
  }();
  return {{"folder", nullptr},
          {"state", "closed"},
          {"files", 0},
          {"indexed", 0},
          {"pending", 0},
          {"bytes", 0},
          {"text_bytes", 0},
          {"skipped", {{"binary", 0}, {"large", 0}, {"unreadable", 0}}},
          {"watching", false},
          {"generation", 0},
          {"build_ms", 0},
          {"persistent", health.persistent},
          {"error", health.error ? health.error->to_json() : nlohmann::json(nullptr)}};
}

Result<nlohmann::json> ArtifactStore::search(const SearchRequest& request, const std::stop_token& stop) {
  const auto begun = std::chrono::steady_clock::now();
  const auto index = this->index();
  if (!index) return no_workspace();
  if (index->state() == IndexState::failed) return index->error().value_or(no_workspace());
  const bool fresh = index->fresh();
  nlohmann::json result = search_index(*index->store(), *index->files(), request, stop);
  result["elapsed_us"] =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begun).count();
  result["fresh"] = fresh;
  return result;
}

Result<nlohmann::json> ArtifactStore::scan(const SearchRequest& request, const std::stop_token& stop) {
  const auto begun = std::chrono::steady_clock::now();
  const auto index = this->index();
  if (!index) return no_workspace();
  Result<nlohmann::json> result = scan_folder(index->folder(), request, stop);
  if (result.has_error()) return result;
  (*result)["elapsed_us"] =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begun).count();
  (*result)["fresh"] = true;
  return result;
}

Result<nlohmann::json> ArtifactStore::snapshot() {
  const auto index = this->index();
  return nlohmann::json{
      {"version", snapshot_version},
      {"workspace", index ? nlohmann::json(ipc::escape_path(index->folder())) : nlohmann::json(nullptr)}};
}

Result<void> ArtifactStore::restore(const nlohmann::json& state) {
  // A state without a version is of the time before there were any.
  if (state.is_object() && state.contains("version")) {
    if (!state["version"].is_number_integer())
      return ipc::invalid_params("The state's version must be a whole number.", "/version");
    if (state["version"].get<std::int64_t>() > snapshot_version)
      return Error{ErrorCode::version_mismatch, "The state was kept by a newer Symphony.", {{"path", "/version"}}};
  }
  if (!state.is_object() || !state.contains("workspace") ||
      !(state["workspace"].is_string() || state["workspace"].is_null())) {
    return ipc::invalid_params("The state must be an object with \"workspace\".", "/workspace");
  }
  const nlohmann::json& workspace = state["workspace"];
  const nlohmann::json params = {{"folder", workspace}};
  const nlohmann::json nothing = nlohmann::json::object();
  const Result<nlohmann::json> done =
      workspace.is_null() ? handle_message({"index.close", nothing, {}}) : handle_message({"index.open", params, {}});
  if (done.has_error()) return done.error();
  return {};
}

std::optional<Error> ArtifactStore::problem() const {
  const nlohmann::json status = index_status();
  return status["error"].is_null() ? std::nullopt : std::optional(Error::from_json(status["error"]));
}

void ArtifactStore::shutdown() noexcept {
  uploads_.drop_all();
  std::shared_ptr<WorkspaceIndex> closing;
  std::shared_ptr<Store> store;
  const std::scoped_lock lock(mutex_);
  closing.swap(index_);
  store.swap(user_store_);
}

}  // namespace symphony::pit
