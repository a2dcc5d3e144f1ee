// The state of modules that live in memory: whole or set aside, whatever happened while it was written.

#include <gtest/gtest.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>

#include "hosted_module.h"
#include "snapshot_file.h"
#include "temporary_folder.h"

namespace {

// This program's own system calls on files, counted: the process dies at one of them, or it fails.
struct Fault {
  int calls = 0;
  int kill_at = 0;
  int fail_at = 0;
  int error = 0;
  bool armed = false;
};
thread_local Fault fault;

/// True: the call fails with errno set.
bool met() {
  if (!fault.armed) return false;
  const int call = ++fault.calls;
  if (call == fault.kill_at) ::kill(::getpid(), SIGKILL);
  errno = fault.error;
  return call == fault.fail_at;
}

template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

ssize_t write(int descriptor, const void* bytes, std::size_t count) {
  static auto* const next = real<ssize_t(int, const void*, std::size_t)>("write");
  // Half of it at a time, so that it may die in the middle.
  const std::size_t part = fault.armed && count > 16 ? count / 2 : count;
  const ssize_t written = next(descriptor, bytes, part);
  return met() ? -1 : written;
}

int fsync(int descriptor) {
  static auto* const next = real<int(int)>("fsync");
  return met() ? -1 : next(descriptor);
}

int rename(const char* from, const char* to) noexcept {
  static auto* const next = real<int(const char*, const char*)>("rename");
  return met() ? -1 : next(from, to);
}

}  // extern "C"

namespace symphony::pit::tests {
namespace {

using nlohmann::json;

class SnapshotFileTest : public ::testing::Test {
 protected:
  void TearDown() override { fault.armed = false; }

  SnapshotFile file() const { return {path(), "thing"}; }
  std::filesystem::path path() const { return folder_.path() / "pit" / "thing.snapshot"; }
  json saved() const {
    const auto state = file().read();
    if (state.has_error()) return state.error().to_json();
    return *state ? **state : json("nothing");
  }
  std::size_t set_aside() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(path().parent_path()))
      count += entry.path().string().find(".corrupted-") != std::string::npos ? 1 : 0;
    return count;
  }
  static json state(int number) {
    return {{"version", 1}, {"number", number}, {"more", std::string(5000, static_cast<char>('a' + number % 26))}};
  }

  TemporaryFolder folder_;
};

TEST_F(SnapshotFileTest, GivesBackWhatWasWritten) {
  EXPECT_EQ(saved(), "nothing");
  SnapshotFile writer = file();
  ASSERT_TRUE(writer.write(state(1)).has_value());
  EXPECT_EQ(saved(), state(1));
  ASSERT_TRUE(writer.write(state(2)).has_value());
  EXPECT_EQ(saved(), state(2));
  EXPECT_FALSE(std::filesystem::exists(path().string() + ".next"));
}

TEST_F(SnapshotFileTest, TheSameStateIsNotWrittenTwice) {
  SnapshotFile writer = file();
  ASSERT_TRUE(writer.write(state(1)).has_value());
  fault.calls = 0;
  fault.armed = true;
  ASSERT_TRUE(writer.write(state(1)).has_value());
  EXPECT_EQ(fault.calls, 0);
}

