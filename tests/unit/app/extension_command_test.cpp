#include <symphony/app/extension_command.h>

#include <gtest/gtest.h>

#include <algorithm>

#include <symphony/app/command_line.h>

namespace symphony::app {
namespace {

using nlohmann::json;
using Words = std::vector<std::string>;

TEST(ExtensionCommand, IsWhatTheConductorIsAsked) {
  const auto list = parse_extension_command({"list", "--json"}).value();
  EXPECT_EQ(list.method, "extension.list");
  EXPECT_TRUE(list.json);
  EXPECT_EQ(list.params, json::object());
  EXPECT_EQ(parse_extension_command({"restart", "notes"}).value().params, (json{{"id", "notes"}}));
  const auto swap = parse_extension_command({"swap", "notes", "--from=/a/../b c", "--accept-permissions"}).value();
  EXPECT_EQ(swap.params, (json{{"id", "notes"}, {"from_folder", "/b c"}, {"accept_permissions", true}}));
  const auto split = parse_extension_command({"split", "notes", "--share", "25", "--by", "sender"}).value();
  EXPECT_EQ(split.params, (json{{"id", "notes"}, {"share", 25}, {"by", "sender"}}));
  EXPECT_EQ(parse_extension_command({"choose", "notes", "2.0.0"}).value().params,
            (json{{"id", "notes"}, {"version", "2.0.0"}}));
}

TEST(ExtensionCommand, ARelativeFolderIsMadeAbsolute) {
  const auto swap = parse_extension_command({"swap", "notes", "--from", "build"}).value();
  EXPECT_TRUE(swap.params["from_folder"].get<std::string>().starts_with("/"));
  EXPECT_TRUE(swap.params["from_folder"].get<std::string>().ends_with("/build"));
}

TEST(ExtensionCommand, RefusesWrongUse) {
  for (const Words& words :
       {Words{}, Words{"dance"}, Words{"list", "x"}, Words{"stop"}, Words{"stop", "a", "b"}, Words{"choose", "a"},
        Words{"split", "a"}, Words{"split", "a", "--share", "0"}, Words{"split", "a", "--share", "100"},
        Words{"split", "a", "--share", "1x"}, Words{"split", "a", "--share", "5", "--by", "luck"},
        Words{"swap", "a", "--from"}, Words{"swap", "a", "--share", "5"}, Words{"stop", "a", "--from", "/b"},
        Words{"restart", "a", "--accept-permissions"}, Words{"stop", "\xff"}}) {
    EXPECT_FALSE(parse_extension_command(words)) << (words.empty() ? "" : words.front());
  }
}

TEST(ExtensionCommand, AListIsOneLineEach) {
  const json answer = json::parse(R"({"extensions":[
      {"id":"notes","version":"1.0.0","state":"healthy",
       "process":{"instances":[{"pid":7,"version":"1.0.0","role":"serving"},{"pid":0,"version":"","role":"leaving"}]}},
      {"id":"an_extension_with_a_rather_long_name","version":"1.0.0","state":"not started","process":null}],
      "problems":["broken: is not JSON"]})");
  const std::string text = words_for({"extension.list", json::object(), false}, answer);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 4);
  EXPECT_NE(text.find("7 1.0.0 serving\n"), std::string::npos);
  EXPECT_NE(text.find("long_name  1.0.0"), std::string::npos);
  EXPECT_NE(text.find("broken"), std::string::npos);
}

TEST(ExtensionCommand, TheCommandLineHandsItOn) {
  const auto line = parse_command_line({"extension", "swap", "notes", "--json"}).value();
  EXPECT_EQ(line.command, Command::extension);
  EXPECT_EQ(line.extension, (Words{"swap", "notes", "--json"}));
  EXPECT_EQ(parse_command_line({"extension", "--help"}).value().command, Command::help);
  EXPECT_EQ(parse_command_line({"./extension"}).value().folder, "./extension");
}

}  // namespace
}  // namespace symphony::app
