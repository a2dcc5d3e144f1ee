#pragma once
// A method as its interface definition says it (ipc/interfaces); constants of them are generated, one header a service.

#include <string_view>

namespace symphony::ipc {

struct Method {
  /// The endpoint that has it; empty where each extension has one of its own.
  std::string_view target;
  std::string_view name;
  /// Else it is a notification.
  bool answered = true;
  /// Doing it twice does no more than doing it once: may be sent again (SendOptions::idempotent).
  bool idempotent = false;
};

}  // namespace symphony::ipc
