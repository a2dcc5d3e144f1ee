#pragma once
// W3C traceparent text of Python callers.

#include <pybind11/pybind11.h>

#include <optional>
#include <string_view>

#include <symphony/ipc/trace.h>

namespace symphony::bridge {

/// Throws ValueError on text that is no traceparent.
inline std::optional<ipc::TraceContext> trace_from_text(std::optional<std::string_view> text) {
  if (!text) {
    return std::nullopt;
  }
  auto context = ipc::TraceContext::from_traceparent(*text);
  if (!context) {
    throw pybind11::value_error("a trace is a W3C traceparent, 00-<32 hex>-<16 hex>-<2 hex>");
  }
  return context;
}

}  // namespace symphony::bridge