TEST_F(SnapshotFileTest, AProcessKilledAtAnyCallLeavesAWholeState) {
  ASSERT_TRUE(file().write(state(1)).has_value());
  bool ended = false;
  int deaths = 0;
  for (int call = 1; !ended; ++call) {
    const json before = saved();
    const json next = state(call + 1);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      fault.kill_at = call;
      fault.armed = true;
      const bool written = file().write(next).has_value();
      ::_exit(written ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ended = WIFEXITED(status);
    deaths += ended ? 0 : 1;
    const json after = saved();
    EXPECT_TRUE(after == before || after == next) << "killed at call " << call << ": " << after;
    if (ended) {
      EXPECT_EQ(WEXITSTATUS(status), 0);
      EXPECT_EQ(after, next);
    }
  }
  EXPECT_GE(deaths, 5) << "head, body, both synchronisations and the rename";
  EXPECT_EQ(set_aside(), 0U);
}

TEST_F(SnapshotFileTest, AFullDiskIsAnErrorAndChangesNothing) {
  ASSERT_TRUE(file().write(state(1)).has_value());
  int failures = 0;
  for (int call = 1;; ++call) {
    fault = Fault{};
    fault.fail_at = call;
    fault.error = ENOSPC;
    fault.armed = true;
    const auto written = file().write(state(2));
    fault.armed = false;
    if (written.has_value()) break;
    ++failures;
    EXPECT_EQ(written.error().code, ErrorCode::resource_exhausted);
    EXPECT_EQ(saved(), state(1));
    EXPECT_FALSE(std::filesystem::exists(path().string() + ".next"));
  }
  EXPECT_GE(failures, 4);
}

TEST_F(SnapshotFileTest, ADamagedOneIsSetAsideAtWhateverByte) {
  ASSERT_TRUE(file().write({{"version", 1}, {"list", {1, 2, 3}}}).has_value());
  const std::string good = folder_.read("pit/thing.snapshot");
  for (std::size_t length = 0; length < good.size(); ++length) {
    std::filesystem::remove_all(path().parent_path());
    folder_.write("pit/thing.snapshot", good.substr(0, length));
    const auto state = file().read();
    ASSERT_TRUE(state.has_error()) << "cut at " << length;
    EXPECT_EQ(state.error().code, ErrorCode::data_corrupted);
    EXPECT_TRUE(std::filesystem::exists(state.error().data["set_aside"].get<std::string>()));
    EXPECT_FALSE(std::filesystem::exists(path()));
    EXPECT_EQ(set_aside(), 1U);
  }
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x04);
    folder_.write("pit/thing.snapshot", bad);
    const auto state = file().read();
    ASSERT_TRUE(state.has_error()) << "changed at " << at;
    // A digit of the format's number that became a larger one is a newer program's.
    EXPECT_TRUE(state.error().code == ErrorCode::data_corrupted || state.error().code == ErrorCode::version_mismatch);
  }
}

TEST_F(SnapshotFileTest, AnotherModulesStateIsNotTaken) {
  ASSERT_TRUE(file().write(state(1)).has_value());
  SnapshotFile other(path(), "other");
  EXPECT_EQ(other.read().error().code, ErrorCode::data_corrupted);
}

TEST_F(SnapshotFileTest, ANewerProgramsFileIsLeftAlone) {
  const std::string newer = "symphony-pit-snapshot 2 something else entirely\n\x01\x02";
  folder_.write("pit/thing.snapshot", newer);
  SnapshotFile snapshots = file();
  EXPECT_EQ(snapshots.read().error().code, ErrorCode::version_mismatch);
  EXPECT_EQ(snapshots.write(state(1)).error().code, ErrorCode::version_mismatch);
  EXPECT_EQ(folder_.read("pit/thing.snapshot"), newer);
}

TEST_F(SnapshotFileTest, DeepNestingDoesNotTakeTheStack) {
  SnapshotFile writer = file();
  json deep = 1;
  for (int level = 0; level < 200; ++level)
    deep = json::array({std::move(deep)});
  ASSERT_TRUE(writer.write(deep).has_value());
  EXPECT_EQ(file().read().error().code, ErrorCode::data_corrupted);
}

/// Counts; its state is the count.
class Counter final : public Module {
 public:
  std::string_view id() const noexcept override { return "counter"; }
  Traits traits() const noexcept override { return {.keeping = Keeping::host, .holder_gone = {}}; }
  Result<void> init(const json&) override { return {}; }
  Execution execution(std::string_view) const noexcept override { return Execution::inline_call; }
  Result<json> handle_message(const Call&) override { return json(++count); }
  Result<json> snapshot() override { return json{{"version", version}, {"count", count.load()}}; }
  Result<void> restore(const json& state) override {
    if (state.value("version", 0) > 1) return Error{ErrorCode::version_mismatch, "newer", nullptr};
    if (!state.contains("count")) return ipc::invalid_params("no count", "/count");
    count = state["count"].get<int>();
    return {};
  }
  void shutdown() noexcept override {}

