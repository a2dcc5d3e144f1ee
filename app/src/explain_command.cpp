#include <symphony/app/explain_command.h>

#include <algorithm>
#include <charconv>
#include <iostream>

#include <symphony/app/commands.h>
#include <symphony/ipc/path_text.h>

#include "with_instance.h"

namespace symphony::app {
namespace {

using ipc::Result;
using nlohmann::json;

/// As the definition of `explain.decision` has it.
constexpr std::uint64_t largest_decision = 9007199254740992;

ipc::Error usage(Sentence sentence, Values values = {}) {
  return error_of(ipc::ErrorCode::invalid_params, sentence, values, {{"path", ""}});
}

Result<json> read_decision(const std::string& word) {
  if (word == "last") return json::object();
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), id);
  if (error != std::errc() || end != word.data() + word.size() || id == 0 || id > largest_decision)
    return usage(Sentence::explain_decision);
  return json{{"id", id}};
}

/// A number, true and false are what they look like; everything else is text.
json read_value(const std::string& text) {
  json value = json::parse(text, nullptr, false);
  return value.is_number() || value.is_boolean() ? value : json(text);
}

Result<void> add_change(const std::string& word, json& changes) {
  const std::size_t equals = word.find('=');
  if (equals == std::string::npos || equals == 0) return usage(Sentence::explain_change, {{"argument", word}});
  const std::string feature = word.substr(0, equals);
  if (changes.contains(feature)) return usage(Sentence::explain_twice, {{"feature", feature}});
  changes[feature] = read_value(word.substr(equals + 1));
  return {};
}

/// As a person reads it: texts without quotes.
std::string shown(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// The member's value; empty when there is none.
std::string member(const json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? "" : shown(*found);
}

/// The first row is the head. Every column is as wide as its widest cell.
std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i)
      text += row[i] + std::string(widths[i] + 2 - row[i].size(), ' ');
    text += row.back() + "\n";
  }
  return text;
}

std::string candidates(const json& answer) {
  std::vector<std::vector<std::string>> rows{{"CANDIDATE", "SCORE", "EXPECTED US", "FRESH", "AVAILABLE"}};
  for (const json& each : answer.value("candidates", json::array()))
    rows.push_back({member(each, "name"), member(each, "score"), member(each, "expected_us"), member(each, "fresh"),
                    member(each, "available")});
  return table(rows);
}

std::string reasons(const json& answer) {
  const json found = answer.value("reasons", json::array());
  if (found.empty()) return words_of(Sentence::note_explain_no_reason) + "\n";
  std::vector<std::vector<std::string>> rows{{"WHAT WEIGHED", "VALUE", "WITHOUT IT", "WEIGHT", "DECISIVE"}};
  for (const json& each : found)
    rows.push_back({member(each, "feature"), member(each, "value"), member(each, "neutral"), member(each, "weight"),
                    each.value("decisive", false) ? "yes" : "no"});
  return table(rows);
}

std::string who_decided(const json& answer) {
  const json guard = answer.value("guard", json::object());
  const std::string reason = member(guard, "reason");
  std::string text = words_of(reason == "held_out"       ? Sentence::note_explain_held_out
                              : reason == "learning_off" ? Sentence::note_explain_learning_off
                                                         : Sentence::note_explain_learned,
                              {{"heuristic", member(answer, "heuristic")}});
  const json policy = answer.value("policy_hash", json());
  return text + " " +
         (policy.is_string() ? words_of(Sentence::note_explain_policy, {{"hash", shown(policy)}})
                             : words_of(Sentence::note_explain_no_policy)) +
         "\n";
}

std::string outcome(const json& answer) {
  const json error = answer.value("error", json());
  std::string text = words_of(Sentence::note_explain_outcome, {{"outcome", member(answer, "outcome")},
                                                               {"executed", member(answer, "executed")},
                                                               {"microseconds", member(answer, "actual_us")}}) +
                     "\n";
  if (error.is_string()) text += shown(error) + "\n";
  return text;
}

std::string what_if(const json& asked) {
  const json changed = asked.value("changes", json::object());
  std::string changes;
  for (const auto& [feature, value] : changed.items())
    changes += (changes.empty() ? "" : ", ") + feature + " = " + shown(value);
  const json chosen = asked.value("chosen", json());
  const Sentence sentence = chosen.is_null()                ? Sentence::note_explain_what_if_nothing
                            : asked.value("differs", false) ? Sentence::note_explain_what_if_other
                                                            : Sentence::note_explain_what_if_same;
  return "\n" +
         words_of(sentence,
                  {{"changes", changes}, {"chosen", member(asked, "chosen")}, {"reason", member(asked, "reason")}}) +
         "\n" + candidates(asked);
}

}  // namespace

Result<ExplainCommand> parse_explain_command(const std::vector<std::string>& words) {
  ExplainCommand command{json::object(), false};
  std::vector<std::string> names;
  json changes = json::object();
  bool asks_what_if = false;
  for (const std::string& word : words) {
    if (!ipc::is_valid_utf8(word)) return usage(Sentence::argument_not_text);
    if (word == "--json") {
      command.json = true;
    } else if (word == "--what-if") {
      asks_what_if = true;
    } else if (word.starts_with("--what-if=")) {
      asks_what_if = true;
      if (auto added = add_change(word.substr(word.find('=') + 1), changes); !added) return added.error();
    } else if (word.starts_with("--")) {
      return usage(Sentence::option_unknown, {{"option", word}});
    } else if (asks_what_if && (word.find('=') != std::string::npos || !names.empty())) {
      if (auto added = add_change(word, changes); !added) return added.error();
    } else {
      names.push_back(word);
    }
  }
  if (names.empty()) return usage(Sentence::explain_decision);
  if (names.size() > 1) return usage(Sentence::argument_too_many, {{"argument", names[1]}});
  auto decision = read_decision(names.front());
  if (!decision) return decision.error();
  command.params = std::move(*decision);
  if (asks_what_if && changes.empty()) return usage(Sentence::option_needs_value, {{"option", "--what-if"}});
  if (asks_what_if) command.params["what_if"] = std::move(changes);
  return command;
}

std::string words_for_decision(const json& answer) {
  std::string text = words_of(Sentence::note_explain_chosen, {{"id", member(answer, "id")},
                                                              {"kind", member(answer, "kind")},
                                                              {"chosen", member(answer, "chosen")},
                                                              {"reason", member(answer, "reason")}}) +
                     "\n" + who_decided(answer) + outcome(answer) + "\n" + candidates(answer) + "\n" + reasons(answer);
  if (const auto asked = answer.find("what_if"); asked != answer.end()) text += what_if(*asked);
  return text;
}

ExitCode run_explain(const CommandLine& line) {
  const auto command = parse_explain_command(line.explain);
  if (!command) return complain(command.error(), ExitCode::usage);
  return with_instance([&](ipc::ClientConnection& connection) -> Result<void> {
    const auto answer = ask(connection, "conductor", "explain.decision", command->params);
    if (!answer) return answer.error();
    std::cout << (command->json ? answer->dump(2, ' ', false, json::error_handler_t::replace) + "\n"
                                : words_for_decision(*answer));
    return {};
  });
}

}  // namespace symphony::app
