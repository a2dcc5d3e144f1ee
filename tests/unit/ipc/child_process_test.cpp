#include "child_process.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <filesystem>

#include <symphony/ipc/supervisor.h>

namespace symphony::ipc {
namespace {

TEST(ChildProcess, HasEndedOnlyOnceThereIsSomethingToReap) {
  ProcessSpec spec;
  spec.id = "extension";
  spec.executable = TEST_EXTENSION;  // waits for its host's welcome
  spec.working_directory = std::filesystem::temp_directory_path();
  const SpawnedProcess process = spawn_process(SYMPHONY_LAUNCHER, spec).value();
  EXPECT_FALSE(has_ended(process)) << "what a poll said too early must not lead to a wait";

  end_tree(process);
  pollfd end{process.pidfd.get(), POLLIN, 0};
  ASSERT_EQ(::poll(&end, 1, -1), 1);
  EXPECT_TRUE(has_ended(process));
  EXPECT_TRUE(has_ended(process)) << "asking does not reap";
  std::uint64_t memory_kills = out_of_memory_kills();
  EXPECT_NE(reap(process, true, memory_kills).kind, ExitKind::clean);
}

}  // namespace
}  // namespace symphony::ipc
