#include <symphony/descriptor/descriptor.h>

#include <fcntl.h>
#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <type_traits>

namespace symphony {
namespace {

bool is_open(int descriptor) { return ::fcntl(descriptor, F_GETFD) >= 0; }

/// Both ends of a pipe, nobody's yet.
std::array<int, 2> pipe_ends() {
  std::array<int, 2> ends{-1, -1};
  EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  return ends;
}

TEST(Descriptor, OwnsNothingAtFirst) {
  const Descriptor none;
  EXPECT_FALSE(none);
  EXPECT_EQ(none.get(), -1);
  EXPECT_FALSE(Descriptor(::open("/there/is/no/such/file", O_RDONLY | O_CLOEXEC)));
  static_assert(!std::is_copy_constructible_v<Descriptor> && !std::is_copy_assignable_v<Descriptor>);
}

TEST(Descriptor, ClosesWhatItOwns) {
  const auto ends = pipe_ends();
  {
    const Descriptor first(ends[0]);
    EXPECT_TRUE(first);
    EXPECT_EQ(first.get(), ends[0]);
    EXPECT_TRUE(is_open(ends[0]));
  }
  EXPECT_FALSE(is_open(ends[0]));
  Descriptor second(ends[1]);
  second.reset();
  EXPECT_FALSE(second);
  EXPECT_FALSE(is_open(ends[1]));
}

TEST(Descriptor, MovesAndLeavesNothingBehind) {
  const auto ends = pipe_ends();
  Descriptor first(ends[0]);
  Descriptor second(std::move(first));
  EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): what is left is the point
  EXPECT_EQ(second.get(), ends[0]);
  Descriptor third(ends[1]);
  third = std::move(second);
  EXPECT_FALSE(is_open(ends[1])) << "what it owned before is closed";
  EXPECT_TRUE(is_open(ends[0]));
  Descriptor& itself = third;
  third = std::move(itself);
  EXPECT_EQ(third.get(), ends[0]) << "moved to itself it stays what it is";
  EXPECT_TRUE(is_open(ends[0]));
}

TEST(Descriptor, GivesAwayWhatSomebodyElseWillClose) {
  const auto ends = pipe_ends();
  int given = -1;
  {
    Descriptor first(ends[0]);
    given = first.release();
    EXPECT_FALSE(first);
  }
  EXPECT_TRUE(is_open(given));
  const Descriptor closes_both(given);
  const Descriptor other(ends[1]);
}

TEST(Descriptor, ClosingForgetsNoReason) {
  const auto ends = pipe_ends();
  Descriptor first(ends[0]);
  const Descriptor other(ends[1]);
  errno = ENOSPC;
  first.reset();
  EXPECT_EQ(errno, ENOSPC);
}

}  // namespace
}  // namespace symphony
