// Any bytes as a body, checked where they lie and as a document: both say the same, and what passes can be decoded.
// Any bytes as a definition: a schema, or an error.

#include <symphony/ipc/interface.h>
#include <symphony/ipc/payload.h>
#include <symphony/ipc/schema_check.h>

#include "fuzz_target.h"

using namespace symphony::ipc;
using nlohmann::json;
using symphony::fuzz::require;

namespace {

const Schema& schema() {
  static const Schema compiled = [] {
    SchemaContext context;
    context.types = {{"span",
                      {{"type", "object"},
                       {"required", {"name"}},
                       {"additionalProperties", false},
                       {"properties",
                        {{"name", {{"type", "string"}, {"minLength", 1}, {"maxLength", 5}}},
                         {"kind", {{"type", {"string", "null"}}, {"enum", {"a", "b"}}}}}}}}};
    return Schema::compile({{"type", "object"},
                            {"required", {"spans"}},
                            {"properties",
                             {{"spans", {{"type", "array"}, {"items", {{"$ref", "#/types/span"}}}, {"maxItems", 3}}},
                              {"count", {{"type", "integer"}, {"minimum", -5}, {"maximum", 500}}},
                              {"share", {{"type", "number"}, {"maximum", 1}}},
                              {"text", {{"type", "string"}, {"maxBytes", 8}}},
                              {"flag", {{"type", "boolean"}}},
                              {"any", json::object()}}}},
                           context)
        .value();
  }();
  return compiled;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto decoded = decode_document(BodyFormat::msgpack, bytes);
  const auto checked = schema().check_msgpack(bytes);
  if (!decoded) {
    require(!checked, "what cannot be decoded does not pass");
  } else {
    // A name that stands there twice is one member of the document and two in the bytes: those may be refused for both.
    const auto as_document = schema().check(*decoded);
    require(!checked || as_document, "what passes as bytes passes as a document");
    require(checked || checked.error().code != ErrorCode::parse_error, "what can be decoded is no parse_error");
    const auto again = schema().check_msgpack(encode_document(BodyFormat::msgpack, *decoded));
    require(again.has_value() == as_document.has_value(), "both ways agree");
    if (!again) {
      require(again.error().to_json() == as_document.error().to_json(), "both ways say the same");
    }
  }
  if (const auto text = decode_document(BodyFormat::json, bytes)) {
    const auto made = Schema::compile(*text);
    require(made || made.error().code == ErrorCode::invalid_params, "a bad definition is invalid_params");
    const auto interface = Interface::compile(*text);
    require(interface || interface.error().code == ErrorCode::invalid_params, "a bad definition is invalid_params");
    if (made) {
      static_cast<void>(made->check(*text));
    }
  }
  return 0;
}

std::vector<std::string> symphony::fuzz::seeds() {
  const json good = {{"spans", {{{"name", "ab"}, {"kind", "a"}}, {{"name", "\xC3\xA4"}, {"kind", nullptr}}}},
                     {"count", 300},
                     {"share", 0.5},
                     {"text", "12345678"},
                     {"flag", true},
                     {"any", {1, {{"x", nullptr}}}}};
  return {encode_document(BodyFormat::msgpack, good),
          encode_document(BodyFormat::msgpack, {{"spans", json::array()}, {"more", good}}),
          R"({"type":"object","required":["a"],"properties":{"a":{"type":["string","null"],"maxLength":3}}})",
          R"({"type":"array","items":{"type":"integer","minimum":1,"maximum":9},"maxItems":4})",
          R"({"interface":"x","types":{"t":{"type":"boolean"}},"methods":{"a.b":{"params":{"$ref":"#/types/t"}}}})"};
}
