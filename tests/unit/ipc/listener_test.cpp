#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include <symphony/ipc/client_connection.h>
#include <symphony/ipc/limits.h>

#include "instance_directory.h"
#include "raw_client.h"
#include "waiting.h"

namespace symphony::ipc {
namespace {

using nlohmann::json;

class ListenerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "symphony-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root = pattern;
    directory = root / "run";
    bus = make();
  }
  void TearDown() override {
    bus.reset();
    std::filesystem::remove_all(root);
  }
  static std::unique_ptr<Bus> make() {
    auto made = test::make_bus();
    EXPECT_TRUE(made->register_endpoint(
        "echo", [](Incoming incoming, Responder responder) { responder.answer(std::move(incoming.body)); }));
    return made;
  }
  json record() const {
    std::ifstream file(directory / "instance.json");
    return json::parse(file);
  }
  static mode_t mode_of(const std::filesystem::path& path) {
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 0777U;
  }

  std::filesystem::path root;
  std::filesystem::path directory;
  std::unique_ptr<Bus> bus;
};

TEST_F(ListenerTest, AnOutsideProgramConnectsAndAsks) {
  ASSERT_TRUE(bus->listen(directory.string(), {"echo:*"}));
  EXPECT_EQ(mode_of(directory), 0700U);
  EXPECT_EQ(mode_of(directory / "instance.json"), 0600U);
  EXPECT_EQ(mode_of(directory / "bus.socket"), 0600U);
  EXPECT_EQ(record()["pid"], ::getpid());
  auto tool = connect_to_instance(directory.string(), {"tool", "1", ""});
  ASSERT_TRUE(tool) << tool.error().message;
  EXPECT_EQ(test::document_of((*tool)->ask({"echo", "say", json(1)})), 1);
  EXPECT_EQ((*tool)->ask({"supervisor", "process.restart", {}}).error().code, ErrorCode::permission_denied);
}

