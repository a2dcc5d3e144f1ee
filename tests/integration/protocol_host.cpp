// A process that hosts a bus: symphony's part in the conversations of the protocol client's and the reconnecting
// client's tests.
//   protocol_host RUNTIME_DIRECTORY [GENERATION]
// Prints "listening" and serves until its standard input ends. In generation 1 `echo.later` is never answered.

#include <unistd.h>

#include <condition_variable>
#include <iostream>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <symphony/ipc/bus.h>

using namespace symphony::ipc;
using nlohmann::json;

namespace {

/// Writes the numbers up to a last one, as there is room.
struct Counting : std::enable_shared_from_this<Counting> {
  Counting(StreamWriter given, int end) : writer(std::move(given)), last(end) {}
  void go_on() {
    for (; next <= last; ++next) {
      const auto sent = writer.try_send(std::to_string(next));
      if (sent && *sent == StreamEvent::timed_out) {
        writer.when_room([self = shared_from_this()] { self->go_on(); });
        return;
      }
      if (!sent || *sent == StreamEvent::ended) {
        return;
      }
    }
    writer.close();
  }
  StreamWriter writer;
  const int last;
  int next = 1;
};

/// Counts what comes, and says at the end how much it was.
struct Collecting {
  Collecting(StreamReader given, std::string from) : reader(std::move(given)), source(std::move(from)) {}
  StreamReader reader;
  const std::string source;
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
};

Result<StreamTaker> take_stream(Bus& bus, const StreamOffer& offer) {
  if (offer.method == "echo.count" && offer.options.direction == StreamOptions::Direction::send) {
    const int last = offer.params.value("last", 10);
    return StreamTaker([last](Stream stream) { std::make_shared<Counting>(std::move(*stream.writer), last)->go_on(); });
  }
  if (offer.method == "echo.collect" && offer.options.direction == StreamOptions::Direction::receive) {
    return StreamTaker([&bus, source = offer.source](Stream stream) {
      const auto collecting = std::make_shared<Collecting>(std::move(*stream.reader), source);
      collecting->reader.for_each(
          [collecting](std::string_view message) {
            ++collecting->messages;
            collecting->bytes += message.size();
          },
          [collecting, &bus](const Result<void>& how) {
            bus.notify("echo", {collecting->source, "echo.collected",
                                json{{"messages", collecting->messages},
                                     {"bytes", collecting->bytes},
                                     {"error", how ? json() : json(how.error().message)}}});
          });
    });
  }
  return Error{ErrorCode::method_not_found, "No such stream."};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) {
    std::cerr << "usage: protocol_host RUNTIME_DIRECTORY [GENERATION]\n";
    return 2;
  }
  const int generation = argc == 3 ? std::stoi(argv[2]) : 1;
  auto created = Bus::create({"symphony", "0.1.0", "symphony", nullptr});
  if (!created) {
    std::cerr << created.error().message << '\n';
    return 1;
  }
  Bus& bus = **created;
  std::mutex mutex;
  std::vector<std::shared_ptr<Responder>> held;
  std::uint64_t cancelled = 0;
  std::unique_ptr<std::stop_callback<std::function<void()>>> on_stop;
  const auto hold = [&](Responder responder) {
    const std::lock_guard lock(mutex);
    held.push_back(std::make_shared<Responder>(std::move(responder)));
  };
  const auto registered = bus.register_endpoint("echo", [&](Incoming incoming, Responder responder) {
    if (incoming.method == "echo.say") {
      responder.answer(std::move(incoming.body));
    } else if (incoming.method == "echo.source") {
      responder.answer(json{{"source", incoming.source}});
    } else if (incoming.method == "echo.call_back") {
      bus.notify("echo", {incoming.source, "echo.called", json{{"n", 1}}});
      responder.answer(json::object());
    } else if (incoming.method == "echo.hold") {
      hold(std::move(responder));
      const std::lock_guard lock(mutex);
      on_stop = std::make_unique<std::stop_callback<std::function<void()>>>(incoming.stop, [&] { ++cancelled; });
    } else if (incoming.method == "echo.later" && generation == 1) {
      hold(std::move(responder));
    } else if (incoming.method == "echo.later") {
      json answer = incoming.body.document().value();
      answer["generation"] = generation;
      responder.answer(answer);
    } else if (incoming.method == "echo.publish") {
      const json params = incoming.body.document().value();
      const auto published = bus.publish("echo", params.at("topic").get<std::string>(), params.at("body"));
      published ? responder.answer(json::object()) : responder.fail(published.error());
    } else if (incoming.method == "echo.steps") {
      for (int step = 1; step <= 3 && incoming.report; ++step) {
        incoming.report({step / 4.0, "step " + std::to_string(step)});
      }
      responder.answer(json{{"wanted", static_cast<bool>(incoming.report)}});
    } else if (incoming.method == "echo.cancelled") {
      responder.answer(json{{"count", cancelled}});
    } else {
      responder.fail({ErrorCode::method_not_found, "No such method."});
    }
  });
  const auto serving =
      registered ? bus.serve_streams("echo", [&](const StreamOffer& offer) { return take_stream(bus, offer); })
                 : registered;
  const auto listening = serving ? bus.listen(argv[1], {"echo:*", "nobody:*", "subscribe:*", "publish:*"}) : serving;
  if (!listening) {
    std::cerr << listening.error().message << '\n';
    return 1;
  }
  std::cout << "listening" << std::endl;
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) > 0) {
  }
  created->reset();
  return 0;
}
