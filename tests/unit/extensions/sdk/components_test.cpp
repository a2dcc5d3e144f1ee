// Every builder against ui/schemas/components.json: no prop missing, none that is not there, every value allowed.

#include <symphony/sdk/components.h>

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace {

using nlohmann::json;
using namespace symphony::sdk;  // NOLINT(google-build-using-namespace)

const json& schema() {
  static const json document = json::parse(std::ifstream(SYMPHONY_COMPONENTS));
  return document;
}

/// A reading of the schema language of its own, strict both ways.
std::string fault(const json& value, const json& rule, const std::string& path) {
  if (rule.contains("enum")) {
    for (const json& allowed : rule["enum"]) {
      if (allowed == value) return {};
    }
    return path + " is none of " + rule["enum"].dump();
  }
  const std::string type = rule.at("type");
  if (type == "string" || type == "id" || type == "url") return value.is_string() ? "" : path + " is no text";
  if (type == "boolean") return value.is_boolean() ? "" : path + " is no boolean";
  if (type == "number") return value.is_number() ? "" : path + " is no number";
  if (type == "integer") {
    if (!value.is_number_integer()) return path + " is no integer";
    if (rule.contains("minimum") && value < rule["minimum"]) return path + " is too small";
    return {};
  }
  if (type == "icon") {
    for (const json& icon : schema()["icons"]) {
      if (icon == value) return {};
    }
    return path + " is no icon";
  }
  if (type == "array") {
    if (!value.is_array()) return path + " is no array";
    for (const json& item : value) {
      if (std::string found = fault(item, rule["items"], path + "/" + "*"); !found.empty()) return found;
    }
    return {};
  }
  for (const auto& [name, inner] : value.items()) {
    if (!rule["props"].contains(name)) return path + "/" + name + " is not in the schema";
    if (std::string found = fault(inner, rule["props"][name], path + "/" + name); !found.empty()) return found;
  }
  for (const auto& [name, inner] : rule["props"].items()) {
    if (!value.contains(name)) return path + "/" + name + " is missing";  // the nodes below give every prop
  }
  return {};
}

/// One node of every component with every prop and every event given.
std::vector<Node> everything() {
  const OnPress press = [] {};
  const OnTextEdit edit = [](const TextEdit&) {};
  const OnRange range = [](const RangeWanted&) {};
  const OnActivated activate = [](const RowActivated&) {};
  const OnFocused focus = [](const RowFocused&) {};
  const std::string s = "x";
  return {
      column("1", {.label = s, .grow = true, .hidden = true, .gap = Space::none, .padding = Space::large}, {}),
      row("2", {.label = s, .grow = true, .hidden = true, .gap = Space::small, .align = Align::center}, {}),
      scroll("3", {.label = s, .grow = true, .hidden = true}, {}),
      separator("4", {.label = s, .grow = true, .hidden = true}),
      text("5", {.text = s,
                 .label = s,
                 .grow = true,
                 .hidden = true,
                 .tone = Tone::normal,
                 .size = TextSize::medium,
                 .live = Live::polite}),
      heading("6", {.text = s, .label = s, .grow = true, .hidden = true, .level = 2}),
      badge("7", {.text = s, .label = s, .grow = true, .hidden = true, .tone = Tone::danger}),
      icon("8", {.name = Icon::chevron_down, .label = s, .grow = true, .hidden = true}),
      link("9", {.text = s, .href = "https://example.org", .label = s, .grow = true, .hidden = true}),
      button("10", {.text = s,
                    .label = s,
                    .grow = true,
                    .hidden = true,
                    .variant = ButtonVariant::ghost,
                    .disabled = true,
                    .icon = Icon::play,
                    .on_press = press}),
      icon_button("11", {.icon = Icon::lock,
                         .label = s,
                         .grow = true,
                         .hidden = true,
                         .disabled = true,
                         .pressed = true,
                         .on_press = press}),
      text_field(
          "12",
          {.label = s,
           .grow = true,
           .hidden = true,
           .value = s,
           .edit = 3,
           .placeholder = s,
           .icon = Icon::search,
           .disabled = true,
           .max_length = 10,
           .busy = true,
           .keys = {{.key = "Enter", .action = KeyRule::Action::emit, .target = "a", .event = KeyRule::Event::submit}},
           .on_change = edit,
           .on_submit = edit,
           .on_clear = [](const Cleared&) {}}),
      tree("13", {.label = s,
                  .grow = true,
                  .hidden = true,
                  .count = 9,
                  .rows = {2,
                           {{.key = s,
                             .label = s,
                             .level = 1,
                             .parent = -1,
                             .expanded = false,
                             .busy = true,
                             .icon = Icon::folder,
                             .tone = Tone::muted,
                             .detail = s,
                             .position = 1,
                             .siblings = 1}}},
                  .active = ActiveRow{1, 2},
                  .on_range = range,
                  .on_toggle = [](const RowToggled&) {},
                  .on_activate = activate,
                  .on_focus = focus,
                  .on_typeahead = [](const Typeahead&) {}}),
      list("14", {.label = s,
                  .grow = true,
                  .hidden = true,
                  .count = 9,
                  .rows = {0,
                           {{.key = s,
                             .label = s,
                             .matches = {{0, 1}},
                             .description = s,
                             .icon = Icon::file_text,
                             .group = s,
                             .mono = true}}},
                  .on_range = range,
                  .on_activate = activate,
                  .on_focus = focus}),
      empty_state("15", {.title = s, .label = s, .grow = true, .hidden = true, .icon = Icon::files, .text = s}),
      alert("16", {.tone = AlertTone::info, .title = s, .label = s, .grow = true, .hidden = true, .text = s}),
      progress("17", {.label = s, .grow = true, .hidden = true, .value = 0.5}),
      spinner("18", {.label = s, .grow = true, .hidden = true}),
  };
}

TEST(Components, EveryBuilderGivesWhatTheSchemaDescribes) {
  std::set<std::string> built;
  for (const Node& node : everything()) {
    built.insert(node.type());
    ASSERT_TRUE(schema()["components"].contains(node.type())) << node.type();
    const json& component = schema()["components"][node.type()];
    json rules = {{"type", "object"}, {"props", component["props"]}};
    for (const auto& [name, rule] : schema()["common"].items()) {
      if (!rules["props"].contains(name)) rules["props"][name] = rule;
    }
    EXPECT_EQ(fault(node.props(), rules, node.type()), "");
    std::set<std::string> events;
    for (const auto& [event, handler] : node.handlers())
      events.insert(event);
    EXPECT_EQ(events, component["events"].get<std::set<std::string>>()) << node.type();
  }
  std::set<std::string> described;
  for (const auto& [name, component] : schema()["components"].items())
    described.insert(name);
  EXPECT_EQ(built, described);
}

TEST(Components, EveryIconOfTheSchemaHasAName) {
  std::set<std::string> names;
  for (int value = 0; value <= static_cast<int>(Icon::lock); ++value) {
    names.insert(icon("i", {.name = static_cast<Icon>(value)}).props()["name"].get<std::string>());
  }
  EXPECT_EQ(names, schema()["icons"].get<std::set<std::string>>());
}

TEST(Components, WhatIsNotGivenIsNotSent) {
  EXPECT_EQ(text("t", {.text = "x"}).to_json(), json::parse(R"({"id":"t","type":"Text","props":{"text":"x"}})"));
  EXPECT_EQ(column("c", {}, {}).to_json(), json::parse(R"({"id":"c","type":"Column"})"));
  EXPECT_EQ(button("b", {.text = "x", .on_press = [] {}}).to_json()["events"], json({"press"}));
}

}  // namespace
