#include <symphony/ignore/ignore_rules.h>

#include <gtest/gtest.h>

#include <string>

namespace {

using symphony::ignore::IgnoreRules;

IgnoreRules root(std::string_view contents) {
  IgnoreRules rules;
  rules.add_file("", contents);
  return rules;
}

TEST(IgnoreRules, WithoutFilesNothingIsIgnored) {
  const IgnoreRules rules;
  EXPECT_TRUE(rules.empty());
  EXPECT_EQ(rules.verdict("a/b", false), IgnoreRules::Verdict::undecided);
}

TEST(IgnoreRules, ANameMatchesAtEveryDepth) {
  const IgnoreRules rules = root("build\n*.o\n");
  EXPECT_TRUE(rules.ignored("build", true));
  EXPECT_TRUE(rules.ignored("a/b/build", false));
  EXPECT_TRUE(rules.ignored("a/x.o", false));
  EXPECT_TRUE(rules.ignored(".o", false));
  EXPECT_FALSE(rules.ignored("a/x.oo", false));
}

TEST(IgnoreRules, ASlashAnchorsToTheFilesDirectory) {
  IgnoreRules rules;
  rules.add_file("sub", "/only\ndeep/x\n");
  EXPECT_TRUE(rules.ignored("sub/only", false));
  EXPECT_FALSE(rules.ignored("sub/more/only", false));
  EXPECT_FALSE(rules.ignored("only", false));
  EXPECT_TRUE(rules.ignored("sub/deep/x", false));
  EXPECT_FALSE(rules.ignored("subdeep/x", false));
}

TEST(IgnoreRules, ATrailingSlashMeansDirectoriesOnly) {
  const IgnoreRules rules = root("out/\n");
  EXPECT_TRUE(rules.ignored("out", true));
  EXPECT_FALSE(rules.ignored("out", false));
}

TEST(IgnoreRules, TheLastMatchDecides) {
  const IgnoreRules rules = root("*.log\n!keep.log\nkeep.l*\n!a/keep.log\n");
  EXPECT_TRUE(rules.ignored("keep.log", false));
  EXPECT_EQ(rules.verdict("a/keep.log", false), IgnoreRules::Verdict::included);
}

TEST(IgnoreRules, TheNearerFileDecides) {
  IgnoreRules rules;
  rules.add_base("secret\n");
  rules.add_file("", "*.txt\n!secret\n");
  rules.add_file("a/b", "!kept.txt\n");
  EXPECT_FALSE(rules.ignored("a/b/kept.txt", false));
  EXPECT_TRUE(rules.ignored("a/kept.txt", false));
  EXPECT_FALSE(rules.ignored("secret", false));
  rules.remove_file("a/b");
  EXPECT_TRUE(rules.ignored("a/b/kept.txt", false));
  rules.remove_file("");
  EXPECT_TRUE(rules.ignored("secret", false));
}

TEST(IgnoreRules, ExcludedAsksTheParentsToo) {
  const IgnoreRules rules = root("out/\n!out/x\n");
  EXPECT_FALSE(rules.ignored("out/x", false));
  EXPECT_TRUE(rules.excluded("out/x", false)) << "a file cannot be taken back out of an ignored directory";
}

TEST(IgnoreRules, TwoStars) {
  const IgnoreRules rules = root("**/logs/debug\nfoo/**/bar\nabc/**\n");
  EXPECT_TRUE(rules.ignored("logs/debug", false));
  EXPECT_TRUE(rules.ignored("x/y/logs/debug", false));
  EXPECT_TRUE(rules.ignored("foo/bar", false));
  EXPECT_TRUE(rules.ignored("foo/x/y/bar", false));
  EXPECT_FALSE(rules.ignored("foobar", false));
  EXPECT_TRUE(rules.ignored("abc/x/y", false));
  EXPECT_FALSE(rules.ignored("abc", true));
}

TEST(IgnoreRules, CommentsSpacesEscapesAndLineEnds) {
  const IgnoreRules rules = root(
      "\xEF\xBB\xBF"
      "first\r\n# no\n\\#yes\n\\!bang\ntrailing   \nkept\\ \n\n");
  EXPECT_TRUE(rules.ignored("first", false));
  EXPECT_FALSE(rules.ignored("# no", false));
  EXPECT_TRUE(rules.ignored("#yes", false));
  EXPECT_TRUE(rules.ignored("!bang", false));
  EXPECT_TRUE(rules.ignored("trailing", false));
  EXPECT_TRUE(rules.ignored("kept ", false));
}

TEST(IgnoreRules, MalformedPatternsMatchNothing) {
  const IgnoreRules rules = root("[abc\nend\\\n[[:nosuch:]]\n/\n//\n");
  for (const char* path : {"a", "[abc", "end", "end\\", "n", "x"})
    EXPECT_FALSE(rules.ignored(path, true)) << path;
}

TEST(IgnoreRules, HostilePatternsStayCheap) {
  std::string pattern;
  for (int i = 0; i < 60; ++i)
    pattern += "**/*a*";
  const IgnoreRules rules = root(pattern + "/zz\n");
  EXPECT_FALSE(rules.ignored(std::string(4000, 'a') + "/" + std::string(4000, 'a'), false));

  // By name: each star but the last is settled at its first match, so the time is pattern times text.
  std::string stars;
  for (int i = 0; i < 1000; ++i)
    stars += "a*";
  EXPECT_FALSE(root(stars + "b\n").ignored(std::string(4000, 'a'), false));
  EXPECT_TRUE(root(stars + "b\n").ignored(std::string(4000, 'a') + "b", false));
  EXPECT_FALSE(root("/" + stars + "b/x\n").ignored(std::string(4000, 'a') + "/x", false));
}

}  // namespace
