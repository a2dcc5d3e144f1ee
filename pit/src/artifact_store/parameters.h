#pragma once
// Reads a request's parameters. The bus has checked them against ipc/interfaces/artifact_store.json before.

#include <nlohmann/json.hpp>

#include <symphony/interfaces/artifact_store.h>
#include <symphony/ipc/error.h>
#include <symphony/ipc/typed_document.h>

#include "artifact_store/encoding.h"

namespace symphony::pit {

namespace messages = interfaces::artifact_store;

/// Thrown inside the module, turned into an answer at its border.
class ParameterError : public std::exception {
 public:
  explicit ParameterError(ipc::Error error) : error_(std::move(error)) {}
  const ipc::Error& error() const noexcept { return error_; }
  const char* what() const noexcept override { return error_.message.c_str(); }

 private:
  ipc::Error error_;
};

/// Throws ParameterError.
template <class Params>
Params read_parameters(const nlohmann::json& document) {
  auto params = ipc::from_document<Params>(document);
  if (!params) throw ParameterError(std::move(params.error()));
  return std::move(*params);
}

/// The bytes of a hash in hexadecimal. Throws ParameterError that names `path`.
inline std::string checked_hash(const std::string& text, const char* path = "/hash") {
  std::optional<std::string> hash = from_hex(text);
  if (!hash || hash->size() != Sha256{}.size())
    throw ParameterError(ipc::invalid_params("It must be 64 hexadecimal digits.", path));
  return *std::move(hash);
}

}  // namespace symphony::pit
