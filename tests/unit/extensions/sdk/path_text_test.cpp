#include <symphony/sdk/path_text.h>

#include <gtest/gtest.h>

#include <string>

namespace {

using symphony::sdk::display_text;
using symphony::sdk::escape_path;
using symphony::sdk::unescape_path;

TEST(PathText, EveryByteComesBack) {
  std::string bytes;
  for (int i = 1; i < 256; ++i)
    bytes += static_cast<char>(i);
  EXPECT_EQ(unescape_path(escape_path(bytes)), bytes);
  EXPECT_EQ(escape_path("100%"), "100%25");
  EXPECT_EQ(escape_path("a\xFF"), "a%FF");
  EXPECT_EQ(unescape_path("%2"), std::nullopt);
}

TEST(PathText, NothingHiddenIsShown) {
  EXPECT_EQ(display_text("plain ä 漢 😀"), "plain ä 漢 😀");
  EXPECT_EQ(display_text("two\nlines\tand\x1b[31m"), "two⏎lines⇥and␛[31m");
  EXPECT_EQ(display_text("\x7f"), "␡");
  EXPECT_EQ(display_text("gnp.\xE2\x80\xAE"
                         "exe"),
            "gnp.[U+202E]exe");
  EXPECT_EQ(display_text("zero\xE2\x80\x8Bwidth"), "zero[U+200B]width");
  EXPECT_EQ(display_text("\xC2\x85"), "[U+0085]");
}

TEST(PathText, BytesThatAreNotTextAreReplacedOneByOne) {
  EXPECT_EQ(display_text("a\xFF"
                         "b"),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(display_text("\xE2\x82"), "\xEF\xBF\xBD\xEF\xBF\xBD") << "cut in the middle";
  EXPECT_EQ(display_text("\xC0\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD") << "overlong";
  EXPECT_EQ(display_text("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD") << "a surrogate";
  EXPECT_EQ(display_text("\xF4\x90\x80\x80").size(), 12U) << "beyond Unicode";
}

}  // namespace
