#include <symphony/app/explain_command.h>

#include <gtest/gtest.h>

#include <symphony/app/command_line.h>

namespace symphony::app {
namespace {

using nlohmann::json;
using Words = std::vector<std::string>;

TEST(ExplainCommand, IsWhatTheConductorIsAsked) {
  const auto plain = parse_explain_command({"7"}).value();
  EXPECT_EQ(plain.params, (json{{"id", 7}}));
  EXPECT_FALSE(plain.json);
  const auto last = parse_explain_command({"--json", "last"}).value();
  EXPECT_EQ(last.params, json::object());
  EXPECT_TRUE(last.json);
  EXPECT_EQ(parse_explain_command({"9007199254740992"}).value().params["id"], 9007199254740992);
}

TEST(ExplainCommand, ReadsWhatIsToBeChanged) {
  const json expected{{"pending", 3}, {"watching", false}, {"index.slowdown", 1.5}, {"state", "building"}};
  for (const Words& words :
       {Words{"last", "--what-if", "pending=3", "watching=false", "index.slowdown=1.5", "state=building", "--json"},
        Words{"--what-if", "pending=3", "--what-if=watching=false", "last", "--what-if", "index.slowdown=1.5",
              "state=building"}}) {
    EXPECT_EQ(parse_explain_command(words).value().params, (json{{"what_if", expected}}));
  }
}

TEST(ExplainCommand, LeavesToTheConductorWhatIsNoNumber) {
  // The Conductor names the feature whose value is wrong; nothing is read as what it is not.
  for (const char* value : {"NaN", "inf", "-Infinity", "1e999", "null", "[1]", "{}", "1 2", "", "a=b"}) {
    const auto command = parse_explain_command({"1", "--what-if", std::string("bytes=") + value}).value();
    EXPECT_EQ(command.params["what_if"]["bytes"], value);
  }
  EXPECT_TRUE(parse_explain_command({"1", "--what-if=bytes=99999999999999999999"})
                  .value()
                  .params["what_if"]["bytes"]
                  .is_number_float());
}

TEST(ExplainCommand, RefusesWrongUse) {
  for (const Words& words : {Words{},
                             Words{""},
                             Words{"--json"},
                             Words{"first"},
                             Words{"0"},
                             Words{"-1"},
                             Words{"+1"},
                             Words{"1.5"},
                             Words{" 1"},
                             Words{"9007199254740993"},
                             Words{"99999999999999999999999"},
                             Words{"1", "2"},
                             Words{"1", "a=b"},
                             Words{"1", "--what-if"},
                             Words{"1", "--what-if", "pending"},
                             Words{"1", "--what-if", "=3"},
                             Words{"1", "--what-if="},
                             Words{"--what-if", "a=1"},
                             Words{"1", "--what-if", "a=1", "a=2"},
                             Words{"1", "--fast"},
                             Words{"\xff"},
                             Words{"1", "--what-if", "a=\xff"}}) {
    const auto command = parse_explain_command(words);
    ASSERT_FALSE(command) << (words.empty() ? "" : words.back());
    EXPECT_EQ(command.error().code, ipc::ErrorCode::invalid_params);
    EXPECT_TRUE(command.error().data["id"].get<std::string>().starts_with("usage."));
  }
}

json answer() {
  return json::parse(R"({"id":7,"kind":"search","decided_by":"learned","policy_hash":null,"heuristic":"scan",
      "guard":{"tier":"learned","reason":"learned_from_use"},"chosen":"index","executed":"index","reason":"the index is fresh",
      "reasons":[{"feature":"bytes","value":100000000,"neutral":0,"weight":99934,"decisive":true}],
      "features":{"bytes":100000000},
      "candidates":[{"name":"index","score":-2300,"expected_us":2300,"fresh":true,"available":true},
                    {"name":"scan","score":-100500,"expected_us":100500,"fresh":true,"available":true}],
      "outcome":"done","actual_us":812,"error":null,"made_at_ms":1})");
}

TEST(ExplainCommand, SaysWhatWasChosenByWhomAndWhy) {
  const std::string text = words_for_decision(answer());
  for (const char* part :
       {"Decision 7 (search) chose index: the index is fresh.\n", "rule alone would have chosen scan",
        "No trained policy took part.\n", "index      -2300    2300         true   true\n",
        "bytes         100000000  0           99934   yes\n", "done, 812"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  EXPECT_EQ(text.find("With "), std::string::npos);
}

TEST(ExplainCommand, SaysWhoElseMayHaveDecided) {
  json other = answer();
  other["guard"] = {{"tier", "rule"}, {"reason", "held_out"}};
  other["policy_hash"] = "979b4c28";
  other["error"] = "index failed, scan was used";
  other["reasons"] = json::array();
  const std::string text = words_for_decision(other);
  for (const char* part : {"Made by the rule: some are always left to it", "The trained policy 979b4c28 took part.",
                           "index failed, scan was used\n", "No feature by itself changed the lead.\n"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  other["guard"]["reason"] = "learning_off";
  EXPECT_NE(words_for_decision(other).find("learning is off"), std::string::npos);
}

TEST(ExplainCommand, SaysWhatElseWouldHaveBeenChosen) {
  json asked = answer();
  asked["what_if"] = {{"changes", {{"pending", 3}, {"state", "building"}}},
                      {"chosen", "scan"},
                      {"differs", true},
                      {"reason", "the index answers for 90% only"},
                      {"candidates", asked["candidates"]}};
  EXPECT_NE(words_for_decision(asked).find("With pending = 3, state = building it would have been scan: the index"),
            std::string::npos);
  asked["what_if"]["differs"] = false;
  EXPECT_NE(words_for_decision(asked).find("it would still be scan"), std::string::npos);
  asked["what_if"]["chosen"] = nullptr;
  EXPECT_NE(words_for_decision(asked).find("nothing could have been chosen"), std::string::npos);
}

TEST(ExplainCommand, TheCommandLineHandsItOn) {
  const auto line = parse_command_line({"explain", "last", "--what-if", "pending=3"}).value();
  EXPECT_EQ(line.command, Command::explain);
  EXPECT_EQ(line.explain, (Words{"last", "--what-if", "pending=3"}));
  EXPECT_EQ(parse_command_line({"explain", "--help"}).value().command, Command::help);
}

}  // namespace
}  // namespace symphony::app
