#pragma once
// JSON text to documents, within the limits of a document.

#include <nlohmann/json.hpp>
#include <string_view>

#include <symphony/ipc/error.h>

namespace symphony::ipc {

Result<nlohmann::json> decode_json_text(std::string_view bytes);

}  // namespace symphony::ipc
