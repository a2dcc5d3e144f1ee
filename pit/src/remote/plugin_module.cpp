#include "remote/plugin_module.h"

#include <dlfcn.h>

#include <string>
#include <utility>

#include <symphony/ipc/payload.h>

namespace symphony::pit {

using nlohmann::json;

Result<std::unique_ptr<Module>> PluginModule::load(const std::filesystem::path& file) {
  std::error_code unreadable;
  // Without a folder in its name the loader would look for it everywhere.
  if (!file.is_absolute() || !std::filesystem::is_regular_file(file, unreadable))
    return Error{ErrorCode::not_found, "There is no plug-in at \"" + file.string() + "\".", {{"path", file.string()}}};
  std::unique_ptr<PluginModule> loaded(new PluginModule(file));
  void* const library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* const why = ::dlerror();
    return Error{ErrorCode::io_error,
                 "The plug-in cannot be loaded: " + std::string(why == nullptr ? "unknown" : why),
                 {{"path", file.string()}}};
  }
  const auto find = [&](const char* name) { return ::dlsym(library, name); };
  auto* const api_version = reinterpret_cast<symphony_pit_api_version_function*>(find("symphony_pit_api_version"));
  Exports& exports = loaded->exports_;
  exports.create = reinterpret_cast<symphony_pit_create_function*>(find("symphony_pit_create"));
  exports.handle = reinterpret_cast<symphony_pit_handle_function*>(find("symphony_pit_handle"));
  exports.free = reinterpret_cast<symphony_pit_free_function*>(find("symphony_pit_free"));
  exports.destroy = reinterpret_cast<symphony_pit_destroy_function*>(find("symphony_pit_destroy"));
  const char* missing = nullptr;
  if (api_version == nullptr) missing = "symphony_pit_api_version";
  if (exports.create == nullptr) missing = "symphony_pit_create";
  if (exports.handle == nullptr) missing = "symphony_pit_handle";
  if (exports.free == nullptr) missing = "symphony_pit_free";
  if (exports.destroy == nullptr) missing = "symphony_pit_destroy";
  if (missing != nullptr) return loaded->broken(std::string("has no function ") + missing + ".");
  try {
    const std::uint32_t version = api_version(SYMPHONY_PIT_ABI_OLDEST, SYMPHONY_PIT_ABI_NEWEST);
    if (version < SYMPHONY_PIT_ABI_OLDEST || version > SYMPHONY_PIT_ABI_NEWEST) {
      return Error{ErrorCode::version_mismatch,
                   "The plug-in speaks another version of the interface than this program.",
                   {{"path", file.string()}, {"known", SYMPHONY_PIT_ABI_NEWEST}, {"answered", version}}};
    }
    loaded->module_ = exports.create(version);
  } catch (...) {
    return loaded->broken("threw an exception while it was made.");
  }
  if (loaded->module_ == nullptr) return loaded->broken("could not be made.");
  if (auto learned = loaded->learn(); learned.has_error()) return learned.error();
  return std::unique_ptr<Module>(std::move(loaded));
}

PluginModule::~PluginModule() {
  if (module_ == nullptr) return;
  try {
    exports_.destroy(module_);
  } catch (...) {
    // There is nobody to tell.
  }
}

Result<json> PluginModule::exchange(const json& request) const {
  const std::string bytes = ipc::encode_document(ipc::BodyFormat::msgpack, request);
  symphony_pit_bytes answer{nullptr, 0};
  std::int32_t failed = 1;
  try {
    failed = exports_.handle(module_, bytes.data(), bytes.size(), &answer);
  } catch (...) {
    return broken("threw an exception.");
  }
  if (failed != 0) return broken("could not answer.");
  struct GiveBack {
    const Exports& exports;
    symphony_pit_bytes& bytes;
    ~GiveBack() {
      try {
        exports.free(&bytes);
      } catch (...) {
        // It keeps its memory.
      }
    }
  };
  const GiveBack give_back{exports_, answer};
  if (answer.bytes == nullptr || answer.size == 0 || answer.size > largest_answer)
    return broken("gave an answer of no sensible size.");
  auto document = ipc::decode_document(ipc::BodyFormat::msgpack, {answer.bytes, static_cast<std::size_t>(answer.size)});
  if (document.has_error()) return broken("gave an answer that is no document.");
  return document;
}

}  // namespace symphony::pit
