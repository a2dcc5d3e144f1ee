#include <symphony/web/page_channel.h>

#include <gtest/gtest.h>

#include <QCoreApplication>
#include <thread>
#include <vector>

namespace symphony::web {
namespace {

using nlohmann::json;

class PageChannelTest : public testing::Test {
 protected:
  PageChannelTest() : channel([this](std::string_view line) { log.emplace_back(line); }) {
    QObject::connect(&channel, &PageChannel::batch, &channel,
                     [this](const QString& text) { batches.push_back(json::parse(text.toStdString())); });
    channel.set_receiver([this](PageMessage message) { received.push_back(std::move(message)); });
  }
  static int argc;
  static char* argv[];
  QCoreApplication application{argc, argv};
  std::vector<std::string> log;
  std::vector<json> batches;
  std::vector<PageMessage> received;
  PageChannel channel;
};
int PageChannelTest::argc = 1;
char program_name[] = "web_test";
char* PageChannelTest::argv[] = {program_name, nullptr};

TEST_F(PageChannelTest, SendsOneTurnsMessagesAsOneBatch) {
  channel.deliver({{"type", "patch"}, {"revision", 1}});
  channel.deliver({{"type", "patch"}, {"revision", 2}});
  EXPECT_TRUE(batches.empty());
  QCoreApplication::processEvents();
  ASSERT_EQ(batches.size(), 1U);
  EXPECT_EQ(batches[0], json::parse(R"([{"type":"patch","revision":1},{"type":"patch","revision":2}])"));
  channel.deliver({{"type", "patch"}, {"revision", 3}});
  QCoreApplication::processEvents();
  EXPECT_EQ(batches.size(), 2U);
}

TEST_F(PageChannelTest, KeepsTheOrderOfAnotherThread) {
  std::jthread sender([this] {
    for (int n = 0; n < 1000; ++n)
      channel.deliver({{"n", n}});
  });
  std::vector<int> seen;
  while (seen.size() < 1000) {
    QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
    for (const json& batch : std::exchange(batches, {})) {
      for (const json& message : batch)
        seen.push_back(message.at("n"));
    }
  }
  for (int n = 0; n < 1000; ++n)
    ASSERT_EQ(seen[static_cast<std::size_t>(n)], n);
}

TEST_F(PageChannelTest, ForgetsWhatWaitsForAPageThatIsGone) {
  channel.deliver({{"n", 1}});
  channel.clear();
  QCoreApplication::processEvents();
  EXPECT_TRUE(batches.empty());
  channel.deliver({{"n", 2}});
  QCoreApplication::processEvents();
  EXPECT_EQ(batches.size(), 1U);
}

TEST_F(PageChannelTest, IgnoresAndLogsHostileText) {
  channel.event("{");
  channel.event(QString(static_cast<qsizetype>(page_message_bytes) + 1, u' '));
  channel.event(R"({"type":"ready"})");
  EXPECT_EQ(log.size(), 2U);
  EXPECT_EQ(received.size(), 1U);
  for (int n = 0; n < 10'000; ++n)
    channel.event("{");
  EXPECT_LE(log.size(), 100U);
}

}  // namespace
}  // namespace symphony::web
