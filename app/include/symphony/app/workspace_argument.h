#pragma once
// The folder named on the command line.

#include <string>

#include <symphony/ipc/error.h>

namespace symphony::app {

/// The canonical absolute path, escaped (docs/protocol.md section 10). Errors: not_found, invalid_params (not a
/// folder), io_error (may not be read); the message names the folder.
ipc::Result<std::string> resolve_workspace(const std::string& folder);

}  // namespace symphony::app
