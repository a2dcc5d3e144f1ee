#include "streams/stream_documents.h"

#include <bit>

#include "route.h"

namespace symphony::ipc {
namespace {

using nlohmann::json;
using Direction = StreamOptions::Direction;
using WhenFull = StreamOptions::WhenFull;

const json* member(const json& document, std::string_view name) {
  const auto found = document.is_object() ? document.find(name) : document.end();
  return found == document.end() || found->is_null() ? nullptr : &*found;
}

std::string text(const json& document, std::string_view name) {
  const json* value = member(document, name);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

std::uint64_t number(const json& document, std::string_view name) {
  const json* value = member(document, name);
  return value != nullptr && value->is_number_unsigned()                ? value->get<std::uint64_t>()
         : value != nullptr && value->is_number_integer() && *value > 0 ? value->get<std::uint64_t>()
                                                                        : 0;
}

json options_document(const StreamOptions& options) {
  return {{"direction", options.direction == Direction::send ? "send" : "receive"},
          {"when_full", options.when_full == WhenFull::wait ? "wait" : "drop_oldest"},
          {"bytes", options.bytes}};
}

Result<StreamOptions> read_options(const json& document) {
  StreamOptions options;
  if (const json* direction = member(document, "direction"); direction != nullptr) {
    if (*direction != "send" && *direction != "receive") {
      return invalid_params("The direction of a stream is \"send\" or \"receive\".", "/direction");
    }
    options.direction = *direction == "send" ? Direction::send : Direction::receive;
  }
  if (const json* when_full = member(document, "when_full"); when_full != nullptr) {
    if (*when_full != "wait" && *when_full != "drop_oldest") {
      return invalid_params("A full stream may \"wait\" or \"drop_oldest\".", "/when_full");
    }
    options.when_full = *when_full == "wait" ? WhenFull::wait : WhenFull::drop_oldest;
  }
  if (member(document, "bytes") != nullptr) {
    options.bytes = number(document, "bytes");
  }
  return options;
}

Error not_documented() { return {ErrorCode::parse_error, "The host's words about a stream are not as documented."}; }

}  // namespace

json open_document(const StreamRequest& request) {
  json document = options_document(request.options);
  document["target"] = request.target;
  document["method"] = request.method;
  document["params"] = request.params;
  return document;
}

Result<void> check_request(const StreamRequest& request) {
  if (const auto valid = check_route(request.target, request.method); !valid) {
    return valid.error();
  }
  if (!std::has_single_bit(request.options.bytes) || request.options.bytes < limits::smallest_stream_bytes ||
      request.options.bytes > limits::stream_ring_bytes) {
    return invalid_params("A stream holds a power of two of bytes, from 4096 to 16777216.", "/bytes");
  }
  if (!request.params.is_null() && !request.params.is_object()) {
    return invalid_params("The parameters of a stream are an object, or null.", "/params");
  }
  return {};
}

Result<StreamRequest> read_open(const json& document) {
  auto options = read_options(document);
  if (!options) {
    return options.error();
  }
  StreamRequest request;
  request.target = text(document, "target");
  request.method = text(document, "method");
  request.options = *options;
  if (const json* params = member(document, "params"); params != nullptr) {
    request.params = *params;
  }
  if (const auto valid = check_request(request); !valid) {
    return valid.error();
  }
  return request;
}

json offer_document(const NumberedOffer& offer) {
  json document = options_document(offer.offer.options);
  document["stream"] = offer.stream;
  document["source"] = offer.offer.source;
  document["method"] = offer.offer.method;
  document["params"] = offer.offer.params;
  return document;
}

Result<NumberedOffer> read_offer(const json& document) {
  auto options = read_options(document);
  NumberedOffer offer;
  offer.stream = number(document, "stream");
  offer.offer.source = text(document, "source");
  offer.offer.method = text(document, "method");
  if (!options || offer.stream == 0) {
    return not_documented();
  }
  offer.offer.options = *options;
  if (const json* params = member(document, "params"); params != nullptr) {
    offer.offer.params = *params;
  }
  return offer;
}

json opened_document(const OpenedStream& opened) {
  return {{"stream", opened.stream}, {"carrier", opened.ring ? "ring" : "socket"}};
}

Result<OpenedStream> read_opened(const json& document) {
  OpenedStream opened;
  opened.stream = number(document, "stream");
  const std::string carrier = text(document, "carrier");
  opened.ring = carrier == "ring";
  if (opened.stream == 0 || (!opened.ring && carrier != "socket")) {
    return not_documented();
  }
  return opened;
}

}  // namespace symphony::ipc
