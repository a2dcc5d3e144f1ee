#pragma once
// Errors as values: what crosses a thread, process, language or Pit border instead of an exception.

#include <array>
#include <boost/system/result.hpp>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace symphony::ipc {

/// The codes of docs/protocol.md section 5 (JSON-RPC 2.0's own, then ours).
enum class ErrorCode : std::int32_t {
  parse_error = -32700,
  invalid_request = -32600,
  method_not_found = -32601,
  invalid_params = -32602,
  internal_error = -32603,
  endpoint_not_found = -32001,
  endpoint_unavailable = -32002,
  deadline_exceeded = -32003,
  cancelled = -32004,
  permission_denied = -32005,
  peer_disconnected = -32006,
  overloaded = -32007,
  payload_too_large = -32008,
  version_mismatch = -32009,
  not_authenticated = -32010,
  resource_exhausted = -32011,
  not_found = -32012,
  data_corrupted = -32013,
  io_error = -32014,
};

/// Every code there is, in the order of the document.
inline constexpr std::array error_codes{
    ErrorCode::parse_error,
    ErrorCode::invalid_request,
    ErrorCode::method_not_found,
    ErrorCode::invalid_params,
    ErrorCode::internal_error,
    ErrorCode::endpoint_not_found,
    ErrorCode::endpoint_unavailable,
    ErrorCode::deadline_exceeded,
    ErrorCode::cancelled,
    ErrorCode::permission_denied,
    ErrorCode::peer_disconnected,
    ErrorCode::overloaded,
    ErrorCode::payload_too_large,
    ErrorCode::version_mismatch,
    ErrorCode::not_authenticated,
    ErrorCode::resource_exhausted,
    ErrorCode::not_found,
    ErrorCode::data_corrupted,
    ErrorCode::io_error,
};

/// The name used in documents, logs and tests: "deadline_exceeded". "unknown" for a value that is not a code.
std::string_view name_of(ErrorCode code) noexcept;

struct Error {
  Error() = default;
  /// Not an aggregate: C++20 would let any document construct one, and Result<nlohmann::json> would be ambiguous.
  Error(ErrorCode error_code, std::string sentence, nlohmann::json details = nullptr)
      : code(error_code), message(std::move(sentence)), data(std::move(details)) {}

  ErrorCode code = ErrorCode::internal_error;
  /// A sentence a person can act on.
  std::string message;
  /// An object; `path` names the offending field as a JSON Pointer where there is one. May be null.
  nlohmann::json data = nullptr;

  nlohmann::json to_json() const;
  /// Anything that is not an error document becomes `internal_error` that says so.
  static Error from_json(const nlohmann::json& document);
};

/// An `invalid_params` error whose data names `path` (a JSON Pointer).
Error invalid_params(std::string message, std::string path);
/// An `io_error` (or `resource_exhausted` for ENOSPC, EDQUOT, ENOMEM; `not_found` for ENOENT) that names `path` and the
/// errno.
Error io_error(std::string_view what, std::string_view path, int error_number);

/// A value or an Error. `value()` on an error throws std::runtime_error: use it only where the error was excluded.
template <class T>
using Result = boost::system::result<T, Error>;

/// Found by argument-dependent lookup from Result::value().
[[noreturn]] inline void throw_exception_from_error(const Error& error, const boost::source_location&) {
  throw std::runtime_error(error.message);
}

}  // namespace symphony::ipc
