#include <symphony/sdk/virtual_collection.h>

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace {

using symphony::sdk::VirtualCollection;

TEST(VirtualCollection, BeginsAtTheTop) {
  VirtualCollection rows(100);
  rows.set_count(1000);
  EXPECT_EQ(rows.start(), 0U);
  EXPECT_EQ(rows.end(), 100U);
  rows.set_count(7);
  EXPECT_EQ(rows.end(), 7U);
}

TEST(VirtualCollection, HoldsWhatWasAskedForAndAMargin) {
  VirtualCollection rows;
  rows.set_count(50'000);
  rows.asked(20'000, 20'040);
  EXPECT_LT(rows.start(), 20'000U);
  EXPECT_GT(rows.end(), 20'040U);
  const auto window = rows.rows([](std::size_t index) { return index; });
  EXPECT_EQ(window.start, rows.start());
  ASSERT_EQ(window.items.size(), rows.end() - rows.start());
  EXPECT_EQ(window.items.front(), rows.start());
}

TEST(VirtualCollection, ShrinksWithItsRows) {
  VirtualCollection rows;
  rows.set_count(50'000);
  rows.asked(49'900, 50'000);
  rows.set_count(10);
  EXPECT_EQ(rows.start(), 0U);
  EXPECT_EQ(rows.end(), 10U);
  rows.set_count(0);
  EXPECT_EQ(rows.end(), 0U);
}

TEST(VirtualCollection, AnyRangeIsSafe) {
  std::mt19937_64 random(3);
  const auto number = [&] {
    constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
    switch (random() % 4) {
      case 0:
        return most - random() % 3;
      case 1:
        return static_cast<std::size_t>(random() % 5);
      default:
        return static_cast<std::size_t>(random() % 5000);
    }
  };
  VirtualCollection rows;
  for (int i = 0; i < 100'000; ++i) {
    rows.set_count(random() % 4000);
    const std::size_t start = number();
    const std::size_t end = number();
    rows.asked(start, end);
    ASSERT_LE(rows.start(), rows.end());
    ASSERT_LE(rows.end(), rows.count());
    ASSERT_LE(rows.end() - rows.start(), VirtualCollection::most_rows);
    if (start < end && end <= rows.count() && end - start <= VirtualCollection::most_rows) {
      ASSERT_LE(rows.start(), start);
      ASSERT_GE(rows.end(), end);
    }
  }
}

}  // namespace
