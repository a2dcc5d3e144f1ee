#pragma once
// What a refused or failed request says. The codes are those of docs/protocol.md section 5.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <variant>

#include <symphony/sdk/payload.h>

namespace symphony::sdk {

struct Error {
  std::int32_t code = 0;
  /// A sentence a person can act on.
  std::string message;
  nlohmann::json data = nullptr;

  static constexpr std::int32_t method_not_found = -32601;
  static constexpr std::int32_t invalid_params = -32602;
  static constexpr std::int32_t internal_error = -32603;
  static constexpr std::int32_t endpoint_not_found = -32001;
  static constexpr std::int32_t endpoint_unavailable = -32002;
  static constexpr std::int32_t deadline_exceeded = -32003;
  static constexpr std::int32_t cancelled = -32004;
  static constexpr std::int32_t permission_denied = -32005;
  static constexpr std::int32_t peer_disconnected = -32006;
  static constexpr std::int32_t overloaded = -32007;
  static constexpr std::int32_t payload_too_large = -32008;
};

/// The answer to a request: a document, bytes, or an Error.
class Answer {
 public:
  Answer(Bytes bytes) : value_(std::move(bytes)) {}                 // NOLINT(google-explicit-constructor)
  Answer(nlohmann::json document) : value_(std::move(document)) {}  // NOLINT(google-explicit-constructor)
  Answer(Error error) : value_(std::move(error)) {}                 // NOLINT(google-explicit-constructor)

  bool ok() const noexcept { return !std::holds_alternative<Error>(value_); }
  bool is_bytes() const noexcept { return std::holds_alternative<Bytes>(value_); }
  /// Only when is_bytes(): read where they lie.
  const Bytes& bytes() const { return std::get<Bytes>(value_); }
  /// Only when ok() and not is_bytes().
  const nlohmann::json& document() const { return std::get<nlohmann::json>(value_); }
  /// Only when not ok().
  const Error& error() const { return std::get<Error>(value_); }

 private:
  std::variant<nlohmann::json, Error, Bytes> value_;
};

}  // namespace symphony::sdk
