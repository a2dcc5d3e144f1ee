#include "lifecycle.h"

#include <gtest/gtest.h>

namespace symphony::ipc {
namespace {

TEST(Lifecycle, TakesTheDocumentedWay) {
  Lifecycle life;
  for (const ProcessState next :
       {ProcessState::starting, ProcessState::running, ProcessState::healthy, ProcessState::crashed,
        ProcessState::starting, ProcessState::running, ProcessState::healthy, ProcessState::updating,
        ProcessState::healthy, ProcessState::stopping, ProcessState::terminated, ProcessState::starting}) {
    EXPECT_TRUE(life.move(next, "")) << name_of(next);
  }
  EXPECT_EQ(life.history().size(), 12U);
}

TEST(Lifecycle, RefusesIllegalSteps) {
  Lifecycle life;
  const auto refused = life.move(ProcessState::healthy, "");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_request);
  EXPECT_EQ(life.state(), ProcessState::created);
  EXPECT_TRUE(life.history().empty());
  EXPECT_FALSE(may_follow(ProcessState::stopping, ProcessState::healthy));
  EXPECT_FALSE(may_follow(ProcessState::terminated, ProcessState::healthy));
  EXPECT_FALSE(may_follow(ProcessState::crashed, ProcessState::healthy));
}

TEST(Lifecycle, KeepsABoundedHistory) {
  Lifecycle life;
  for (int turn = 0; turn < 100; ++turn) {
    ASSERT_TRUE(life.move(ProcessState::starting, "again"));
    ASSERT_TRUE(life.move(ProcessState::crashed, "again"));
  }
  EXPECT_EQ(life.history().size(), Lifecycle::history_kept);
}

}  // namespace
}  // namespace symphony::ipc
