#pragma once
// Makes a shared object with the exports of plugin_abi.h from a module:
//
//   #include <symphony/pit/plugin.h>
//   SYMPHONY_PIT_PLUGIN(my::Module)
//
// The module is default-constructed. No exception leaves the shared object.

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include <symphony/ipc/payload.h>
#include <symphony/pit/module.h>
#include <symphony/pit/plugin_abi.h>

namespace symphony::pit::plugin {

/// A request, as a document: {"do": "describe" | "init" | "message" | "execution" | "snapshot" | "restore" | "problem"
/// | "shutdown", …}; the answer: {"result"} or {"error"}.
nlohmann::json answer(Module& module, const nlohmann::json& request);

inline std::int32_t handle(Module& module, const char* request, std::uint64_t size,
                           symphony_pit_bytes* filled) noexcept {
  try {
    const auto document = ipc::decode_document(ipc::BodyFormat::msgpack, {request, static_cast<std::size_t>(size)});
    const nlohmann::json answered =
        document.has_error() ? nlohmann::json{{"error", document.error().to_json()}} : answer(module, *document);
    const std::string bytes = ipc::encode_document(ipc::BodyFormat::msgpack, answered);
    auto* const copy = static_cast<char*>(std::malloc(bytes.size()));
    if (copy == nullptr) return 1;
    std::copy(bytes.begin(), bytes.end(), copy);
    *filled = {copy, bytes.size()};
    return 0;
  } catch (...) {
    return 1;
  }
}

inline std::uint32_t api_version(std::uint32_t oldest, std::uint32_t newest) noexcept {
  const std::uint32_t best = newest < SYMPHONY_PIT_ABI_NEWEST ? newest : SYMPHONY_PIT_ABI_NEWEST;
  return best >= oldest && best >= SYMPHONY_PIT_ABI_OLDEST ? best : 0;
}

}  // namespace symphony::pit::plugin

// NOLINTBEGIN(cppcoreguidelines-*): these are C functions
#define SYMPHONY_PIT_PLUGIN(ModuleType)                                                                             \
  extern "C" {                                                                                                      \
  __attribute__((visibility("default"))) std::uint32_t symphony_pit_api_version(std::uint32_t oldest,               \
                                                                                std::uint32_t newest) {             \
    return symphony::pit::plugin::api_version(oldest, newest);                                                      \
  }                                                                                                                 \
  __attribute__((visibility("default"))) symphony_pit_module* symphony_pit_create(std::uint32_t) {                  \
    try {                                                                                                           \
      return reinterpret_cast<symphony_pit_module*>(                                                                \
          static_cast<symphony::pit::Module*>(std::make_unique<ModuleType>().release()));                           \
    } catch (...) {                                                                                                 \
      return nullptr;                                                                                               \
    }                                                                                                               \
  }                                                                                                                 \
  __attribute__((visibility("default"))) std::int32_t symphony_pit_handle(symphony_pit_module* module,              \
                                                                          const char* request, std::uint64_t size,  \
                                                                          symphony_pit_bytes* answer) {             \
    return symphony::pit::plugin::handle(*reinterpret_cast<symphony::pit::Module*>(module), request, size, answer); \
  }                                                                                                                 \
  __attribute__((visibility("default"))) void symphony_pit_free(symphony_pit_bytes* bytes) {                        \
    std::free(const_cast<char*>(bytes->bytes));                                                                     \
    *bytes = {nullptr, 0};                                                                                          \
  }                                                                                                                 \
  __attribute__((visibility("default"))) void symphony_pit_destroy(symphony_pit_module* module) {                   \
    delete reinterpret_cast<symphony::pit::Module*>(module);                                                        \
  }                                                                                                                 \
  }
// NOLINTEND(cppcoreguidelines-*)
