// The Pit as everybody meets it: through the bus.

#include <gtest/gtest.h>
#include <symphony/pit/pit.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <future>

#include "temporary_folder.h"

namespace symphony::pit::tests {
namespace {

using ipc::Payload;

class PitHost : public ::testing::Test {
 protected:
  void SetUp() override {
    auto bus = ipc::Bus::create({});
    ASSERT_TRUE(bus.has_value());
    bus_ = std::move(*bus);
    auto pit = Pit::open(*bus_, {data_.path(), 2});
    ASSERT_TRUE(pit.has_value()) << pit.error().message;
    pit_ = std::move(*pit);
    ASSERT_TRUE(bus_->register_endpoint("tester", [](ipc::Incoming, ipc::Responder) {}).has_value());
  }

  nlohmann::json ask_module(const std::string& module, const std::string& method,
                            nlohmann::json params = nlohmann::json::object()) {
    auto promise = std::make_shared<std::promise<Result<Payload>>>();
    bus_->send_request("tester", {module, method, std::move(params)}, {},
                       [promise](Result<Payload> result) { promise->set_value(std::move(result)); });
    const Result<Payload> result = promise->get_future().get();
    if (result.has_error()) {
      ADD_FAILURE() << method << ": " << result.error().message;
      return nullptr;
    }
    return *result->document();
  }
  std::future<Result<Payload>> send(const std::string& method, nlohmann::json params, ipc::RequestId* id = nullptr) {
    auto promise = std::make_shared<std::promise<Result<Payload>>>();
    auto future = promise->get_future();
    const ipc::RequestId request =
        bus_->send_request("tester", {"artifact_store", method, std::move(params)}, {},
                           [promise](Result<Payload> result) { promise->set_value(std::move(result)); });
    if (id != nullptr) *id = request;
    return future;
  }
  nlohmann::json ask(const std::string& method, nlohmann::json params = nlohmann::json::object()) {
    const Result<Payload> result = send(method, std::move(params)).get();
    if (result.has_error()) {
      ADD_FAILURE() << method << ": " << result.error().message;
      return nullptr;
    }
    return *result->document();
  }

