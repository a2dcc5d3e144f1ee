#pragma once
// `symphony extension COMMAND …`, read without Qt: what the Conductor of the running instance is to be asked.

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <symphony/ipc/error.h>

namespace symphony::app {

struct ExtensionCommand {
  /// Of the Conductor, "extension.…".
  std::string method;
  nlohmann::json params;
  /// The whole answer instead of words.
  bool json = false;
};

/// `words` behind `extension`. Errors: invalid_params whose message says what is wrong.
ipc::Result<ExtensionCommand> parse_extension_command(const std::vector<std::string>& words);
/// What a person reads of the answer to `command`.
std::string words_for(const ExtensionCommand& command, const nlohmann::json& answer);

}  // namespace symphony::app
