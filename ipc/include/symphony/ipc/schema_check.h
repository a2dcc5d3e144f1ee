#pragma once
// JSON Schema, as much of it as interface definitions use (docs/interfaces.md): compiled once, then checked against a
// document or against MessagePack as it came, without making a document of it.
//
// The subset: type (any of JSON's, and a list of one of them and "null"), properties, required, additionalProperties
// (true or false), items, minItems, maxItems, enum (of texts), minimum, maximum, minLength, maxLength (code points),
// $ref "#/types/NAME"; description and default are read over; maxBytes (of a text in UTF-8) and format (a name the
// caller gives a meaning) are ours. Any other keyword is an error, so no schema promises a check that nobody makes.
// https://json-schema.org/draft/2020-12/json-schema-validation

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include <symphony/ipc/error.h>

namespace symphony::ipc {

/// What a text of a format must be.
struct SchemaFormat {
  /// Called on any thread.
  std::function<bool(std::string_view)> holds;
  /// The end of a sentence about a text it does not hold for: "must be the name of an icon".
  std::string otherwise;
};

/// What a schema may refer to.
struct SchemaContext {
  /// Name to schema.
  nlohmann::json types = nlohmann::json::object();
  std::map<std::string, SchemaFormat, std::less<>> formats;
};

/// Immutable; any thread; copying is cheap (shared).
class Schema {
 public:
  /// Errors: invalid_params, data.path names the place in the definition: unknown keyword, wrong argument, reference to
  /// nothing or to itself, more than limits::schema_*.
  static Result<Schema> compile(const nlohmann::json& definition, const SchemaContext& context = {});

  /// Errors: invalid_params, or payload_too_large (with data.limit) for maxBytes; data.path is `place` and the JSON
  /// Pointer of the first value that is wrong. Work: linear in the values the schema names; others are not entered.
  Result<void> check(const nlohmann::json& document, std::string_view place = "") const;
  /// The same for one value in MessagePack and nothing behind it. Errors also: parse_error when the bytes are no body
  /// (not whole, types that are not used, text that is no UTF-8, deeper than limits::document_depth, more than
  /// limits::document_values). Allocates nothing unless it fails.
  Result<void> check_msgpack(std::string_view bytes) const;

 private:
  struct Data;
  class Compiler;
  explicit Schema(std::shared_ptr<const Data> data);
  std::shared_ptr<const Data> data_;
};

}  // namespace symphony::ipc
