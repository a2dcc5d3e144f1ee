#include "call.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/io_context.hpp>

#include <symphony/descriptor/descriptor.h>

#include "endpoint.h"
#include "peer.h"

namespace symphony::ipc {
namespace {

/// The orders in which a writer and who gives up may meet: whichever comes second sends the cancel, nobody sends two.
class CallRouteTest : public ::testing::Test, public PeerOwner {
 protected:
  std::shared_ptr<Peer> peer() {
    std::array<int, 2> pair{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair.data()), 0);
    others_.emplace_back(pair[1]);
    return std::make_shared<Peer>(context_, *this, std::make_shared<Endpoint>("t", Endpoint::Kind::process), pair[0],
                                  PeerOptions{});
  }

  CallRoute route;

 private:
  Result<Welcome> admit(Peer&, const Hello&) override { return Welcome{}; }
  Result<void> received(const std::shared_ptr<Peer>&, const Envelope&) override { return {}; }
  void became_ready(const std::shared_ptr<Peer>&) override {}
  void writable(const Peer&) override {}
  void closed(const std::shared_ptr<Peer>&, const Error&) override {}

  std::vector<Descriptor> others_;
  boost::asio::io_context context_;
};

TEST_F(CallRouteTest, GivenUpAfterItWasWrittenIsCancelledByWhoGivesUp) {
  const auto target = peer();
  EXPECT_TRUE(route.begin(target));
  EXPECT_FALSE(route.written(*target));
  EXPECT_EQ(target->outstanding(), 1U);
  EXPECT_EQ(route.settle(), target);
  EXPECT_EQ(target->outstanding(), 0U);
  EXPECT_EQ(route.abandon(), target);
}

TEST_F(CallRouteTest, GivenUpWhileItIsWrittenIsCancelledByTheWriter) {
  const auto target = peer();
  EXPECT_TRUE(route.begin(target));
  EXPECT_EQ(route.settle(), target);
  EXPECT_EQ(route.abandon(), nullptr);
  EXPECT_TRUE(route.written(*target));
}

TEST_F(CallRouteTest, WrittenBetweenTheTwoStepsOfGivingUpIsCancelledOnce) {
  const auto target = peer();
  EXPECT_TRUE(route.begin(target));
  EXPECT_EQ(route.settle(), target);
  EXPECT_FALSE(route.written(*target));
  EXPECT_EQ(route.abandon(), target);
}

TEST_F(CallRouteTest, GivenUpBeforeItIsNeverWritten) {
  EXPECT_EQ(route.settle(), nullptr);
  EXPECT_EQ(route.abandon(), nullptr);
  EXPECT_FALSE(route.begin(peer()));
}

TEST_F(CallRouteTest, AnsweredWhileItIsWrittenIsNotCancelled) {
  const auto target = peer();
  EXPECT_TRUE(route.begin(target));
  EXPECT_EQ(route.settle(), target);
  EXPECT_FALSE(route.written(*target));
}

TEST_F(CallRouteTest, OneDecidesWhatBecomesOfItWhenItsProcessDies) {
  const auto first = peer();
  const auto second = peer();
  EXPECT_TRUE(route.begin(first));
  EXPECT_FALSE(route.take_back(*second));
  EXPECT_TRUE(route.take_back(*first));
  EXPECT_FALSE(route.take_back(*first));
  EXPECT_EQ(first->outstanding(), 0U);
  EXPECT_TRUE(route.begin(second));
  // The first's writer comes too late to speak for it.
  EXPECT_FALSE(route.written(*first));
  EXPECT_EQ(route.settle(), second);
  EXPECT_FALSE(route.take_back(*second));
  EXPECT_EQ(second->outstanding(), 0U);
}

}  // namespace
}  // namespace symphony::ipc
