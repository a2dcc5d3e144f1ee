#include "outgoing_stream.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>

#include <symphony/descriptor/descriptor.h>

namespace symphony::ipc {
namespace {

using Outcome = OutgoingStream::Outcome;
using Importance = OutgoingStream::Importance;

class OutgoingStreamTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::array<int, 2> pair{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair.data()), 0);
    ours.reset(pair[0]);
    theirs.reset(pair[1]);
  }
  static Envelope notification(const std::string& body) {
    Envelope envelope;
    envelope.format = BodyFormat::json;
    envelope.target = "t";
    envelope.method = "m";
    envelope.body = body;
    return envelope;
  }
  void drain() {
    std::array<char, 65536> part{};
    for (;;) {
      const ssize_t count = ::recv(theirs.get(), part.data(), part.size(), 0);
      if (count <= 0) {
        return;
      }
      const auto room = parser.prepare(static_cast<std::size_t>(count));
      std::copy_n(part.data(), count, room.data());
      parser.commit(static_cast<std::size_t>(count));
    }
  }

  Descriptor ours;
  Descriptor theirs;
  FrameParser parser;
};

TEST_F(OutgoingStreamTest, WhatWasPartlyWrittenIsNotOvertaken) {
  OutgoingStream out(ours.get(), 8U << 20U);
  const std::string large(3'000'000, 'a');
  const std::string data = "1";
  const std::string control = "2";
  EXPECT_EQ(out.send(notification(large), Importance::ordinary), Outcome::queued_first);
  EXPECT_EQ(out.send(notification(data), Importance::ordinary), Outcome::queued);
  Envelope urgent = notification(control);
  urgent.control_priority = true;
  EXPECT_EQ(out.send(urgent, Importance::ordinary), Outcome::queued);
  EXPECT_GT(out.queued_bytes(), 2'000'000U);
  bool empty = false;
  while (!empty) {
    drain();
    empty = out.flush();
  }
  drain();
  EXPECT_EQ((*parser.next())->body.size(), large.size());
  EXPECT_EQ((*parser.next())->body, control);
  EXPECT_EQ((*parser.next())->body, data);
  EXPECT_EQ(out.queued_bytes(), 0U);
}

TEST_F(OutgoingStreamTest, CancelsGoFirstThenControlThenData) {
  OutgoingStream out(ours.get(), 8U << 20U);
  const std::string data = "1";
  const std::string control = "2";
  Envelope urgent = notification(control);
  urgent.control_priority = true;
  Envelope cancel;
  cancel.kind = FrameKind::cancel;
  cancel.id = 9;
  EXPECT_EQ(out.send(notification(data), Importance::ordinary, nullptr, true), Outcome::queued_first);
  EXPECT_EQ(out.send(urgent, Importance::ordinary, nullptr, true), Outcome::queued);
  EXPECT_EQ(out.send(cancel, Importance::obligatory), Outcome::queued);
  EXPECT_EQ(out.sent_bytes(), 0U);
  EXPECT_TRUE(out.flush());
  drain();
  EXPECT_EQ((*parser.next())->kind, FrameKind::cancel);
  EXPECT_EQ((*parser.next())->body, control);
  EXPECT_EQ((*parser.next())->body, data);
  EXPECT_EQ(out.queued_bytes(), 0U);
}

TEST_F(OutgoingStreamTest, ACancelTakesItsQueuedRequestOut) {
  OutgoingStream out(ours.get(), 8U << 20U);
  const std::string body = "1";
  for (std::uint64_t id = 1; id <= 3; ++id) {
    Envelope request = notification(body);
    request.kind = FrameKind::request;
    request.id = id;
    out.send(request, Importance::ordinary, nullptr, true);
  }
  Envelope cancel;
  cancel.kind = FrameKind::cancel;
  cancel.id = 2;
  EXPECT_EQ(out.send(cancel, Importance::obligatory), Outcome::sent);
  EXPECT_TRUE(out.flush());
  drain();
  EXPECT_EQ((*parser.next())->id, 1U);
  EXPECT_EQ((*parser.next())->id, 3U);
  EXPECT_FALSE(*parser.next());
  EXPECT_EQ(out.queued_bytes(), 0U);
}

TEST_F(OutgoingStreamTest, ManyFramesOfAllSizesArriveWholeThroughPartialWrites) {
  OutgoingStream out(ours.get(), 64U << 20U);
  std::vector<std::string> bodies;
  for (std::size_t index = 0; index < 1000; ++index) {
    bodies.emplace_back(1 + index * 7919 % 9000, static_cast<char>('a' + index % 26));
  }
  for (std::size_t index = 0; index < bodies.size(); ++index) {
    const auto shared = index % 2 == 0 ? std::make_shared<const std::string>(bodies[index]) : nullptr;
    out.send(notification(shared ? *shared : bodies[index]), Importance::ordinary, shared, true);
  }
  while (!out.flush()) {
    drain();
  }
  drain();
  for (const std::string& body : bodies) {
    const auto frame = parser.next();
    ASSERT_TRUE(frame && *frame);
    ASSERT_EQ((*frame)->body, body);
  }
  EXPECT_EQ(out.queued_bytes(), 0U);
}

TEST_F(OutgoingStreamTest, TheBudgetHoldsAndPastTwiceThePeerIsGivenUp) {
  OutgoingStream out(ours.get(), 1U << 20U);
  const std::string body(600'000, 'a');
  while (out.send(notification(body), Importance::ordinary) != Outcome::overloaded) {
  }
  EXPECT_LE(out.queued_bytes(), 1U << 20U);
  Outcome outcome = Outcome::queued;
  while (outcome == Outcome::queued) {
    outcome = out.send(notification(body), Importance::obligatory);
  }
  EXPECT_EQ(outcome, Outcome::closed);
  EXPECT_EQ(out.send(notification("x"), Importance::obligatory), Outcome::closed);
}

TEST_F(OutgoingStreamTest, AGonePeerIsSeenWithoutASignal) {
  OutgoingStream out(ours.get(), 1000);
  theirs.reset();
  EXPECT_EQ(out.send(notification("x"), Importance::ordinary), Outcome::closed);
}

}  // namespace
}  // namespace symphony::ipc
