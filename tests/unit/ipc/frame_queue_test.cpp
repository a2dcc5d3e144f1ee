#include "frame_queue.h"

#include <gtest/gtest.h>

#include <array>
#include <random>

namespace symphony::ipc {
namespace {

std::string text_of(std::span<const iovec> parts) {
  std::string text;
  for (const iovec& part : parts) {
    text.append(static_cast<const char*>(part.iov_base), part.iov_len);
  }
  return text;
}

std::string whole(const FrameQueue& queue, bool without_front = false) {
  std::array<iovec, 64> parts{};
  return text_of(std::span(parts).first(queue.gather(parts, without_front)));
}

std::string front(const FrameQueue& queue) {
  std::array<iovec, 64> parts{};
  return text_of(std::span(parts).first(queue.gather_front(parts)));
}

std::shared_ptr<const std::string> shared(std::size_t size, char letter) {
  return std::make_shared<const std::string>(size, letter);
}

TEST(FrameQueueTest, SmallFramesAreOnePartOfASystemCall) {
  FrameQueue queue;
  for (int index = 0; index < 100; ++index) {
    queue.push("head,", "body;", nullptr, {});
  }
  std::array<iovec, 64> parts{};
  EXPECT_EQ(queue.gather(parts, false), 1U);
  EXPECT_EQ(queue.bytes(), 1000U);
  EXPECT_EQ(queue.frames(), 100U);
}

TEST(FrameQueueTest, ALargeBodyWithAnOwnerIsNotCopied) {
  FrameQueue queue;
  const auto body = shared(100'000, 'b');
  queue.push("1", "x", nullptr, {});
  queue.push("2", *body, body, {});
  queue.push("3", "y", nullptr, {});
  std::array<iovec, 64> parts{};
  EXPECT_EQ(queue.gather(parts, false), 4U);
  EXPECT_EQ(parts[2].iov_base, body->data());
  EXPECT_EQ(whole(queue), "1x2" + *body + "3y");
  queue.took(queue.bytes());
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(body.use_count(), 1);
}

TEST(FrameQueueTest, WhatIsWrittenInPiecesOfAnySizeIsTheWhole) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    FrameQueue queue;
    std::string expected;
    for (int index = 0; index < 60; ++index) {
      const std::size_t size = random() % 3 == 0 ? random() % 9000 : random() % 200;
      const auto body = shared(size, static_cast<char>('a' + index % 26));
      const bool owned = random() % 2 == 0;
      queue.push("<" + std::to_string(index), *body, owned ? body : nullptr, {});
      expected += "<" + std::to_string(index) + *body;
    }
    std::string written;
    while (!queue.empty()) {
      std::array<iovec, 8> parts{};
      const std::string front_first = queue.front_begun() ? front(queue) : "";
      std::string offered = front_first;
      offered += text_of(std::span(parts).first(queue.gather(parts, queue.front_begun())));
      const std::size_t taken = 1 + random() % offered.size();
      written += offered.substr(0, taken);
      queue.took(taken);
    }
    ASSERT_EQ(written, expected);
    EXPECT_EQ(queue.bytes(), 0U);
  }
}

TEST(FrameQueueTest, ARequestIsTakenOutUnlessItIsBegun) {
  FrameQueue queue;
  queue.push("11", "", nullptr, {1, 0, nullptr});
  queue.push("22", "", nullptr, {2, 77, nullptr});
  queue.push("33", "", nullptr, {3, 0, nullptr});
  queue.took(1);
  FrameQueue::Note note;
  EXPECT_TRUE(queue.front_begun());
  EXPECT_FALSE(queue.take_out(1, note)) << "its first byte is written";
  EXPECT_TRUE(queue.take_out(2, note));
  EXPECT_EQ(note.release, 77U);
  EXPECT_FALSE(queue.take_out(2, note));
  EXPECT_EQ(whole(queue), "133");
  EXPECT_EQ(whole(queue, true), "33");
  EXPECT_EQ(front(queue), "1");
  EXPECT_TRUE(queue.take_out(3, note));
  EXPECT_EQ(whole(queue), "1");
  EXPECT_EQ(queue.frames(), 1U);
  EXPECT_EQ(queue.bytes(), 1U);
}

TEST(FrameQueueTest, TheAccountIsChargedForAsLongAsAFrameWaits) {
  int low = 0;
  const auto account = std::make_shared<ForwardAccount>([&] { ++low; });
  FrameQueue queue;
  const std::string body(limits::forward_low_bytes, 'x');
  for (std::uint64_t id = 1; id <= 5; ++id) {
    queue.push("", body, nullptr, {id, 0, account});
  }
  EXPECT_TRUE(account->high());
  EXPECT_TRUE(account->watch());
  account->overdraw();
  FrameQueue::Note note;
  EXPECT_TRUE(queue.take_out(3, note));
  EXPECT_FALSE(account->high());
  queue.took(body.size() + 10);
  EXPECT_TRUE(account->overdrawn());
  EXPECT_EQ(low, 0);
  queue.took(2 * body.size() - 10);
  EXPECT_FALSE(account->overdrawn());
  EXPECT_EQ(low, 1) << "when it is low, and once";
  queue.clear();
  EXPECT_EQ(low, 1);
  EXPECT_FALSE(account->watch()) << "it is low already";
}

}  // namespace
}  // namespace symphony::ipc
