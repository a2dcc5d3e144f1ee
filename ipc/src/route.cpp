#include "route.h"

#include <algorithm>
#include <string>

#include <symphony/ipc/limits.h>

#include "frame_layout.h"

namespace symphony::ipc {

std::chrono::milliseconds effective_deadline(std::chrono::milliseconds deadline) noexcept {
  return deadline.count() <= 0 ? limits::default_deadline : std::min(deadline, limits::longest_deadline);
}

bool is_address(std::string_view text, std::size_t limit) noexcept {
  return !text.empty() && text.size() <= limit && is_address_text(text);
}

bool is_reserved(std::string_view address) noexcept {
  return address == bus_address || address == topic_address || address == "publish" || address == "subscribe";
}

Result<void> check_route(std::string_view target, std::string_view method) {
  if (!is_address(target, limits::address_bytes)) {
    return invalid_params("The target must be 1 to 128 of a-z 0-9 _ . : -", "/target");
  }
  if (!is_address(method, limits::method_bytes)) {
    return invalid_params("The method must be 1 to 128 of a-z 0-9 _ . : -", "/method");
  }
  return {};
}

Result<void> check_source(std::string_view source) {
  if (!is_address(source, limits::address_bytes)) {
    return invalid_params("The source must be 1 to 128 of a-z 0-9 _ . : -", "/source");
  }
  return {};
}

Error no_endpoint(std::string_view target) {
  return {ErrorCode::endpoint_not_found,
          "There is no endpoint \"" + std::string(target.substr(0, limits::address_bytes)) + "\"."};
}

Error not_running(std::string_view target) {
  return {ErrorCode::endpoint_unavailable, "\"" + std::string(target) + "\" is not running; try again later."};
}

Error bus_closed() { return {ErrorCode::endpoint_unavailable, "The bus is closed."}; }

Error takes_no_bytes() {
  return {ErrorCode::invalid_request, "The receiver takes documents only, and this body is bytes."};
}

Error body_too_large(std::size_t limit) {
  constexpr std::size_t mebibyte = 1024UL * 1024UL;
  return {ErrorCode::payload_too_large,
          "The body is larger than " + std::to_string(limit / mebibyte) + " MiB.",
          {{"limit", limit}}};
}

}  // namespace symphony::ipc
