#include <symphony/ipc/path_text.h>

#include <gtest/gtest.h>

namespace symphony::ipc {
namespace {

TEST(PathText, EveryNameSurvives) {
  std::string every_byte;
  for (int byte = 1; byte < 256; ++byte) {
    every_byte += static_cast<char>(byte);
  }
  for (const std::string& name :
       {std::string("plain.txt"), std::string("100%"), std::string("new\nline"),
        std::string("\xC3\xA4\xF0\x9F\x8E\xB5"), std::string("\xFF\xFE"), std::string("cut \xE2\x82"),
        std::string("\xE2\x80\xAE"
                    "rtl"),
        every_byte}) {
    const std::string escaped = escape_path(name);
    EXPECT_TRUE(is_valid_utf8(escaped));
    EXPECT_EQ(unescape_path(escaped), name);
  }
}

TEST(PathText, EscapesOnlyWhatItMust) {
  EXPECT_EQ(escape_path("\xC3\xA4/b c"), "\xC3\xA4/b c");
  EXPECT_EQ(escape_path("50%"), "50%25");
  EXPECT_EQ(escape_path("\xFFz"), "%FFz");
}

TEST(PathText, RefusesMalformedEscapes) {
  for (const char* text : {"%", "%2", "%GG", "%2g", "%ff", "a%00b"}) {
    EXPECT_EQ(unescape_path(text), std::nullopt) << text;
  }
  EXPECT_EQ(unescape_path(std::string_view("a\0b", 3)), std::nullopt);
}

TEST(PathText, ShowsWhatCannotBeShownAsReplacement) {
  EXPECT_EQ(display_path("a%FFb"),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(display_path("%"), "%");
}

TEST(PathText, KnowsUtf8) {
  for (const char* valid : {"", "abcdefghijk", "\xC3\xA4", "\xED\x9F\xBF", "\xEE\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_valid_utf8(valid)) << valid;
  }
  for (const char* invalid : {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
                              "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "12345678\xC3"}) {
    EXPECT_FALSE(is_valid_utf8(invalid)) << invalid;
  }
}

}  // namespace
}  // namespace symphony::ipc
