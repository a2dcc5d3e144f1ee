#include <symphony/ipc/host_service.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "raw_client.h"
#include "waiting.h"

namespace symphony::ipc {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::RawClient;

class HostServiceTest : public ::testing::Test {
 protected:
  HostServiceTest() {
    std::string pattern = (fs::temp_directory_path() / "symphony-host-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    service = std::move(HostService::create(*bus, {"1.2", directory_})).value();
  }
  ~HostServiceTest() override {
    service.reset();
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
  }

  RawClient connect(const std::string& endpoint, const std::string& instance = "") {
    PeerOptions peer;
    peer.endpoint = endpoint;
    peer.instance = instance;
    peer.grants = {"host:log.write"};
    RawClient client = RawClient::attach(*bus, std::move(peer));
    client.greet();
    return client;
  }
  /// What the bus did with everything `client` sent so far is done when this returns.
  static void settle(RawClient& client) {
    client.send_signal(FrameKind::ping, 5);
    while (client.receive().value().kind != FrameKind::pong) {
    }
  }
  Result<Payload> ask(const std::string& method, json params = json::object()) {
    return test::ask(*bus, {"host", method, std::move(params)});
  }
  std::vector<json> log_of(const std::string& component) {
    service.reset();  // writes what waits
    std::ifstream in(directory_ / (component + ".log"));
    std::vector<json> lines;
    for (std::string line; std::getline(in, line);) {
      lines.push_back(json::parse(line));
    }
    return lines;
  }
  static void log(RawClient& client, const json& params) {
    const std::string body = params.dump();
    Envelope frame;
    frame.kind = FrameKind::notification;
    frame.target = "host";
    frame.method = "log.write";
    frame.format = BodyFormat::json;
    frame.body = body;
    client.send(frame);
  }

  fs::path directory_;
  std::unique_ptr<Bus> bus = test::make_bus();
  std::unique_ptr<HostService> service;
};

TEST_F(HostServiceTest, AnExtensionLogsUnderItsOwnName) {
  RawClient client = connect("file_explorer");
  log(client, {{"level", "warning"}, {"message", "hello"}, {"fields", {{"count", 2}, {"component", "forged"}}}});
  log(client, {{"level", "debug"}, {"message", "below the level"}});
  settle(client);
  const auto lines = log_of("file_explorer");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0]["component"], "file_explorer");
  EXPECT_EQ(lines[0]["level"], "warning");
  EXPECT_EQ(lines[0]["message"], "hello");
  EXPECT_EQ(lines[0]["count"], 2);
}

TEST_F(HostServiceTest, AFloodIsCutAndSaid) {
  RawClient client = connect("chatty");
  for (unsigned index = 0; index < limits::log_burst + 300; ++index) {
    log(client, {{"level", "error"}, {"message", "again"}});
  }
  settle(client);
  const std::string metrics = test::document_of(ask("metrics.get"))["text"];
  EXPECT_THAT(metrics, ::testing::HasSubstr("symphony_log_dropped_total{component=\"chatty\"}"));
  const auto lines = log_of("chatty");
  EXPECT_GE(lines.size(), limits::log_burst);
  EXPECT_LT(lines.size(), limits::log_burst + 300);
}

TEST_F(HostServiceTest, AHostileMessageIsRefusedAndNothingIsWritten) {
  RawClient client = connect("x");
  for (const json& params : {json(nullptr), json(7), json::object(), json{{"level", "loud"}, {"message", "m"}},
                             json{{"level", "error"}, {"message", 3}}, json{{"level", "error"}}}) {
    log(client, params);
  }
  log(client, {{"level", "error"}, {"message", std::string(limits::log_request_bytes, 'x')}});
  settle(client);
  EXPECT_TRUE(log_of("x").empty());
}

TEST_F(HostServiceTest, ALevelIsToldToEveryProcessAndToThoseThatComeLater) {
  RawClient first = connect("pool", "1");
  RawClient second = connect("pool", "2");
  settle(first);
  settle(second);
  EXPECT_EQ(test::document_of(ask("log.level", {{"component", "pool"}, {"level", "debug"}})),
            (json{{"component", "pool"}, {"level", "debug"}}));
  for (RawClient* client : {&first, &second}) {
    const auto told = client->receive();
    ASSERT_TRUE(told);
    EXPECT_EQ(told->method, "contract.log_level");
    EXPECT_EQ(told->document(), (json{{"level", "debug"}}));
  }
  RawClient third = connect("pool", "3");
  EXPECT_EQ(third.receive().value().method, "contract.log_level");
  EXPECT_EQ(service->log_level("pool"), LogLevel::debug);
  EXPECT_EQ(test::document_of(ask("log.levels"))["components"]["pool"], "debug");
  log(first, {{"level", "debug"}, {"message", "now it is kept"}});
  settle(first);
  EXPECT_EQ(log_of("pool").size(), 1U);
}

