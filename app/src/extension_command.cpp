#include <symphony/app/extension_command.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iostream>
#include <map>

#include <symphony/app/catalogue.h>
#include <symphony/app/commands.h>
#include <symphony/ipc/path_text.h>

#include "with_instance.h"

namespace symphony::app {
namespace {

using ipc::Result;
using nlohmann::json;

/// A new version may take its time to start, and the old one to give its state.
constexpr std::chrono::seconds patience{60};

ipc::Error usage(Sentence sentence, Values values = {}) {
  return error_of(ipc::ErrorCode::invalid_params, sentence, values, {{"path", ""}});
}

/// What each command takes: names behind the extension's, and options.
struct Shape {
  std::size_t names = 1;
  bool second_version = false;  // --from, --accept-permissions
  bool share = false;           // --share, --by
};

const std::map<std::string, Shape, std::less<>> shapes = {{"list", {0, false, false}},  {"start", {1, false, false}},
                                                          {"stop", {1, false, false}},  {"restart", {1, false, false}},
                                                          {"swap", {1, true, false}},   {"split", {1, true, true}},
                                                          {"choose", {2, false, false}}};

Result<void> read_option(const std::string& option, const std::string& value, const Shape& shape, json& params) {
  if (option == "--from" && shape.second_version) {
    params["from_folder"] = ipc::escape_path(std::filesystem::absolute(value).lexically_normal().native());
  } else if (option == "--by" && shape.share) {
    if (value != "message" && value != "sender") return usage(Sentence::split_by);
    params["by"] = value;
  } else if (option == "--share" && shape.share) {
    unsigned share = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), share);
    if (error != std::errc() || end != value.data() + value.size() || share < 1 || share > 99)
      return usage(Sentence::share_range);
    params["share"] = share;
  } else {
    return usage(Sentence::option_unknown, {{"option", option}});
  }
  return {};
}

std::string column(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size() + 2), ' ');
  return text;
}

/// A line for each, in columns.
std::string table(const json& answer) {
  constexpr std::size_t id_width = 24;
  constexpr std::size_t version_width = 12;
  constexpr std::size_t state_width = 14;
  std::string lines =
      column("EXTENSION", id_width) + column("VERSION", version_width) + column("STATE", state_width) + "PROCESSES\n";
  for (const json& extension : answer.value("extensions", json::array())) {
    std::string processes;
    const json process = extension.value("process", json());
    for (const json& each : process.is_object() ? process.value("instances", json::array()) : json::array()) {
      if (each.value("pid", 0) == 0) continue;
      processes += (processes.empty() ? "" : ", ") + std::to_string(each.value("pid", 0)) + " " +
                   each.value("version", "") + " " + each.value("role", "");
    }
    lines += column(extension.value("id", ""), id_width) + column(extension.value("version", ""), version_width) +
             column(extension.value("state", ""), state_width) + (processes.empty() ? "-" : processes) + "\n";
  }
  for (const json& problem : answer.value("problems", json::array()))
    lines += problem.is_string() ? problem.get<std::string>() + "\n" : "";
  return lines;
}

}  // namespace

Result<ExtensionCommand> parse_extension_command(const std::vector<std::string>& words) {
  const auto shape = words.empty() ? shapes.end() : shapes.find(words.front());
  if (shape == shapes.end()) return usage(Sentence::extension_command);
  ExtensionCommand command;
  command.method = "extension." + shape->first;
  command.params = json::object();
  std::vector<std::string> names;
  for (std::size_t index = 1; index < words.size(); ++index) {
    const std::string& word = words[index];
    if (!ipc::is_valid_utf8(word)) return usage(Sentence::argument_not_text);
    if (word == "--json") {
      command.json = true;
    } else if (word == "--accept-permissions" && shape->second.second_version) {
      command.params["accept_permissions"] = true;
    } else if (word.starts_with("--")) {
      const std::size_t equals = word.find('=');
      const std::string option = word.substr(0, equals);
      std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
      if (equals == std::string::npos && index + 1 < words.size()) value = words[++index];
      if (value.empty()) return usage(Sentence::option_needs_value, {{"option", option}});
      if (auto read = read_option(option, value, shape->second, command.params); !read) return read.error();
    } else {
      names.push_back(word);
    }
  }
  if (names.size() > shape->second.names) return usage(Sentence::argument_too_many, {{"argument", names.back()}});
  if (names.size() < shape->second.names)
    return usage(names.empty() ? Sentence::extension_name : Sentence::version_name);
  if (!names.empty()) command.params["id"] = names[0];
  if (names.size() > 1) command.params["version"] = names[1];
  if (shape->second.share && !command.params.contains("share")) return usage(Sentence::share_range);
  return command;
}

std::string words_for(const ExtensionCommand& command, const json& answer) {
  if (command.method == "extension.list") return table(answer);
  std::string words = command.params.value("id", "");
  if (answer.contains("version")) words += " " + answer.value("version", "");
  if (answer.contains("share")) words += " gets " + std::to_string(answer.value("share", 0)) + " of 100";
  if (answer.contains("pause_us"))
    words += " serves; messages waited " + std::to_string(answer.value("pause_us", std::int64_t{0}) / 1000) + " ms";
  return words + "\n";
}

ExitCode run_extension(const CommandLine& line) {
  const auto command = parse_extension_command(line.extension);
  if (!command) return complain(command.error(), ExitCode::usage);
  return with_instance([&](ipc::ClientConnection& connection) -> Result<void> {
    const auto answer = ask(connection, "conductor", command->method, command->params, patience);
    if (!answer) return answer.error();
    std::cout << (command->json ? answer->dump(2, ' ', false, json::error_handler_t::replace) + "\n"
                                : words_for(*command, *answer));
    return {};
  });
}

}  // namespace symphony::app
