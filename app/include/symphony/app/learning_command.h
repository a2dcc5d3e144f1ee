#pragma once
// `symphony learning COMMAND`, read without Qt: what the Conductor of the running instance is to be asked.

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <symphony/ipc/error.h>

namespace symphony::app {

struct LearningCommand {
  /// Of the Conductor, "learning.…".
  std::string method;
  nlohmann::json params;
  /// The whole answer instead of words.
  bool json = false;
};

/// `words` behind `learning`. Errors: invalid_params whose message says what is wrong.
ipc::Result<LearningCommand> parse_learning_command(const std::vector<std::string>& words);
/// What a person reads of the answer to `command`.
std::string words_for(const LearningCommand& command, const nlohmann::json& answer);

}  // namespace symphony::app
