#include <symphony/app/command_line.h>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace symphony::app {
namespace {

using Words = std::vector<std::string>;

TEST(CommandLine, ReadsTheWindowsForm) {
  const auto line = parse_command_line({"--offscreen", "--screenshot=a b.png", "/tmp"}).value();
  EXPECT_EQ(line.command, Command::desktop);
  EXPECT_TRUE(line.offscreen);
  EXPECT_EQ(line.screenshot, "a b.png");
  EXPECT_EQ(line.folder, "/tmp");
  EXPECT_EQ(parse_command_line({}).value().folder, "");
  EXPECT_FALSE(parse_command_line({}).value().safe_mode);
  EXPECT_TRUE(parse_command_line({"--safe-mode", "/tmp"}).value().safe_mode);
  EXPECT_EQ(parse_command_line({"--exec-time", "12"}).value().exec_ns, 12);
}

TEST(CommandLine, ReadsTheHeadlessForms) {
  const auto search = parse_command_line({"search", "/w", "--json", "two words", "--trace", "t.json"}).value();
  EXPECT_EQ(search.command, Command::search);
  EXPECT_EQ(search.folder, "/w");
  EXPECT_EQ(search.query, "two words");
  EXPECT_EQ(search.trace, "t.json");
  EXPECT_TRUE(parse_command_line({"search", "/w", "q", "--json", "--safe-mode"}).value().safe_mode);
  EXPECT_EQ(parse_command_line({"status", "--json"}).value().command, Command::status);
  EXPECT_EQ(parse_command_line({"doctor", "--json"}).value().command, Command::doctor);
}

TEST(CommandLine, HandsOnWhatBelongsToTheQuest) {
  const auto line = parse_command_line({"quest", "score", "milk", "--calls", "[]", "--json", "--help", "--"}).value();
  EXPECT_EQ(line.command, Command::quest);
  EXPECT_EQ(line.quest, (Words{"score", "milk", "--calls", "[]", "--json", "--help", "--"}));
  EXPECT_TRUE(parse_command_line({"quest"}).value().quest.empty());
  EXPECT_EQ(parse_command_line({"./quest"}).value().folder, "./quest");
}

TEST(CommandLine, TakesNamesThatLookLikeSomethingElse) {
  EXPECT_EQ(parse_command_line({"./search"}).value().folder, "./search");
  EXPECT_EQ(parse_command_line({"--", "search"}).value().command, Command::desktop);
  EXPECT_EQ(parse_command_line({"--", "--offscreen"}).value().folder, "--offscreen");
  EXPECT_EQ(parse_command_line({"search", "--json", "--", "/w", "--help"}).value().query, "--help");
  EXPECT_EQ(parse_command_line({"search", "--json", "/w", "status"}).value().query, "status");
}

TEST(CommandLine, HelpAndVersionWin) {
  EXPECT_EQ(parse_command_line({"search", "--help"}).value().command, Command::help);
  EXPECT_EQ(parse_command_line({"-h"}).value().command, Command::help);
  EXPECT_EQ(parse_command_line({"--version", "--nonsense"}).value().command, Command::version);
}

TEST(CommandLine, RefusesWrongUse) {
  for (const Words& words :
       {Words{"--nonsense"}, Words{"a", "b"}, Words{"search", "--json"}, Words{"search", "/w", "--json"},
        Words{"search", "/w", "", "--json"}, Words{"search", "/w", "q"}, Words{"status"},
        Words{"status", "--json", "x"}, Words{"--json"}, Words{"--screenshot"}, Words{"--screenshot="},
        Words{"--offscreen=yes"}, Words{"search", "/w", "q", "--json", "--offscreen"}, Words{"--trace", "t"},
        Words{"--exec-time", "soon"}, Words{"--safe-mode=yes"}, Words{"status", "--json", "--safe-mode"},
        Words{"metrics", "--safe-mode"}}) {
    const auto line = parse_command_line(words);
    ASSERT_FALSE(line) << words.front();
    EXPECT_NE(line.error().message.find("--help"), std::string::npos);
  }
}

TEST(CommandLine, WhatTheRunningInstanceIsAsked) {
  const auto trace = parse_command_line({"trace", "t.json", "--seconds", "5"});
  ASSERT_TRUE(trace);
  EXPECT_EQ(trace->command, Command::trace);
  EXPECT_EQ(trace->trace, "t.json");
  EXPECT_EQ(trace->seconds, 5U);
  EXPECT_EQ(parse_command_line({"trace", "t.json"})->seconds, 60U);
  const auto log = parse_command_line({"log", "--component", "conductor", "--level=debug"});
  ASSERT_TRUE(log);
  EXPECT_EQ(log->command, Command::log);
  EXPECT_EQ(log->component, "conductor");
  EXPECT_EQ(log->level, "debug");
  EXPECT_EQ(parse_command_line({"log"})->command, Command::log);
  EXPECT_EQ(parse_command_line({"metrics"})->command, Command::metrics);
  using Words = std::vector<std::string>;
  for (const Words& words : {Words{"trace"}, Words{"trace", "a", "b"}, Words{"trace", "t", "--seconds", "0"},
                             Words{"trace", "t", "--seconds", "3601"}, Words{"trace", "t", "--seconds", "-1"},
                             Words{"metrics", "x"}, Words{"metrics", "--json"}, Words{"log", "--level", "debug"},
                             Words{"log", "--component", "x"}, Words{"log", "--component", "x", "--level", "loud"},
                             Words{"status", "--json", "--seconds", "3"}, Words{"--component", "x"}}) {
    EXPECT_FALSE(parse_command_line(words)) << words.front();
  }
}

TEST(CommandLine, HelpListsEveryExitCode) {
  for (const char* code : {"   0  ", "   1  ", "   2  ", "   3  ", "   4  ", "  69  ", "  70  "}) {
    EXPECT_NE(help_text().find(code), std::string_view::npos) << code;
  }
}

}  // namespace
}  // namespace symphony::app
