#pragma once
// The documents of docs/protocol.md section 13.

#include <nlohmann/json.hpp>
#include <string_view>

#include <symphony/ipc/stream.h>

namespace symphony::ipc {

/// What is asked of the bus, of an endpoint, and told both.
inline constexpr std::string_view open_stream_method = "bus.open_stream";
inline constexpr std::string_view offer_method = "stream.offer";
inline constexpr std::string_view opened_method = "stream.opened";

nlohmann::json open_document(const StreamRequest& request);
/// Errors: invalid_params.
Result<StreamRequest> read_open(const nlohmann::json& document);
/// What a request of StreamRequest must keep to. Errors: invalid_params.
Result<void> check_request(const StreamRequest& request);

struct NumberedOffer {
  std::uint64_t stream = 0;
  StreamOffer offer;
};
nlohmann::json offer_document(const NumberedOffer& offer);
Result<NumberedOffer> read_offer(const nlohmann::json& document);

/// That a stream is open, and how it is carried.
struct OpenedStream {
  std::uint64_t stream = 0;
  bool ring = false;
};
nlohmann::json opened_document(const OpenedStream& opened);
Result<OpenedStream> read_opened(const nlohmann::json& document);

}  // namespace symphony::ipc