TEST(ConnectSocketTest, AFullBacklogIsNotWaitedForWithoutEnd) {
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("symphony-backlog-" + std::to_string(::getpid()));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.native().copy(address.sun_path, sizeof address.sun_path - 1);
  const Descriptor deaf(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(deaf.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(deaf.get(), 0), 0);
  const auto first = connect_socket(path.string());
  EXPECT_TRUE(first);
  EXPECT_EQ(connect_socket(path.string()).error().code, ErrorCode::deadline_exceeded);
  std::filesystem::remove(path);
}

TEST_F(ListenerTest, ATokenWorksOnce) {
  ASSERT_TRUE(bus->listen(directory.string(), {"echo:*"}));
  const json first = record();
  auto tool = connect_to_instance(directory.string(), {"tool", "1", ""});
  ASSERT_TRUE(tool);
  EXPECT_NE(record()["token"], first["token"]);
  for (const std::string& token : {first["token"].get<std::string>(), std::string(), std::string("guess")}) {
    auto socket = connect_socket(first["socket"].get<std::string>());
    ASSERT_TRUE(socket);
    EXPECT_EQ(ClientConnection::open(socket->release(), {"tool", "1", token}).error().code,
              ErrorCode::not_authenticated);
  }
}

TEST_F(ListenerTest, OnlyOneInstanceHoldsADirectory) {
  ASSERT_TRUE(bus->listen(directory.string(), {}));
  const auto second = make();
  EXPECT_EQ(second->listen(directory.string(), {}).error().code, ErrorCode::invalid_request);
  EXPECT_EQ(bus->listen(directory.string(), {}).error().code, ErrorCode::invalid_request);
}

TEST_F(ListenerTest, LeavesNothingToConnectTo) {
  ASSERT_TRUE(bus->listen(directory.string(), {"echo:*"}));
  bus.reset();
  EXPECT_FALSE(std::filesystem::exists(directory / "instance.json"));
  EXPECT_FALSE(std::filesystem::exists(directory / "bus.socket"));
  EXPECT_EQ(connect_to_instance(directory.string(), {"tool", "1", ""}).error().code, ErrorCode::not_found);
}

TEST_F(ListenerTest, WhatADeadInstanceLeftIsReplaced) {
  ASSERT_TRUE(std::filesystem::create_directory(directory));
  std::filesystem::permissions(directory, std::filesystem::perms::owner_all);
  std::ofstream(directory / "instance.json") << R"({"pid":1,"socket":"/nowhere","token":"old"})";
  std::ofstream(directory / "instance.json.new") << "cut";
  std::ofstream(directory / "bus.socket") << "stale";
  std::ofstream(directory / "instance.lock") << "";
  ASSERT_TRUE(bus->listen(directory.string(), {"echo:*"}));
  EXPECT_TRUE(connect_to_instance(directory.string(), {"tool", "1", ""}));
}

TEST_F(ListenerTest, ADirectoryOthersCanEnterIsRefused) {
  ASSERT_TRUE(std::filesystem::create_directory(directory));
  ASSERT_EQ(::chmod(directory.c_str(), 0755), 0);
  const auto refused = bus->listen(directory.string(), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::io_error);
  EXPECT_NE(refused.error().message.find("chmod 700"), std::string::npos);
}

TEST_F(ListenerTest, ALinkOrAFileInItsPlaceIsRefused) {
  std::filesystem::create_directory(root / "elsewhere");
  ASSERT_EQ(::chmod((root / "elsewhere").c_str(), 0700), 0);
  std::filesystem::create_directory_symlink(root / "elsewhere", directory);
  EXPECT_FALSE(bus->listen(directory.string(), {}));
  std::filesystem::remove(directory);
  std::ofstream(directory.string()) << "file";
  EXPECT_FALSE(bus->listen(directory.string(), {}));
  EXPECT_EQ(bus->listen((root / "missing" / "deep").string(), {}).error().code, ErrorCode::not_found);
}

TEST_F(ListenerTest, APathTooLongForASocketAddressWorks) {
  directory = root;
  while (directory.string().size() < 200) {
    directory /= std::string(40, 'd');
    ASSERT_EQ(::mkdir(directory.c_str(), 0700), 0);
  }
  ASSERT_TRUE(bus->listen(directory.string(), {"echo:*"}));
  ASSERT_GT(record()["socket"].get<std::string>().size(), sizeof(sockaddr_un::sun_path));
  auto tool = connect_to_instance(directory.string(), {"tool", "1", ""});
  ASSERT_TRUE(tool) << tool.error().message;
  EXPECT_TRUE((*tool)->ask({"echo", "say", {}}));
}

TEST_F(ListenerTest, TheNumberOfOutsideProgramsIsBounded) {
  ASSERT_TRUE(bus->listen(directory.string(), {"echo:*"}));
  std::vector<std::unique_ptr<ClientConnection>> tools;
  for (std::size_t index = 0; index < limits::outside_connections; ++index) {
    auto tool = connect_to_instance(directory.string(), {"tool", "1", ""});
    ASSERT_TRUE(tool) << index << tool.error().message;
    tools.push_back(std::move(*tool));
  }
  EXPECT_EQ(connect_to_instance(directory.string(), {"tool", "1", ""}).error().code, ErrorCode::overloaded);
  tools.clear();
  // The host sees them go one after the other.
  auto again = connect_to_instance(directory.string(), {"tool", "1", ""});
  while (!again && again.error().code == ErrorCode::overloaded) {
    again = connect_to_instance(directory.string(), {"tool", "1", ""});
  }
  EXPECT_TRUE(again);
}

TEST_F(ListenerTest, ACorruptedRecordIsSaid) {
  ASSERT_EQ(::mkdir(directory.c_str(), 0700), 0);
  for (const char* text : {"", "{", "[]", R"({"pid":"x","socket":1,"token":2})"}) {
    std::ofstream(directory / "instance.json") << text;
    EXPECT_EQ(read_instance_record(directory.string()).error().code, ErrorCode::data_corrupted) << text;
  }
}

}  // namespace
}  // namespace symphony::ipc
