// A process killed at any of its writes, while contents are put, moved, deleted and purged, leaves every content whole.

#include <gtest/gtest.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "upload_fixture.h"

namespace {

// This program's own system calls that change files, counted: the process dies at one of them.
struct Fault {
  int calls = 0;
  int kill_at = 0;
};
thread_local Fault fault;

void met() {
  if (fault.kill_at > 0 && ++fault.calls == fault.kill_at) ::kill(::getpid(), SIGKILL);
}

template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

ssize_t write(int descriptor, const void* bytes, std::size_t count) {
  static auto* const next = real<ssize_t(int, const void*, std::size_t)>("write");
  met();
  return next(descriptor, bytes, count);
}

ssize_t pwrite64(int descriptor, const void* bytes, std::size_t count, off64_t at) {
  static auto* const next = real<ssize_t(int, const void*, std::size_t, off64_t)>("pwrite64");
  met();
  return next(descriptor, bytes, count, at);
}

int fsync(int descriptor) {
  static auto* const next = real<int(int)>("fsync");
  met();
  return next(descriptor);
}

int fdatasync(int descriptor) {
  static auto* const next = real<int(int)>("fdatasync");
  met();
  return next(descriptor);
}

int rename(const char* from, const char* to) noexcept {
  static auto* const next = real<int(const char*, const char*)>("rename");
  met();
  return next(from, to);
}

int unlink(const char* path) noexcept {
  static auto* const next = real<int(const char*)>("unlink");
  met();
  return next(path);
}

int ftruncate64(int descriptor, off64_t length) noexcept {
  static auto* const next = real<int(int, off64_t)>("ftruncate64");
  met();
  return next(descriptor, length);
}

}  // extern "C"

namespace symphony::pit::tests {
namespace {

using nlohmann::json;
using Messages = std::vector<std::pair<std::string, json>>;

class TiersKilled : public UploadTest {
 protected:
  /// Sends the messages `prepare` gives in a process that dies at its n-th call, for every n there is. `check` is run
  /// on what is left of each.
  void kill_everywhere(const std::function<Messages()>& prepare, const std::function<void(bool ended)>& check) {
    bool ended = false;
    int deaths = 0;
    for (int call = 1; !ended; ++call) {
      const Messages messages = prepare();
      store_.reset();
      const pid_t child = ::fork();
      ASSERT_GE(child, 0);
      if (child == 0) {
        fault = {0, call};
        ArtifactStore store(IndexOptions{}, clock());
        if (store.init({{"data_directory", data_.path().string()}}).has_error()) ::_exit(2);
        for (const auto& [method, params] : messages) {
          if (store.handle_message({method, params, {}, sender_}).has_error()) ::_exit(3);
        }
        ::_exit(0);
      }
      int status = 0;
      ASSERT_EQ(::waitpid(child, &status, 0), child);
      ended = WIFEXITED(status);
      EXPECT_TRUE(!ended || WEXITSTATUS(status) == 0) << "exit code " << WEXITSTATUS(status);
      deaths += ended ? 0 : 1;
      start();
      EXPECT_EQ(this->status()["error"], nullptr) << "killed at call " << call;
      check(ended);
      const json found = ask("store.check");
      EXPECT_EQ(found["damaged"], json::array()) << "killed at call " << call;
      if (HasFailure()) return;
    }
    EXPECT_GT(deaths, 5) << "the calls are not seen";
  }
  std::int64_t version() { return ask("artifact.describe", {{"name", "a"}})["version"]; }
  void reset(const std::string& tier) {
    ask("artifact.put", {{"name", "a"}, {"content", text}});
    ask("store.move", {{"hash", hash()}, {"tier", tier}});
  }
  std::string hash() { return ask("artifact.describe", {{"name", "a"}})["hash"]; }

  const std::string text = [] {
    std::string made;
    for (int line = 0; line < 3000; ++line)
      made += "line " + std::to_string(line) + "\n";
    return made;
  }();
};

TEST_F(TiersKilled, AMoveIsDoneOrNot) {
  ask("artifact.put", {{"name", "a"}, {"content", text}});
  const std::string moved = hash();
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"hot", "archived"}, {"archived", "hot"}, {"archived", "compressed"}, {"hot", "compressed"}}) {
    kill_everywhere(
        [&, before = from, after = to]() -> Messages {
          ask("store.move", {{"hash", moved}, {"tier", before}});
          return {{"store.move", {{"hash", moved}, {"tier", after}, {"batch", "b"}}}};
        },
        [&, before = from, after = to](bool ended) {
          const std::string tier = ask("artifact.describe", {{"name", "a"}})["tier"];
          EXPECT_TRUE(tier == after || (!ended && tier == before)) << tier;
          EXPECT_EQ(ask("artifact.get", {{"name", "a"}})["content"], text);
        });
  }
}

