#pragma once
// Generated from ipc/interfaces/net.json by tools/interfaces/generate.py; do not edit.
// clang-format off
// The network, for extensions that have none of their own.
//
// A member that may be left out is optional; its default stands beside it. Limits, which the bus checks before a
// handler sees a body (symphony/ipc/interface.h), are in the comments. Errors of reading: symphony/ipc/typed.h.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <symphony/ipc/method.h>
#include <symphony/ipc/typed.h>

namespace symphony::interfaces::net {

/// The parameters of net.fetch.
struct NetFetchParams {
  /// 1 to 8192 characters.
  std::string url;
  /// One of GET, HEAD, POST, PUT, PATCH, DELETE.
  std::optional<std::string> method;
  static constexpr std::string_view method_default = "GET";
  /// At most 64 texts of at most 8,192 characters.
  std::optional<nlohmann::json> headers;
  /// At most 8388608 bytes.
  std::optional<std::string> body;
  /// In place of `body`; at most 8388608 bytes when decoded.
  std::optional<std::string> body_base64;
  static constexpr auto fields = ipc::describe(
      ipc::field("url", &NetFetchParams::url),
      ipc::field("method", &NetFetchParams::method),
      ipc::field("headers", &NetFetchParams::headers),
      ipc::field("body", &NetFetchParams::body),
      ipc::field("body_base64", &NetFetchParams::body_base64));
};

/// The result of net.fetch.
struct NetFetchResult {
  /// 100 to 999.
  std::uint64_t status = 0;
  /// After redirects.
  std::string url;
  nlohmann::json headers;
  std::optional<std::string> body;
  /// In place of `body` for what is no text.
  std::optional<std::string> body_base64;
  static constexpr auto fields = ipc::describe(
      ipc::field("status", &NetFetchResult::status),
      ipc::field("url", &NetFetchResult::url),
      ipc::field("headers", &NetFetchResult::headers),
      ipc::field("body", &NetFetchResult::body),
      ipc::field("body_base64", &NetFetchResult::body_base64));
};

namespace method {
/// One exchange over HTTP with a host the extension was granted; redirects are followed to such hosts only.
inline constexpr ipc::Method net_fetch{"net", "net.fetch", true, false};
}  // namespace method

}  // namespace symphony::interfaces::net
