// A process killed at any instant loses nothing it has acknowledged.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <random>

#include <symphony/descriptor/descriptor.h>

#include "artifact_store/artifacts.h"
#include "artifact_store_fixture.h"

namespace symphony::pit::tests {
namespace {

/// Runs in a process of its own: opens a workspace, puts artifacts, and writes each acknowledged version to
/// `acknowledge`.
[[noreturn]] void put_until_killed(const std::string& data, const std::string& folder, int acknowledge,
                                   const std::string& content) {
  ArtifactStore store;
  if (store.init({{"data_directory", data}}).has_error()) ::_exit(2);
  const nlohmann::json open = {{"folder", folder}};
  if (store.handle_message({"index.open", open, {}}).has_error()) ::_exit(3);
  while (true) {
    const nlohmann::json put = {{"name", "counter"}, {"content", content + std::to_string(::rand())}};
    const auto result = store.handle_message({"artifact.put", put, {}});
    if (result.has_error()) ::_exit(4);
    const auto version = (*result)["version"].get<std::int64_t>();
    if (::write(acknowledge, &version, sizeof version) != sizeof version) ::_exit(5);
  }
}

TEST_F(ArtifactStoreTest, SurvivesSigkillAtAnyInstant) {
  for (int i = 0; i < 400; ++i)
    folder_.write("f" + std::to_string(i),
                  "needle " + std::string(2000, static_cast<char>('a' + i % 26)) + std::to_string(i));
  store_.reset();
  std::mt19937 random(99);
  std::int64_t before = 0;
  for (int round = 0; round < 12; ++round) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(ends[0]);
      ::srand(static_cast<unsigned>(round));
      put_until_killed(data_.path().string(), folder_.path().string(), ends[1],
                       std::string(static_cast<std::size_t>(round) * 9000, 'c'));
    }
    ::close(ends[1]);
    const Descriptor acknowledged(ends[0]);
    // The kill comes some acknowledgements on, at whatever instant that is for the child: it never waits for us.
    std::int64_t last = before;
    for (auto wanted = random() % 40; wanted > 0; --wanted) {
      ASSERT_EQ(::read(acknowledged.get(), &last, sizeof last), static_cast<ssize_t>(sizeof last))
          << "the child ended by itself";
    }
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "exit code " << WEXITSTATUS(status);
    for (std::int64_t version = 0; ::read(acknowledged.get(), &version, sizeof version) == sizeof version;)
      last = version;

    start();
    open();
    EXPECT_TRUE(this->status()["error"].is_null()) << this->status().dump();
    if (last > 0) {
      const auto newest = ask("artifact.get", {{"name", "counter"}});
      EXPECT_GE(newest["version"].get<std::int64_t>(), last);
      EXPECT_LE(newest["version"].get<std::int64_t>(), last + 1) << "at most the one put that was under way";
      EXPECT_EQ(ask("artifact.versions", {{"name", "counter"}})["versions"].size(),
                newest["version"].get<std::size_t>());
      before = newest["version"];
    }
    EXPECT_EQ(search("needle", 5000)["hits"].size(), 400U);
    {
      const Store::Lease lease = store_->index()->store()->write();
      Query check(*lease, "PRAGMA integrity_check");
      ASSERT_TRUE(check.step());
      EXPECT_EQ(check.bytes_at(0), "ok");
      EXPECT_EQ(
          (*lease).scalar(
              "SELECT count(*) FROM file LEFT JOIN indexed_text ON text=id WHERE text IS NOT NULL AND id IS NULL"),
          0);
    }
    store_.reset();
  }
}

}  // namespace
}  // namespace symphony::pit::tests
