#include <symphony/ipc/error.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <symphony/ipc/path_text.h>

#include "utf8.h"

namespace symphony::ipc {
namespace {

constexpr std::array names{
    std::pair{ErrorCode::parse_error, std::string_view("parse_error")},
    std::pair{ErrorCode::invalid_request, std::string_view("invalid_request")},
    std::pair{ErrorCode::method_not_found, std::string_view("method_not_found")},
    std::pair{ErrorCode::invalid_params, std::string_view("invalid_params")},
    std::pair{ErrorCode::internal_error, std::string_view("internal_error")},
    std::pair{ErrorCode::endpoint_not_found, std::string_view("endpoint_not_found")},
    std::pair{ErrorCode::endpoint_unavailable, std::string_view("endpoint_unavailable")},
    std::pair{ErrorCode::deadline_exceeded, std::string_view("deadline_exceeded")},
    std::pair{ErrorCode::cancelled, std::string_view("cancelled")},
    std::pair{ErrorCode::permission_denied, std::string_view("permission_denied")},
    std::pair{ErrorCode::peer_disconnected, std::string_view("peer_disconnected")},
    std::pair{ErrorCode::overloaded, std::string_view("overloaded")},
    std::pair{ErrorCode::payload_too_large, std::string_view("payload_too_large")},
    std::pair{ErrorCode::version_mismatch, std::string_view("version_mismatch")},
    std::pair{ErrorCode::not_authenticated, std::string_view("not_authenticated")},
    std::pair{ErrorCode::resource_exhausted, std::string_view("resource_exhausted")},
    std::pair{ErrorCode::not_found, std::string_view("not_found")},
    std::pair{ErrorCode::data_corrupted, std::string_view("data_corrupted")},
    std::pair{ErrorCode::io_error, std::string_view("io_error")},
};

ErrorCode code_of(int error_number) noexcept {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
    case ENOMEM:
      return ErrorCode::resource_exhausted;
    case ENOENT:
      return ErrorCode::not_found;
    default:
      return ErrorCode::io_error;
  }
}

}  // namespace

std::string_view name_of(ErrorCode code) noexcept {
  for (const auto& [known, name] : names) {
    if (known == code) {
      return name;
    }
  }
  return "unknown";
}

nlohmann::json Error::to_json() const {
  nlohmann::json document = nlohmann::json::object();
  document["code"] = static_cast<std::int32_t>(code);
  document["message"] = message;
  document["data"] = data.is_object() ? data : nlohmann::json::object();
  return document;
}

Error Error::from_json(const nlohmann::json& document) {
  Error malformed{ErrorCode::internal_error, "The answer is an error, but not one of the documented form.", nullptr};
  if (!document.is_object()) {
    return malformed;
  }
  const auto code = document.find("code");
  const auto message = document.find("message");
  if (code == document.end() || !code->is_number_integer() || message == document.end() || !message->is_string()) {
    return malformed;
  }
  const auto value = code->get<std::int64_t>();
  Error error;
  error.message = message->get<std::string>();
  for (const auto& [known, name] : names) {
    if (static_cast<std::int64_t>(known) == value) {
      error.code = known;
    }
  }
  if (const auto data = document.find("data"); data != document.end() && data->is_object()) {
    error.data = *data;
  }
  return error;
}

Error invalid_params(std::string message, std::string path) {
  return Error{ErrorCode::invalid_params, std::move(message), {{"path", std::move(path)}}};
}

Error io_error(std::string_view what, std::string_view path, int error_number) {
  std::string message(what);
  if (!path.empty()) {
    message += " ";
    message += replace_invalid_utf8(path);
  }
  message += ": " + std::generic_category().message(error_number) + ".";
  return Error{code_of(error_number), std::move(message), {{"errno", error_number}, {"path", escape_path(path)}}};
}

}  // namespace symphony::ipc
