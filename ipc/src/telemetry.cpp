#include "telemetry.h"

#include <algorithm>

#include <symphony/ipc/limits.h>

namespace symphony::ipc {
namespace {

std::string text_or_empty(const nlohmann::json& span, const char* key) {
  const auto found = span.find(key);
  return found != span.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t number_or_zero(const nlohmann::json& span, const char* key) {
  const auto found = span.find(key);
  return found != span.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

std::optional<TraceContext> context_of(const std::string& trace, const std::string& span) {
  return TraceContext::from_traceparent("00-" + trace + "-" + span + "-01");
}

}  // namespace

Result<Span> Span::from_json(const nlohmann::json& document, std::string process) {
  constexpr std::size_t longest_name = 256;
  if (!document.is_object()) {
    return invalid_params("A span is not an object.", "");
  }
  Span span;
  span.process = std::move(process);
  span.name = text_or_empty(document, "name");
  const std::string trace = text_or_empty(document, "trace");
  const auto context = context_of(trace, text_or_empty(document, "span"));
  span.start_us = number_or_zero(document, "start_us");
  span.end_us = number_or_zero(document, "end_us");
  if (!context || span.name.empty() || span.name.size() > longest_name || span.end_us < span.start_us) {
    return invalid_params("A span needs name, trace, span, start_us and end_us.", "");
  }
  span.context = *context;
  if (const auto parent = context_of(trace, text_or_empty(document, "parent"))) {
    span.parent_id = parent->span_id;
  }
  return span;
}

Result<std::vector<Span>> read_spans(const nlohmann::json& params, const std::string& process) {
  const auto list = params.is_object() ? params.find("spans") : params.end();
  if (!params.is_object() || list == params.end() || !list->is_array()) {
    return invalid_params("The spans are missing.", "/spans");
  }
  std::vector<Span> spans;
  for (const nlohmann::json& entry : *list) {
    if (spans.size() == limits::spans_per_notification) {
      break;
    }
    const std::string path = "/spans/" + std::to_string(spans.size());
    auto span = Span::from_json(entry, process);
    if (!span) {
      return invalid_params(span.error().message, path);
    }
    spans.push_back(std::move(*span));
  }
  return spans;
}

}  // namespace symphony::ipc
