// An extension that does its work, and on request what extensions must not do. Its arguments: the scene's folder.

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <symphony/ipc/client_connection.h>

#include "dice.h"
#include "message_table.h"

using namespace symphony::ipc;
using namespace symphony::chaos;
using nlohmann::json;

namespace {

/// Sends numbered messages to others, as many at a time as its window is wide, and writes down what became of each.
class Drive {
 public:
  Drive(ClientConnection& host, MessageTable& table, const json& params, Responder responder)
      : host_(host),
        table_(table),
        next_(params.at("first")),
        end_(next_ + params.at("count").get<std::uint64_t>()),
        window_(params.at("window")),
        targets_(params.at("targets")),
        notify_(params.value("notify", "")),
        dice_(params.at("seed")),
        responder_(std::move(responder)) {}

  static void begin(const std::shared_ptr<Drive>& drive) {
    while (drive->outstanding_ < drive->window_ && drive->next_ < drive->end_) {
      send_one(drive);
    }
    if (drive->outstanding_ == 0 && drive->next_ >= drive->end_ && drive->responder_.pending()) {
      drive->responder_.answer(json{{"done", true}});
    }
  }

 private:
  static void send_one(const std::shared_ptr<Drive>& drive) {
    const std::uint64_t number = drive->next_++;
    constexpr std::size_t notifications = 8;
    if (!drive->notify_.empty() && drive->dice_.one_in(notifications)) {
      drive->table_.sent(number, MessageKind::notification);
      drive->host_.notify({drive->notify_, "note", json{{"n", number}}});
      return;
    }
    drive->table_.sent(number, MessageKind::request);
    ++drive->outstanding_;
    SendOptions options;
    options.deadline = std::chrono::milliseconds(20'000);
    drive->host_.send_request({drive->dice_.one_of(drive->targets_), "work", json{{"n", number}}}, options,
                              [drive, number](const Result<Payload>& outcome) {
                                drive->table_.outcome(number, outcome);
                                --drive->outstanding_;
                                // Not from in here: what is refused at once would nest for ever.
                                drive->host_.post({}, [drive] { begin(drive); });
                              });
  }

  ClientConnection& host_;
  MessageTable& table_;
  std::uint64_t next_;
  std::uint64_t end_;
  std::size_t window_;
  std::vector<std::string> targets_;
  std::string notify_;
  Dice dice_;
  Responder responder_;
  std::size_t outstanding_ = 0;
};

/// Each child has children, until there were `limit` of them; all stay.
json fork_without_end(int limit) {
  void* const memory =
      ::mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    return {{"forked", 0}};
  }
  auto& forked = *new (memory) std::atomic<int>(0);
  const pid_t self = ::getpid();
  while (forked.fetch_add(1) < limit) {
    if (::fork() < 0) {
      break;
    }
  }
  while (::getpid() != self) {
    ::pause();
  }
  return {{"forked", forked.load()}};
}

json open_files_without_end() {
  int opened = 0;
  while (::open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0) {
    ++opened;
  }
  return {{"opened", opened}, {"errno", errno}};
}

json write_file(const std::filesystem::path& file, std::size_t bytes) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const std::string text(bytes, 'x');
  std::size_t written = 0;
  int error = descriptor < 0 ? errno : 0;
  while (error == 0 && written < bytes) {
    const ssize_t count = ::write(descriptor, text.data() + written, bytes - written);
    error = count < 0 ? errno : 0;
    written += count > 0 ? static_cast<std::size_t>(count) : 0;
  }
  ::close(descriptor);
  return {{"written", written}, {"errno", error}};
}

