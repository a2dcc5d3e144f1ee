// The rows of `./dev bench bus`: the real bus between real processes. Every answer is checked.
//   bus_bench typed | document | json | caller | routed | pipelined | large | stream
// Prints the eight columns of bus_measure.h.

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>

#include <symphony/ipc/client_connection.h>

#include "bus_measure.h"
#include "bus_message.h"

using namespace symphony::bench;
using namespace symphony::ipc;
using nlohmann::json;

namespace {

constexpr std::size_t small_bytes = 200;
constexpr const char* method = "workspace.symbol_at";

template <class T>
T must(Result<T> outcome, const char* what) {
  if (!outcome) {
    std::fprintf(stderr, "%s\n", outcome.error().message.c_str());
    give_up(what);
  }
  if constexpr (!std::is_void_v<T>) {
    return std::move(*outcome);
  }
}

/// What answers the question, with or without a document.
Handler symbols(bool typed) {
  return [typed](const Incoming& incoming, Responder responder) {
    if (typed) {
      const auto asked = view<Question>(incoming.body);
      asked ? responder.answer(write(reply_to(asked->value))) : responder.fail(asked.error());
    } else {
      auto asked = incoming.body.document();
      asked ? responder.answer(reply_document(*asked)) : responder.fail(asked.error());
    }
  };
}

void check_typed(const Result<Payload>& outcome, std::uint32_t number) {
  if (!outcome) {
    std::fprintf(stderr, "%s\n", outcome.error().message.c_str());
    give_up("no answer");
  }
  const auto reply = view<Reply>(*outcome);
  if (!reply || reply->value.kind != asked_kind || reply->value.line != question(number).line + 1) {
    give_up("a wrong answer");
  }
}

void check_document(const Result<Payload>& outcome) {
  if (!outcome || outcome->document().value().at("kind") != asked_kind) {
    give_up("a wrong answer");
  }
}

PeerOptions peer(std::string endpoint) {
  PeerOptions options;
  options.endpoint = std::move(endpoint);
  options.grants = {"symbols:workspace.*"};
  return options;
}

std::unique_ptr<ClientConnection> connect(int descriptor, BodyFormat format = BodyFormat::msgpack) {
  return must(ClientConnection::open(descriptor, {"bench", "1", "", format}), "open");
}

/// Serves for ever: the process is ended by the one that started it.
void serve(int descriptor, bool typed) {
  const auto connection = connect(descriptor);
  connection->on_message(symbols(typed));
  must(connection->run(), "run");
}

/// A host whose bus answers by itself, as a module in process does.
void host(int descriptor, bool typed) {
  const auto bus = must(Bus::create({}), "create");
  must(bus->register_endpoint("symbols", symbols(typed)), "register");
  must(bus->attach(descriptor, peer("extension")), "attach");
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable never;
  never.wait(lock, [] { return false; });
}

/// Extension → host: id, deadline, capability check, histogram; the extension's thread writes and reads by itself.
void extension_asks(bool typed, BodyFormat format = BodyFormat::msgpack) {
  const SocketPair sockets;
  const OtherProcess other([&] { host(sockets.theirs, typed); });
  pin(0);
  const auto connection = connect(sockets.ours, format);
  const char* const name = typed                        ? "symphony+typed"
                           : format == BodyFormat::json ? "symphony+json"
                                                        : "symphony+document";
  std::uint32_t number = 0;
  measure("rpc-json", name, small_bytes, [&] {
    ++number;
    if (typed) {
      check_typed(connection->ask({"symbols", method, write(question(number))}), number);
    } else {
      check_document(connection->ask({"symbols", method, question_document(number)}));
    }
  });
}

/// Waits on its own thread for one answer.
class Waiter {
 public:
  Result<Payload> ask(Bus& bus, Message message) {
    bus.send_request("bench", std::move(message), {}, [this](Result<Payload> outcome) {
      const std::lock_guard lock(mutex_);
      outcome_ = std::move(outcome);
      arrived_.notify_one();
    });
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [this] { return outcome_.has_value(); });
    return *std::exchange(outcome_, std::nullopt);
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::optional<Result<Payload>> outcome_;
};

/// A host with an extension attached and greeted.
class Host {
 public:
  std::unique_ptr<Bus> bus = must(Bus::create({}), "create");

