#include <symphony/app/learning_command.h>

#include <algorithm>
#include <cstdio>
#include <iostream>

#include <symphony/app/commands.h>
#include <symphony/ipc/path_text.h>

#include "with_instance.h"

namespace symphony::app {
namespace {

using ipc::Result;
using nlohmann::json;

ipc::Error usage(Sentence sentence, Values values = {}) {
  return error_of(ipc::ErrorCode::invalid_params, sentence, values, {{"path", ""}});
}

std::string fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string column(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size() + 2), ' ');
  return text;
}

std::string switches(const json& answer) {
  if (!answer.value("on", false)) return "Learning is off.\n";
  std::string words = "Learning is on";
  if (answer.value("exploring", false)) words += " and now and then tries what may be quicker";
  return words + ".\n";
}

std::string benefit(const json& measured) {
  const std::string learned = std::to_string(measured.value("learned", 0));
  const std::string rule = std::to_string(measured.value("rule", 0));
  std::string words = "Decisions learned: " + learned + ", left to the rule: " + rule + ".\n";
  const json ratio = measured.value("ratio", json());
  const json interval = measured.value("interval95", json());
  if (!ratio.is_number() || !interval.is_array() || interval.size() != 2)
    return words + "Too few to say whether it helps.\n";
  return words + "Learned ones take " + fixed(ratio.get<double>(), 2) +
         " times as long as the rule's (95 %: " + fixed(interval[0].get<double>(), 2) + " to " +
         fixed(interval[1].get<double>(), 2) + ").\n";
}

/// A line for each, in columns.
std::string table(const json& methods) {
  constexpr std::size_t subject_width = 20;
  constexpr std::size_t version_width = 10;
  constexpr std::size_t method_width = 16;
  constexpr std::size_t number_width = 10;
  std::string lines = column("SUBJECT", subject_width) + column("VERSION", version_width) +
                      column("METHOD", method_width) + column("CALLS", number_width) + column("FAILS", number_width) +
                      "DURATION AGAINST STATED\n";
  for (const json& each : methods) {
    lines += column(each.value("subject", ""), subject_width) + column(each.value("version", ""), version_width) +
             column(each.value("method", ""), method_width) + column(fixed(each.value("calls", 0.0), 0), number_width) +
             column(fixed(100.0 * each.value("failure", 0.0), 1) + " %", number_width) +
             fixed(each.value("slowdown", 0.0), 2) + "\n";
  }
  return lines;
}

}  // namespace

Result<LearningCommand> parse_learning_command(const std::vector<std::string>& words) {
  LearningCommand command{"", json::object(), false};
  std::vector<std::string> names;
  for (const std::string& word : words) {
    if (!ipc::is_valid_utf8(word)) return usage(Sentence::argument_not_text);
    if (word == "--json") {
      command.json = true;
    } else if (word.starts_with("--")) {
      return usage(Sentence::option_unknown, {{"option", word}});
    } else {
      names.push_back(word);
    }
  }
  const std::string first = names.empty() ? "" : names.front();
  const std::size_t expected = first == "explore" ? 2 : 1;
  if (names.size() > expected) return usage(Sentence::argument_too_many, {{"argument", names.back()}});
  if (first == "status") {
    command.method = "learning.get";
  } else if (first == "forget") {
    command.method = "learning.forget";
  } else if (first == "on" || first == "off") {
    command.method = "learning.set";
    command.params["on"] = first == "on";
  } else if (first == "explore" && names.size() == 2 && (names[1] == "on" || names[1] == "off")) {
    command.method = "learning.set";
    command.params["exploring"] = names[1] == "on";
  } else {
    return usage(Sentence::learning_command);
  }
  return command;
}

std::string words_for(const LearningCommand& command, const json& answer) {
  if (command.method == "learning.forget") return "Everything that was learned is forgotten.\n";
  if (command.method == "learning.set") return switches(answer);
  const json methods = answer.value("methods", json::array());
  return switches(answer) + benefit(answer.value("benefit", json::object())) +
         (methods.empty() ? "Nothing has been seen yet.\n" : table(methods));
}

ExitCode run_learning(const CommandLine& line) {
  const auto command = parse_learning_command(line.learning);
  if (!command) return complain(command.error(), ExitCode::usage);
  return with_instance([&](ipc::ClientConnection& connection) -> Result<void> {
    const auto answer = ask(connection, "conductor", command->method, command->params);
    if (!answer) return answer.error();
    std::cout << (command->json ? answer->dump(2, ' ', false, json::error_handler_t::replace) + "\n"
                                : words_for(*command, *answer));
    return {};
  });
}

}  // namespace symphony::app
