// Any bytes as a stream: frames within the limits, or an error that stays; however the stream is cut.

#include <algorithm>

#include <symphony/ipc/envelope.h>
#include <symphony/ipc/limits.h>

#include "fuzz_target.h"

using namespace symphony::ipc;

namespace {

struct Seen {
  std::string frames;
  bool failed = false;
  bool operator==(const Seen&) const = default;
};

Seen parse(std::string_view stream, std::size_t step) {
  FrameParser parser;
  Seen seen;
  for (std::size_t at = 0; at < stream.size() && !seen.failed; at += step) {
    const std::string_view part = stream.substr(at, step);
    const auto room = parser.prepare(part.size());
    std::copy(part.begin(), part.end(), room.begin());
    parser.commit(part.size());
    for (;;) {
      const auto frame = parser.next();
      if (!frame) {
        seen.failed = true;
        symphony::fuzz::require(!parser.next(), "a parser in error stays in error");
        break;
      }
      if (!*frame) {
        break;
      }
      symphony::fuzz::require((*frame)->target.size() <= limits::address_bytes, "a target is within its limit");
      symphony::fuzz::require((*frame)->body.size() <= limits::body_bytes, "a body is within its limit");
      encode_frame(**frame, seen.frames);
    }
  }
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view stream(reinterpret_cast<const char*>(data), size);
  const Seen whole = parse(stream, std::max<std::size_t>(size, 1));
  symphony::fuzz::require(stream.starts_with(whole.frames), "a frame is encoded as it was read");
  symphony::fuzz::require(parse(stream, 1) == whole, "the cut does not matter");
  symphony::fuzz::require(parse(stream, 7) == whole, "the cut does not matter");
  return 0;
}

std::vector<std::string> symphony::fuzz::seeds() {
  std::string stream;
  Envelope request;
  request.kind = FrameKind::request;
  request.format = BodyFormat::json;
  request.id = 7;
  request.deadline_ms = 100;
  request.trace = TraceContext::start();
  request.trace->trace_id.fill(3);
  request.trace->span_id = 5;
  request.target = "conductor";
  request.method = "search.query";
  request.source = "file_explorer";
  request.body = R"({"query":"needle"})";
  encode_frame(request, stream);
  const std::string one = stream;
  Envelope cancel;
  cancel.kind = FrameKind::cancel;
  cancel.id = 7;
  encode_frame(cancel, stream);
  encode_frame(request, stream);
  return {one, stream};
}