TEST_F(HostServiceTest, AComponentInThisProcessIsToldToo) {
  test::Arrivals<std::string> told;
  ASSERT_TRUE(bus->register_endpoint("conductor", [&](const Incoming& incoming, const Responder&) {
    told.put(incoming.method + " " + incoming.body.document().value().dump());
  }));
  ASSERT_TRUE(ask("log.level", {{"component", "conductor"}, {"level", "error"}}));
  EXPECT_EQ(told.next(), "contract.log_level {\"level\":\"error\"}");
}

TEST_F(HostServiceTest, WrongLevelsAndComponentsAreNamed) {
  EXPECT_EQ(ask("log.level", {{"component", "host"}, {"level", "loud"}}).error().data["path"], "/level");
  EXPECT_EQ(ask("log.level", {{"component", "nobody"}, {"level", "info"}}).error().code, ErrorCode::not_found);
  EXPECT_EQ(ask("log.level", {{"level", "info"}}).error().code, ErrorCode::not_found);
  EXPECT_EQ(ask("no.such").error().code, ErrorCode::method_not_found);
}

TEST_F(HostServiceTest, SpansComeInPages) {
  const std::int64_t now = monotonic_us();
  for (std::size_t index = 0; index < limits::spans_per_answer + 5; ++index) {
    bus->spans().record({"p", "n" + std::to_string(index), TraceContext::start(), 0, now - 2, now});
  }
  bus->spans().record({"p", "long ago", TraceContext::start(), 0, now - 200'000'000, now - 100'000'000});
  const json first = test::document_of(ask("trace.get", {{"seconds", 50}}));
  EXPECT_EQ(first["spans"].size(), limits::spans_per_answer);
  EXPECT_TRUE(first["more"]);
  const json second = test::document_of(ask("trace.get", {{"seconds", 50}, {"after", first["next"]}}));
  ASSERT_EQ(second["spans"].size(), 5U);
  EXPECT_FALSE(second["more"]);
  EXPECT_EQ(second["spans"][4]["name"], "n" + std::to_string(limits::spans_per_answer + 4));
  EXPECT_EQ(test::document_of(ask("trace.get", {{"seconds", 1000}, {"after", second["next"]}}))["spans"].size(), 0U);
  for (const json& params :
       {json{{"seconds", 0}}, json{{"seconds", 3601}}, json{{"seconds", "1"}}, json{{"after", -1}}}) {
    EXPECT_EQ(ask("trace.get", params).error().code, ErrorCode::invalid_params) << params;
  }
}

TEST_F(HostServiceTest, ErrorsAreCountedByCodeAlsoWhereTheyAreOnlyHandedOn) {
  PeerOptions asking;
  asking.endpoint = "asker";
  asking.grants = {"target:*"};
  RawClient asker = RawClient::attach(*bus, std::move(asking));
  asker.greet();
  RawClient target = connect("target");
  settle(target);
  asker.send_request(1, "target", "m");
  const auto asked = target.receive();
  ASSERT_TRUE(asked);
  const std::string body = Error{ErrorCode::not_found, "not here"}.to_json().dump();
  Envelope answer;
  answer.kind = FrameKind::error;
  answer.id = asked->id;
  answer.format = BodyFormat::json;
  answer.body = body;
  target.send(answer);
  ASSERT_EQ(asker.receive().value().error().code, ErrorCode::not_found);
  for (const EndpointStatistics& endpoint : bus->statistics().endpoints) {
    if (endpoint.id == "target") {
      EXPECT_EQ(endpoint.errors_by_code, (std::map<std::string, std::uint64_t>{{"not_found", 1}}));
    }
  }
}

TEST_F(HostServiceTest, HealthSaysWhoIsThere) {
  ASSERT_TRUE(bus->register_endpoint("inside", [](const Incoming&, const Responder&) {}));
  const auto health = [&](const std::string& id) -> std::string {
    for (const auto& endpoint : bus->statistics().endpoints) {
      if (endpoint.id == id) {
        return std::string(name_of(endpoint.health));
      }
    }
    return "";
  };
  test::Arrivals<bool> closed;
  PeerOptions peer;
  peer.endpoint = "process";
  peer.on_closed = [&](const Error&) { closed.put(true); };
  RawClient client = RawClient::attach(*bus, std::move(peer));
  EXPECT_EQ(health("process"), "down");
  client.greet();
  settle(client);
  EXPECT_EQ(health("process"), "ok");
  EXPECT_EQ(health("inside"), "ok");
  client.close();
  ASSERT_TRUE(closed.next());
  EXPECT_EQ(health("process"), "down");
}

}  // namespace
}  // namespace symphony::ipc