  TemporaryFolder data_;
  TemporaryFolder folder_;
  std::unique_ptr<ipc::Bus> bus_;
  std::unique_ptr<Pit> pit_;
};

TEST_F(PitHost, AnswersAStatusOnTheCallersThread) {
  std::thread::id answered;
  bus_->send_request("tester", {"artifact_store", "index.status", nlohmann::json::object()}, {},
                     [&](const Result<Payload>&) { answered = std::this_thread::get_id(); });
  EXPECT_TRUE(answered == std::this_thread::get_id());
}

TEST_F(PitHost, AnswersWhatBlocksFromItsPool) {
  std::promise<std::thread::id> answered;
  bus_->send_request("tester", {"artifact_store", "artifact.list", nlohmann::json::object()}, {},
                     [&](const Result<Payload>&) { answered.set_value(std::this_thread::get_id()); });
  EXPECT_TRUE(answered.get_future().get() != std::this_thread::get_id());
}

TEST_F(PitHost, StoresAndSearchesThroughTheBus) {
  folder_.write("a.txt", "one needle");
  ask("artifact.put", {{"name", "x"}, {"content", "y"}});
  EXPECT_EQ(ask("artifact.get", {{"name", "x"}})["content"], "y");
  ask("index.open", {{"folder", folder_.path().string()}});
  EXPECT_EQ(ask("index.scan", {{"query", "needle"}})["hits"].size(), 1U);
  nlohmann::json status;
  do {
    status = ask("index.status");
  } while (status["state"] == "building");
  EXPECT_EQ(status["state"], "ready");
  EXPECT_EQ(ask("index.search", {{"query", "needle"}})["hits"].size(), 1U);
}

TEST_F(PitHost, TakesBodiesAsBytes) {
  auto promise = std::make_shared<std::promise<Result<Payload>>>();
  bus_->send_request(
      "tester",
      {"artifact_store", "artifact.put", Payload::from_bytes(ipc::BodyFormat::json, R"({"name":"n","content":"c"})")},
      {}, [promise](Result<Payload> result) { promise->set_value(std::move(result)); });
  EXPECT_TRUE(promise->get_future().get().has_value());
  const Result<Payload> none = send("artifact.put", nullptr).get();
  ASSERT_TRUE(none.has_error());
  EXPECT_EQ(none.error().data["path"], "/name");
}

TEST_F(PitHost, UnknownMethodsAreRefusedAndNotCounted) {
  const Result<Payload> result = send("no.such", nlohmann::json::object()).get();
  ASSERT_TRUE(result.has_error());
  EXPECT_EQ(result.error().code, ErrorCode::method_not_found);
  EXPECT_FALSE(pit_->status()["modules"][0]["methods"].contains("no.such"));
}

TEST_F(PitHost, CountsEachMethodsTime) {
  for (int i = 0; i < 5; ++i)
    ask("artifact.list");
  const auto module = pit_->status()["modules"][0];
  EXPECT_EQ(module["id"], "artifact_store");
  EXPECT_EQ(module["health"], "healthy");
  EXPECT_EQ(module["methods"]["artifact.list"]["count"], 5);
}

TEST_F(PitHost, WhatAProcessHeldIsTakenBackWhenItIsGone) {
  ask_module("pool_manager", "pool.add", {{"resource", "r"}, {"key", "k"}});
  ask_module("pool_manager", "pool.allocate", {{"key", "k"}, {"holder", "worker"}});
  ask_module("arbitration_engine", "arbitration.define", {{"resource", "gpu"}, {"kind", "lock"}});
  const nlohmann::json gpu = {{{"resource", "gpu"}}};
  ask_module("arbitration_engine", "arbitration.request", {{"claims", gpu}, {"holder", "worker"}});
  const auto waits = ask_module("arbitration_engine", "arbitration.request", {{"claims", gpu}});
  EXPECT_EQ(waits["decision"], "deferred");

  std::array<int, 2> pair{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()), 0);
  ipc::PeerOptions worker;
  worker.endpoint = "worker";
  ASSERT_TRUE(bus_->attach(pair[0], std::move(worker)).has_value());
  EXPECT_EQ(ask_module("pool_manager", "pool.status")["leases"], 1);
  ::close(pair[1]);
  while (ask_module("pool_manager", "pool.status")["leases"] != 0)
    std::this_thread::yield();
  while (ask_module("arbitration_engine", "arbitration.look", {{"request", waits["request"]}})["decision"] != "granted")
    std::this_thread::yield();
}

TEST_F(PitHost, AModuleInMemoryGoesOnWhereItWas) {
  ask_module("pool_manager", "pool.add", {{"resource", "r"}, {"key", "k"}});
  ask_module("pool_manager", "pool.allocate", {{"key", "k"}, {"holder", "worker"}});
  pit_.reset();
  pit_ = std::move(*Pit::open(*bus_, {data_.path(), 2}));
  const nlohmann::json status = ask_module("pool_manager", "pool.status");
  EXPECT_EQ(status["resources"], 1);
  EXPECT_EQ(status["leases"], 0) << "its holder is gone with the last run";
}

TEST_F(PitHost, ASecondProgramLeavesTheFilesAlone) {
  ask_module("pool_manager", "pool.add", {{"resource", "first"}, {"key", "k"}});
  pit_->save();
  auto other_bus = std::move(*ipc::Bus::create({}));
  auto other = std::move(*Pit::open(*other_bus, {data_.path(), 1}));
  for (const nlohmann::json& module : other->status()["modules"]) {
    EXPECT_EQ(module["keeps"], module["id"] == "artifact_store" ? "itself" : "memory");
  }
  other.reset();
  pit_.reset();
  pit_ = std::move(*Pit::open(*bus_, {data_.path(), 2}));
  EXPECT_EQ(ask_module("pool_manager", "pool.status")["resources"], 1);
}

TEST_F(PitHost, EveryRequestIsAnsweredWhenItCloses) {
  for (int i = 0; i < 300; ++i)
    folder_.write("f" + std::to_string(i), std::string(50'000, 'x'));
  ask("index.open", {{"folder", folder_.path().string()}});
  std::vector<std::future<Result<Payload>>> answers;
  for (int i = 0; i < 50; ++i)
    answers.push_back(send("index.scan", {{"query", "nowhere"}}));
  ipc::RequestId cancelled;
  answers.push_back(send("index.scan", {{"query", "nowhere"}}, &cancelled));
  bus_->cancel(cancelled);
  pit_.reset();
  for (auto& answer : answers)
    answer.get();
  const Result<Payload> after = send("index.status", nlohmann::json::object()).get();
  ASSERT_TRUE(after.has_error());
  EXPECT_EQ(after.error().code, ErrorCode::endpoint_not_found);
}

/// Makes every open of a file wait, as a disk that does not answer would, until it goes.
class StuckFile {
 public:
  explicit StuckFile(const std::filesystem::path& file) : descriptor_(::open(file.c_str(), O_RDWR | O_CLOEXEC)) {
    // The kernel tells the holder that someone waits; the signal that would end us is replaced by one that does
    // nothing.
    held_ = ::fcntl(descriptor_, F_SETSIG, SIGURG) == 0 && ::fcntl(descriptor_, F_SETLEASE, F_WRLCK) == 0;
  }
  ~StuckFile() { ::close(descriptor_); }
  StuckFile(const StuckFile&) = delete;
  StuckFile& operator=(const StuckFile&) = delete;
  bool held() const { return held_; }
  /// Someone waits for it.
  bool waited_for() const { return ::fcntl(descriptor_, F_GETLEASE) != F_WRLCK; }

 private:
  int descriptor_;
  bool held_ = false;
};

TEST_F(PitHost, ADiskThatDoesNotAnswerDoesNotHoldTheEnd) {
  ask("index.open", {{"folder", folder_.path().string()}});
  ASSERT_TRUE(pit_->close());
  std::filesystem::path store;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(data_.path() / "workspaces")) {
    if (entry.path().filename() == "store.sqlite") store = entry.path();
  }
  ASSERT_FALSE(store.empty());
  auto stuck = std::make_unique<StuckFile>(store);
  if (!stuck->held()) GTEST_SKIP() << "this file system knows no leases";
  pit_ = std::move(*Pit::open(*bus_, {data_.path(), 2}));
  auto answer = send("index.open", {{"folder", folder_.path().string()}});
  while (!stuck->waited_for())
    std::this_thread::yield();
  EXPECT_FALSE(pit_->close(std::chrono::milliseconds(20)));
  EXPECT_TRUE(pit_->close()) << "a second time there is nothing left to close";
  EXPECT_EQ(send("index.status", nlohmann::json::object()).get().error().code, ErrorCode::endpoint_not_found);
  pit_.reset();
  stuck.reset();
  answer.get();
}

}  // namespace
}  // namespace symphony::pit::tests
