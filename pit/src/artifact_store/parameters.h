#pragma once
// Reads a request's parameters with their types and limits; each failure names the field (JSON Pointer).

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include <symphony/ipc/error.h>

namespace symphony::pit {

/// Thrown inside the module, turned into an answer at its border.
class ParameterError : public std::exception {
 public:
  explicit ParameterError(ipc::Error error) : error_(std::move(error)) {}
  const ipc::Error& error() const noexcept { return error_; }
  const char* what() const noexcept override { return error_.message.c_str(); }

 private:
  ipc::Error error_;
};

class Parameters {
 public:
  /// `document` must outlive it.
  explicit Parameters(const nlohmann::json& document);

  bool has(const char* name) const;
  const std::string& text(const char* name) const;
  std::string text_or(const char* name, std::string_view fallback) const;
  std::int64_t integer_or(const char* name, std::int64_t fallback, std::int64_t least, std::int64_t most) const;
  /// An object, or an empty one when missing.
  nlohmann::json object_or_empty(const char* name) const;

 private:
  const nlohmann::json* find(const char* name) const;

  const nlohmann::json& document_;
};

}  // namespace symphony::pit
