#include <gtest/gtest.h>

#include <random>

#include "artifact_store/case_fold.h"
#include "artifact_store/gram_tokenizer.h"

namespace symphony::pit {
namespace {

TEST(CaseFold, KeepsEveryLengthAndFoldsLettersOfTwoBytes) {
  EXPECT_EQ(fold_case("Hello WORLD 09_-"), "hello world 09_-");
  EXPECT_EQ(fold_case("ÄÖÜ ÀÉ ŁŻ Ÿ"), "äöü àé łż ÿ");
  EXPECT_EQ(fold_case("ΑΒΓ ΆΈΌΎΏ"), "αβγ άέόύώ");
  EXPECT_EQ(fold_case("ПРИВЕТ Ёж Ђ"), "привет ёж ђ");
  EXPECT_EQ(fold_case("× ÷ ß 漢字 🎼"), "× ÷ ß 漢字 🎼");
}

TEST(CaseFold, EveryLetterHasOnePartner) {
  for (char32_t c = 0x80; c < 0x800; ++c) {
    const char32_t lower = fold_two_byte(c);
    ASSERT_GE(lower, 0x80U);
    ASSERT_LT(lower, 0x800U);
    ASSERT_EQ(fold_two_byte(lower), lower) << std::hex << static_cast<unsigned>(c);
    if (lower != c) {
      ASSERT_EQ(unfold_two_byte(lower), c) << std::hex << static_cast<unsigned>(c);
    }
  }
}

TEST(CaseFold, LeavesBrokenUtf8Alone) {
  const std::string broken = "A\xC3\xC3\x84\xFF\xD0";
  EXPECT_EQ(fold_case(broken), "a\xC3\xC3\xA4\xFF\xD0");
}

TEST(FoldedNeedle, FindsWhatANaiveSearchFinds) {
  std::mt19937 random(7);
  const std::vector<std::string> letters = {"a", "A", "b", "B", " ", "\n", "ä", "Ä", "р", "Р", "漢", "\xFF", "_", "é"};
  const auto text_of = [&](std::size_t length) {
    std::string text;
    while (length-- > 0)
      text += letters[random() % letters.size()];
    return text;
  };
  for (int round = 0; round < 20'000; ++round) {
    const std::string text = text_of(random() % 80);
    const std::string query = text_of(1 + random() % 4);
    const std::string folded_text = fold_case(text);
    const FoldedNeedle needle(query);
    std::size_t from = 0;
    while (true) {
      const std::size_t expected = folded_text.find(fold_case(query), from);
      ASSERT_EQ(needle.find(text, from), expected) << "text " << text << " query " << query;
      if (expected == std::string::npos) break;
      from = expected + 1;
    }
  }
}

TEST(FoldedNeedle, NeverReadsOutsideTheText) {
  const FoldedNeedle needle("needle");
  const std::string text = "xxxxxxxxxxxxxxxxxxxxxxneedle";
  for (std::size_t length = 0; length <= text.size(); ++length) {
    const std::string exact(text.substr(0, length));  // of its own allocation, so that a sanitizer sees its end
    EXPECT_EQ(needle.find(exact), exact.find("needle"));
  }
  EXPECT_EQ(needle.find("needle", 1), std::string_view::npos);
  EXPECT_EQ(needle.find("needle", 100), std::string_view::npos);
}

TEST(CountLines, CountsLineFeeds) {
  for (std::size_t length = 0; length < 70; ++length) {
    std::string text(length, 'x');
    for (std::size_t i = 0; i < length; i += 3)
      text[i] = '\n';
    EXPECT_EQ(count_lines(text), (length + 2) / 3);
  }
}

TEST(GramExpression, QuotesAndSkipsWhatIsNotIndexed) {
  EXPECT_EQ(gram_expression("abc"), "\"abc\"");
  EXPECT_EQ(gram_expression("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(gram_expression("ab"), "\"ab\"");
  EXPECT_EQ(gram_expression("a\nbc"), "\"a\" \"bc\"");
  EXPECT_EQ(gram_expression("\n"), "");
  EXPECT_EQ(gram_expression(std::string("\0", 1)), "");
}

}  // namespace
}  // namespace symphony::pit
