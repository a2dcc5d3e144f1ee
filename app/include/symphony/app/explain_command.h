#pragma once
// `symphony explain DECISION`, read without Qt: which decision of the running instance is to be explained.

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <symphony/ipc/error.h>

namespace symphony::app {

struct ExplainCommand {
  /// Of `explain.decision`.
  nlohmann::json params;
  /// The whole answer instead of words.
  bool json = false;
};

/// `words` behind `explain`. Errors: invalid_params whose message says what is wrong.
ipc::Result<ExplainCommand> parse_explain_command(const std::vector<std::string>& words);
/// What a person reads of an answer to `explain.decision`.
std::string words_for_decision(const nlohmann::json& answer);

}  // namespace symphony::app