  void attach(int descriptor, const std::string& endpoint) {
    std::mutex mutex;
    std::condition_variable changed;
    bool ready = false;
    PeerOptions options = peer(endpoint);
    options.on_ready = [&] {
      const std::lock_guard lock(mutex);
      ready = true;
      changed.notify_one();
    };
    must(bus->attach(descriptor, std::move(options)), "attach");
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return ready; });
  }
};

/// A thread of the host asks an extension; the bus has its own thread.
void caller_asks() {
  const SocketPair sockets;
  const OtherProcess other([&] { serve(sockets.theirs, true); });
  pin(0);
  Host host;
  host.attach(sockets.ours, "symbols");
  Waiter waiter;
  std::uint32_t number = 0;
  measure("rpc-json", "symphony-caller+typed", small_bytes, [&] {
    ++number;
    check_typed(waiter.ask(*host.bus, {"symbols", method, write(question(number))}), number);
  });
}

/// Extension → host → extension and back; the host never looks at the 200 bytes.
void routed() {
  const SocketPair asking;
  const SocketPair answering;
  const OtherProcess middle([&] {
    Host host;
    // The far ends start on their own: the first attach must not wait for a hello that comes after the second.
    must(host.bus->attach(answering.theirs, peer("symbols")), "attach");
    must(host.bus->attach(asking.theirs, peer("extension")), "attach");
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable never;
    never.wait(lock, [] { return false; });
  });
  const OtherProcess other([&] {
    const auto connection = connect(answering.ours);
    connection->on_message([](Incoming incoming, Responder responder) { responder.answer(std::move(incoming.body)); });
    must(connection->run(), "run");
  });
  pin(0);
  const auto connection = connect(asking.ours);
  std::string text = "\xD9";  // a text of the same 200 bytes the hand-written router passes on
  text += static_cast<char>(small_bytes - 2);
  text.append(small_bytes - 2, 'x');
  const Payload body = Payload::from_bytes(BodyFormat::msgpack, text);
  for (;;) {
    // Until the answering end has said hello.
    const auto outcome = connection->ask({"symbols", method, body});
    if (outcome || outcome.error().code != ErrorCode::endpoint_unavailable) {
      break;
    }
  }
  measure("echo-raw", "symphony-routed", small_bytes, [&] {
    const auto outcome = connection->ask({"symbols", method, body});
    if (!outcome || *outcome->bytes(BodyFormat::msgpack) != text) {
      give_up("the echo is not what was sent");
    }
  });
}

/// 64 questions are always on their way.
void pipelined() {
  constexpr std::uint32_t depth = 64;
  const SocketPair sockets;
  const OtherProcess other([&] { host(sockets.theirs, true); });
  pin(0);
  const auto connection = connect(sockets.ours);
  std::uint64_t done = 0;
  std::uint32_t number = 0;
  const std::function<void()> ask = [&] {
    const std::uint32_t own = ++number;
    connection->send_request({"symbols", method, write(question(own))}, {}, [&, own](const Result<Payload>& outcome) {
      check_typed(outcome, own);
      ++done;
      ask();
    });
  };
  for (std::uint32_t request = 0; request < depth; ++request) {
    ask();
  }
  measure_rate("pipelined-rpc", "symphony+typed-d64", small_bytes, [&] {
    // One more, and with it everything that arrived in the meantime.
    const std::uint64_t before = done;
    check_typed(connection->ask({"symbols", method, write(question(0))}), 0);
    return done - before + 1;
  });
}

struct Sum {
  std::uint64_t sum = 0;
  static constexpr auto fields = describe(field("sum", &Sum::sum));
};

