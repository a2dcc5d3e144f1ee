#pragma once
// MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md) to and from documents, without `bin` and `ext`.

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include <symphony/ipc/error.h>

namespace symphony::ipc {

Result<nlohmann::json> decode_msgpack(std::string_view bytes);
std::string encode_msgpack(const nlohmann::json& document);

}  // namespace symphony::ipc
