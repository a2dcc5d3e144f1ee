// The programs of docs/extensions.md that are about messages, with a real bus as their host.

#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include <symphony/ipc/bus.h>

extern char** environ;

namespace {

using namespace symphony::ipc;
using nlohmann::json;

constexpr std::chrono::seconds patience{20};

/// A queue other threads put values into.
template <class T>
class Arrivals {
 public:
  void put(T value) {
    const std::lock_guard lock(mutex_);
    values_.push_back(std::move(value));
    changed_.notify_all();
  }
  T next() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, patience, [this] { return !values_.empty(); })) {
      throw std::runtime_error("nothing came in time");
    }
    T value = std::move(values_.front());
    values_.erase(values_.begin());
    return value;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<T> values_;
};

class GuideMessages : public ::testing::Test {
 protected:
  /// Starts the program `name` of the guide at the address `name`.
  void start(const std::string& name, std::vector<std::string> grants = {}) {
    std::array<int, 2> pair{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()), 0);
    PeerOptions peer;
    peer.endpoint = name;
    peer.grants = std::move(grants);
    peer.on_ready = [this] { ready.put(true); };
    ASSERT_TRUE(bus->attach(pair[0], std::move(peer)));
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, pair[1], 3);
    std::string program = std::string(GUIDE_EXAMPLES) + "/guide_" + name;
    std::array<char*, 2> arguments{program.data(), nullptr};
    ASSERT_EQ(::posix_spawn(&child, program.c_str(), &actions, nullptr, arguments.data(), environ), 0);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(pair[1]);
    ready.next();
  }
  Result<Payload> ask(Message message, SendOptions options = {}) {
    bus->send_request("test", std::move(message), std::move(options),
                      [this](Result<Payload> outcome) { outcomes.put(std::move(outcome)); });
    return outcomes.next();
  }
  void TearDown() override {
    bus.reset();  // the end of its connection is the end of the program
    if (child > 0) {
      int status = 0;
      ASSERT_EQ(::waitpid(child, &status, 0), child);
      EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
    }
  }

  std::unique_ptr<Bus> bus = std::move(Bus::create({}).value());
  Arrivals<bool> ready;
  Arrivals<Result<Payload>> outcomes;
  pid_t child = 0;
};

TEST_F(GuideMessages, WorkerSaysHowFarItIsAndAnswers) {
  start("worker");
  std::mutex mutex;
  std::vector<double> fractions;
  SendOptions options;
  options.on_progress = [&](const Progress& progress) {
    const std::lock_guard lock(mutex);
    fractions.push_back(progress.fraction.value_or(-1));
  };
  EXPECT_EQ(ask({"worker", "worker.run", {}}, options).value().document().value(), (json{{"steps", 10}}));
  const std::lock_guard lock(mutex);
  ASSERT_EQ(fractions.size(), 10U);
  EXPECT_DOUBLE_EQ(fractions.front(), 0);
  EXPECT_DOUBLE_EQ(fractions.back(), 0.9);
}

TEST_F(GuideMessages, WorkerStopsWhenNobodyWaits) {
  start("worker");
  Arrivals<bool> begun;
  SendOptions options;
  options.on_progress = [&](const Progress&) { begun.put(true); };
  const RequestId request = bus->send_request("test", {"worker", "worker.run", {}}, options,
                                              [this](Result<Payload> outcome) { outcomes.put(std::move(outcome)); });
  begun.next();
  bus->cancel(request);
  EXPECT_EQ(outcomes.next().error().code, ErrorCode::cancelled);
  EXPECT_TRUE(ask({"worker", "worker.run", {}})) << "and serves on";
}

TEST_F(GuideMessages, NegativeIsMadeInPlace) {
  start("negative");
  std::string picture(3'000'000, '\x0F');
  const auto negative = ask({"negative", "negative.of", Payload::from_bytes(BodyFormat::bytes, picture)});
  ASSERT_TRUE(negative) << negative.error().message;
  EXPECT_EQ(negative->held_format(), BodyFormat::bytes);
  EXPECT_EQ(negative->view(), std::string(3'000'000, '\xF0'));
  for (const EndpointStatistics& endpoint : bus->statistics().endpoints) {
    if (endpoint.id == "negative") {
      EXPECT_LT(endpoint.bytes_in + endpoint.bytes_out, 10'000U) << "nothing large went through the socket";
    }
  }
}

TEST_F(GuideMessages, TallyHearsAndTells) {
  Arrivals<std::string> told;
  ASSERT_TRUE(bus->register_endpoint("test", [&](const Incoming& incoming, Responder) {
    told.put(incoming.source + " " + incoming.method + " " + incoming.body.document().value().dump());
  }));
  ASSERT_TRUE(bus->subscribe("test", "tally.*"));
  start("tally", {"subscribe:files.*", "publish:tally.*"});
  // Its subscription is a request of its own, somewhere behind the handshake.
  const auto until = std::chrono::steady_clock::now() + patience;
  while (bus->statistics().subscriptions.size() < 2 && std::chrono::steady_clock::now() < until) {
    std::this_thread::yield();
  }
  ASSERT_TRUE(bus->publish("host", "files.changed", json{{"path", "a"}}));
  EXPECT_EQ(told.next(), R"(tally tally.changed {"last":"files.changed","seen":1})");
}

TEST_F(GuideMessages, NumbersAreStreamed) {
  Arrivals<std::string> told;
  ASSERT_TRUE(bus->register_endpoint(
      "test", [&](const Incoming& incoming, Responder) { told.put(incoming.body.document().value().dump()); }));
  ASSERT_TRUE(bus->subscribe("test", "numbers.sum"));
  start("numbers", {"publish:numbers.*"});
  Arrivals<Result<Stream>> opened;
  const auto open = [&](std::string method, StreamOptions::Direction direction) -> Stream {
    StreamOptions options;
    options.direction = direction;
    options.bytes = 4096;
    bus->open_stream("test", {"numbers", std::move(method), options, {{"last", 5000}}},
                     [&](Result<Stream> stream) { opened.put(std::move(stream)); });
    return std::move(opened.next().value());
  };
  Stream counted = open("numbers.count", StreamOptions::Direction::receive);
  std::string message;
  for (int number = 1; number <= 5000; ++number) {
    ASSERT_EQ(counted.reader->receive(message, std::chrono::steady_clock::now() + patience).value(), StreamEvent::done);
    ASSERT_EQ(message, std::to_string(number));
  }
  EXPECT_EQ(counted.reader->receive(message, std::chrono::steady_clock::now() + patience).value(), StreamEvent::ended);
  Stream added = open("numbers.add", StreamOptions::Direction::send);
  for (int number = 1; number <= 2000; ++number) {
    ASSERT_EQ(added.writer->send(std::to_string(number)).value(), StreamEvent::done);
  }
  added.writer->close();
  EXPECT_EQ(told.next(), R"({"sum":2001000})");
}

}  // namespace