/// 16 MB that an extension built where the host reads them; every cache line is read there.
void large() {
  constexpr std::size_t large_bytes = 16U * 1024U * 1024U;
  const SocketPair sockets;
  const OtherProcess other([&] {
    const auto bus = must(Bus::create({}), "create");
    must(bus->register_endpoint("symbols",
                                [](const Incoming& incoming, Responder responder) {
                                  responder.answer(write(Sum{touch(incoming.body.view())}));
                                }),
         "register");
    must(bus->attach(sockets.theirs, peer("extension")), "attach");
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable never;
    never.wait(lock, [] { return false; });
  });
  pin(0);
  const auto connection = connect(sockets.ours);
  const auto buffer = connection->body_buffer(large_bytes);
  if (!buffer) {
    give_up("no room in shared memory");
  }
  // A text of MessagePack: its tag, its length, and the text.
  std::string text = "\xDB";
  constexpr std::size_t tag_bytes = 5;
  for (const unsigned shift : {24U, 16U, 8U, 0U}) {
    text += static_cast<char>(static_cast<unsigned char>((large_bytes - tag_bytes) >> shift));
  }
  text.append(large_bytes - tag_bytes, 'x');
  std::memcpy(buffer->bytes().data(), text.data(), text.size());
  const Payload body = buffer->payload(BodyFormat::msgpack, large_bytes);
  const std::uint64_t wanted = touch(text);
  measure("bigpayload", "symphony-inplace", large_bytes, [&] {
    const auto outcome = connection->ask({"symbols", method, body});
    if (!outcome || read<Sum>(*outcome)->sum != wanted) {
      give_up("a wrong sum");
    }
  });
}

/// Opens a stream of `connection`, whose own thread this is: asking something else runs its loop meanwhile.
Stream open_stream(ClientConnection& connection, StreamOptions::Direction direction) {
  std::optional<Result<Stream>> opened;
  StreamRequest request;
  request.target = "symbols";
  request.method = "workspace.stream";
  request.options.direction = direction;
  connection.open_stream(std::move(request), [&](Result<Stream> stream) { opened = std::move(stream); });
  while (!opened) {
    must(connection.ask({"symbols", method, {}}), "ask");
  }
  return must(std::move(*opened), "open a stream");
}

/// 200 bytes there and back through two streams, opened as any extension opens them: the bus has decided that they lie
/// in shared memory, and has no more to do with them.
void stream() {
  const SocketPair sockets;
  const OtherProcess other([&] {
    const auto bus = must(Bus::create({}), "create");
    must(bus->register_endpoint("symbols", [](const Incoming&, Responder responder) { responder.answer(json()); }),
         "register");
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<StreamReader> reader;
    std::optional<StreamWriter> writer;
    must(bus->serve_streams("symbols",
                            [&](const StreamOffer&) -> Result<StreamTaker> {
                              return StreamTaker([&](Stream taken) {
                                const std::lock_guard lock(mutex);
                                if (taken.reader) {
                                  reader.emplace(std::move(*taken.reader));
                                } else {
                                  writer.emplace(std::move(*taken.writer));
                                }
                                changed.notify_one();
                              });
                            }),
         "serve");
    must(bus->attach(sockets.theirs, peer("extension")), "attach");
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return reader && writer; });
    std::string message;
    while (must(reader->receive(message), "receive") == StreamEvent::done) {
      must(writer->send(message), "send");
    }
  });
  pin(0);
  const auto connection = connect(sockets.ours);
  StreamWriter writer = std::move(*open_stream(*connection, StreamOptions::Direction::send).writer);
  StreamReader reader = std::move(*open_stream(*connection, StreamOptions::Direction::receive).reader);
  if (!writer.uses_shared_memory() || !reader.uses_shared_memory()) {
    give_up("the streams are not in shared memory");
  }
  const std::string body(small_bytes, 'x');
  std::string message;
  measure("echo-raw", "symphony-stream", small_bytes, [&] {
    must(writer.send(body), "send");
    must(reader.receive(message), "receive");
    if (message != body) {
      give_up("the echo is not what was sent");
    }
  });
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "typed") {
    extension_asks(true);
  } else if (what == "document") {
    extension_asks(false);
  } else if (what == "json") {
    extension_asks(false, BodyFormat::json);
  } else if (what == "caller") {
    caller_asks();
  } else if (what == "routed") {
    routed();
  } else if (what == "pipelined") {
    pipelined();
  } else if (what == "large") {
    large();
  } else if (what == "stream") {
    stream();
  } else {
    return 2;
  }
  std::fflush(stdout);
  std::_Exit(0);  // what is still on its way must not be waited for
}