  std::atomic<int> count{0};
  int version = 1;
};

class HostedModuleTest : public SnapshotFileTest {
 protected:
  void SetUp() override { bus_ = std::move(*ipc::Bus::create({})); }

  struct Running {
    Counter* counter;
    std::unique_ptr<HostedModule> host;
  };
  Running start() {
    auto counter = std::make_unique<Counter>();
    Counter* const inner = counter.get();
    auto host = std::make_unique<HostedModule>(*bus_, std::move(counter));
    EXPECT_TRUE(host->start(json::object(), folder_.path() / "pit").has_value());
    return {inner, std::move(host)};
  }
  static void count(const Running& running) {
    ipc::Incoming incoming;
    incoming.method = "count.up";
    EXPECT_TRUE(running.host->answer(incoming, {}).has_value());
  }

  std::unique_ptr<ipc::Bus> bus_;
};

TEST_F(HostedModuleTest, TheNextRunGoesOnWhereTheLastOneWasSaved) {
  {
    const Running first = start();
    count(first);
    count(first);
    first.host->save();
    count(first);  // and then it was killed
  }
  const Running second = start();
  EXPECT_EQ(second.counter->count, 2);
  EXPECT_EQ(second.host->status()["health"], "healthy");
  EXPECT_EQ(second.host->status()["keeps"], "file");
}

TEST_F(HostedModuleTest, NothingIsWrittenWhereNothingWasHandled) {
  const Running running = start();
  running.host->save();
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "pit" / "counter.snapshot"));
}

TEST_F(HostedModuleTest, AStateOfANewerModuleIsNotTouched) {
  {
    const Running first = start();
    first.counter->version = 2;
    count(first);
    first.host->save();
  }
  const std::string before = folder_.read("pit/counter.snapshot");
  const Running second = start();
  EXPECT_EQ(second.counter->count, 0);
  EXPECT_EQ(second.host->status()["error"]["code"], static_cast<int>(ErrorCode::version_mismatch));
  count(second);
  second.host->save();
  EXPECT_EQ(folder_.read("pit/counter.snapshot"), before);
  EXPECT_EQ(second.host->status()["health"], "degraded");
}

TEST_F(HostedModuleTest, AStateItsModuleRefusesIsSetAside) {
  SnapshotFile(folder_.path() / "pit" / "counter.snapshot", "counter").write({{"version", 1}}).value();
  const Running running = start();
  const json error = running.host->status()["error"];
  EXPECT_EQ(error["code"], static_cast<int>(ErrorCode::data_corrupted));
  EXPECT_TRUE(std::filesystem::exists(error["data"]["set_aside"].get<std::string>()));
  count(running);
  running.host->save();
  EXPECT_EQ(start().counter->count, 1);
}

TEST_F(HostedModuleTest, ADiskThatIsFullIsSaidUntilItIsNot) {
  const Running running = start();
  count(running);
  fault = Fault{};
  fault.fail_at = 1;
  fault.error = ENOSPC;
  fault.armed = true;
  running.host->save();
  fault.armed = false;
  EXPECT_EQ(running.host->status()["error"]["code"], static_cast<int>(ErrorCode::resource_exhausted));
  running.host->save();
  EXPECT_EQ(running.host->status()["health"], "healthy");
  EXPECT_EQ(start().counter->count, 1);
}

TEST_F(HostedModuleTest, CountsErrorsOfEachMethod) {
  const Running running = start();
  count(running);
  std::stop_source stopped;
  stopped.request_stop();
  ipc::Incoming incoming;
  incoming.method = "count.up";
  EXPECT_EQ(running.host->answer(incoming, stopped.get_token()).error().code, ErrorCode::cancelled);
  const json figures = running.host->status()["methods"]["count.up"];
  EXPECT_EQ(figures["count"], 2);
  EXPECT_EQ(figures["errors"], json({{"cancelled", 1}}));
}

}  // namespace
}  // namespace symphony::pit::tests