/// What one subscriber saw of one publisher's numbered publications.
struct Seen {
  std::uint64_t count = 0;
  std::int64_t last = -1;
  std::uint64_t out_of_order = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  ::signal(SIGXFSZ, SIG_IGN);
  auto table = MessageTable::open(folder);
  auto opened = ClientConnection::open(3, {"chaos", "1", ""});
  if (!table || !opened) {
    std::fprintf(stderr, "%s\n", (table ? opened.error() : table.error()).message.c_str());
    return 1;
  }
  ClientConnection& host = **opened;
  std::map<std::string, Seen> seen;
  timespec slowness{};
  std::vector<std::vector<char>> taken;
  host.on_message([&](const Incoming& incoming, Responder responder) {
    const auto document = incoming.body.document();
    const json params = document && document->is_object() ? *document : json::object();
    if (incoming.published) {
      if (slowness.tv_nsec > 0) {
        ::nanosleep(&slowness, nullptr);  // what makes a slow reader slow
      }
      Seen& topic = seen[incoming.method];
      const auto sequence = params.value("sequence", std::int64_t{-1});
      ++topic.count;
      topic.out_of_order += sequence <= topic.last ? 1 : 0;
      topic.last = sequence;
      return;
    }
    if (params.contains("n")) {
      table->received(params["n"]);
    }
    if (incoming.method == "work") {
      responder.answer(json{{"n", params.value("n", 0)}});
    } else if (incoming.method == "note" || incoming.method == "contract.memory_pressure") {
      // Received, and that is all.
    } else if (incoming.method == "large") {
      responder.answer(json{{"n", params["n"]}, {"text", std::string(params["bytes"].get<std::size_t>(), 'x')}});
    } else if (incoming.method == "relay") {
      // Whatever becomes of the second request: the first one has been received, so no error may say otherwise.
      SendOptions options;
      options.deadline = std::chrono::milliseconds(params["ms"].get<int>());
      auto answer = std::make_shared<Responder>(std::move(responder));
      host.send_request({params["to"], "ping", json{{"of", params["n"]}}}, options,
                        [answer, number = params["n"]](const Result<Payload>& outcome) {
                          answer->answer(json{{"n", number}, {"far_end", outcome.has_value()}});
                        });
    } else if (incoming.method == "drive") {
      Drive::begin(std::make_shared<Drive>(host, *table, params, std::move(responder)));
    } else if (incoming.method == "subscribe") {
      slowness.tv_nsec = params.value("slow_us", 0L) * 1000;
      auto answer = std::make_shared<Responder>(std::move(responder));
      host.send_request(
          {"bus", "bus.subscribe",
           json{
               {"topic", params["topic"]}, {"when_full", params["when_full"]}, {"queue_bytes", params["queue_bytes"]}}},
          {}, [answer](Result<Payload> outcome) { answer->finish(std::move(outcome)); });
    } else if (incoming.method == "seen") {
      const Seen& topic = seen[params["topic"].get<std::string>()];
      responder.answer(json{{"count", topic.count}, {"last", topic.last}, {"out_of_order", topic.out_of_order}});
    } else if (incoming.method == "take") {
      constexpr std::size_t step = 1U << 20U;
      for (std::size_t left = params["mib"]; left > 0; --left) {
        taken.emplace_back(step, 'x');
      }
      responder.answer(json{{"n", params.value("n", 0)}});
    } else if (incoming.method == "fork_bomb") {
      responder.answer(fork_without_end(params["limit"]));
    } else if (incoming.method == "open_files") {
      responder.answer(open_files_without_end());
    } else if (incoming.method == "write_file") {
      responder.answer(write_file(params["path"].get<std::string>(), params["bytes"]));
    } else if (incoming.method == "print") {
      const std::string line(999, 'x');
      for (std::int64_t printed = 0; printed < params["bytes"].get<std::int64_t>(); printed += 1000) {
        std::puts(line.c_str());
      }
      std::fflush(stdout);
      responder.answer(json::object());
    } else if (incoming.method == "die") {
      ::raise(SIGKILL);
    } else if (incoming.method == "crash") {
      ::raise(SIGABRT);
    } else if (incoming.method == "leave_in_the_middle") {
      ::_exit(3);
    } else if (incoming.method == "ping" || incoming.method == "contract.init") {
      responder.answer(json::object());
    } else if (incoming.method == "contract.shutdown") {
      responder.answer(json::object());
      host.stop();
    } else {
      responder.fail({ErrorCode::method_not_found, "No such method."});
    }
  });
  return host.run() ? 0 : 1;
}
