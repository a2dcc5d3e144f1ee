#include <symphony/ipc/log.h>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <vector>

namespace symphony::ipc {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class LogTest : public ::testing::Test {
 protected:
  LogTest() {
    std::string pattern = (fs::temp_directory_path() / "symphony-log-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  ~LogTest() override {
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
  }
  static std::vector<json> lines(const fs::path& file) {
    std::ifstream in(file);
    std::vector<json> read;
    for (std::string line; std::getline(in, line);) {
      read.push_back(json::parse(line));
    }
    return read;
  }

  fs::path directory_;
};

TEST_F(LogTest, ALineIsAnObjectWithTheFourKeysFirst) {
  LogEntry entry;
  entry.level = LogLevel::warning;
  entry.component = "file_explorer";
  entry.message = "two\nlines";
  entry.fields = {{"path", "a"}, {"count", 3}, {"message", "not this one"}, {"deep", {{"a", 1}}}};
  entry.time = std::chrono::system_clock::time_point(std::chrono::milliseconds(1'700'000'000'007));
  EXPECT_EQ(
      log_line(entry),
      R"({"time":"2023-11-14T22:13:20.007Z","level":"warning","component":"file_explorer","message":"two\nlines",)"
      R"("count":3,"path":"a"})");
}

TEST_F(LogTest, SecretsAreBlankedAndLongTextIsCutAtACharacter) {
  LogEntry entry;
  entry.component = "c";
  entry.message = std::string(limits::log_message_bytes - 1, 'x') + "ää";
  entry.fields = {{"Access_Token", "abc"}, {"user_password", 7}, {"long", std::string(5000, 'y')}};
  const json line = json::parse(log_line(entry));
  EXPECT_EQ(line["message"], std::string(limits::log_message_bytes - 1, 'x') + "…");
  EXPECT_EQ(line["Access_Token"], "…");
  EXPECT_EQ(line["user_password"], "…");
  EXPECT_EQ(line["long"], std::string(limits::log_field_bytes, 'y') + "…");
}

TEST_F(LogTest, BytesThatAreNoTextDoNotBreakALine) {
  LogEntry entry;
  entry.component = "c";
  entry.message = "\xFF\xC3";
  EXPECT_TRUE(json::parse(log_line(entry))["message"].is_string());
}

TEST_F(LogTest, TooManyFieldsAreLeftOut) {
  LogEntry entry;
  for (int index = 0; index < 100; ++index) {
    entry.fields["field" + std::to_string(index)] = index;
  }
  EXPECT_EQ(json::parse(log_line(entry)).size(), 4 + limits::log_fields);
}

TEST_F(LogTest, AFileIsBoundedAndKeepsTheNewestInOrder) {
  const fs::path path = directory_ / "x.log";
  {
    auto file = LogFile::open(path, 1000);
    ASSERT_TRUE(file);
    for (int index = 0; index < 1000; ++index) {
      ASSERT_TRUE(file->write(std::to_string(index)));
    }
  }
  EXPECT_LE(fs::file_size(path), 1000U);
  EXPECT_LE(fs::file_size(directory_ / "x.log.1"), 1000U);
  std::ifstream old(directory_ / "x.log.1");
  std::ifstream now(path);
  std::stringstream all;
  all << old.rdbuf() << now.rdbuf();
  int first = 0;
  all >> first;
  int last = first;
  for (int number = 0; all >> number; last = number) {
    EXPECT_EQ(number, last + 1);
  }
  EXPECT_EQ(last, 999);
  EXPECT_GT(first, 0);
}

TEST_F(LogTest, AFileGoesOnWhereItEndedAndIsPrivate) {
  const fs::path path = directory_ / "x.log";
  for (int round = 0; round < 2; ++round) {
    auto file = LogFile::open(path, 10);
    ASSERT_TRUE(file);
    EXPECT_TRUE(file->write("12345"));
  }
  EXPECT_TRUE(fs::exists(directory_ / "x.log.1"));  // 6 + 6 bytes do not fit into 10
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(LogTest, ASymbolicLinkIsNotFollowed) {
  fs::create_symlink(directory_ / "elsewhere", directory_ / "x.log");
  EXPECT_FALSE(LogFile::open(directory_ / "x.log"));
  EXPECT_FALSE(fs::exists(directory_ / "elsewhere"));
}

TEST_F(LogTest, ABookKeepsAFileForEachComponentAndWritesWhatWaitsWhenItCloses) {
  {
    auto book = LogBook::open(directory_ / "below" / "log");
    ASSERT_TRUE(book);
    for (int index = 0; index < 100; ++index) {
      LogEntry entry;
      entry.component = index % 2 == 0 ? "even" : "odd";
      entry.message = std::to_string(index);
      EXPECT_TRUE((*book)->write(std::move(entry)));
    }
  }
  const auto even = lines(directory_ / "below" / "log" / "even.log");
  ASSERT_EQ(even.size(), 50U);
  EXPECT_EQ(even.back()["message"], "98");
  EXPECT_EQ(lines(directory_ / "below" / "log" / "odd.log").size(), 50U);
}

TEST_F(LogTest, ABookHasRoomForSoManyComponents) {
  auto book = LogBook::open(directory_);
  ASSERT_TRUE(book);
  const auto write = [&](std::size_t index) {
    LogEntry entry;
    entry.component = "c" + std::to_string(index);
    return (*book)->write(std::move(entry));
  };
  for (std::size_t index = 0; index < limits::log_components; ++index) {
    EXPECT_TRUE(write(index));
  }
  EXPECT_FALSE(write(limits::log_components));
  EXPECT_TRUE(write(0));
}

TEST_F(LogTest, ADirectoryThatCannotBeMadeIsAnError) {
  std::ofstream(directory_ / "file") << "x";
  EXPECT_FALSE(LogBook::open(directory_ / "file" / "log"));
}

TEST(LogLevel, HasItsNames) {
  for (const LogLevel level : {LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error}) {
    EXPECT_EQ(log_level_from(name_of(level)), level);
  }
  EXPECT_EQ(log_level_from("loud"), std::nullopt);
}

}  // namespace
}  // namespace symphony::ipc