TEST_F(TiersKilled, DeletedAndPurgedOrThere) {
  const json all = {{"deleted_before_ms", 1ULL << 50U}};
  kill_everywhere(
      [&]() -> Messages {
        reset("archived");
        return {{"store.delete", {{"name", "a"}, {"version", version()}}}, {"store.purge", all}};
      },
      [&](bool ended) {
        const Result<json> found = call("artifact.get", {{"name", "a"}});
        if (found.has_value()) {
          EXPECT_FALSE(ended);
          EXPECT_EQ((*found)["content"], text);
          ask("store.delete", {{"name", "a"}, {"version", version()}});
        } else {
          EXPECT_EQ(found.error().code, ErrorCode::not_found);
        }
        ask("store.purge", all);
        EXPECT_EQ(ask("store.usage")["contents"], 0);
      });
}

TEST_F(TiersKilled, AnUndoIsDoneOrCanBeDoneAgain) {
  reset("hot");
  const std::string moved = hash();
  kill_everywhere(
      [&]() -> Messages {
        ask("store.move", {{"hash", moved}, {"tier", "hot"}});
        ask("store.move", {{"hash", moved}, {"tier", "archived"}, {"batch", "b"}});
        return {{"store.undo", {{"batch", "b"}}}};
      },
      [&](bool) {
        EXPECT_EQ(ask("artifact.get", {{"name", "a"}})["content"], text);
        const json again = ask("store.undo", {{"batch", "b"}});
        EXPECT_EQ(again["left"], 0);
        EXPECT_EQ(ask("artifact.describe", {{"name", "a"}})["tier"], "hot");
      });
}

TEST_F(TiersKilled, AnUploadIsThereAsAWholeOrNotAtAll) {
  const std::string shared = noise(mebibyte, 1);
  put("other", shared + "other");
  int round = 0;
  std::string bytes;
  kill_everywhere(
      [&]() -> Messages {
        bytes = shared + noise(mebibyte + 9, static_cast<unsigned>(++round + 1));
        return {{"artifact.put_begin", {{"name", "a"}}},
                {"artifact.put_piece", piece(1, 0, std::string_view(bytes).substr(0, mebibyte))},
                {"artifact.put_piece", piece(1, mebibyte, std::string_view(bytes).substr(mebibyte, mebibyte))},
                {"artifact.put_piece", piece(1, 2 * mebibyte, std::string_view(bytes).substr(2 * mebibyte))},
                {"artifact.put_commit", {{"upload", 1}}}};
      },
      [&](bool ended) {
        const json hash = to_hex(view_of(sha256(bytes)));
        const bool there = call("artifact.describe", {{"name", "a"}}).has_value();
        EXPECT_TRUE(there || !ended);
        if (there) {
          EXPECT_EQ(read_all(hash), bytes);
          purge("a", static_cast<int>(version()));
        }
        EXPECT_EQ(packs().size(), 1U) << "the other's";
        EXPECT_EQ(ask("store.usage")["chunk_bytes"], mebibyte + 5);
      });
}

TEST_F(TiersKilled, AContentInChunksIsPurgedOrThere) {
  const std::string shared = noise(mebibyte, 1);
  const json other = put("other", shared + "other")["hash"];
  const std::string bytes = shared + noise(mebibyte, 2);
  const json all = {{"deleted_before_ms", 1ULL << 50U}};
  kill_everywhere(
      [&]() -> Messages {
        put("a", bytes);
        return {{"store.delete", {{"name", "a"}, {"version", version()}}}, {"store.purge", all}};
      },
      [&](bool ended) {
        if (call("artifact.describe", {{"name", "a"}}).has_value()) {
          EXPECT_FALSE(ended);
          EXPECT_EQ(read_all(to_hex(view_of(sha256(bytes)))), bytes);
          ask("store.delete", {{"name", "a"}, {"version", version()}});
        }
        ask("store.purge", all);
        EXPECT_EQ(ask("store.usage")["chunk_bytes"], mebibyte + 5);
        EXPECT_EQ(read_all(other), shared + "other");
      });
}

}  // namespace
}  // namespace symphony::pit::tests
