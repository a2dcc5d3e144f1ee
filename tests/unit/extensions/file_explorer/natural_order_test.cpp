#include "natural_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace {

using symphony::explorer::natural_compare;

TEST(NaturalOrder, AsPeopleExpect) {
  const std::vector<std::string> expected{"1",    "2", "10",     "a",       "A1",      "a2",       "a10b", "a010c",
                                          "a10d", "b", "file.c", "file1.c", "File2.c", "file10.c", "z",    "\xC3\xA4"};
  std::vector<std::string> names = expected;
  std::mt19937 random(5);
  for (int round = 0; round < 20; ++round) {
    std::shuffle(names.begin(), names.end(), random);
    std::sort(names.begin(), names.end(), [](const auto& a, const auto& b) { return natural_compare(a, b) < 0; });
    EXPECT_EQ(names, expected);
  }
}

TEST(NaturalOrder, NumbersOfAnyLength) {
  EXPECT_LT(natural_compare("v" + std::string(300, '9'), "v1" + std::string(300, '0')), 0);
  EXPECT_NE(natural_compare("a01", "a1"), 0) << "different names never compare equal";
  EXPECT_NE(natural_compare("Readme", "README"), 0);
}

TEST(NaturalOrder, IsATotalOrder) {
  std::mt19937 random(11);
  std::vector<std::string> names;
  for (int i = 0; i < 90; ++i) {
    std::string name;
    for (std::size_t n = random() % 5; name.size() <= n;)
      name += "aA0019-."[random() % 8];
    names.push_back(name);
  }
  const auto sign = [](int value) { return (value > 0) - (value < 0); };
  for (const auto& a : names) {
    for (const auto& b : names) {
      ASSERT_EQ(sign(natural_compare(a, b)), -sign(natural_compare(b, a))) << a << ' ' << b;
      ASSERT_EQ(natural_compare(a, b) == 0, a == b);
      for (const auto& c : names) {
        if (natural_compare(a, b) < 0 && natural_compare(b, c) < 0) {
          ASSERT_LT(natural_compare(a, c), 0) << a << ' ' << b << ' ' << c;
        }
      }
    }
  }
}

}  // namespace
