// With a host that is a real process, and dies as processes do.

#include <symphony/ipc/reconnecting_client.h>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <thread>

#include <symphony/descriptor/descriptor.h>

#include "waiting.h"

extern char** environ;

namespace symphony::ipc {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

/// tests/integration/protocol_host.cpp as a child; it ends with its standard input.
class HostProcess {
 public:
  HostProcess(const std::string& directory, int generation) {
    std::array<int, 2> input{};
    std::array<int, 2> output{};
    EXPECT_EQ(::pipe2(input.data(), O_CLOEXEC), 0);
    EXPECT_EQ(::pipe2(output.data(), O_CLOEXEC), 0);
    const Descriptor their_input(input[0]);
    const Descriptor their_output(output[1]);
    input_ = Descriptor(input[1]);
    const Descriptor said(output[0]);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, their_input.get(), STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, their_output.get(), STDOUT_FILENO);
    std::string program = PROTOCOL_HOST;
    std::string folder = directory;
    std::string number = std::to_string(generation);
    std::array<char*, 4> arguments{program.data(), folder.data(), number.data(), nullptr};
    EXPECT_EQ(::posix_spawn(&id_, program.c_str(), &actions, nullptr, arguments.data(), environ), 0);
    ::posix_spawn_file_actions_destroy(&actions);
    char byte = 0;  // "listening"
    EXPECT_EQ(::read(said.get(), &byte, 1), 1);
  }
  HostProcess(const HostProcess&) = delete;
  HostProcess& operator=(const HostProcess&) = delete;
  ~HostProcess() { kill(); }

  void kill() {
    if (const pid_t id = std::exchange(id_, 0); id > 0) {
      ::kill(id, SIGKILL);
      ::waitpid(id, nullptr, 0);
    }
  }

 private:
  Descriptor input_;
  pid_t id_ = 0;
};

class ReconnectingClientTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "symphony-reconnect-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory = pattern + "/symphony";
    client = std::move(ReconnectingClient::create(directory, {"test", "1", ""}, {1ms, 20ms}).value());
    client->on_state([this](const std::optional<Error>& lost) { states.put(!lost); });
    client->on_message([this](const Incoming& incoming, Responder) {
      if (incoming.published) {
        published.put(incoming.body.document().value().dump());
      }
    });
  }
  void TearDown() override {
    stop();
    client.reset();
    std::filesystem::remove_all(std::filesystem::path(directory).parent_path());
  }
  void run() {
    loop = std::jthread([this] { client->run(); });
  }
  void stop() {
    if (loop.joinable()) {
      client->stop();
      loop.join();
    }
  }
  void send(const std::string& method, const json& params, bool idempotent, std::chrono::milliseconds deadline = 20s) {
    SendOptions options;
    options.idempotent = idempotent;
    options.deadline = deadline;
    client->send_request({"echo", method, params}, options,
                         [this](Result<Payload> outcome) { outcomes.put(std::move(outcome)); });
  }

  std::string directory;
  test::Arrivals<bool> states;
  test::Arrivals<std::string> published;
  test::Arrivals<Result<Payload>> outcomes;
  std::unique_ptr<ReconnectingClient> client;
  std::jthread loop;
};

TEST_F(ReconnectingClientTest, WaitsForAHostThatIsNotThereYet) {
  send("echo.say", {{"first", true}}, false);
  run();
  EXPECT_EQ(states.next(), false) << "the first attempt fails";
  const HostProcess host(directory, 1);
  EXPECT_EQ(states.next(), true);
  EXPECT_EQ(test::document_of(*outcomes.next()), (json{{"first", true}}));
  EXPECT_TRUE(client->connected());
}

TEST_F(ReconnectingClientTest, AKilledHostCostsOnlyWhatMayNotBeAskedTwice) {
  run();
  auto host = std::make_unique<HostProcess>(directory, 1);
  ASSERT_TRUE(states.next_where([](bool connected) { return connected; }));
  send("echo.later", {{"name", "twice"}}, true);
  send("echo.later", {{"name", "once"}}, false);
  // Both are there: what comes after them was answered.
  send("echo.say", 1, false);
  EXPECT_EQ(test::document_of(*outcomes.next()), 1);
  host->kill();
  const auto failed = outcomes.next();
  ASSERT_FALSE(*failed);
  EXPECT_EQ(failed->error().code, ErrorCode::peer_disconnected);
  EXPECT_EQ(states.next(), false);
  // Made while nobody is there: it was never sent, so it may wait.
  send("echo.later", {{"name", "meanwhile"}}, false);
  host = std::make_unique<HostProcess>(directory, 2);
  EXPECT_EQ(states.next(), true);
  EXPECT_EQ(test::document_of(*outcomes.next()), (json{{"name", "twice"}, {"generation", 2}}));
  EXPECT_EQ(test::document_of(*outcomes.next()), (json{{"name", "meanwhile"}, {"generation", 2}}));
}

