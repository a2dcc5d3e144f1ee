#include <symphony/app/learning_command.h>

#include <gtest/gtest.h>

#include <symphony/app/command_line.h>

namespace symphony::app {
namespace {

using nlohmann::json;
using Words = std::vector<std::string>;

TEST(LearningCommand, IsWhatTheConductorIsAsked) {
  const auto status = parse_learning_command({"status", "--json"}).value();
  EXPECT_EQ(status.method, "learning.get");
  EXPECT_TRUE(status.json);
  EXPECT_EQ(parse_learning_command({"off"}).value().params, (json{{"on", false}}));
  EXPECT_EQ(parse_learning_command({"on"}).value().method, "learning.set");
  EXPECT_EQ(parse_learning_command({"explore", "on"}).value().params, (json{{"exploring", true}}));
  EXPECT_EQ(parse_learning_command({"--json", "forget"}).value().method, "learning.forget");
}

TEST(LearningCommand, RefusesWrongUse) {
  for (const Words& words : {Words{}, Words{"dance"}, Words{"status", "x"}, Words{"explore"}, Words{"explore", "x"},
                             Words{"explore", "on", "x"}, Words{"on", "--fast"}, Words{"\xff"}, Words{"--json"}}) {
    EXPECT_FALSE(parse_learning_command(words)) << (words.empty() ? "" : words.front());
  }
}

TEST(LearningCommand, SaysWhatIsKnownAndWhetherItHelps) {
  const LearningCommand status{"learning.get", json::object(), false};
  json answer = json::parse(R"({"on":true,"exploring":false,
      "methods":[{"subject":"notes","version":"1.0.0","method":"start","calls":12.4,"failed":1,"failure":0.052,
                  "failure_deviation":0.01,"slowdown":0.75,"slowdown_deviation":0.2}],
      "benefit":{"learned":190,"rule":22,"held_out":0.05,"ratio":0.871,"interval95":[0.8,0.949]}})");
  const std::string text = words_for(status, answer);
  EXPECT_NE(text.find("Learning is on.\n"), std::string::npos);
  EXPECT_NE(text.find("0.87 times"), std::string::npos);
  EXPECT_NE(text.find("0.80 to 0.95"), std::string::npos);
  EXPECT_NE(text.find("notes               1.0.0     start           12        5.2 %     0.75\n"), std::string::npos);
  answer["benefit"]["ratio"] = nullptr;
  answer["methods"] = json::array();
  EXPECT_NE(words_for(status, answer).find("Too few"), std::string::npos);
  EXPECT_NE(words_for(status, answer).find("Nothing has been seen yet"), std::string::npos);
  EXPECT_EQ(words_for({"learning.set", json::object(), false}, {{"on", false}, {"exploring", true}}),
            "Learning is off.\n");
}

TEST(LearningCommand, TheCommandLineHandsItOn) {
  const auto line = parse_command_line({"learning", "explore", "on"}).value();
  EXPECT_EQ(line.command, Command::learning);
  EXPECT_EQ(line.learning, (Words{"explore", "on"}));
  EXPECT_EQ(parse_command_line({"learning", "--help"}).value().command, Command::help);
}

}  // namespace
}  // namespace symphony::app
