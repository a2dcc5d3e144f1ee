#include "control_group.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

namespace symphony::ipc {
namespace {

namespace fs = std::filesystem;

/// A tree of files laid out as the kernel's: what is looked for and what is written can be seen without its
/// controllers.
class ControlGroups : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "symphony-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root = pattern;
    fs::create_directories(root / "proc/self");
  }
  void TearDown() override { fs::remove_all(root); }
  void file(const fs::path& path, const std::string& text) const {
    fs::create_directories((root / path).parent_path());
    std::ofstream(root / path) << text;
  }
  std::string text(const fs::path& path) const {
    std::ifstream stream(root / path);
    std::stringstream all;
    all << stream.rdbuf();
    return all.str();
  }
  fs::path root;
};

TEST_F(ControlGroups, NowhereWithoutAnyMount) {
  const auto places = ControlGroupPlaces::find(root);
  EXPECT_TRUE(places.of(Controller::memory).parent.empty());
  EXPECT_TRUE(ControlGroup::create(places, "x", {}).joining_files().empty());
}

TEST_F(ControlGroups, VersionOneForEachControllerThatIsMounted) {
  file("proc/self/mountinfo",
       "30 29 0:26 / /cg/memory rw,relatime shared:4 - cgroup cgroup rw,memory\n"
       "31 29 0:27 / /cg/cpu rw - cgroup cgroup rw,cpu,cpuacct\n"
       "32 29 0:28 / / rw - ext4 /dev/root rw\n");
  file("proc/self/cgroup", "9:cpu,cpuacct:/\n4:memory:/some/where\n0::/\n");
  fs::create_directories(root / "cg/memory/some/where");
  fs::create_directories(root / "cg/cpu");
  const auto places = ControlGroupPlaces::find(root);
  EXPECT_EQ(places.of(Controller::memory).parent, root / "cg/memory/some/where");
  EXPECT_EQ(places.of(Controller::memory).version, 1);
  EXPECT_EQ(places.of(Controller::cpu).parent, root / "cg/cpu/");
  EXPECT_TRUE(places.of(Controller::processes).parent.empty());
}

TEST_F(ControlGroups, VersionTwoIsHandedOnWhenNobodyElseIsInTheGroup) {
  file("proc/self/mountinfo", "30 29 0:26 / /cg rw - cgroup2 cgroup2 rw\n");
  file("proc/self/cgroup", "0::/user/app.scope\n");
  file("cg/user/app.scope/cgroup.controllers", "cpu io memory pids\n");
  file("cg/user/app.scope/cgroup.subtree_control", "");
  file("cg/user/app.scope/cgroup.procs", std::to_string(::getpid()) + "\n");
  // The kernel makes it with the folder.
  file("cg/user/app.scope/symphony-host/cgroup.procs", "");
  const auto places = ControlGroupPlaces::find(root);
  EXPECT_EQ(places.of(Controller::processes).parent, root / "cg/user/app.scope");
  EXPECT_EQ(places.of(Controller::processes).version, 2);
  EXPECT_EQ(text("cg/user/app.scope/cgroup.subtree_control"), "+memory +cpu +pids");
  EXPECT_EQ(text("cg/user/app.scope/symphony-host/cgroup.procs"), std::to_string(::getpid()));
}

TEST_F(ControlGroups, VersionTwoIsLeftAloneWhereItIsShared) {
  file("proc/self/mountinfo", "30 29 0:26 / /cg rw - cgroup2 cgroup2 rw\n");
  file("proc/self/cgroup", "0::/\n");
  file("cg/cgroup.controllers", "cpu memory pids\n");
  file("cg/cgroup.subtree_control", "");
  file("cg/cgroup.procs", "1\n" + std::to_string(::getpid()) + "\n");
  EXPECT_TRUE(ControlGroupPlaces::find(root).of(Controller::memory).parent.empty());
  EXPECT_EQ(text("cg/cgroup.subtree_control"), "");
  file("cg/cgroup.procs", "");
  file("cg/cgroup.controllers", "hugetlb\n");
  EXPECT_TRUE(ControlGroupPlaces::find(root).of(Controller::memory).parent.empty());
}

TEST_F(ControlGroups, LeftoversOfAHostThatWasKilledAreRemoved) {
  file("proc/self/mountinfo", "30 29 0:26 / /cg/memory rw - cgroup cgroup rw,memory\n");
  file("proc/self/cgroup", "4:memory:/\n");
  fs::create_directories(root / "cg/memory/symphony-999999999-x-1");
  fs::create_directories(root / ("cg/memory/symphony-" + std::to_string(::getpid()) + "-x-1"));
  fs::create_directories(root / "cg/memory/others");
  ControlGroupPlaces::find(root);
  EXPECT_FALSE(fs::exists(root / "cg/memory/symphony-999999999-x-1"));
  EXPECT_TRUE(fs::exists(root / ("cg/memory/symphony-" + std::to_string(::getpid()) + "-x-1")));
  EXPECT_TRUE(fs::exists(root / "cg/memory/others"));
}

TEST_F(ControlGroups, AGroupThatCannotBeLimitedIsNone) {
  file("proc/self/mountinfo", "30 29 0:26 / /cg/memory rw - cgroup cgroup rw,memory\n");
  file("proc/self/cgroup", "4:memory:/\n");
  fs::create_directories(root / "cg/memory");
  SandboxProfile profile;
  profile.memory_bytes = 1U << 26U;
  // No file memory.limit_in_bytes appears in a folder of an ordinary file system.
  const ControlGroup group = ControlGroup::create(ControlGroupPlaces::find(root), "x", profile);
  EXPECT_EQ(group.kept_by(Controller::memory), "");
  EXPECT_TRUE(fs::is_empty(root / "cg/memory"));
}

}  // namespace
}  // namespace symphony::ipc