TEST_F(ReconnectingClientTest, SubscribesAgain) {
  client->subscribe({"news.*", {}});
  run();
  for (int generation = 1; generation <= 3; ++generation) {
    const HostProcess host(directory, generation);
    ASSERT_TRUE(states.next_where([](bool connected) { return connected; }));
    send("echo.publish", {{"topic", "news.today"}, {"body", generation}}, false);
    EXPECT_TRUE(*outcomes.next());
    EXPECT_EQ(published.next(), std::to_string(generation));
  }
}

TEST_F(ReconnectingClientTest, DeadlinesAndCancelsHoldWhileNobodyIsThere) {
  run();
  EXPECT_EQ(states.next(), false);
  send("echo.say", 1, true, 5ms);
  EXPECT_EQ(outcomes.next()->error().code, ErrorCode::deadline_exceeded);
  const RequestId waiting = client->send_request({"echo", "echo.say", json(1)}, {},
                                                 [this](Result<Payload> outcome) { outcomes.put(std::move(outcome)); });
  client->cancel(waiting);
  EXPECT_EQ(outcomes.next()->error().code, ErrorCode::cancelled);
  EXPECT_FALSE(client->notify({"echo", "echo.say", json(1)}));
  test::Arrivals<bool> posted;
  client->post(1ms, [&] { posted.put(true); });
  EXPECT_TRUE(posted.next()) << "what needs no host goes on";
  for (std::size_t number = 0; number < limits::pending_requests_per_peer; ++number) {
    client->send_request({"echo", "echo.say", json(1)}, {}, [](const Result<Payload>&) {});
  }
  send("echo.say", 1, true);
  EXPECT_EQ(outcomes.next()->error().code, ErrorCode::overloaded);
}

TEST_F(ReconnectingClientTest, EachRequestIsAnsweredOnceThroughManyDeaths) {
  constexpr int requests = 1500;
  constexpr int deaths = 5;
  std::vector<std::atomic<int>> answers(requests);
  std::atomic<int> lost{0};
  test::Arrivals<bool> done;
  run();
  auto host = std::make_unique<HostProcess>(directory, 1);
  std::jthread sender([&] {
    for (int number = 0; number < requests; ++number) {
      SendOptions options;
      options.idempotent = number % 2 == 0;
      options.deadline = 60s;
      auto finished = std::make_shared<test::Arrivals<bool>>();
      client->send_request({"echo", "echo.say", json(number)}, options, [&, number, finished](Result<Payload> outcome) {
        ++answers[static_cast<std::size_t>(number)];
        if (outcome) {
          EXPECT_EQ(test::document_of(outcome), number);
        } else {
          EXPECT_EQ(outcome.error().code, ErrorCode::peer_disconnected) << outcome.error().message;
          EXPECT_EQ(number % 2, 1) << "what may be asked twice is not lost";
          ++lost;
        }
        finished->put(true);
        done.put(true);
      });
      if (number % 64 == 63) {
        ASSERT_TRUE(finished->next());
      }
    }
  });
  int finished = 0;
  for (int death = 1; death <= deaths; ++death) {
    for (; finished < death * requests / (deaths + 1); ++finished) {
      ASSERT_TRUE(done.next());
    }
    host->kill();
    host = std::make_unique<HostProcess>(directory, death + 1);
  }
  for (; finished < requests; ++finished) {
    ASSERT_TRUE(done.next()) << finished;
  }
  sender.join();
  stop();
  for (const auto& count : answers) {
    EXPECT_EQ(count, 1);
  }
}

TEST_F(ReconnectingClientTest, StopsWhileItWaits) {
  run();
  EXPECT_EQ(states.next(), false);
  send("echo.say", 1, true);
  stop();
  client.reset();
  EXPECT_EQ(outcomes.next()->error().code, ErrorCode::peer_disconnected);
  client = std::move(ReconnectingClient::create(directory, {"test", "1", ""}).value());
}

}  // namespace
}  // namespace symphony::ipc
