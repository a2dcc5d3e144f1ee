// The machine itself gives out: no disk, no descriptors.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <symphony/descriptor/descriptor.h>
#include <symphony/ipc/host_service.h>
#include <symphony/ipc/limits.h>
#include <symphony/pit/pit.h>

#include "dice.h"
#include "stage.h"

namespace symphony::chaos {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds time_to_be_refused{60};

/// A disk that can be full: a file system of its own where this process may have one, else a limit on the size of
/// files, which fails at the same places with another number.
class SmallDisk {
 public:
  /// Before any thread that is to see it: a mount namespace is its thread's, and that of those made later.
  SmallDisk() {
    std::string name = fs::temp_directory_path() / "symphony-chaos-disk-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) {
      throw std::runtime_error("no folder for a small disk in " + name);
    }
    place_ = name;
    // Of this process alone: nobody else sees the mount.
    if (::unshare(CLONE_NEWNS) == 0 && ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0) {
      mounted_ = ::mount("symphony-chaos", place_.c_str(), "tmpfs", 0, "size=3m,mode=700") == 0;
    }
    ::signal(SIGXFSZ, SIG_IGN);
  }
  ~SmallDisk() {
    make_room();
    if (mounted_) {
      ::umount2(place_.c_str(), MNT_DETACH);
    }
    std::error_code ignored;
    fs::remove_all(place_, ignored);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  const fs::path& place() const { return place_; }
  bool mounted() const { return mounted_; }
  /// Again and again, where what failed has given back what it had taken.
  void fill() {
    if (!mounted_) {
      if (before_.rlim_max != 0) {
        return;
      }
      ::getrlimit(RLIMIT_FSIZE, &before_);
      const rlimit none{0, before_.rlim_max};
      ::setrlimit(RLIMIT_FSIZE, &none);
      return;
    }
    const int file = ::open((place_ / "filler").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const std::string page(4096, 'x');
    while (::write(file, page.data(), page.size()) > 0) {
    }
    ::close(file);
  }
  void make_room() {
    if (mounted_) {
      std::error_code ignored;
      fs::remove(place_ / "filler", ignored);
    } else if (before_.rlim_max != 0) {
      ::setrlimit(RLIMIT_FSIZE, &before_);
    }
  }

 private:
  fs::path place_;
  bool mounted_ = false;
  rlimit before_{};
};

constexpr unsigned lines_on_a_full_disk = 150;

/// All the descriptors this process may still have.
class AllDescriptors {
 public:
  void take() {
    for (;;) {
      Descriptor one(::open("/dev/null", O_RDONLY | O_CLOEXEC));
      if (!one) {
        return;
      }
      taken_.push_back(std::move(one));
    }
  }
  void give_back() { taken_.clear(); }

 private:
  std::vector<Descriptor> taken_;
};

std::size_t lines_with(const fs::path& file, const std::string& text) {
  std::ifstream lines(file);
  std::size_t found = 0;
  for (std::string line; std::getline(lines, line);) {
    found += line.find(text) != std::string::npos ? 1 : 0;
  }
  return found;
}

TEST(Machine, AFullDiskStopsWhatNeedsItAndNothingElse) {
  Dice dice(seed());
  SmallDisk disk;
  Stage stage;
  if (!disk.mounted()) {
    std::puts("no mount namespace here: a limit on the size of files stands for the full disk");
  }
  for (const char* worker : {"worker0", "worker1"}) {
    stage.start(worker, CHAOS_EXTENSION, {}, [&](ipc::ProcessSpec& spec) {
      spec.log = disk.place() / (spec.id + ".output");
      spec.sandbox->write.push_back(disk.place());
    });
  }
  ASSERT_TRUE(stage.wait_all_healthy());
  auto host = ipc::HostService::create(stage.bus(), {"1", disk.place() / "log"}).value();
  auto pit = pit::Pit::open(stage.bus(), {disk.place() / "data"}).value();
  const auto put = [&](const std::string& name, std::size_t bytes) {
    std::string text(bytes, ' ');
    for (char& letter : text) {
      letter = static_cast<char>('a' + dice.below(26));  // nothing a compressor could make small
    }
    return stage.ask("artifact_store", "artifact.put", {{"name", name}, {"content", text}});
  };
  const auto get = [&](const std::string& name) {
    return stage.ask("artifact_store", "artifact.get", {{"name", name}});
  };
  ASSERT_TRUE(put("before", 1000));

  disk.fill();
  const auto refused = put("during", 200'000);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, disk.mounted() ? ErrorCode::resource_exhausted : refused.error().code)
      << refused.error().message;
  EXPECT_FALSE(get("during"));
  EXPECT_TRUE(get("before")) << "what was stored is still there";
  disk.fill();
  static_assert(ipc::limits::log_burst > lines_on_a_full_disk, "one more must be allowed when there is room again");
  for (unsigned entry = 0; entry < lines_on_a_full_disk; ++entry) {
    host->log({ipc::LogLevel::error, "worker0", "written while the disk is full"});
  }
  for (std::size_t left = budget(500); left > 0; --left) {
    stage.ledger().wait_below(16);
    stage.ledger().send(stage.bus(), {dice.one_in(2) ? "worker0" : "worker1"});
  }
  ASSERT_TRUE(stage.ask("worker0", "print", {{"bytes", 300'000}}));
  disk.fill();
  if (disk.mounted()) {
    const auto own = stage.ask("worker1", "write_file", {{"path", disk.place() / "own"}, {"bytes", 100'000}});
    EXPECT_EQ(own.value().document().value()["errno"], ENOSPC);
  }
  stage.ledger().wait_all();
  EXPECT_EQ(stage.status("worker0").generation, 1U);

  disk.make_room();
  EXPECT_TRUE(put("after", 1000));
  EXPECT_TRUE(get("after"));
  EXPECT_TRUE(get("before"));
  host->log({ipc::LogLevel::error, "worker0", "there is room again"});
  pit.reset();
  host.reset();  // writes what waits
  EXPECT_EQ(lines_with(disk.place() / "log" / "worker0.log", "there is room again"), 1U);
  EXPECT_THAT(stage.finish({}), ElementsAre());
}

TEST(Machine, AHostWithoutDescriptorsStartsNothingNewAndKeepsTheRest) {
  Dice dice(seed());
  Stage stage;
  stage.start("worker", CHAOS_EXTENSION);
  stage.start("victim", CHAOS_EXTENSION, {},
              [](ipc::ProcessSpec& spec) { spec.restart = ipc::RestartPolicy::backoff; });
  ASSERT_TRUE(stage.wait_all_healthy());
  const auto work = [&](std::size_t requests) {
    for (; requests > 0; --requests) {
      stage.ledger().wait_below(16);
      stage.ledger().send(stage.bus(), {"worker"});
    }
    stage.ledger().wait_all();
  };
  const Census before = stage.at_rest();
  rlimit usual{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &usual), 0);
  const rlimit tight{std::min<rlim_t>(usual.rlim_cur, 512 + dice.below(512)), usual.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
  AllDescriptors all;
  // Until a start was refused: what the killed process had given back may be enough for the next.
  for (const auto until = Clock::now() + time_to_be_refused; Clock::now() < until;) {
    const ipc::ProcessStatus status = stage.status("victim");
    if (status.last_exit == ipc::ExitKind::failed_to_start) {
      break;
    }
    if (status.state == ipc::ProcessState::healthy) {
      all.give_back();
      stage.signal("victim", SIGKILL);
    }
    all.take();
    std::this_thread::yield();
  }
  EXPECT_EQ(stage.status("victim").last_exit, ipc::ExitKind::failed_to_start);
  work(budget(300));
  all.give_back();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &usual), 0);
  ASSERT_TRUE(stage.wait_healthy("victim"));
  stage.ledger().send(stage.bus(), {"victim"});
  work(budget(300));
  EXPECT_THAT(stage.left_behind_since(before), ElementsAre());
  EXPECT_THAT(stage.finish({}), ElementsAre());
}

TEST(Machine, AnExtensionWithoutDescriptorsStillAnswers) {
  static_cast<void>(seed());
  Stage stage;
  stage.start("worker", CHAOS_EXTENSION);
  ASSERT_TRUE(stage.wait_all_healthy());
  const auto opened = stage.ask("worker", "open_files").value().document().value();
  EXPECT_LT(opened["opened"], 64);
  EXPECT_EQ(opened["errno"], EMFILE);
  for (std::size_t left = budget(300); left > 0; --left) {
    stage.ledger().wait_below(16);
    stage.ledger().send(stage.bus(), {"worker"});
  }
  EXPECT_THAT(stage.finish({}), ElementsAre());
}

}  // namespace
}  // namespace symphony::chaos
