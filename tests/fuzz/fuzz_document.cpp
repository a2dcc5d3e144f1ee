// Any bytes as a body: a document within the limits, or an error; and what was decoded survives being encoded.

#include <symphony/ipc/path_text.h>
#include <symphony/ipc/payload.h>

#include "fuzz_target.h"

using namespace symphony::ipc;
using nlohmann::json;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const BodyFormat format : {BodyFormat::msgpack, BodyFormat::json}) {
    const auto document = decode_document(format, bytes);
    if (!document) {
      symphony::fuzz::require(document.error().code == ErrorCode::parse_error, "a bad body is a parse_error");
      continue;
    }
    // NaN is a value of MessagePack and equals nothing: compared as text, which also is the debug codec's path.
    const auto again = decode_document(BodyFormat::msgpack, encode_document(BodyFormat::msgpack, *document));
    symphony::fuzz::require(again.has_value(), "an encoded document can be decoded");
    symphony::fuzz::require(encode_document(BodyFormat::json, *again) == encode_document(BodyFormat::json, *document),
                            "a document survives MessagePack");
  }
  const auto unescaped = unescape_path(bytes);
  if (unescaped) {
    symphony::fuzz::require(unescape_path(escape_path(*unescaped)) == unescaped, "a path survives its escaping");
  }
  symphony::fuzz::require(is_valid_utf8(escape_path(bytes)), "an escaped path is text");
  symphony::fuzz::require(is_valid_utf8(display_path(bytes)), "a shown path is text");
  return 0;
}

std::vector<std::string> symphony::fuzz::seeds() {
  const json document = {{"query", "needle \xC3\xA4"},
                         {"numbers", {0, -1, 200, 70000, 5e9, -5e9, 2.5}},
                         {"nested", {{{"a", {{"b", {true, false, nullptr}}}}}}},
                         {"long", std::string(300, 'x')}};
  return {encode_document(BodyFormat::msgpack, document),
          encode_document(BodyFormat::json, document),
          std::string("\xDD\xFF\xFF\xFF\xFF\x01", 6),
          std::string(200, '\x91'),
          std::string(200, '['),
          "a%25/%FF\xFF"};
}
