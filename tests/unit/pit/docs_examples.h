#pragma once
// docs/pit.md says what each module answers; here it is asked. A block "```pit MODULE" runs against a fresh module:
//   SENDER> METHOD {parameters}      what is sent; `\` at the end of a line goes on in the next
//   < {result}                       the answer, member by member; "…" stands for any value
//   < error CODE {data}              the same for an error; the data may be left out
//   wait N ms                        time passes

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "module_fixture.h"
#include "temporary_folder.h"

namespace symphony::pit::tests {

struct Line {
  int number = 0;
  std::string text;
};

struct Example {
  std::string module;
  int number = 0;
  std::vector<Line> lines;
};

inline std::vector<Example> read_examples(std::istream& page) {
  std::vector<Example> examples;
  std::optional<Example> open;
  std::string line;
  bool goes_on = false;
  for (int number = 1; std::getline(page, line); ++number) {
    if (!open) {
      if (line.starts_with("```pit ")) open = Example{line.substr(7), number, {}};
      continue;
    }
    if (line == "```") {
      examples.push_back(std::move(*open));
      open.reset();
      continue;
    }
    const std::size_t indent = line.find_first_not_of(' ');
    if (goes_on) {
      open->lines.back().text += line.substr(std::min(indent, line.size()));
    } else if (indent != std::string::npos) {
      open->lines.push_back({number, line});
    }
    goes_on = !open->lines.empty() && open->lines.back().text.ends_with('\\');
    if (goes_on) open->lines.back().text.pop_back();
  }
  return examples;
}

/// Where they differ (JSON Pointer); nothing when they do not.
inline std::optional<std::string> difference(const nlohmann::json& expected, const nlohmann::json& actual) {
  if (expected == "…") return std::nullopt;
  const auto below = [](const std::string& name, const std::optional<std::string>& inner) {
    return inner ? std::optional("/" + name + *inner) : std::nullopt;
  };
  if (expected.is_object() && actual.is_object()) {
    for (const auto& [name, value] : expected.items()) {
      if (!actual.contains(name)) return "/" + name;
      if (auto found = below(name, difference(value, actual[name]))) return found;
    }
    for (const auto& [name, value] : actual.items()) {
      if (!expected.contains(name)) return "/" + name;
    }
    return std::nullopt;
  }
  if (expected.is_array() && actual.is_array()) {
    for (std::size_t index = 0; index < std::max(expected.size(), actual.size()); ++index) {
      const std::string name = std::to_string(index);
      if (index >= expected.size() || index >= actual.size()) return "/" + name;
      if (auto found = below(name, difference(expected[index], actual[index]))) return found;
    }
    return std::nullopt;
  }
  return expected == actual ? std::nullopt : std::optional<std::string>("");
}

class Runner {
 public:
  /// `pass` lets the module's time pass.
  Runner(std::unique_ptr<Module> module, std::function<void(std::int64_t)> pass)
      : module_(std::move(module)), pass_(std::move(pass)) {}

  void run(const Example& example) {
    ASSERT_NE(module_, nullptr) << "there is no module " << example.module;
    const Result<void> ready = module_->init({{"data_directory", data_.path().string()}});
    ASSERT_TRUE(ready.has_value()) << ready.error().message;
    for (const Line& line : example.lines)
      step(line);
    EXPECT_FALSE(answer_.has_value()) << "the last request's answer is not looked at";
    module_->shutdown();
  }

 private:
  void step(const Line& line) {
    static const std::regex request(R"(([a-z_.:#0-9-]+)> ([a-z_.]+) (\{.*\}))");
    static const std::regex wait(R"(wait (\d+) ms)");
    static const std::regex error(R"(< error ([a-z_]+)( (\{.*\}))?)");
    std::smatch part;
    if (std::regex_match(line.text, part, wait)) {
      pass_(std::stoll(part[1]));
    } else if (std::regex_match(line.text, part, request)) {
      EXPECT_FALSE(answer_.has_value()) << "line " << line.number << ": the answer before is not looked at";
      const auto params = nlohmann::json::parse(part[3].str(), nullptr, false);
      ASSERT_FALSE(params.is_discarded()) << "line " << line.number << " is no JSON: " << part[3];
      answer_ = send(*module_, part[1].str(), part[2].str(), params);
    } else {
      ASSERT_TRUE(answer_.has_value()) << "line " << line.number << ": nothing was asked";
      if (std::regex_match(line.text, part, error)) {
        ASSERT_TRUE(answer_->has_error()) << "line " << line.number << ": " << (*answer_)->dump();
        EXPECT_EQ(ipc::name_of(answer_->error().code), part[1].str())
            << "line " << line.number << ": " << answer_->error().message;
        if (part[3].matched) compare(line, part[3], answer_->error().data);
      } else {
        ASSERT_TRUE(line.text.starts_with("< ")) << "line " << line.number << ": " << line.text;
        ASSERT_TRUE(answer_->has_value()) << "line " << line.number << ": " << answer_->error().to_json().dump();
        compare(line, line.text.substr(2), **answer_);
      }
      answer_.reset();
    }
  }

  static void compare(const Line& line, const std::string& text, const nlohmann::json& actual) {
    const auto expected = nlohmann::json::parse(text, nullptr, false);
    ASSERT_FALSE(expected.is_discarded()) << "line " << line.number << " is no JSON: " << text;
    const auto found = difference(expected, actual);
    EXPECT_FALSE(found.has_value()) << "line " << line.number << " differs at \"" << *found << "\" from "
                                    << actual.dump();
  }

  TemporaryFolder data_;
  std::unique_ptr<Module> module_;
  std::function<void(std::int64_t)> pass_;
  std::optional<Result<nlohmann::json>> answer_;
};

}  // namespace symphony::pit::tests
