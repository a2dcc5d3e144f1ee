#pragma once
// What the page may say to the host: read from text that is not trusted.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <symphony/ipc/error.h>

namespace symphony::web {

/// One message of the page, as text. A page that sends more is broken or hostile.
inline constexpr std::size_t page_message_bytes = 1U << 20U;

/// The page listens from now on.
struct PageReady {};
/// It painted a view up to a revision, or could not.
struct PageAcknowledgement {
  std::string view;
  std::uint64_t revision = 0;
  std::optional<ipc::Error> error;
};
/// The user did something to a node.
struct PageEvent {
  std::string view;
  std::string node;
  std::string event;
  nlohmann::json data;
};
/// It asks the host itself.
struct PageRequest {
  std::uint64_t id = 0;
  std::string method;
  nlohmann::json params;
};
struct PageLog {
  std::string level;
  std::string message;
};
/// A point of the page's start was reached, `ago_us` microseconds before this was sent.
struct PageMark {
  std::string name;
  std::uint64_t ago_us = 0;
};

using PageMessage = std::variant<PageReady, PageAcknowledgement, PageEvent, PageRequest, PageLog, PageMark>;

/// Errors: payload_too_large, parse_error, invalid_params (`data.path`).
ipc::Result<PageMessage> parse_page_message(std::string_view text);

}  // namespace symphony::web
