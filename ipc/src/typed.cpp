#include <symphony/ipc/typed.h>
#include <symphony/ipc/typed_document.h>

namespace symphony::ipc::detail {

std::string FailedPath::pointer() const {
  std::string text;
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    text += '/';
    for (const char c : *part) {  // RFC 6901 section 3
      if (c == '~') {
        text += "~0";
      } else if (c == '/') {
        text += "~1";
      } else {
        text += c;
      }
    }
  }
  return text;
}

Error typed_error(const FailedPath& path, const MsgpackReader& in) { return typed_error(path, in.why()); }

Error typed_error(const FailedPath& path, const char* why) {
  const std::string pointer = path.pointer();
  return invalid_params(
      (pointer.empty() ? std::string("The body cannot be used: ") : "The field " + pointer + " cannot be used: ") +
          why + ".",
      pointer);
}

Result<std::shared_ptr<const std::string>> msgpack_of(const Payload& payload) {
  if (payload.held_format() == BodyFormat::json) {
    const auto document = payload.document();
    if (!document) {
      return document.error();
    }
    return std::make_shared<const std::string>(encode_document(BodyFormat::msgpack, *document));
  }
  return payload.bytes(BodyFormat::msgpack);
}

}  // namespace symphony::ipc::detail
