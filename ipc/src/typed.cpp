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

Result<OwnedBytes> msgpack_of(const Payload& payload) {
  EncodedBody body;
  if (payload.held_format() == BodyFormat::json) {
    const auto document = payload.document();
    if (!document) {
      return document.error();
    }
    body = Payload(*document).encoded(BodyFormat::msgpack);
  } else if (payload.may_change()) {
    body = Payload::copy_of(payload.held_format(), payload.view()).encoded(BodyFormat::msgpack);
  } else {
    body = payload.encoded(BodyFormat::msgpack);
  }
  if (body.owner) {
    return OwnedBytes{body.view, std::move(body.owner)};
  }
  return OwnedBytes{body.view, std::move(body.text)};
}

std::string& writing_room() {
  thread_local std::string room;
  room.clear();
  return room;
}

Payload written(std::string& bytes) {
  // A large one is not copied: it is handed over, and the room is made anew.
  constexpr std::size_t largest_copied = 4096;
  return bytes.size() <= largest_copied ? Payload::copy_of(BodyFormat::msgpack, bytes)
                                        : Payload::from_bytes(BodyFormat::msgpack, std::exchange(bytes, {}));
}

}  // namespace symphony::ipc::detail
