#pragma once
// The spans a process reports (docs/protocol.md section 7, `telemetry.spans`).

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <symphony/ipc/error.h>
#include <symphony/ipc/trace.h>

namespace symphony::ipc {

/// At most limits::spans_per_notification are taken. Errors: invalid_params.
Result<std::vector<Span>> read_spans(const nlohmann::json& params, const std::string& process);

}  // namespace symphony::ipc
